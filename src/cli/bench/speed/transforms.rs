//! Real transforms there and back, and vorticity to velocity on the grid.

use rand::{RngExt, SeedableRng};

use super::{bench::Bench, row::Row};
use crate::{
    error::Result,
    gpu::{
        Context,
        buffer::{filled, storage},
        readback,
    },
    math::{BOX, Complex64},
    ops::poisson,
    primitives::fft::{
        cpu::{Direction, transform},
        gpu::{Kind, Plan, half},
    },
};

/// Random numbers from -1 to 1.
fn noise(count: usize) -> Vec<f32> {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    (0..count).map(|_| r.random_range(-1.0..1.0)).collect()
}

/// Relative L2 error of half a spectrum against rustfft in f64.
fn spectrum_error(field: &[f32], got: &[[f32; 2]], n: usize) -> f64 {
    let mut wide: Vec<Complex64> = field.iter().map(|x| Complex64::new(f64::from(*x), 0.0)).collect();
    transform(&mut wide, n, Direction::Forward);
    let scale = 1.0 / (n * n) as f64;
    let (mut off, mut norm) = (0.0, 0.0);
    for (i, z) in got.iter().enumerate() {
        let exact = wide[(i % n) * n + i / n] * scale;
        off += (Complex64::new(f64::from(z[0]), f64::from(z[1])) - exact).norm_sqr();
        norm += exact.norm_sqr();
    }
    (off / norm).sqrt()
}

fn pair(bench: &Bench<'_>, context: &Context, n: usize) -> Result<Row> {
    let (side, cells) = (n as u32, (n * n) as u64);
    let field = noise(n * n);
    let buffer = filled(context, "field", &field)?;
    let spectrum = storage::<[f32; 2]>(context, "spectrum", half(side))?;
    let there = Plan::new(context, Kind::RealForward, side, &buffer, &spectrum)?;
    let back = Plan::new(context, Kind::RealBackward, side, &spectrum, &buffer)?;
    bench.clock.time(&there.passes().iter().collect::<Vec<_>>())?;
    let got: Vec<[f32; 2]> = readback::read(context, &spectrum, half(side))?;
    // The timing ran forward on the same field each time.
    let error = spectrum_error(&field, &got, n);
    let all: Vec<_> = there.passes().iter().chain(back.passes()).collect();
    let times = bench.clock.time(&all)?;
    // Each of four passes reads and writes the numbers once.
    Ok(Row::new("fft_pair", n, "GPU", times)
        .error(error, "relative L2 of the forward transform against rustfft in f64")
        .bytes(32 * cells, bench.copy))
}

/// Two crossed waves: `(omega, u, v)` at a node.
fn waves(x: f64, y: f64) -> [f64; 3] {
    let (a, b) = (3.0 * x - 2.0 * y, x + 4.0 * y);
    [
        a.sin() + 2.0 * b.cos(),
        -2.0 / 13.0 * a.cos() - 8.0 / 17.0 * b.sin(),
        -3.0 / 13.0 * a.cos() + 2.0 / 17.0 * b.sin(),
    ]
}

fn velocity(bench: &Bench<'_>, context: &Context, n: usize) -> Result<Row> {
    let at = |i: usize| waves(BOX * (i % n) as f64 / n as f64, BOX * (i / n) as f64 / n as f64);
    let field: Vec<f32> = (0..n * n).map(|i| at(i)[0] as f32).collect();
    let buffer = filled(context, "field", &field)?;
    let poisson = poisson::gpu::Poisson::new(context, &buffer, n as u32)?;
    let times = bench.clock.time(&poisson.passes().iter().collect::<Vec<_>>())?;
    let got: Vec<[f32; 2]> = readback::read(context, &poisson.velocity, n * n)?;
    let (mut off, mut norm) = (0.0, 0.0);
    for (i, w) in got.iter().enumerate() {
        let [_, u, v] = at(i);
        off += (f64::from(w[0]) - u).powi(2) + (f64::from(w[1]) - v).powi(2);
        norm += u * u + v * v;
    }
    Ok(Row::new("velocity_grid", n, "GPU", times)
        .error((off / norm).sqrt(), "relative L2 against two waves whose velocity is known")
        .bytes(36 * (n * n) as u64, bench.copy))
}

/// The rows.
///
/// # Errors
/// As [`Bench::add`].
pub fn rows(bench: &mut Bench<'_>) -> Result<()> {
    let context = bench.clock.context().clone();
    for n in bench.sizes(&[256, 512], &[256, 512, 1024, 2048, 4096]) {
        bench.add("fft_pair", n, |bench| pair(bench, &context, n))?;
    }
    for n in bench.sizes(&[256], &[1024, 2048, 4096]) {
        bench.add("velocity_grid", n, |bench| velocity(bench, &context, n))?;
    }
    Ok(())
}
