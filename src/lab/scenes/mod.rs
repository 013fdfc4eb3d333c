//! How long what is watched stays true: a start run as it is watched, beside a fine grid and beside a spectral solver of
//! as many numbers.
//!
//! The row of a case is the same for the command line (`bench scenes`) and for the window's laboratory.

mod asked;
mod live;
mod reference;
mod row;

pub use asked::{BUDGET, TIMES};
pub use row::{At, Cost, Live, Row, Spectral, corr, list};

use live::ReferenceFields;

use super::Place;
use crate::{error::Result, math::nearness, params::Params, sim, spectral::sparse::resampled, state::State};

/// A case before it runs.
pub struct Case {
    /// The scene's name, or the file's.
    pub name: String,
    /// The state it starts from.
    pub state: State,
    /// Parameters that the scene runs with.
    pub params: Params,
}

/// Who is told which stage is under way, and the share of it that is done; an error ends the measurement.
pub type Tell<'a> = dyn FnMut(&str, f64) -> Result<()> + 'a;

/// Sides of the grid solver whose cost is measured.
pub const SIDES: [usize; 6] = [128, 256, 512, 1024, 2048, 4096];
/// The largest on the CPU.
pub const MOST_ON_CPU: usize = 512;

/// Where the reference runs: in f64 on the CPU unless the device is hardware.
pub fn of_reference(place: &Place) -> Place {
    match place {
        #[cfg(feature = "gpu")]
        Place::Device(context) if !context.report.software => place.clone(),
        _ => Place::Cpu,
    }
}

/// Side of its grid where nobody says another.
pub fn side_of(solver: &Place) -> usize {
    if matches!(solver, Place::Cpu) { 256 } else { 1024 }
}

/// How a row is measured.
pub struct Measure<'a> {
    /// Times to compare at, rising, in hundredths.
    pub times: &'a [f64],
    /// Floats that a state may have.
    pub budget: usize,
    /// Where the state moves.
    pub place: &'a Place,
    /// Where the reference runs.
    pub solver: &'a Place,
    /// Side of its grid.
    pub n: usize,
    /// Sides of the grid solver whose error and cost are wanted too.
    pub cost: Option<Vec<usize>>,
}

impl Measure<'_> {
    /// The row of a case.
    ///
    /// # Errors
    /// What `tell` answers, and what ends a solver; a state whose motion ends early is part of the row.
    pub fn row(&self, case: &Case, tell: &mut Tell<'_>) -> Result<Row> {
        let (nu, n, times, state) = (case.params.nu, self.n, self.times, &case.state);
        let start = sim::decode(state, n as u32);
        let fine = reference::run(self.solver, &start, n, nu, times, reference::HALF, tell)?;
        let reference = ReferenceFields { n, times, fields: &fine.fields };
        let half = resampled(&start, n, n / 2)?;
        let coarse = reference::run(self.solver, &half, n / 2, nu, times, reference::HALF, tell)?;
        let [ceiling, _] = reference.near(&coarse.fields, n / 2)?;
        let [ceiling_energy_percent, ceiling_enstrophy_percent] = reference.energies_off(&coarse.fields, n / 2)?;
        let spectral = live::spectral(&start, nu, &reference, tell)?;
        let live = live::run(self.place, case, &reference, tell)?;
        let cost = self.cost.as_ref().map(|sides| self.costs(sides, &start, nu, &reference, tell)).transpose()?;
        let mut row = Row {
            scene: case.name.clone(),
            nu,
            floats_start: state.floats(),
            atoms_start: state.atoms.len(),
            vertices_start: state.atoms.vertex_count(),
            reference_seconds_per_unit: fine.seconds_per_unit,
            reference_steps_per_unit: fine.steps_per_unit,
            ceiling,
            ceiling_energy_percent,
            ceiling_enstrophy_percent,
            spectral,
            live,
            asked: vec![],
            met: vec![],
            energy_met: vec![],
            enstrophy_met: vec![],
            cost,
            cost_crosses_at: None,
            error_equal_at: vec![],
        };
        row.judge(times, self.budget);
        row.cross();
        Ok(row)
    }

    /// The grid solver from the same start on every grid. From the reference's own side on there is no error to tell.
    fn costs(
        &self,
        sides: &[usize],
        start: &[f64],
        nu: f64,
        reference: &ReferenceFields<'_>,
        tell: &mut Tell<'_>,
    ) -> Result<Vec<Cost>> {
        let one = |side: &usize| {
            let own = resampled(start, reference.n, *side)?;
            let known = *side < reference.n;
            // Where there is no error to compare a unit of time tells the cost.
            let times = if known { reference.times } else { &reference.times[..1] };
            let run = reference::run(self.solver, &own, *side, nu, times, reference::FAST, tell)?;
            let [corr, rel_l2] = if known { reference.near(&run.fields, *side)? } else { [vec![], vec![]] };
            Ok(Cost { N: *side, seconds_per_unit: run.seconds_per_unit, corr, relL2: rel_l2 })
        };
        sides.iter().map(one).collect()
    }
}

impl ReferenceFields<'_> {
    /// Correlation and relL2 of fields on another grid, interpolated by their spectrum.
    fn near(&self, fields: &[Vec<f64>], side: usize) -> Result<[Vec<Option<f64>>; 2]> {
        let finite = |x: f64| Some(x).filter(|x| x.is_finite());
        let near = fields.iter().zip(self.fields).map(|(field, theirs)| {
            let near = nearness(&resampled(field, side, self.n)?, theirs);
            Ok((finite(near.corr), finite(near.rel_l2)))
        });
        let (corr, rel_l2) = near.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        Ok([corr, rel_l2])
    }

    /// Energy and enstrophy of fields on another grid less those of the reference, percent of them.
    fn energies_off(&self, fields: &[Vec<f64>], side: usize) -> Result<[Vec<Option<f64>>; 2]> {
        let off = fields.iter().zip(self.fields).map(|(field, theirs)| {
            let of = |field: &[f64], n: usize| sim::Transforms::Cpu.energies(field, n);
            let (ours, theirs) = (of(field, side)?, of(theirs, self.n)?);
            Ok((live::percent(ours.0, theirs.0), live::percent(ours.1, theirs.1)))
        });
        let (energy, enstrophy) = off.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        Ok([energy, enstrophy])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::BOX;

    #[test]
    fn a_field_is_its_own_truth_on_any_grid() {
        let field = |n: usize| -> Vec<f64> {
            let x = |i: usize| BOX * i as f64 / n as f64;
            (0..n * n).map(|c| (3.0 * x(c % n)).sin() + (2.0 * x(c / n) - x(c % n)).cos()).collect()
        };
        let (fields, times) = ([field(64)], [1.0]);
        let reference = ReferenceFields { n: 64, times: &times, fields: &fields };
        for side in [32, 64, 128] {
            let [corr, rel_l2] = reference.near(&[field(side)], side).unwrap();
            assert!((corr[0].unwrap() - 1.0).abs() < 1e-12 && rel_l2[0].unwrap() < 1e-12, "{side}");
            let strong: Vec<f64> = field(side).iter().map(|w| 1.1 * w).collect();
            for off in reference.energies_off(&[strong], side).unwrap() {
                assert!((off[0].unwrap() - 21.0).abs() < 1e-9, "{side}: {off:?}");
            }
        }
        let [corr, _] = reference.near(&[vec![0.0; 64 * 64]], 64).unwrap();
        assert_eq!(corr, [None], "a constant field has no correlation");
    }
}
