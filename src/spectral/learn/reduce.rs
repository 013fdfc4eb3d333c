//! Second pass of the residual basis: from the directions of a sketch to singular vectors.
//!
//! With `C = sum_t c_t c_t^T` of the coefficients in Q and `C = V diag(s^2) V^T`, the fields `Q V` are the left
//! singular vectors of the residual within Q, s their singular values. The first of them make B; the share
//! of the residual's energy that they hold is `sum s^2 / sum_t |r_t|^2`.

use std::sync::Arc;

use super::{Learner, factor};
use crate::{error::Result, state::Background};

/// Of the largest s^2: below it a direction is rounding.
const ROUNDING: f64 = 1e-13;
/// Of the energy of all fields.
const NOTHING: f64 = 1e-24;

/// What became of a residual basis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Captured {
    /// Rank of the basis: fewer than asked for where the data have no more directions.
    pub rank: usize,
    /// Share of the residual's energy that it holds, over all fields; `None` where there is no residual.
    pub share: Option<f64>,
}

impl Learner {
    /// Turns the residual basis to its singular vectors on the fields that were pushed, and keeps the first
    /// `rank` of them; the sums follow exactly.
    ///
    /// # Errors
    /// [`crate::Error::Run`] without memory, or when an iteration does not converge.
    pub fn narrow(&mut self, rank: usize) -> Result<Captured> {
        let basis = self.first.basis().clone();
        let Some(sketched) = basis.residual() else { return Ok(Captured { rank: 0, share: None }) };
        let (from, columns) = (basis.dimension() - sketched.rank(), sketched.rank());
        let (values, vectors) = factor::symmetric(&self.sums.moments(from), columns)?;
        let least = (ROUNDING * values[0]).max(NOTHING * self.energy);
        let keep = values.iter().take(rank).take_while(|s| **s > least).count();
        let held: f64 = values[..keep].iter().sum();
        let residual = if keep > 0 { Some(Arc::new(sketched.rotated(&vectors, keep)?)) } else { None };
        let basis = basis.with_residual(residual)?;
        self.sums = self.sums.narrowed(from, &vectors, keep)?;
        let turned = |background: &Background| {
            let c = vectors.chunks_exact(columns).take(keep).map(|v| dot(v, background.coefficients()));
            let z = background.to_z()[..from].iter().copied().chain(c).collect::<Vec<f64>>();
            Background::from_z(basis.clone(), &z)
        };
        (self.first, self.last) = (turned(&self.first)?, turned(&self.last)?);
        Ok(Captured { rank: keep, share: (self.residual > 0.0).then(|| held / self.residual) })
    }

    /// The learner that would have been without a residual basis.
    ///
    /// # Errors
    /// [`crate::Error::Run`] without memory.
    pub fn without_residual(&mut self) -> Result<Self> {
        let basis = self.first.basis().clone().with_residual(None)?;
        let from = basis.dimension();
        let cut = |background: &Background| Background::from_z(basis.clone(), &background.to_z()[..from]);
        Ok(Self {
            encoder: self.encoder.clone(),
            sums: self.sums.narrowed(from, &[], 0)?,
            first: cut(&self.first)?,
            last: cut(&self.last)?,
            energy: self.energy,
            residual: self.residual,
        })
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use crate::{
        math::BOX,
        primitives::fft::band::Band,
        spectral::{
            Cuts, Encoder,
            learn::{Learner, Residual, Sketch, Stability},
        },
        state::{Background, Origin},
    };

    const N: usize = 48;

    /// A slow low wave, and two waves above the stored modes that drift at their own speeds.
    fn field(t: f64) -> Vec<f64> {
        let x = |i: usize| BOX * i as f64 / N as f64;
        let wave = |x: f64, y: f64| {
            (x - 0.1 * t).sin() + 0.4 * (11.0 * (x - t) + 2.0 * y).cos() + 0.2 * (13.0 * (y - 0.5 * t)).sin()
        };
        (0..N * N).map(|c| wave(x(c % N), x(c / N))).collect()
    }

    fn learner(rank: usize, steps: u32) -> Learner {
        let cuts = Cuts { k_cut: 3, resid_mid_cut: 6, topk_mid: 2, ..Default::default() };
        let at = |t: u32| field(0.05 * f64::from(t));
        let wanted = Residual { rank, cut: 32 };
        let mut sketch = Sketch::new(Encoder::new(N, &cuts).unwrap(), &wanted, &at(0)).unwrap();
        (1..=steps).for_each(|t| sketch.push(&at(t)).unwrap());
        let (encoder, basis) = sketch.finish().unwrap();
        // |kx|, |ky| <= 48/3.
        assert_eq!(basis.residual().unwrap().modes().iter().flatten().max(), Some(&16));
        let mut learner = Learner::on(encoder, &basis, &at(0)).unwrap();
        (1..=steps).for_each(|t| learner.push(&at(t)).unwrap());
        learner
    }

    /// The decoded field.
    fn decoded(background: &Background) -> Vec<f64> {
        let (dense, r) = (background.dense(), background.basis().radius());
        Band::new(N).field(r as usize, |k| dense[crate::state::dense_index(k, r)])
    }

    #[test]
    fn a_few_waves_above_the_stored_ones_are_held_in_full() {
        let mut learner = learner(10, 60);
        let captured = learner.narrow(10).unwrap();
        // A cosine and a sine of each wave; nothing else.
        assert!(captured.rank == 4 && (captured.share.unwrap() - 1.0).abs() < 1e-12, "{captured:?}");
        let basis = learner.first().basis().residual().unwrap().clone();
        assert!(basis.fields().iter().all(|b| b.norm() < 1e-10 || b.norm() > 1e-3));
        for (background, t) in [(learner.first(), 0.0), (learner.last(), 3.0)] {
            let exact = field(t);
            assert!(decoded(background).iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-10));
            assert!(background.unresolved_energy() < 1e-14 && background.header.residual_energy() > 0.09);
        }
    }

