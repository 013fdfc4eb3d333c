//! One run in the place of another. Everything that can fail comes first and leaves the old run as it is; then state,
//! parameters, name and kernel change together, so that panels and canvas never speak of different runs.

use std::sync::Arc;

use crate::{
    app::window::Session,
    error::Result,
    params::Params,
    sim,
    state::{Atoms, Propagator, State},
};

/// A complete run that is to take the place of the one that goes on.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    /// The state.
    pub state: State,
    /// Its parameters.
    pub params: Params,
    /// Name of the scene or file.
    pub scene: String,
    /// The matrix that moves the background, where there is one.
    pub kernel: Option<Arc<Propagator>>,
}

impl Session {
    /// Another state with the parameters, name and kernel at hand.
    pub(crate) fn next_state(&self, state: State) -> Next {
        let kernel = self.engine.propagator();
        Next { state, params: self.model.params, scene: self.model.scene.clone(), kernel }
    }

    /// The kernel at hand, where it fits the modes of a state.
    pub(crate) fn fitting_kernel(&self, state: &State) -> Option<Arc<Propagator>> {
        self.engine.propagator().filter(|a| a.fits(state.background.basis()).is_ok())
    }

    /// The state of another moment with its own parameters, and the kernel at hand where that fits it.
    pub(crate) fn next_moment(&self, moment: &crate::app::run::history::Moment) -> Next {
        let crate::app::run::history::Moment { state, params, scene } = moment.clone();
        let kernel = self.fitting_kernel(&state);
        Next { state, params, scene, kernel }
    }

    /// Lets another run take the place of this one. After an edit of `before` the atoms that it left alone keep their
    /// age, and the dye its places.
    ///
    /// # Errors
    /// Where the device or a parameter refuses it; then nothing has changed.
    pub(crate) fn swap(&mut self, next: Next, before: Option<&Atoms>) -> Result<()> {
        let Next { state, params, scene, kernel } = next;
        params.validate()?;
        let had_kernel = self.engine.propagator().is_some();
        self.engine.load(&state, &params, kernel, before)?;

        // From here on nothing fails.
        let now_s = self.now_s();
        if had_kernel && self.engine.propagator().is_none() {
            self.let_kernel_go(now_s);
        }
        (self.model.params, self.applied, self.model.scene) = (params, params, scene);
        if self.model.kernel.reference
            // The reference follows an edit from its moment on.
            && let Err(e) = self.refer(true)
        {
            self.model.complain(format!("The reference LES ended: {e}"), now_s);
        }
        if let Some(sentence) = sim::short(&state, &params).filter(|_| before.is_none()) {
            self.model.complain(sentence, now_s);
        }
        self.keep_checkpoint(state);
        self.forget_fix();
        (self.stale, self.told_full) = (true, false);
        self.interrupt_series();
        self.clock.forget();
        Ok(())
    }

    /// The same with the parameters, name and kernel at hand.
    ///
    /// # Errors
    /// As [`Session::swap`].
    pub(crate) fn load(&mut self, state: &State, before: Option<&Atoms>) -> Result<()> {
        self.swap(self.next_state(state.clone()), before)
    }

    /// A kernel of other modes stays behind, and says so.
    fn let_kernel_go(&mut self, now_s: f64) {
        (self.eigenvalues, self.winding.modal) = (None, None);
        let name = self.model.kernel.loaded.as_ref().map(|loaded| loaded.name.clone());
        self.forget_file();
        if let Some(name) = name {
            self.model.inform(format!("The kernel {name} moves the background no longer"), now_s);
        }
    }
}
