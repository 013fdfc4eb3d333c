//! Refit: ellipses against the field of the parcels, circulation and impulse kept.

use super::{
    Cycle, Ended, FITTED, Parcels, background,
    conserve::{apart, circulation, conserve},
    energy::{self, Stored},
    limits,
    ride::wider,
    scales,
};
use crate::{
    encode::{Bounds, Fitter, Maker, atoms, bounded, exchange, seeds},
    error::Result,
    math::BOX,
    ops::ellipse_fit::{Ellipse, Samples},
    state::{Atoms, State, dense_index},
};

/// Gauss-Newton steps of a refit, half of them before the exchange.
const STEPS: usize = 10;
/// Conjugate gradients of a step.
const GRADIENTS: usize = 6;
/// Share of the ellipses that is exchanged in a refit.
const EXCHANGE: f64 = 0.03;
/// Relative L2 distance from which on a refit sows no more ellipses.
const NEAR: f64 = 2e-3;

/// What a refit came to.
pub struct Refit {
    /// Lengths in cells.
    pub ellipses: Vec<Ellipse>,
    /// Relative L2 distance that is left.
    pub rel_l2: f64,
}

impl Cycle {
    /// The ellipses refined against the parcels as they are. Where there
    /// are fewer than `budget`, new ones are sown where the residual is largest until there are as many; there are
    /// never fewer than the cycle began with because the budget is smaller. Modes that a background has stored take what
    /// the ellipses leave over, and are none of their energy.
    ///
    /// # Errors
    /// What a fit that `make` makes answers.
    pub fn refit(&self, make: Maker<'_>, budget: usize, stored: &Stored<'_>) -> Result<Refit> {
        let bounds = limits(self.parcels.side);
        let samples = Samples::scattered(&self.parcels.places, &self.parcels.values, self.parcels.side);
        // A free mean would be made up for by all peaks alike, which a few ellipses turn into large eddies.
        let samples = if self.pace.remesh.is_some() { samples.with_mean() } else { samples };
        let start = self.carried(bounds);
        let count = start.len().max(budget);
        let mut fit = make(samples, count, bounds)?;
        fit.set(start)?;
        fit.steps(STEPS / 2, GRADIENTS)?;
        if self.pace.remesh.is_some() {
            self.sow(fit.as_mut(), count, bounds)?;
        }
        if self.pace.remesh.is_none() || fit.rel_l2() > NEAR {
            // Free room is sown before anything is given for it.
            let drop = ((EXCHANGE * count as f64) as usize).saturating_sub(count - fit.ellipses().len());
            exchange(fit.as_mut(), self.parcels.side, drop, count, bounds, |fit| fit.steps(STEPS / 2, GRADIENTS))?;
        }
        let mut refitted = fit.ellipses().to_vec();
        let seam = self.seam();
        let lack = |all: &[Ellipse]| self.circulation - all.iter().map(circulation).sum::<f64>();
        let first = lack(&refitted);
        conserve(&mut refitted, self.parcels.side, seam, first, self.first_moments(&fit.gridded()?, seam));
        if self.pace.remesh.is_some() {
            // Moments of a torus cut open say little of the flow where much is left over; its large scales say all.
            scales::keep(&mut refitted, &self.parcels.values, self.parcels.side);
            let second = lack(&refitted);
            conserve(&mut refitted, self.parcels.side, seam, second, [0.0; 2]);
            energy::keep(&mut refitted, &self.parcels.values, self.parcels.side, seam, stored);
        }
        Ok(Refit { ellipses: refitted, rel_l2: fit.rel_l2() })
    }

    /// Fills free room in stages, at most as many new ellipses as there are in one, so that each finds its place.
    fn sow(&self, fit: &mut dyn Fitter, count: usize, bounds: Bounds) -> Result<()> {
        while fit.ellipses().len() + count / 8 < count && fit.rel_l2() > NEAR {
            let mut all = fit.ellipses().to_vec();
            let more = (count - all.len()).min(all.len().max(count / 8));
            let new = seeds(&fit.gridded()?, self.parcels.side, more, bounds);
            if new.is_empty() {
                break;
            }
            all.extend(new);
            fit.set(all)?;
            fit.steps(STEPS / 2, GRADIENTS)?;
        }
        Ok(())
    }

