//! Reference: see the module above.

use crate::math::{Complex, Real};

/// `[u, v]` at each place; `dense` is the Hermitian square of modes of radius `radius`, row ky.
pub fn velocity<R: Real>(places: &[[R; 2]], dense: &[Complex<R>], radius: i32) -> Vec<[R; 2]> {
    let side = 2 * radius + 1;
    let at = |x: &[R; 2]| {
        let mut sum = [R::zero(); 2];
        for (cell, amplitude) in dense.iter().enumerate() {
            let (kx, ky) = (cell as i32 % side - radius, cell as i32 / side - radius);
            let k2 = kx * kx + ky * ky;
            if k2 == 0 || amplitude.norm_sqr() == R::zero() {
                continue;
            }
            let (kx, ky) = (R::of(f64::from(kx)), R::of(f64::from(ky)));
            let phase = kx * x[0] + ky * x[1];
            // Re(i a exp(i phase))
            let s = -(amplitude.re * phase.sin() + amplitude.im * phase.cos()) / R::of(f64::from(k2));
            sum[0] += s * ky;
            sum[1] -= s * kx;
        }
        sum
    };
    places.iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taylor_green_cells_have_their_known_velocity() {
        // omega = 2 cos x cos y: psi = cos x cos y, u = -cos x sin y, v = sin x cos y.
        let radius = 1;
        let mut dense = vec![Complex::new(0.0, 0.0); 9];
        for cell in [0, 2, 6, 8] {
            dense[cell] = Complex::new(0.5, 0.0);
        }
        let x = [0.7_f64, 1.9];
        let [u, v] = velocity(&[x], &dense, radius)[0];
        assert!((u + x[0].cos() * x[1].sin()).abs() < 1e-14 && (v - x[0].sin() * x[1].cos()).abs() < 1e-14);
    }
}
