//! Another state in the place of the one on the device, without another simulation: an edit by hand, an undo, a save.
//!
//! Passes, targets, dye and compiled shaders stay; atoms, background, strokes and clock are replaced, and what was on its
//! way to the host is of the old state and forgotten.

use super::{
    GpuSim,
    job::Ground,
    seen::Seen,
    sentinel::Sentinel,
    velocity::{mesh_passes, pairs},
    watch::Watch,
};
use crate::{
    error::Result,
    gpu::readback::Readback,
    ops::{
        biot_savart::gpu::Direct,
        device::{Counts, DeviceAtoms},
    },
    params::{Effect, Params, Switch, TABLE},
    sim::cycle::Cycle,
    state::{Births, State},
};

impl GpuSim {
    /// Puts another state on the device; `false`, and nothing has changed, where that takes another simulation: for
    /// other structural parameters, other modes, a first background, more atoms than there is room for.
    ///
    /// # Errors
    /// For a state that is none, and where the device has no room.
    pub fn put(&mut self, state: &State, params: &Params) -> Result<bool> {
        if !self.takes(state, params) {
            return Ok(false);
        }
        params.validate()?;
        state.validate()?;
        let awake = !state.background.is_zero() || self.learned.is_some();
        let ground = Ground { awake, ..self.ground() };
        let next = |cycle| ground.next(&self.context, &state.atoms, params.integrator, cycle);
        let first = Cycle::of(state, params, true).map(next).transpose()?;
        let carries = |i| first.as_ref().is_some_and(|first| first.cycle().carries(i));
        if !self.buffers.holds(&DeviceAtoms::with(&state.atoms, carries)) {
            return Ok(false);
        }
        let direct = Direct::new(&self.context, &self.buffers, pairs(state, params))?;
        let mesh = mesh_passes(&self.context, &self.buffers, state, params)?;

        // From here on only a device that is lost fails.
        (self.motion.direct, self.motion.mesh, self.held.awake) = (direct, mesh, awake);
        self.params = Params { n: self.params.n, ..*params };
        self.forget_answers(state);
        self.held.template = State { parcels: None, strokes: vec![], ..state.clone() };
        (self.held.time, self.held.step) = (state.time, state.step);
        self.held.births = Births::at(state.time, state.atoms.len());
        if let Some(background) = &self.background {
            background.upload(&self.context, &state.background);
        }
        if let Some(learned) = &self.learned {
            learned.upload(&self.context, &state.background);
        }
        self.upload_atoms(&state.atoms, first)?;
        self.clear_strokes();
        self.show_strokes(&state.strokes)?;
        Ok(true)
    }

    /// Whether this simulation has room for a state, and the passes for these parameters.
    fn takes(&self, state: &State, params: &Params) -> bool {
        let same = |name| self.params.get(name) == params.get(name);
        // The side of the view is that of the canvas.
        let structural = TABLE.iter().filter(|row| row.effect == Effect::Structural && row.name != "n");
        let modes = state.background.basis() == self.held.template.background.basis();
        let wakes = !state.background.is_zero() || params.mdl == Switch::On;
        structural.map(|row| row.name).all(same) && modes && (self.background.is_some() || !wakes)
    }

    /// Nothing that is on its way to the host is of this state.
    fn forget_answers(&mut self, state: &State) {
        self.between.restart(&state.atoms);
        self.between.ledger.follow_proxy(self.params.alpha != 0.0);
        self.probes.counts_back = Readback::new(&self.context, "counts", size_of::<Counts>() as u64);
        (self.probes.asked, self.beside) = (None, None);
        (self.probes.seen, self.probes.watch) = (Seen::default(), Watch::default());
        self.probes.sentinel = Sentinel::new(state.step);
        self.probes.spectrum.clear();
    }
}
