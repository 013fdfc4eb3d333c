//! Rows of the CPU: the kernel alone.

use std::time::Instant;

use rand::{RngExt, SeedableRng};

use super::{
    SpeedArgs,
    row::{Report, Row, Times},
    wanted,
};
use crate::{error::Result, ops::kernel_dense, primitives::fft::plane::Plane};

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
    let threads = rayon::current_num_threads();
    let times = samples(STEPS, || {
        panels.step(&z, &mut next, threads);
        std::mem::swap(&mut z, &mut next);
    });
    Row::new("kernel_dense_cpu", SIDE, "CPU", times).bytes(8 * (SIDE * SIDE) as u64, None)
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
pub fn rows(args: &SpeedArgs) -> Result<Vec<Row>> {
    let mut rows = vec![];
    if wanted(args, "kernel_dense_cpu") {
        rows.push(dense());
    }
    if wanted(args, "fft_forward_cpu") {
        rows.push(transforms(512));
    }
    Ok(rows)
}

/// The rows of the CPU alone.
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
