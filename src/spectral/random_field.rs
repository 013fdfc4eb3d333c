//! A seeded random vorticity field, made in mode space: one seed is one physical field, whatever N is.
//!
//! ```text
//! omega_hat(k) = C g(k) exp(-((|k| - peak) / (0.35 peak))^2),   omega_hat(-k) = conj omega_hat(k)
//! ```
//!
//! with `g` complex Gaussians, independent over the half plane (ky > 0, or ky = 0 and kx > 0), the mean
//! zero, and `C` such that the rms vorticity is `rms`. Drawn row by row, kx rising, over the disk
//! `|k| <= 3.2 peak`, beyond which the factor is below 1e-16. ChaCha8 and Box-Muller with libm's
//! functions, so the numbers repeat everywhere.

use rand::{Rng, SeedableRng};

use crate::{
    error::{Error, Result},
    math::{Complex64, wave_index},
    primitives::fft::band::Band,
};

/// Largest peak wavenumber.
pub const MAX_PEAK: f64 = 1000.0;

/// Peak, strength and seed of a random field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomField {
    /// Wavenumber where the spectrum peaks.
    pub peak: f64,
    /// Root mean square of the vorticity.
    pub rms: f64,
    /// Seed.
    pub seed: u64,
}

impl Default for RandomField {
    fn default() -> Self {
        Self { peak: 6.0, rms: 3.0, seed: 0 }
    }
}

impl RandomField {
    /// Every mode of the half plane, in the order drawn; the other half is its conjugate.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a peak outside 1 to [`MAX_PEAK`] or an rms that is not a finite number >= 0.
    pub fn modes(&self) -> Result<Vec<([i32; 2], Complex64)>> {
        if !(1.0..=MAX_PEAK).contains(&self.peak) {
            return Err(Error::invalid(
                "peak of the spectrum",
                format!("a wavenumber from 1 to {MAX_PEAK}"),
                self.peak,
            ));
        }
        if !(self.rms.is_finite() && self.rms >= 0.0) {
            return Err(Error::invalid("rms vorticity", "a finite number >= 0", self.rms));
        }
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(self.seed);
        // Uniform in (0, 1]: 53 bits.
        let mut uniform = || ((random.next_u64() >> 11) + 1) as f64 / 9_007_199_254_740_992.0;
        let r = (3.2 * self.peak).floor() as i32;
        let half = (0..=r).flat_map(|ky| (-r..=r).map(move |kx| [kx, ky]));
        let half = half.filter(|k| (k[1] > 0 || k[0] > 0) && k[0] * k[0] + k[1] * k[1] <= r * r);
        let mut modes: Vec<([i32; 2], Complex64)> = half
            .map(|k| {
                let x = (libm::hypot(f64::from(k[0]), f64::from(k[1])) - self.peak) / (0.35 * self.peak);
                let radius = libm::sqrt(-2.0 * libm::log(uniform())) * libm::exp(-x * x);
                let (sin, cos) = libm::sincos(std::f64::consts::TAU * uniform());
                (k, Complex64::new(radius * cos, radius * sin))
            })
            .collect();
        let energy: f64 = modes.iter().map(|(_, c)| 2.0 * c.norm_sqr()).sum();
        let scale = self.rms / energy.sqrt();
        modes.iter_mut().for_each(|(_, c)| *c *= scale);
        Ok(modes)
    }

    /// The field on `n x n` nodes, row 0 at the bottom. Modes that the grid does not hold are left out: with
    /// the default peak none from N = 40 on.
    ///
    /// # Errors
    /// As [`RandomField::modes`]; and a grid that does not hold the peak itself.
    pub fn field(&self, n: usize) -> Result<Vec<f64>> {
        let modes = self.modes()?;
        if n < 16 || 2.0 * self.peak >= n as f64 {
            return Err(Error::invalid(
                "grid side N",
                format!("at least 16 and above twice the peak {}", self.peak),
                n,
            ));
        }
        let radius = modes.iter().flat_map(|(k, _)| k).map(|k| k.unsigned_abs() as usize).max().unwrap_or(0);
        let side = 2 * radius + 1;
        let mut square = vec![Complex64::ZERO; side * side];
        for (k, c) in modes {
            square[wave_index(k[1], side) * side + wave_index(k[0], side)] = c;
            square[wave_index(-k[1], side) * side + wave_index(-k[0], side)] = c.conj();
        }
        let at = |k: [i32; 2]| square[wave_index(k[1], side) * side + wave_index(k[0], side)];
        Ok(Band::new(n).field(radius, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_field_on_every_grid() {
        let random = RandomField { seed: 7, ..Default::default() };
        let (coarse, fine) = (random.field(48).unwrap(), random.field(144).unwrap());
        for j in 0..48 {
            for i in 0..48 {
                assert!((coarse[j * 48 + i] - fine[3 * j * 144 + 3 * i]).abs() < 1e-12);
            }
        }
        let mean_square = fine.iter().map(|w| w * w).sum::<f64>() / fine.len() as f64;
        assert!((mean_square - 9.0).abs() < 1e-12 && fine.iter().sum::<f64>().abs() < 1e-9);
        assert_ne!(RandomField { seed: 8, ..random }.field(48).unwrap(), coarse);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert!(RandomField { peak: 0.5, ..Default::default() }.modes().is_err());
        assert!(RandomField { rms: f64::NAN, ..Default::default() }.modes().is_err());
        assert!(RandomField { peak: 30.0, ..Default::default() }.field(60).is_err());
    }
}
