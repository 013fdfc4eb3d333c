//! From a stream of fields to a propagator: encode, accumulate, solve, make stable, judge.

use std::ops::Range;

use super::NormalEquations;
use crate::{
    error::Result,
    spectral::{
        Encoder,
        modal::{self, Clamped, Stable},
    },
    state::{Background, Basis, Origin, Propagator},
};

/// Largest side whose eigenvalues are computed only to be reported.
const REPORTED_SIDE: usize = 2048;

/// Takes fields one after the other; what it holds does not grow with their number.
pub struct Learner {
    pub(super) encoder: Encoder,
    pub(super) sums: NormalEquations,
    pub(super) first: Background,
    pub(super) last: Background,
    /// Sum of the energies of all fields.
    pub(super) energy: f64,
    /// The part of it beyond the stored modes.
    pub(super) residual: f64,
}

/// Whether A is made stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Eigenvalues outside the unit circle are moved onto it.
    Clamp,
    /// A stays the solution of the normal equations.
    AsFitted,
}

/// A learned kernel and what the data say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The kernel.
    pub propagator: Propagator,
    /// Relative residual of the normal equations, before any clamp.
    pub residual: f64,
    /// The same of the worst column, see [`super::Solution::worst_column`].
    pub worst_column: f64,
    /// Spectral radius of the solution; `None` where it was too large to be worth the time.
    pub radius_fitted: Option<f64>,
    /// Spectral radius of the kernel.
    pub radius: Option<f64>,
    /// How it was made stable; `None` if that was not asked for.
    pub clamped: Option<Clamped>,
    /// Relative one-step error of the stored modes on the data learned from.
    pub one_step: f64,
    /// The same for a kernel that changes nothing.
    pub one_step_still: f64,
    /// The stored modes of the first z carried to the time of the last, against its own.
    pub forecast: Forecast,
    /// The stored modes of the first z itself against the last.
    pub persistence: Forecast,
    /// The whole field of the forecast, a residual basis included, against the whole last field.
    pub field: Forecast,
    /// The whole field of the first z against the last.
    pub persistence_field: Forecast,
}

/// How far a field is from another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Relative L2 error.
    pub rel_l2: f64,
    /// Correlation.
    pub corr: f64,
}

impl Forecast {
    /// The entries `columns` of `z` against those of `truth`, which leave the energy `beyond` out.
    pub fn of(z: &[f64], truth: &[f64], columns: &[Range<usize>], beyond: f64) -> Self {
        let sum = |f: fn(f64, f64) -> f64| columns.iter().cloned().flatten().map(|i| f(z[i], truth[i])).sum::<f64>();
        let (aa, bb, ab) = (sum(|a, _| a * a), sum(|_, b| b * b) + beyond, sum(|a, b| a * b));
        Self { rel_l2: ((sum(|a, b| (a - b) * (a - b)) + beyond) / bb).sqrt(), corr: ab / (aa * bb).sqrt() }
    }
}

/// Energy of the field of an encoded background, and the part of it beyond the stored modes.
fn energies(background: &Background) -> [f64; 2] {
    let beyond = background.header.residual_energy();
    [background.modes().map(|(_, c)| c.norm_sqr()).sum::<f64>() + beyond, beyond]
}

impl Learner {
    /// Chooses the modes from the first field. `omega` is row-major, `N x N` values.
    ///
    /// # Errors
    /// As [`Encoder::encode`]; [`crate::Error::Run`] when there is no memory for the sums.
    pub fn new(encoder: Encoder, omega: &[f64]) -> Result<Self> {
        let basis = encoder.basis(omega)?;
        Self::on(encoder, &basis, omega)
    }

    /// On a given basis. `omega` is row-major, `N x N` values.
    ///
    /// # Errors
    /// As [`Learner::new`].
    pub fn on(encoder: Encoder, basis: &Basis, omega: &[f64]) -> Result<Self> {
        let first = encoder.encode(omega, basis)?;
        let mut sums = NormalEquations::new(first.basis().dimension())?.holding(first.basis().keep_index());
        sums.push(&first.to_z())?;
        let [energy, residual] = energies(&first);
        Ok(Self { encoder, sums, last: first.clone(), first, energy, residual })
    }

