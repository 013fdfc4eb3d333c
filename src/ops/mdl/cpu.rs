//! The order of a pass.

use super::{
    Rules, WORK, budget, collapse, fuse, gauss, join, nodes, parallel, prune, split, thin, weigh::Pass, work::Work,
};
use crate::{
    error::Result,
    math::BOX,
    params::Params,
    state::{Atom, Event, PassReport, State},
};

/// What a pass leaves.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The state after it.
    pub state: State,
    /// Edits of the pass, in order.
    pub events: Vec<Event>,
    /// Sums of the pass.
    pub report: PassReport,
}

/// Whether a pass is due after step `step`.
pub fn is_due(step: u64, params: &Params) -> bool {
    params.mdl == crate::params::Switch::On && step > 0 && step.is_multiple_of(u64::from(params.mdl_every))
}

/// Bits that the description would be longer without an atom that stands alone.
pub fn worth(atom: &Atom, params: &Params) -> f64 {
    let rules = Rules::new(params);
    rules.error_bits(gauss::square(&nodes::of(atom))) - rules.bits(atom.vertices.len())
}

/// Root mean square of the vorticity of a state, its parts taken as if they were apart.
fn rms(state: &State) -> f64 {
    let work = Work::new(&state.atoms);
    let atoms: f64 = (0..state.atoms.len()).map(|id| work.norm(id)).sum();
    let modes: f64 = state.background.modes().map(|(_, w)| w.norm_sqr()).sum();
    (atoms / (BOX * BOX) + modes).sqrt()
}

/// One pass over a state.
///
/// # Errors
/// [`crate::Error::Invalid`] if an edit made an atom that is none.
pub fn pass(state: &State, params: &Params) -> Result<Outcome> {
    let begun = std::time::Instant::now();
    let turn = state.step / u64::from(params.mdl_every.max(1));
    let mut pass = Pass::new(state, Rules::new(params).in_unit_of(rms(state)), turn);
    let bits_before = pass.length();
    voluntary(&mut pass);
    let bits_voluntary = pass.length();
    pass.left = WORK / 8;
    split::run(&mut pass);
    budget::run(&mut pass, voluntary);
    let bits_after = pass.length();
    let mut next = State { background: state.background.clone(), atoms: Default::default(), ..state.clone() };
    if let Some((modes, hat)) = pass.gift() {
        modes.add(&mut next.background, hat);
    }
    let report = PassReport {
        step: state.step,
        time: state.time,
        atoms: pass.work.atoms,
        vertices: pass.work.vertices,
        bits_before,
        bits_voluntary,
        bits_after,
        error: pass.error,
        winding: pass.winding.to_array(),
        ms: 0.0,
    };
    let events = std::mem::take(&mut pass.events);
    next.atoms = pass.work.finish()?;
    Ok(Outcome { state: next, events, report: PassReport { ms: begun.elapsed().as_secs_f64() * 1e3, ..report } })
}

/// Edits that are taken only where L falls. Each has its share of the work, so that none starves.
fn voluntary(pass: &mut Pass<'_>) {
    for (edit, share) in [
        (fuse::run as fn(&mut Pass<'_>), 8),
        (collapse::run, 2),
        (thin::run, 8),
        (join::run, 16),
        (parallel::run, 16),
        (prune::run, 8),
    ] {
        pass.left = WORK / share;
        edit(pass);
    }
}
