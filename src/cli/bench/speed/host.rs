//! Rows of the CPU: the kernel alone.

use std::time::Instant;

use rand::{RngExt, SeedableRng};

use super::{
    SpeedArgs,
    row::{Report, Row, Times},
    wanted,
};
use crate::{
    error::Result,
    math::Complex64,
    ops::{kernel_dense, kernel_modal},
    primitives::fft::plane::Plane,
};

/// Side of the default proxy.
const SIDE: usize = 654;
/// Samples of a row, and steps of each.
const SAMPLES: usize = 15;
const STEPS: u32 = 300;

fn samples(repeats: u32, mut work: impl FnMut()) -> Times {
    work();
    let sample = |_| {
        let begun = Instant::now();
        (0..repeats).for_each(|_| work());
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(repeats)
    };
    Times::of((0..SAMPLES).map(sample).collect(), repeats)
}

fn dense() -> Row {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let scale = 1.0 / (SIDE as f64).sqrt();
    let a: Vec<f64> = (0..SIDE * SIDE).map(|_| scale * r.random_range(-1.0..1.0)).collect();
    let first: Vec<f64> = (0..SIDE).map(|_| r.random_range(-1.0..1.0)).collect();
    let panels = kernel_dense::cpu::Panels::<f64>::new(SIDE, &a);
    let (mut z, mut next) = (first.clone(), vec![0.0; SIDE]);
    // As many as a rollout takes: more would wait for memory.
    let threads = rayon::current_num_threads().min(4);
    let times = samples(STEPS, || {
        panels.step(&z, &mut next, threads);
        std::mem::swap(&mut z, &mut next);
    });
    Row::new("kernel_dense_cpu", SIDE, "CPU", times).bytes(8 * (SIDE * SIDE) as u64, None)
}

/// Steps of the row of the eigenbasis.
const MODAL_STEPS: u64 = 1_000_000;

/// A rollout of the same size in its eigenbasis: conjugate pairs on a circle a little inside the unit one.
fn modal() -> Row {
    let lambda: Vec<Complex64> =
        (0..SIDE / 2).map(|i| Complex64::from_polar(1.0 - 1e-7, 0.01 * (i as f64 + 0.5))).collect();
    let first = vec![Complex64::new(1.0, 0.5); lambda.len()];
    let mut modes = kernel_modal::cpu::Modes::<f64>::new(&lambda, &first);
    let begun = Instant::now();
    modes.advance(MODAL_STEPS);
    let times = Times::of(vec![begun.elapsed().as_secs_f64() * 1e6], 1);
    let turned = |l: &Complex64, z: &Complex64| {
        Complex64::from_polar(l.norm().powf(MODAL_STEPS as f64), l.arg() * MODAL_STEPS as f64) * z
    };
    let off = modes
        .amplitudes()
        .iter()
        .zip(lambda.iter().zip(&first))
        .fold(0.0_f64, |off, (got, (l, z))| off.max((got - turned(l, z)).norm() / turned(l, z).norm()));
    Row::new("kernel_modal_cpu", MODAL_STEPS as usize, "CPU", times)
        .error(off, "largest of 327 modes after all steps, relative, against the closed form")
}

fn transforms(n: usize) -> Row {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let field: Vec<f32> = (0..n * n).map(|_| r.random_range(-1.0..1.0)).collect();
    let plane = Plane::<f32>::new(n);
    let times = samples(4, || {
        std::hint::black_box(plane.forward(&field));
    });
    Row::new("fft_forward_cpu", n, "CPU", times)
}

/// The rows.
///
/// # Errors
/// None: as the rows of a device are measured.
pub fn rows(args: &SpeedArgs) -> Result<Vec<Row>> {
    let mut rows = vec![];
    if wanted(args, "kernel_dense_cpu") {
        rows.push(dense());
    }
    if wanted(args, "kernel_modal_cpu") {
        rows.push(modal());
    }
    if wanted(args, "fft_forward_cpu") {
        rows.push(transforms(512));
    }
    Ok(rows)
}

/// The rows of the CPU alone.
///
/// # Errors
/// As [`rows`].
pub fn measured(args: &SpeedArgs) -> Result<Report> {
    Ok(Report {
        adapter: None,
        driver: None,
        software_adapter: None,
        threads: rayon::current_num_threads(),
        copy_gb_s: None,
        rows: rows(args)?,
        left_out: vec![],
        peers_device: None,
    })
}
