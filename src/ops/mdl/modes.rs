//! What the background can carry of a sum of Gaussians: its amplitudes on the background's modes.
//!
//! `w_hat(k) = 1/(4 pi^2) sum_j g_j exp(-i k.x_j - 1/2 k^T S_j k)`, the mean among them: it is what the uniform
//! background balances. By Parseval the field without those modes has `|w|^2 - 4 pi^2 sum_P |w_hat|^2`.

use rayon::prelude::*;

use super::gauss::Gauss;
use crate::{
    math::{BOX, Complex64},
    state::{Background, dense_index},
};

/// Gaussians that a thread adds up.
const PART: usize = 256;

/// Modes P: those of a half plane, each standing for its opposite too, and the mean.
#[derive(Clone, Debug)]
pub struct Modes {
    /// `k` and how many of P it stands for.
    waves: Vec<([i32; 2], f64)>,
    radius: i32,
}

impl Modes {
    /// The mean alone: what is taken away goes to the uniform background and nowhere else.
    pub fn mean() -> Self {
        Self { waves: vec![([0, 0], 1.0)], radius: 0 }
    }

    /// The mean and every stored mode.
    pub fn of(background: &Background) -> Self {
        let radius = background.basis().radius();
        let mask = background.dense_mask();
        let half = |k: &[i32; 2]| k[1] > 0 || (k[1] == 0 && k[0] > 0);
        let all = (-radius..=radius).flat_map(|ky| (-radius..=radius).map(move |kx| [kx, ky]));
        let stored = all.filter(|k| half(k) && mask[dense_index(*k, radius)] == 1).map(|k| (k, 2.0));
        Self { waves: [([0, 0], 1.0)].into_iter().chain(stored).collect(), radius }
    }

    /// Whether there is a mode beside the mean, so that the background can be given a field.
    pub fn feeds(&self) -> bool {
        self.waves.len() > 1
    }

    /// Amplitudes of a sum. One for each of these modes, in their order.
    pub fn amplitudes(&self, all: &[Gauss]) -> Vec<Complex64> {
        let zero = || vec![Complex64::default(); self.waves.len()];
        let part = |all: &[Gauss]| {
            let mut sum = zero();
            all.iter().for_each(|a| self.add_one(a, &mut sum));
            sum
        };
        // Parts of a fixed size, summed in order: the same bits on any number of threads.
        // One part is no work to hand to other threads.
        let parts: Vec<Vec<Complex64>> = match all.len() <= PART {
            true => vec![part(all)],
            false => all.par_chunks(PART).map(part).collect(),
        };
        let mut sum = zero();
        parts.iter().for_each(|part| sum.iter_mut().zip(part).for_each(|(a, b)| *a += b));
        sum.iter().map(|c| c / (BOX * BOX)).collect()
    }

    /// `g exp(-i k.x - 1/2 k^T S k)` on every mode, by powers of the phases of the first one.
    fn add_one(&self, a: &Gauss, sum: &mut [Complex64]) {
        let r = self.radius;
        let powers = |x: f64| -> Vec<Complex64> {
            let (sin, cos) = libm::sincos(x);
            let first = Complex64::new(cos, -sin);
            let mut all = vec![Complex64::ONE; 2 * r as usize + 1];
            for k in 1..=r as usize {
                all[r as usize + k] = all[r as usize + k - 1] * first;
                all[r as usize - k] = all[r as usize + k].conj();
            }
            all
        };
        let (px, py) = (powers(a.x.x), powers(a.x.y));
        for ((k, _), sum) in self.waves.iter().zip(sum) {
            let [kx, ky] = k.map(f64::from);
            let decay = 0.5 * (a.s[0] * kx * kx + 2.0 * a.s[1] * kx * ky + a.s[2] * ky * ky);
            if decay < 40.0 {
                *sum += px[(k[0] + r) as usize] * py[(k[1] + r) as usize] * (a.g * libm::exp(-decay));
            }
        }
    }

    /// `integral (P a) b` from amplitudes. `a` and `b` hold one amplitude for each of these modes, in their order.
    pub fn product(&self, a: &[Complex64], b: &[Complex64]) -> f64 {
        let terms = self.waves.iter().zip(a).zip(b).map(|(((_, times), a), b)| times * (a * b.conj()).re);
        BOX * BOX * terms.sum::<f64>()
    }

    /// Amplitudes of the background on these modes. One for each of these modes, in their order.
    pub fn read(&self, background: &Background) -> Vec<Complex64> {
        let (dense, radius) = (background.dense(), background.basis().radius());
        self.waves.iter().map(|(k, _)| dense[dense_index(*k, radius)]).collect()
    }

    /// Adds a field on these modes, without its mean, to the background. `more` holds one amplitude for each of these
    /// modes, in their order.
    pub fn add(&self, background: &mut Background, more: &[Complex64]) {
        let mut dense = background.dense();
        for ((k, _), c) in self.waves.iter().zip(more).skip(1) {
            dense[dense_index(*k, self.radius)] += c;
            dense[dense_index([-k[0], -k[1]], self.radius)] += c.conj();
        }
        background.set_dense(&dense);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::gauss::square, *};
    use glam::DVec2;

    #[test]
    fn a_wide_blob_is_all_in_the_modes() {
        let mut background = Background::empty();
        let modes = Modes::of(&background);
        assert!(modes.feeds() && !Modes::mean().feeds());
        let blob = [Gauss { x: DVec2::new(1.0, -2.0), g: 1.3, s: [0.6, 0.1, 0.5] }];
        let hat = modes.amplitudes(&blob);
        let (whole, held) = (square(&blob), modes.product(&hat, &hat));
        assert!((held / whole - 1.0).abs() < 1e-7, "{held} {whole}");
        modes.add(&mut background, &hat);
        let back = modes.read(&background);
        // All but the mean, which is not a mode of the background.
        assert!(back[1..].iter().zip(&hat[1..]).all(|(a, b)| (a - b).norm() < 1e-15));
        assert_eq!(back[0], Complex64::default());
    }
}
