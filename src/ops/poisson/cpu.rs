//! Reference: two-dimensional transforms by rustfft.

use crate::{
    math::{Complex, Real, wavenumber},
    primitives::fft::cpu::{Direction, transform},
};

/// Velocity and what the spectrum says of the flow.
pub struct Velocity<R> {
    /// `[u, v]` on each node, row by row.
    pub velocity: Vec<[R; 2]>,
    /// Mean of `(u^2 + v^2)/2`.
    pub energy: R,
    /// Mean of `omega^2/2`, the mean vorticity left out.
    pub enstrophy: R,
}

/// From `omega[j, i]` on `n x n` nodes.
pub fn velocity<R: Real>(omega: &[R], n: usize) -> Velocity<R> {
    let mut hat: Vec<Complex<R>> = omega.iter().map(|w| Complex::new(*w, R::zero())).collect();
    transform(&mut hat, n, Direction::Forward);
    let scale = R::one() / R::of((n * n) as f64);
    let (mut energy, mut enstrophy) = (R::zero(), R::zero());
    for (cell, value) in hat.iter_mut().enumerate() {
        let (kx, ky) = (wavenumber(cell % n, n), wavenumber(cell / n, n));
        let k2 = R::of(f64::from(kx * kx + ky * ky));
        let omega = *value * scale;
        *value = Complex::new(R::zero(), R::zero());
        if k2 > R::zero() {
            energy += R::of(0.5) * omega.norm_sqr() / k2;
            enstrophy += R::of(0.5) * omega.norm_sqr();
            if 2 * kx.unsigned_abs() as usize != n && 2 * ky.unsigned_abs() as usize != n {
                *value = Complex::new(R::of(f64::from(kx)), R::of(f64::from(ky))) * omega / k2;
            }
        }
    }
    transform(&mut hat, n, Direction::Backward);
    Velocity { velocity: hat.iter().map(|w| [w.re, w.im]).collect(), energy, enstrophy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_wave_flow_has_its_exact_energy_and_enstrophy() {
        // psi = sin 2x cos 2y + 2 sin x cos 3y: energy 6, enstrophy 58.
        let n = 32;
        let x = |i: usize| i as f64 * crate::math::BOX / n as f64;
        let grid = |f: &dyn Fn(f64, f64) -> f64| (0..n * n).map(|c| f(x(c % n), x(c / n))).collect::<Vec<f64>>();
        let omega = grid(&|x, y| 8.0 * (2.0 * x).sin() * (2.0 * y).cos() + 20.0 * x.sin() * (3.0 * y).cos());
        let v = velocity(&omega, n);
        assert!((v.energy - 6.0).abs() < 1e-12 && (v.enstrophy - 58.0).abs() < 1e-11, "{} {}", v.energy, v.enstrophy);
        let u = grid(&|x, y| -2.0 * (2.0 * x).sin() * (2.0 * y).sin() - 6.0 * x.sin() * (3.0 * y).sin());
        let error = v.velocity.iter().zip(&u).fold(0.0_f64, |m, (a, b)| m.max((a[0] - b).abs()));
        assert!(error < 1e-12, "{error:e}");
    }
}
