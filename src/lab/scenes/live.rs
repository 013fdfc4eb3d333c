//! The state's own motion, as the window runs it, and the spectral solvers beside it.

use std::time::Instant;

use super::{
    Case, Tell,
    row::{At, Live, Spectral},
};
use crate::{
    error::{Error, Result},
    lab::Place,
    math::nearness,
    sim::{self, Transforms},
    spectral::{
        EqualFloats,
        equal_floats::{CUTS, Options},
    },
};

/// The reference's fields at the times asked for.
pub struct ReferenceFields<'a> {
    pub n: usize,
    pub times: &'a [f64],
    pub fields: &'a [Vec<f64>],
}

impl ReferenceFields<'_> {
    fn end(&self) -> f64 {
        self.times.last().copied().unwrap_or(1.0)
    }
}

/// Steps between two words of progress: on hardware a batch grows only within a call.
fn block(place: &Place) -> u64 {
    match place {
        Place::Cpu => 5,
        #[cfg(feature = "gpu")]
        Place::Device(context) => {
            if context.report.software {
                5
            } else {
                100
            }
        }
    }
}

/// Energy and enstrophy of ours against theirs, percent of theirs.
pub fn percent(ours: f64, theirs: f64) -> Option<f64> {
    Some(100.0 * (ours / theirs - 1.0)).filter(|x| x.is_finite())
}

/// Runs a case. What is compared is the state, refitted atoms and z, decoded in f64; only steps are timed.
///
/// # Errors
/// What `tell` answers; what ends the simulation is part of the row.
pub fn run(place: &Place, case: &Case, reference: &ReferenceFields<'_>, tell: &mut Tell<'_>) -> Result<Live> {
    let mut live = Live::new(&case.params);
    match moved(place, case, reference, tell, &mut live) {
        // Where it ended is what was measured.
        Err(Error::Run(why)) => live.ended = Some(why),
        other => other?,
    }
    Ok(live)
}

/// The same on hardware once before, on a software adapter a step and a refit of it: a device compiles what steps, refits
/// and a background that wakes need the first time, up to a second of it, and that is no cost of a unit of time.
fn warm_up(place: &Place, case: &Case, end: f64, tell: &mut Tell<'_>) -> Result<()> {
    let most = match place {
        Place::Cpu => 0,
        #[cfg(feature = "gpu")]
        Place::Device(context) if context.report.software => 1,
        #[cfg(feature = "gpu")]
        Place::Device(_) => u64::MAX,
    };
    let steps = most.min((end / case.params.dt).ceil() as u64);
    if steps == 0 {
        return Ok(());
    }
    let (mut other, block) = (place.simulator(&case.state, &case.params)?, block(place));
    let mut taken = 0;
    while taken < steps {
        tell("warming up", taken as f64 / steps as f64)?;
        let now = block.min(steps - taken);
        // What ends this run ends the measured one, too, which says so.
        if other.advance(now).is_err() {
            return Ok(());
        }
        taken += now;
    }
    other.snapshot().map(|_| ())
}

fn moved(
    place: &Place,
    case: &Case,
    reference: &ReferenceFields<'_>,
    tell: &mut Tell<'_>,
    live: &mut Live,
) -> Result<()> {
    warm_up(place, case, reference.end(), tell)?;
    let mut simulator = place.simulator(&case.state, &case.params)?;
    let (begin, block) = (simulator.time(), block(place));
    let mut seconds = 0.0;
    for (time, theirs) in reference.times.iter().zip(reference.fields) {
        let (mut most, spent) = (simulator.parcels(), seconds);
        loop {
            let now = simulator.time() - begin;
            let left = ((time - now) / case.params.dt).round().max(0.0) as u64;
            if left == 0 {
                break;
            }
            tell("live", now / reference.end())?;
            let started = Instant::now();
            simulator.advance(left.min(block))?;
            seconds += started.elapsed().as_secs_f64();
            most = most.max(simulator.parcels());
        }
        let reached = simulator.time() - begin;
        let state = simulator.snapshot()?;
        let field = sim::decode(&state, reference.n as u32);
        let near = nearness(&field, theirs);
        let (ours, other) =
            (Transforms::Cpu.energies(&field, reference.n)?, Transforms::Cpu.energies(theirs, reference.n)?);
        let finite = |x: f64| Some(x).filter(|x| x.is_finite());
        live.at.push(At {
            t: *time,
            reached,
            corr: finite(near.corr),
            relL2: finite(near.rel_l2),
            floats: state.floats(),
            atoms: state.atoms.len(),
            vertices: state.atoms.vertex_count(),
            parcels: Some(most).filter(|count| *count > 0),
            seconds: seconds - spent,
            energy: ours.0,
            energy_reference: other.0,
            energy_percent: percent(ours.0, other.0),
            enstrophy: ours.1,
            enstrophy_reference: other.1,
            enstrophy_percent: percent(ours.1, other.1),
        });
    }
    live.seconds_per_unit = Some(seconds / reference.end());
    Ok(())
}

/// The spectral solvers of 1,849 and 6,561 numbers from the same start, Cs 0. `start` is row-major, the side that of
/// the reference.
///
/// # Errors
/// As [`run`].
pub fn spectral(start: &[f64], nu: f64, reference: &ReferenceFields<'_>, tell: &mut Tell<'_>) -> Result<Vec<Spectral>> {
    let held = CUTS.iter().filter(|cut| reference.n > 2 * **cut);
    held.map(|cut| {
        let options = Options { cut: *cut, nu, cs: 0.0 };
        let mut solver = EqualFloats::new(&options, start, reference.n)?;
        let name = format!("spectral solver of {} numbers", options.floats());
        let (mut corr, mut seconds) = (vec![], 0.0);
        for (time, theirs) in reference.times.iter().zip(reference.fields) {
            let begun = Instant::now();
            solver.advance(*time, &mut |now| tell(&name, now / reference.end()))?;
            seconds += begun.elapsed().as_secs_f64();
            corr.push(Some(nearness(&solver.field(reference.n), theirs).corr).filter(|x| x.is_finite()));
        }
        let (floats, side) = (options.floats(), options.side());
        let seconds_per_unit = seconds / reference.end();
        Ok(Spectral { floats, K: *cut, grid: side, device: "cpu", corr, steps: solver.steps(), seconds_per_unit })
    })
    .collect()
}