    /// The same cycle on every other node, until there are at most [`FITTED`] a side. The parcels must be on the nodes.
    fn coarser(&mut self) {
        let stride = (self.parcels.side / FITTED).max(1);
        if stride == 1 {
            return;
        }
        let (side, fine, share) = (self.parcels.side / stride, self.parcels.side, 1.0 / stride as f64);
        let coarse = |p: usize| self.parcels.values[(p / side * fine + p % side) * stride];
        self.parcels = Parcels::new((0..side * side).map(coarse).collect(), side);
        self.ellipses.iter_mut().for_each(|e| {
            e.center = e.center.map(|x| x * share);
            e.covariance = e.covariance.map(|x| x * share * share);
        });
        self.circulation *= share * share;
    }

    /// Cells the parcels are nearest to.
    fn cells(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let n = self.parcels.side as i64;
        self.parcels.places.iter().map(move |p| p.map(|x| (x.round() as i64).rem_euclid(n) as usize))
    }

    /// Column and row of cells where the flow is weakest: there the torus is cut to measure moments.
    pub(super) fn seam(&self) -> [usize; 2] {
        let n = self.parcels.side;
        let mut lines = [vec![0.0_f64; n], vec![0.0_f64; n]];
        for (cell, value) in self.cells().zip(&self.parcels.values) {
            lines.iter_mut().zip(cell).for_each(|(line, i)| line[i] += f64::from(value.abs()));
        }
        let weakest = |line: &Vec<f64>| {
            let around = |i: usize| (0..=n / 16).map(|d| line[(i + n + d - n / 32) % n]).sum::<f64>();
            (0..n).map(|i| (around(i), i)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, i)| i)
        };
        [weakest(&lines[0]), weakest(&lines[1])]
    }

    /// First moments of a residual given by its mean over the parcels of each cell.
    fn first_moments(&self, residual: &[f32], seam: [usize; 2]) -> [f64; 2] {
        let n = self.parcels.side;
        self.cells().fold([0.0; 2], |sum, [i, j]| {
            let r = f64::from(residual[j * n + i]);
            [sum[0] + r * apart(i as f64, seam[0], n), sum[1] + r * apart(j as f64, seam[1], n)]
        })
    }

    /// The state at the end of the cycle, `now` being how it rides: what is not carried as it is, then the refitted
    /// ellipses, widened by viscosity, at most `budget` ellipses if there were not more. A background that was carried
    /// takes in what they leave over. A cycle without steps leaves all as they are.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] where an ellipse breaks an atom's invariants; what a fit answers.
    pub fn end(&self, make: Maker<'_>, now: &State, budget: usize) -> Result<Ended> {
        if self.pace.steps == 0 {
            return Ok(Ended::still(now));
        }
        let mut whole = std::borrow::Cow::Borrowed(self);
        if self.pace.remesh.is_some() {
            let whole = whole.to_mut();
            if whole.pace.since > 0 {
                whole.remesh();
            }
            whole.coarser();
            if self.background {
                whole.leave_out(&now.background);
            }
        }
        let (h, limits) = (BOX / whole.parcels.side as f64, limits(whole.parcels.side));
        let spread = |e: &Ellipse| bounded(wider(e, whole.pace.spread / (h * h)), limits);
        let (radius, mask) = (now.background.basis().radius(), now.background.dense_mask());
        let within = |k: [i32; 2]| k.iter().all(|k| k.abs() <= radius) && mask[dense_index(k, radius)] == 1;
        let refit = whole.refit(make, budget, &|k| self.background && within(k))?;
        let refitted = atoms(&refit.ellipses.iter().map(spread).collect::<Vec<_>>(), h)?;
        let others = (0..now.atoms.len()).filter(|i| !self.carries(*i)).map(|i| now.atoms.get(i));
        let mut after = State { atoms: Atoms::try_from_iter(others.chain(refitted.iter()))?, ..now.clone() };
        if self.background {
            let held = scales::modes(&whole.parcels.values, whole.parcels.side, now.background.basis().radius());
            let rest = |k| scales::lack(&refit.ellipses, &held, whole.parcels.side, k);
            after.background = background::with_rest(&now.background, rest);
        }
        Ok(self.accounted(&whole, &now.atoms, after, refitted.len()))
    }
}
