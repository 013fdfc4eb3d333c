//! Reference: two-dimensional transforms by rustfft.

use crate::{
    math::{Complex, Real, wavenumber},
    primitives::fft::cpu::{Direction, transform},
};

/// `phi[j, i]` from `s[j, i]` on `n x n` nodes.
pub fn potential<R: Real>(source: &[R], n: usize) -> Vec<R> {
    let mut hat: Vec<Complex<R>> = source.iter().map(|s| Complex::new(*s, R::zero())).collect();
    transform(&mut hat, n, Direction::Forward);
    let scale = R::one() / R::of((n * n) as f64);
    for (cell, value) in hat.iter_mut().enumerate() {
        let (kx, ky) = (wavenumber(cell % n, n), wavenumber(cell / n, n));
        let k2 = R::of(f64::from(kx * kx + ky * ky));
        let zero = Complex::new(R::zero(), R::zero());
        *value = if k2 > R::zero() { *value * (scale / k2) } else { zero };
    }
    transform(&mut hat, n, Direction::Backward);
    hat.iter().map(|phi| phi.re).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::BOX;

    #[test]
    fn the_stream_function_of_two_waves_is_exact() {
        // psi = sin 2x cos 2y + 2 sin x cos 3y.
        let n = 32;
        let x = |i: usize| i as f64 * BOX / n as f64;
        let grid = |f: &dyn Fn(f64, f64) -> f64| (0..n * n).map(|c| f(x(c % n), x(c / n))).collect::<Vec<f64>>();
        let omega = grid(&|x, y| 8.0 * (2.0 * x).sin() * (2.0 * y).cos() + 20.0 * x.sin() * (3.0 * y).cos() + 0.7);
        let psi = grid(&|x, y| (2.0 * x).sin() * (2.0 * y).cos() + 2.0 * x.sin() * (3.0 * y).cos());
        let error = potential(&omega, n).iter().zip(&psi).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(error < 1e-13, "{error:e}");
    }
}
