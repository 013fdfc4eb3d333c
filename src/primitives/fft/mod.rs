//! Two-dimensional Fourier transform of a square, row-major grid.
//!
//! ```text
//! X(k) = sum_x x exp(-2 pi i k.x/N)           backward with the opposite sign
//! ```
//!
//! On the CPU rustfft, unscaled. On the device our own: [`gpu::Plan`] has real and complex transforms of
//! sides 8 to 4096, two dispatches each, and passes of operators fuse the same lines
//! (`shaders/shared/fft.wgsl`) with what they multiply by. A line lives in registers, eight numbers a
//! thread, and is exchanged through workgroup memory between passes of radix 8 (Stockham's order, one first
//! pass of radix 2 or 4 where N is no power of 8); no subgroups are needed. Twiddles come from an f64 table.
//! Spectra are stored by columns, `[kx][ky]`: the rows' pass writes them turned, so that the columns' pass
//! reads whole lines.

pub mod along;
pub mod band;
pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod lines;
pub mod plane;

use crate::layout::Workgroup;

/// Largest relative L2 error of the device's transforms against f64, at every side.
pub const TOLERANCE: f64 = 1e-6;

/// Threads as a shader's constants stand before a side is chosen.
const fn lines_of(shader: &'static str) -> Workgroup {
    Workgroup { shader, size: [32, 1, 1] }
}

/// Threads of a workgroup.
pub const WORKGROUPS: [Workgroup; 4] =
    [lines_of("fft_complex"), lines_of("fft_lines"), lines_of("fft_rows"), lines_of("fft_rows_back")];

/// `exp(-2 pi i k/n)`, `k < n/2`, rounded from f64.
pub fn twiddles(n: u32) -> Vec<[f32; 2]> {
    let angle = |k: u32| -std::f64::consts::TAU * f64::from(k) / f64::from(n);
    (0..n / 2).map(|k| [angle(k).cos() as f32, angle(k).sin() as f32]).collect()
}