    #[test]
    fn the_energy_of_the_coefficients_falls_with_their_number() {
        let mut learner = learner(10, 60);
        let captured = learner.narrow(2).unwrap();
        // The stronger wave: 0.08 of 0.08 + 0.02.
        assert!(captured.rank == 2 && (captured.share.unwrap() - 0.8).abs() < 0.01, "{captured:?}");
        assert!((learner.last().unresolved_energy() - 0.02).abs() < 0.005);
    }

    #[test]
    fn a_kernel_with_b_forecasts_a_wave_that_one_without_cannot() {
        let mut learner = learner(10, 200);
        learner.narrow(10).unwrap();
        let mut plain = learner.without_residual().unwrap();
        let fit = |learner: &mut Learner| learner.fit(1e-8, Stability::Clamp, Origin::default()).unwrap();
        let (with, without) = (fit(&mut learner), fit(&mut plain));
        assert!(with.field.rel_l2 < 1e-4 && with.field.corr > 0.999_999, "{:?}", with.field);
        // Without: sqrt(0.1 / 0.6) of the field is missing.
        assert!((without.field.rel_l2 - (1.0_f64 / 6.0).sqrt()).abs() < 0.01, "{:?}", without.field);
        assert!(with.persistence_field.rel_l2 > 0.3 && without.propagator.side() + 4 == with.propagator.side());
        with.propagator.fits(learner.first().basis()).unwrap();
        let message = with.propagator.fits(plain.first().basis()).unwrap_err().to_string();
        assert!(message.contains("the length of z"), "{message}");
    }

    #[test]
    fn a_field_without_a_residual_has_no_basis_and_what_is_out_of_range_is_refused() {
        let cuts = Cuts { k_cut: 3, resid_mid_cut: 6, topk_mid: 2, ..Default::default() };
        let encoder = || Encoder::new(N, &cuts).unwrap();
        let low: Vec<f64> = (0..N * N).map(|c| (BOX * (c % N) as f64 / N as f64).sin()).collect();
        let sketch = |rank, cut| Sketch::new(encoder(), &Residual { rank, cut }, &low);
        let (encoder, basis) = sketch(5, 12).unwrap().finish().unwrap();
        let mut learner = Learner::on(encoder, &basis, &low).unwrap();
        learner.push(&low).unwrap();
        assert_eq!(learner.narrow(5).unwrap().rank, 0);
        assert!(learner.first().basis().residual().is_none());
        for (rank, cut, expected) in [
            (0, 32, "residual basis: expected a rank from 1 to 512"),
            (513, 32, "residual basis: expected a rank from 1 to 512"),
            (5, 97, "residual basis: expected a rank from 1 to 512 and a cut from 1 to 96"),
            (5, 3, "residual rank: expected at most 0"),
        ] {
            let message = sketch(rank, cut).err().unwrap().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
