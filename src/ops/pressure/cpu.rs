//! Reference: strain by transforms, the source node by node, its potential.

use crate::{
    math::{Complex, Real, wavenumber},
    ops::potential::cpu::potential,
    primitives::fft::cpu::{Direction, transform},
};

/// `p[j, i]` from `omega[j, i]` on `n x n` nodes.
pub fn pressure<R: Real>(omega: &[R], n: usize) -> Vec<R> {
    let strain = strain(omega, n);
    let half = R::of(0.5);
    let source: Vec<R> = strain.iter().zip(omega).map(|(s, w)| half * (s.norm_sqr() - *w * *w)).collect();
    potential(&source, n)
}

/// `a + i b` on each node.
fn strain<R: Real>(omega: &[R], n: usize) -> Vec<Complex<R>> {
    let mut hat: Vec<Complex<R>> = omega.iter().map(|w| Complex::new(*w, R::zero())).collect();
    transform(&mut hat, n, Direction::Forward);
    let scale = R::one() / R::of((n * n) as f64);
    for (cell, value) in hat.iter_mut().enumerate() {
        let (kx, ky) = (wavenumber(cell % n, n), wavenumber(cell / n, n));
        let highest = 2 * kx.unsigned_abs() as usize == n || 2 * ky.unsigned_abs() as usize == n;
        let k2 = R::of(f64::from(kx * kx + ky * ky));
        let parts = Complex::new(R::of(f64::from(ky * ky - kx * kx)), R::of(f64::from(-2 * kx * ky)));
        let zero = Complex::new(R::zero(), R::zero());
        // a and b are real fields, so a_hat + i b_hat is the spectrum of a + i b.
        *value = if k2 > R::zero() && !highest { parts * *value * (scale / k2) } else { zero };
    }
    transform(&mut hat, n, Direction::Backward);
    hat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::BOX;

    #[test]
    fn the_pressure_of_taylor_green_cells_is_exact() {
        // psi = cos x cos y, omega = 2 cos x cos y, p = -(cos 2x + cos 2y)/4.
        let n = 32;
        let x = |i: usize| i as f64 * BOX / n as f64;
        let omega: Vec<f64> = (0..n * n).map(|c| 2.0 * x(c % n).cos() * x(c / n).cos()).collect();
        for (c, p) in pressure(&omega, n).iter().enumerate() {
            let exact = -0.25 * ((2.0 * x(c % n)).cos() + (2.0 * x(c / n)).cos());
            assert!((p - exact).abs() < 1e-13, "node {c}: {p} and {exact}");
        }
    }

    #[test]
    fn a_vortex_sucks() {
        // A Gaussian vortex: p rises from its centre outwards, everywhere by u^2/r.
        let (n, eps) = (128, 0.25_f64);
        let x = |i: usize| i as f64 * BOX / n as f64 - BOX / 2.0;
        let omega: Vec<f64> = (0..n * n)
            .map(|c| (-(x(c % n).powi(2) + x(c / n).powi(2)) / (2.0 * eps * eps)).exp() / (BOX * eps * eps))
            .collect();
        let mean = omega.iter().sum::<f64>() / omega.len() as f64;
        let p = pressure(&omega.iter().map(|w| w - mean).collect::<Vec<_>>(), n);
        let row = &p[n / 2 * n..][..n];
        let h = BOX / n as f64;
        for i in n / 2 + 3..n / 2 + 24 {
            let r = (i - n / 2) as f64 * h;
            let u = (1.0 - (-r * r / (2.0 * eps * eps)).exp()) / (BOX * r) - mean * r / 2.0;
            let slope = (8.0 * (row[i + 1] - row[i - 1]) - (row[i + 2] - row[i - 2])) / (12.0 * h);
            // Images of the vortex and differences over four cells leave a percent of the steepest slope, 0.2.
            assert!((slope - u * u / r).abs() < 0.01 * 0.2, "r = {r}: dp/dr = {slope}, u^2/r = {}", u * u / r);
        }
    }
}
