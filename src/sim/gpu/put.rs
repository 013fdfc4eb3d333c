//! Another state in the place of the one on the device, without another simulation: an edit by hand, an undo, a save.
//!
//! Passes, targets, dye and compiled shaders stay; atoms, background, strokes and clock are replaced, and what was on its
//! way to the host is of the old state and forgotten.

use super::{
    GpuSim,
    job::{Ground, Next},
    motion::Solver,
};
use crate::{error::Result, ops::device::DeviceAtoms, params::Params, sim::cycle::Cycle, state::State};

/// What another state needs beside what is there: whatever can fail of putting it.
pub(super) struct Fresh {
    awake: bool,
    first: Option<Next>,
    solver: Solver,
}

impl Fresh {
    /// For a state on a simulation; `None` where that takes another simulation.
    ///
    /// # Errors
    /// For a state that is none, and where the device has no room.
    pub fn of(sim: &GpuSim, state: &State, params: &Params) -> Result<Option<Self>> {
        let held = &sim.held;
        if !held.takes(state, params) {
            return Ok(None);
        }
        params.validate()?;
        state.validate()?;
        let awake = !state.background.is_zero() || held.learned.is_some();
        let ground = Ground { awake, ..held.ground() };
        let next = |cycle| ground.next(&held.context, &state.atoms, params.integrator, cycle);
        let first = Cycle::of(state, params, true).map(next).transpose()?;
        let carries = |i| first.as_ref().is_some_and(|first| first.cycle().carries(i));
        if !held.buffers.holds(&DeviceAtoms::with(&state.atoms, carries)) {
            return Ok(None);
        }
        let solver = Solver::new(&held.context, &held.buffers, state, params)?;
        Ok(Some(Self { awake, first, solver }))
    }

    /// Puts the state on the simulation; only a device that is lost fails.
    pub fn put(self, sim: &mut GpuSim, state: &State, params: &Params) -> Result<()> {
        let GpuSim { held, motion, views, probes, between, .. } = sim;
        motion.solve_by(self.solver);
        motion.forget_answers();
        between.restart(&state.atoms);
        between.ledger.follow_proxy(params.alpha != 0.0);
        probes.restart(state.step);
        held.replace(state, params, self.awake);
        held.upload_atoms(&state.atoms, self.first)?;
        if let Some(strokes) = &mut views.strokes {
            strokes.clear(&held.context);
        }
        views.show_strokes(held, &state.strokes)?;
        sim.settle();
        Ok(())
    }
}
