//! Reference: rustfft along rows, a transpose, rows again.

use rustfft::FftPlanner;

use crate::math::{Complex, Real};

/// Sign of the exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `exp(-i k.x)`.
    Forward,
    /// `exp(+i k.x)`.
    Backward,
}

/// Transforms `grid`, `n x n`, in place; unscaled.
pub fn transform<R: Real>(grid: &mut [Complex<R>], n: usize, direction: Direction) {
    let mut planner = FftPlanner::new();
    let fft = match direction {
        Direction::Forward => planner.plan_fft_forward(n),
        Direction::Backward => planner.plan_fft_inverse(n),
    };
    for _ in 0..2 {
        fft.process(grid);
        for j in 0..n {
            for i in 0..j {
                grid.swap(j * n + i, i * n + j);
            }
        }
    }
}