    /// Adds the next field. `omega` is row-major, `N x N` values.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    pub fn push(&mut self, omega: &[f64]) -> Result<()> {
        self.last = self.encoder.encode(omega, self.first.basis())?;
        let [energy, residual] = energies(&self.last);
        (self.energy, self.residual) = (self.energy + energy, self.residual + residual);
        self.sums.push(&self.last.to_z())
    }

    /// The first field, encoded.
    pub fn first(&self) -> &Background {
        &self.first
    }

    /// The last field, encoded.
    pub fn last(&self) -> &Background {
        &self.last
    }

    /// The sums.
    pub fn sums(&mut self) -> &mut NormalEquations {
        &mut self.sums
    }

    /// Solves, and makes the result stable if asked to. `origin` is completed with what is known here.
    ///
    /// # Errors
    /// As [`NormalEquations::solve`] and [`modal::clamp`].
    pub fn fit(&mut self, ridge: f64, stability: Stability, origin: Origin) -> Result<Fit> {
        self.fit_telling(ridge, stability, origin, &|_| ())
    }

    /// The same, and tells what it is at, for it takes minutes where z is long.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn fit_telling(
        &mut self,
        ridge: f64,
        stability: Stability,
        origin: Origin,
        tell: &dyn Fn(&'static str),
    ) -> Result<Fit> {
        let basis = self.first.basis();
        let (d, m) = (basis.dimension(), basis.low().len());
        let origin = Origin {
            k_cut: Some(basis.k_cut()),
            resid_mid_cut: Some(basis.resid_mid_cut()),
            topk_mid: Some(basis.topk_mid()),
            anchors: Some(basis.anchors().to_vec()),
            residual: basis.residual().cloned(),
            ridge_lambda: Some(ridge),
            n: Some(self.encoder.n()),
            dashi_tau: Some(self.encoder.cuts().dashi_tau),
            dashi_smooth_k: Some(self.encoder.cuts().dashi_smooth_k),
            ..origin
        };
        tell("solving the normal equations");
        let solution = self.sums.solve(ridge)?;
        let fitted = Propagator::new(d, solution.a, origin)?;
        let (propagator, clamped, radius_fitted, radius) = match stability {
            Stability::AsFitted => {
                tell("eigenvalues of A");
                let radius = if d <= REPORTED_SIDE { Some(modal::radius(&modal::eigenvalues(&fitted)?)) } else { None };
                (fitted, None, radius, radius)
            }
            Stability::Clamp => {
                tell("eigenvalues and eigenvectors of A");
                let Stable { propagator, how, before } = modal::clamp(fitted)?;
                let after = match how {
                    Clamped::Unchanged => before,
                    _ => {
                        tell("eigenvalues of the stable A");
                        modal::radius(&modal::eigenvalues(&propagator)?)
                    }
                };
                (propagator, Some(how), Some(before), Some(after))
            }
        };
        tell("judging A on what it was learned from");
        let stored = [0..2 * m, 2 * m + 4..d - basis.residual_rank()];
        let all = [0..2 * m, 2 * m + 4..d];
        let (one_step, one_step_still) = self.sums.one_step_error(propagator.matrix(), &stored);
        let (mut z, truth) = (self.first.to_z(), self.last.to_z());
        let beyond = self.last.unresolved_energy();
        let judge = |z: &[f64]| (Forecast::of(z, &truth, &stored, 0.0), Forecast::of(z, &truth, &all, beyond));
        let (persistence, persistence_field) = judge(&z);
        for _ in 0..self.sums.pairs() {
            z = row_times(&z, propagator.matrix());
        }
        let (forecast, field) = judge(&z);
        Ok(Fit {
            propagator,
            residual: solution.residual,
            worst_column: solution.worst_column,
            radius_fitted,
            radius,
            clamped,
            one_step,
            one_step_still,
            forecast,
            persistence,
            field,
            persistence_field,
        })
    }
}

/// `z A`, A row-major.
pub fn row_times(z: &[f64], a: &[f64]) -> Vec<f64> {
    let mut next = vec![0.0; z.len()];
    for (z, row) in z.iter().zip(a.chunks_exact(z.len())) {
        next.iter_mut().zip(row).for_each(|(sum, a)| *sum += z * a);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{math::BOX, spectral::Cuts};

    /// Waves that drift to the right at unit speed.
    fn drifting(t: f64) -> Vec<f64> {
        let x = |i: usize| BOX * i as f64 / 32.0;
        let wave = |x: f64, y: f64| (x - t).sin() + (2.0 * (x - t) + y).cos() + 0.3 * (6.0 * (x - t)).sin();
        (0..1024).map(|c| wave(x(c % 32), x(c / 32))).collect()
    }

    #[test]
    fn a_drift_is_learned_and_repeated() {
        let cuts = Cuts { k_cut: 3, resid_mid_cut: 6, topk_mid: 2, ..Default::default() };
        let mut learner = Learner::new(Encoder::new(32, &cuts).unwrap(), &drifting(0.0)).unwrap();
        (1..=200).for_each(|t| learner.push(&drifting(0.05 * f64::from(t))).unwrap());
        let fit = learner.fit(1e-8, Stability::Clamp, Origin { dt: Some(0.05), ..Default::default() }).unwrap();
        assert!(fit.one_step < 1e-6 && fit.one_step_still > 0.03, "{:e}", fit.one_step);
        assert!(fit.forecast.rel_l2 < 1e-4 && fit.forecast.corr > 0.999_999, "{:?}", fit.forecast);
        assert!(fit.radius.unwrap() < 1.0 + 1e-12);
        let origin = &fit.propagator.origin;
        assert_eq!((origin.dt, origin.n, origin.ridge_lambda), (Some(0.05), Some(32), Some(1e-8)));
        fit.propagator.fits(learner.first().basis()).unwrap();
    }
}
