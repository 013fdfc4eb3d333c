//! Two-dimensional complex Fourier transform of a square, row-major grid.
//!
//! Forward `X(k) = sum_x x exp(-2 pi i k.x/N)`, backward with the opposite sign, both unscaled. The
//! device transforms lines in workgroup memory (Stockham, `shaders/shared/fft.wgsl`) inside the passes
//! that use them, with twiddles from an f64 table.

pub mod band;
pub mod cpu;
pub mod plane;

/// `exp(-2 pi i k/n)`, `k < n/2`, rounded from f64.
pub fn twiddles(n: u32) -> Vec<[f32; 2]> {
    let angle = |k: u32| -std::f64::consts::TAU * f64::from(k) / f64::from(n);
    (0..n / 2).map(|k| [angle(k).cos() as f32, angle(k).sin() as f32]).collect()
}
