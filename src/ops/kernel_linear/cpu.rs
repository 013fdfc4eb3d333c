//! Reference: see the module above.

use crate::math::{Complex, Complex64, Real};

/// The factor of every mode of a square of radius `radius`, row ky.
pub fn factors(radius: i32, nu: f64, drift: [f64; 2], spin: f64, dt: f64) -> Vec<Complex64> {
    let side = 2 * radius + 1;
    let factor = |cell: i32| {
        let (kx, ky) = (cell % side - radius, cell / side - radius);
        let k2 = f64::from(kx * kx + ky * ky);
        let odd = f64::from(if ky != 0 { ky.signum() } else { kx.signum() });
        let theta = -(f64::from(kx) * drift[0] + f64::from(ky) * drift[1]) * dt + odd * spin * k2.sqrt() * dt;
        Complex64::from_polar((-nu * k2 * dt).exp(), theta)
    };
    (0..side * side).map(factor).collect()
}

/// One step. `dense` is a Hermitian square as [`crate::state::Background::dense`] gives it, `factors` has one factor
/// for each of its cells.
pub fn step<R: Real>(dense: &mut [Complex<R>], factors: &[Complex64]) {
    for (mode, factor) in dense.iter_mut().zip(factors) {
        *mode = *mode * Complex::new(R::of(factor.re), R::of(factor.im));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_stays_real_and_only_viscosity_takes_modulus() {
        let f = factors(3, 0.0, [0.4, -0.2], 0.7, 0.1);
        for (a, b) in f.iter().zip(f.iter().rev()) {
            assert!((a - b.conj()).norm() < 1e-15 && (a.norm() - 1.0).abs() < 1e-15);
        }
    }
}
