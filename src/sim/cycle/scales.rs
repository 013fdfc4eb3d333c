//! Large scales of a refit are those of the parcels.
//!
//! ```text
//! minimise  sum_i n_i d_i^2 + sum_k (kappa/|k|)^2 |r_k - sum_i a_i(k) d_i|^2      over changes d_i of the peaks
//!
//! a_i(k) = 2 pi sqrt(det S_i)/N^2 exp(-k.S_i k/2 - i k.x_i)     n_i = pi sqrt(det S_i)/N^2     0 < |k| <= 4
//! r_k    = omega_k of the parcels - sum_i a_i(k) peak_i
//! ```
//!
//! A fit in the norm of vorticity has its error on all scales alike, and what is a small share of enstrophy on the
//! largest is a large share of energy: cells, whose background takes the rest, come to .004 % less with this instead of
//! 1.7. What it leaves of energy [`energy`](super::energy) settles. With A the rows of both parts of each mode, weights in
//! them, the change is
//! `d = D A^T (A D A^T + 1)^-1 r`, `D = diag(1/n_i)`: a system of 48 equations however many ellipses there are. Fewer
//! than equations cannot make these modes without leaving the field, and stay as they were fitted.

use faer::{Mat, Side, prelude::Solve};

use crate::{
    math::{BOX, Complex64},
    ops::ellipse_fit::Ellipse,
    primitives::fft::band::{Band, Modes},
};

/// Largest wavenumber that is kept.
const LARGE: i32 = 4;
/// Wavenumber from which on vorticity counts for itself.
const KAPPA: f64 = 40.0;

/// Amplitude of an ellipse of unit peak, lengths in cells of a lattice of `side`.
fn amplitude(e: &Ellipse, side: usize, k: [i32; 2]) -> Complex64 {
    let [x, y] = k.map(|k| f64::from(k) * BOX / side as f64);
    let [xx, xy, yy] = e.covariance;
    let size = BOX * e.determinant().sqrt() / (side * side) as f64;
    let decay = 0.5 * (xx * x * x + 2.0 * xy * x * y + yy * y * y);
    Complex64::from_polar(size * (-decay).exp(), -(x * e.center[0] + y * e.center[1]))
}

/// Modes up to a radius of values on the nodes of a lattice.
pub(super) fn modes(values: &[f32], side: usize, radius: i32) -> Modes<f64> {
    let values: Vec<f64> = values.iter().map(|w| f64::from(*w)).collect();
    Band::new(side).analyse(&values, radius as usize)
}

/// What ellipses lack of a mode.
pub(super) fn lack(ellipses: &[Ellipse], held: &Modes<f64>, side: usize, k: [i32; 2]) -> Complex64 {
    held.at(k) - ellipses.iter().map(|e| amplitude(e, side, k) * e.peak).sum::<Complex64>()
}

/// Changes the peaks so that the large scales are those of the parcels, `[side, side]` values on the nodes.
pub(super) fn keep(ellipses: &mut [Ellipse], values: &[f32], side: usize) {
    let held = modes(values, side, LARGE);
    let half = (-LARGE..=LARGE).flat_map(|ky| (0..=LARGE).map(move |kx| [kx, ky]));
    let large = half.filter(|[kx, ky]| (*kx > 0 || *ky > 0) && kx * kx + ky * ky <= LARGE * LARGE);
    let mut rows: Vec<Vec<f64>> = vec![];
    let mut rest = vec![];
    for k in large {
        // Both of a mode and its mirror image count.
        let weight = KAPPA * (2.0 / f64::from(k[0] * k[0] + k[1] * k[1])).sqrt();
        let (re, im) = ellipses.iter().map(|e| amplitude(e, side, k) * weight).map(|a| (a.re, a.im)).unzip();
        let left = lack(ellipses, &held, side, k) * weight;
        rows.extend([re, im]);
        rest.extend([left.re, left.im]);
    }
    if ellipses.len() < rows.len() {
        return;
    }
    let share = |e: &Ellipse| (side * side) as f64 / (0.5 * BOX * e.determinant().sqrt());
    let shares: Vec<f64> = ellipses.iter().map(share).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).zip(&shares).map(|((a, b), d)| a * b * d).sum::<f64>();
    let count = rows.len();
    let square = Mat::from_fn(count, count, |i, j| dot(&rows[i], &rows[j]) + f64::from(u8::from(i == j)));
    // A sum of squares and the unit matrix is positive definite; where numbers are not finite nothing is changed.
    let Ok(factor) = square.llt(Side::Lower) else { return };
    let weights = factor.solve(&Mat::from_fn(count, 1, |i, _| rest[i]));
    for (i, e) in ellipses.iter_mut().enumerate() {
        let change = shares[i] * (0..count).map(|row| rows[row][i] * weights[(row, 0)]).sum::<f64>();
        if change.is_finite() {
            e.peak += change;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::ellipse_fit::{self, Quadratic, Samples};

    fn ellipses() -> Vec<Ellipse> {
        let one = |i: i32| {
            let t = f64::from(i);
            let at = [(17.0 * t) % 64.0, (29.0 * t + 3.0 * t * t) % 64.0];
            Ellipse::from_axes((1.3 * t).sin() + 0.2, at, 2.0 + 0.05 * t, 3.0 + 0.07 * t, 0.7 * t)
        };
        (0..60).map(one).collect()
    }

    fn field(ellipses: &[Ellipse]) -> Vec<f32> {
        let peaks: Vec<Quadratic> = ellipses.iter().map(|e| [e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
        ellipse_fit::cpu::field(ellipses, &peaks, &Samples::grid(&vec![0.0; 64 * 64], 64))
    }

    #[test]
    fn amplitudes_are_those_of_the_field() {
        let all = ellipses();
        let held = modes(&field(&all), 64, LARGE);
        for k in [[1, 0], [0, 3], [-2, 1], [4, -4]] {
            let lack = lack(&all, &held, 64, k);
            assert!(lack.norm() < 1e-4 * held.at([1, 0]).norm(), "{k:?}: {lack}");
        }
    }

    #[test]
    fn large_scales_come_back_and_the_rest_stays_near() {
        let exact = ellipses();
        let values = field(&exact);
        let held = modes(&values, 64, LARGE);
        // Energy of the large scales of a difference.
        let off = |all: &[Ellipse]| {
            let square = |k: [i32; 2]| lack(all, &held, 64, k).norm_sqr() / f64::from(k[0] * k[0] + k[1] * k[1]);
            [[1, 0], [0, 1], [1, 1], [1, -1], [2, 0], [0, 2]].map(square).iter().sum::<f64>()
        };
        let mut all = exact.clone();
        all.iter_mut().zip([0.2, -0.1, 0.15].iter().cycle()).for_each(|(e, by)| e.peak += by);
        let before = all.clone();
        keep(&mut all, &values, 64);
        assert!(off(&all) < 1e-4 * off(&before), "{} of {}", off(&all), off(&before));
        let far =
            |all: &[Ellipse]| field(all).iter().zip(&values).map(|(a, b)| f64::from((a - b).powi(2))).sum::<f64>();
        assert!(far(&all) < far(&before), "{} of {}", far(&all), far(&before));
    }
}
