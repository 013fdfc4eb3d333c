//! Steps of the large-eddy simulation.

use super::{bench::Bench, row::Row};
use crate::{
    error::Result,
    gpu::Context,
    math::BOX,
    spectral::{
        Les, LesOptions, Precision,
        les::{LesScheme, gpu::Les as DeviceLes},
    },
};

fn field(n: usize) -> Vec<f64> {
    let wave = |x: f64, y: f64| {
        (3.0 * x + (2.0 * y).sin()).sin() + (2.0 * y - 1.5 * x.cos()).cos() + 0.6 * (7.0 * x - 5.0 * y).sin()
    };
    let h = BOX / n as f64;
    (0..n * n).map(|i| 3.0 * wave(h * (i % n) as f64, h * (i / n) as f64)).collect()
}

fn step(bench: &Bench<'_>, context: &Context, name: &'static str, scheme: LesScheme, n: usize) -> Result<Row> {
    let options = LesOptions { n, dt: 0.2 / n as f64, nu0: 1e-4, scheme, dtype: Precision::F32, ..Default::default() };
    let omega = field(n);
    let mut les = DeviceLes::new(context, &options, &omega)?;
    les.advance(1)?;
    let mut exact = Les::new(&LesOptions { dtype: Precision::F64, ..options }, &omega)?;
    exact.step()?;
    let (got, exact) = (les.field()?, exact.field());
    let norm: f64 = exact.iter().map(|w| w * w).sum();
    let off: f64 = got.iter().zip(&exact).map(|(a, b)| (a - b).powi(2)).sum();
    let times = bench.clock.time(&les.passes().iter().collect::<Vec<_>>())?;
    // A stage: four complex columns of a third of all kx written and read, two slopes written and read, modes.
    let (columns, modes) = ((n / 3) as u64 * n as u64, (n / 3 * (2 * n / 3)) as u64);
    // Of rk4 the start, the stage and the sum are read, in the last three stages also the stage or the sum written.
    let (stages, moved) = if scheme == LesScheme::Rk4 { (4, 13) } else { (2, 5) };
    Ok(Row::new(name, n, "GPU", times)
        .error((off / norm).sqrt(), "relative L2 of the field after one step against the CPU in f64")
        .bytes(stages * 2 * (4 + 2) * 8 * columns + moved * 8 * modes, bench.copy))
}

/// The schemes: the default, and the two stages of an earlier version, which a peer has too.
const SCHEMES: [(&str, LesScheme); 2] = [("les_step", LesScheme::Rk2), ("les_step_rk4", LesScheme::Rk4)];

/// The rows.
///
/// # Errors
/// As [`Bench::add`].
pub fn rows(bench: &mut Bench<'_>) -> Result<()> {
    let context = bench.clock.context().clone();
    for n in bench.sizes(&[64, 256], &[256, 512, 1024, 2048]) {
        for (name, scheme) in SCHEMES {
            bench.add(name, n, |bench| step(bench, &context, name, scheme, n))?;
        }
    }
    Ok(())
}
