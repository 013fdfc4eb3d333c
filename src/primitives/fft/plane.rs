//! Transforms of a square grid planned once: a real field forward, a complex field backward, in parallel.
//!
//! ```text
//! X(k) = sum_x f(x) exp(-i k.x)        f real: only kx = 0 .. n/2 is kept
//! g(x) = sum_k G(k) exp(+i k.x)        g complex
//! ```
//!
//! Both unscaled. Spectra are stored column by column, `[kx][ky]`, so that a column is contiguous. Two
//! real rows travel as one complex row. `n` must be even.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::{Fft, FftPlanner};

use crate::math::{Complex, Real};

/// Rows or columns that one task gathers at a time: a cache line of them.
const BLOCK: usize = 8;

/// Transforms of an `n x n` grid.
#[derive(Clone)]
pub struct Plane<R: Real> {
    n: usize,
    forward: Arc<dyn Fft<R>>,
    backward: Arc<dyn Fft<R>>,
}

impl<R: Real> Plane<R> {
    /// For grids of even side `n`.
    pub fn new(n: usize) -> Self {
        let mut planner = FftPlanner::new();
        Self { n, forward: planner.plan_fft_forward(n), backward: planner.plan_fft_inverse(n) }
    }

    /// Side of the grid.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Spectrum of a real field `[j][i]`: columns `[kx][ky]` for `kx = 0 ..= n/2`, `ky` in `fft2` order.
    pub fn forward(&self, field: &[R]) -> Vec<Complex<R>> {
        let (n, width) = (self.n, self.n / 2 + 1);
        let (zero, half) = (Complex::new(R::zero(), R::zero()), R::of(0.5));
        let mut rows = vec![zero; n * width];
        let pairs = rows.par_chunks_mut(2 * width).zip(field.par_chunks(2 * n));
        pairs.for_each_init(
            || (vec![zero; n], vec![zero; self.forward.get_inplace_scratch_len()]),
            |(line, work), (out, rows)| {
                let (a, b) = rows.split_at(n);
                line.iter_mut().zip(a.iter().zip(b)).for_each(|(z, (a, b))| *z = Complex::new(*a, *b));
                self.forward.process_with_scratch(line, work);
                let (first, second) = out.split_at_mut(width);
                for k in 0..width {
                    let (x, y) = (line[k], line[(n - k) % n].conj());
                    let d = (x - y) * half;
                    first[k] = (x + y) * half;
                    second[k] = Complex::new(d.im, -d.re);
                }
            },
        );
        let mut columns = vec![zero; width * n];
        self.turned(&rows, width, &mut columns, &self.forward);
        columns
    }

    /// Field `[j][i]` of a whole spectrum `[kx][ky]`, both in `fft2` order; the spectrum is scratch.
    pub fn backward(&self, spectrum: &mut [Complex<R>]) -> Vec<Complex<R>> {
        let zero = Complex::new(R::zero(), R::zero());
        spectrum.par_chunks_mut(self.n).for_each_init(
            || vec![zero; self.backward.get_inplace_scratch_len()],
            |work, column| self.backward.process_with_scratch(column, work),
        );
        let mut rows = vec![zero; self.n * self.n];
        self.turned(spectrum, self.n, &mut rows, &self.backward);
        rows
    }

    /// Lines `l` of `out` (each `n` long) become the transforms of `from[..][l]`, lines of `width`.
    fn turned(&self, from: &[Complex<R>], width: usize, out: &mut [Complex<R>], fft: &Arc<dyn Fft<R>>) {
        let n = self.n;
        let zero = Complex::new(R::zero(), R::zero());
        out.par_chunks_mut(BLOCK * n).enumerate().for_each_init(
            || vec![zero; fft.get_inplace_scratch_len()],
            |work, (block, lines)| {
                let first = block * BLOCK;
                let count = lines.len() / n;
                for (j, row) in from.chunks_exact(width).enumerate() {
                    for (l, value) in row[first..first + count].iter().enumerate() {
                        lines[l * n + j] = *value;
                    }
                }
                lines.chunks_exact_mut(n).for_each(|line| fft.process_with_scratch(line, work));
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        math::Complex64,
        primitives::fft::cpu::{Direction, transform},
    };

    #[test]
    fn both_ways_are_the_plain_transform() {
        for n in [16, 24, 64] {
            let field: Vec<f64> = (0..n * n).map(|i| ((i * i % 7919) as f64).sin() + 0.3).collect();
            let mut plain: Vec<Complex64> = field.iter().map(|x| Complex64::new(*x, 0.0)).collect();
            transform(&mut plain, n, Direction::Forward);
            let plane = Plane::<f64>::new(n);
            let columns = plane.forward(&field);
            for kx in 0..=n / 2 {
                for ky in 0..n {
                    let error = (columns[kx * n + ky] - plain[ky * n + kx]).norm();
                    assert!(error < 1e-10, "N = {n}, ({kx}, {ky}): {error:e}");
                }
            }
            let mut turned: Vec<Complex64> = (0..n * n).map(|c| plain[(c % n) * n + c / n]).collect();
            let back = plane.backward(&mut turned);
            let scale = 1.0 / (n * n) as f64;
            assert!(back.iter().zip(&field).all(|(a, b)| (a * scale - b).norm() < 1e-12), "N = {n}");
        }
    }
}
