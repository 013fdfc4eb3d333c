//! Steps of a dense kernel, `z' = z A`.

use rand::{RngExt, SeedableRng};

use super::{bench::Bench, row::Row};
use crate::{error::Result, gpu::Context, ops::kernel_dense};

fn step(bench: &Bench<'_>, context: &Context, side: usize) -> Result<Row> {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let scale = 1.0 / (side as f64).sqrt();
    let a: Vec<f64> = (0..side * side).map(|_| scale * r.random_range(-1.0..1.0)).collect();
    let z: Vec<f64> = (0..side).map(|_| r.random_range(-1.0..1.0)).collect();
    let mut dense = kernel_dense::gpu::Dense::new(context, &a, &z)?;
    let mut encoder = context.device.create_command_encoder(&Default::default());
    dense.encode(&mut encoder, 1);
    context.queue.submit([encoder.finish()]);
    let (mut off, mut most) = (0.0_f64, 0.0_f64);
    for (j, got) in dense.read(context)?.into_iter().enumerate() {
        let exact: f64 = (0..side).map(|i| z[i] * a[i * side + j]).sum();
        (off, most) = (off.max((got - exact).abs()), most.max(exact.abs()));
    }
    // Two steps forth and back, halved.
    let there = dense.pass();
    let times = bench.clock.time(&[there])?;
    Ok(Row::new("matvec", side, "GPU", times)
        .error(off / most, "largest of a step over the largest, against f64")
        .bytes(4 * (side * side) as u64, bench.copy))
}

/// The rows.
///
/// # Errors
/// As [`Bench::add`].
pub fn rows(bench: &mut Bench<'_>) -> Result<()> {
    let context = bench.clock.context().clone();
    for side in bench.sizes(&[654], &[654, 2048, 8192]) {
        bench.add("matvec", side, |bench| step(bench, &context, side))?;
    }
    Ok(())
}
