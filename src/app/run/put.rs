//! One run in the place of another. Everything that can fail comes first and leaves the old run as it is; then state,
//! parameters, name and kernel change together, so that panels and canvas never speak of different runs.

use std::sync::Arc;

use crate::{
    app::{desk::Desk, run::history::Moment},
    error::Result,
    params::Params,
    sim,
    state::{Atoms, Propagator, State},
};

/// A complete run that is to take the place of the one that goes on.
#[derive(Clone, Debug)]
pub struct Next {
    /// The state.
    pub state: State,
    /// Its parameters.
    pub params: Params,
    /// Name of the scene or file.
    pub scene: String,
    /// The matrix that moves the background, where there is one.
    pub kernel: Option<Arc<Propagator>>,
}

impl Desk {
    /// Another state with the parameters, name and kernel at hand.
    pub fn next_state(&self, state: State) -> Next {
        let kernel = self.device.propagator();
        Next { state, params: self.model.params, scene: self.model.scene.clone(), kernel }
    }

    /// The kernel at hand, where it fits the modes of a state.
    pub fn fitting_kernel(&self, state: &State) -> Option<Arc<Propagator>> {
        self.device.propagator().filter(|a| a.fits(state.background.basis()).is_ok())
    }

    /// The state of another moment with its own parameters, and the kernel at hand where that fits it.
    pub fn next_moment(&self, moment: &Moment) -> Next {
        let Moment { state, params, scene } = moment.clone();
        let kernel = self.fitting_kernel(&state);
        Next { state, params, scene, kernel }
    }

    /// Lets another run take the place of this one. After an edit of `before` the atoms that it left alone keep their
    /// age, and the dye its places.
    ///
    /// # Errors
    /// Where the device or a parameter refuses it; then nothing has changed.
    pub fn put(&mut self, next: Next, before: Option<&Atoms>) -> Result<()> {
        let Next { state, params, scene, kernel } = next;
        params.validate()?;
        let had_kernel = self.device.propagator().is_some();
        self.device.put(&state, &params, kernel, before)?;

        // From here on nothing fails.
        if had_kernel && self.device.propagator().is_none() {
            self.let_kernel_go();
        }
        (self.model.params, self.run.applied, self.model.scene) = (params, params, scene);
        if let Some(sentence) = sim::short(&state, &params).filter(|_| before.is_none()) {
            self.complain(sentence);
        }
        self.keep_checkpoint(state);
        (self.device.stale, self.run.told_full) = (true, false);
        // What tools have found out is of another state.
        self.run.puts += 1;
        self.model.rescue.fix = None;
        self.model.invariants.samples.interrupt();
        self.run.clock.forget();
        Ok(())
    }

    /// The same with the parameters, name and kernel at hand: those of the simulation at hand while another is made.
    ///
    /// # Errors
    /// As [`Desk::put`].
    pub fn load(&mut self, state: &State, before: Option<&Atoms>) -> Result<()> {
        if !self.device.awaited.is_making() {
            return self.put(self.next_state(state.clone()), before);
        }
        // Parameters that need the simulation that is being made come with that.
        let wished = self.model.params;
        self.put(Next { params: self.run.applied, ..self.next_state(state.clone()) }, before)?;
        self.model.params = wished;
        Ok(())
    }

    /// A kernel of other modes stays behind, and says so.
    fn let_kernel_go(&mut self) {
        self.run.modal = None;
        if let Some(loaded) = self.model.kernel.loaded.take() {
            self.inform(format!("The kernel {} moves the background no longer", loaded.name));
        }
    }
}
