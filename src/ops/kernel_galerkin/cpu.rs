//! Reference: the triad sum, written out.

use rayon::prelude::*;

use crate::math::{Complex, Real};

/// What advects besides the background itself.
pub struct Flow<'a, R> {
    /// Atoms' amplitudes, full square of twice the background's radius, row ky.
    pub atoms: Option<&'a [Complex<R>]>,
    /// Whether these hold the background, too.
    pub whole: bool,
    /// Mean flow.
    pub drift: [R; 2],
    /// Viscosity.
    pub nu: R,
}

/// `d omega_k / dt` on the square of radius `radius`; zero where `mask` is 0. `dense`, `mask` and the slopes are laid
/// out as [`crate::state::Background::dense`] says.
pub fn slope<R: Real>(dense: &[Complex<R>], mask: &[u32], radius: i32, flow: &Flow<'_, R>) -> Vec<Complex<R>> {
    let (side, wide) = (2 * radius + 1, 2 * radius);
    let index = |kx: i32, ky: i32, r: i32| ((ky + r) * (2 * r + 1) + kx + r) as usize;
    let zero = Complex::new(R::zero(), R::zero());
    let advecting = |px: i32, py: i32| {
        let own = if !flow.whole && px.abs().max(py.abs()) <= radius { dense[index(px, py, radius)] } else { zero };
        flow.atoms.map_or(own, |atoms| own + atoms[index(px, py, wide)])
    };
    let mode = |cell: i32| {
        if mask[cell as usize] == 0 {
            return zero;
        }
        let (kx, ky) = (cell % side - radius, cell / side - radius);
        // The lower half mirrors the upper one, so that the field stays real to the bit.
        if ky < 0 || (ky == 0 && kx < 0) {
            return zero;
        }
        let mut sum = zero;
        for qy in -radius..=radius {
            for qx in -radius..=radius {
                let (px, py) = (kx - qx, ky - qy);
                let cross = qx * py - qy * px;
                let q = index(qx, qy, radius);
                if mask[q] != 0 && cross != 0 {
                    let weight = R::of(f64::from(cross) / f64::from(px * px + py * py));
                    sum = sum + advecting(px, py) * dense[q] * weight;
                }
            }
        }
        let (x, y) = (R::of(f64::from(kx)), R::of(f64::from(ky)));
        let rate = Complex::new(flow.nu * (x * x + y * y), x * flow.drift[0] + y * flow.drift[1]);
        sum - rate * dense[cell as usize]
    };
    let mut slopes: Vec<Complex<R>> = (0..side * side).into_par_iter().map(mode).collect();
    let last = slopes.len() - 1;
    for cell in 0..last / 2 {
        slopes[cell] = slopes[last - cell].conj();
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Complex64;

    #[test]
    fn triads_conserve_energy_and_enstrophy() {
        let radius = 3;
        let side = 2 * radius + 1;
        let mask: Vec<u32> = (0..side * side)
            .map(|c| {
                let (x, y) = (c % side - radius, c / side - radius);
                u32::from(x * x + y * y <= radius * radius && (x, y) != (0, 0))
            })
            .collect();
        let mut dense = vec![Complex64::default(); mask.len()];
        for cell in (0..mask.len()).filter(|c| mask[*c] == 1) {
            let value = Complex64::new((cell as f64 * 1.3).sin(), (cell as f64 * 0.7).cos());
            dense[cell] += value * 0.5;
            dense[mask.len() - 1 - cell] += value.conj() * 0.5;
        }
        let rate = slope(&dense, &mask, radius, &Flow { atoms: None, whole: false, drift: [0.3, 0.1], nu: 0.0 });
        let (mut energy, mut enstrophy, mut scale) = (0.0, 0.0, 0.0);
        for cell in (0..mask.len()).filter(|c| mask[*c] == 1) {
            let (x, y) = (cell as i32 % side - radius, cell as i32 / side - radius);
            let power = (dense[cell].conj() * rate[cell]).re;
            energy += power / f64::from(x * x + y * y);
            enstrophy += power;
            scale += power.abs();
        }
        assert!(energy.abs() < 1e-13 * scale && enstrophy.abs() < 1e-13 * scale, "{energy:e} {enstrophy:e}");
    }

    #[test]
    fn the_field_stays_real_to_the_bit_in_single_precision() {
        let radius = 4;
        let side = 2 * radius + 1;
        let (mut dense, last) = (vec![Complex::new(0.0_f32, 0.0); (side * side) as usize], (side * side - 1) as usize);
        for cell in 0..last / 2 {
            dense[cell] = Complex::new((cell as f32 * 1.3).sin(), (cell as f32 * 0.7).cos());
            dense[last - cell] = dense[cell].conj();
        }
        let mask: Vec<u32> = (0..dense.len()).map(|cell| u32::from(cell != last / 2)).collect();
        let rate = slope(&dense, &mask, radius, &Flow { atoms: None, whole: false, drift: [0.3, 0.1], nu: 0.01 });
        assert!((0..=last).all(|cell| rate[cell] == rate[last - cell].conj()));
        assert!(rate.iter().all(|r| r.re.is_finite()) && rate[0].norm_sqr() > 0.0);
    }
}
