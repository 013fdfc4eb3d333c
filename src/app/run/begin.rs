//! Another run, undoably: of a scene, of a state that was read or encoded, of a session.

use std::{path::Path, sync::Arc};

use super::{beside, put::Next};
use crate::{
    app::desk::Desk,
    error::Result,
    open::{self, Rule, Source, Start},
    params::{Kernel, Params},
    state::State,
};

impl Desk {
    /// What the machine and the viewer chose, whatever runs; the rest is left to scene and file.
    pub fn lasting(&self) -> Params {
        let old = self.model.params;
        Params {
            n: old.n,
            tracers: old.tracers,
            max_vertices: old.max_vertices,
            parcels: old.parcels,
            filaments: old.filaments,
            seed: old.seed,
            ..Params::default()
        }
    }

    /// Puts off what begins another run until the state of this one is at hand, and no simulation is being made: before
    /// anything is made for it.
    ///
    /// # Errors
    /// Until then; for a device that is lost.
    fn is_ready(&mut self) -> Result<()> {
        self.device.wait_for_making()?;
        self.device.state().map(|_| ())
    }

    /// A scene by name, undoably.
    ///
    /// # Errors
    /// For a name that is none, and where the device refuses it; then nothing has changed.
    pub fn scene(&mut self, name: &str) -> Result<()> {
        self.is_ready()?;
        let rule = Rule { defaults: self.lasting(), said: &[], flags: false };
        let Start { state, params, .. } = Start::new(Source::scene(name), &rule)?;
        let kernel = self.fitting_kernel(&state);
        self.begin(Next { state, params, scene: name.into(), kernel })
    }

    /// A state that was read or encoded, undoably: with its own time step, viscosity and modes, and no passes. A
    /// kernel that fits its modes goes on moving it.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for numbers of the file that are out of range; as [`Desk::begin`].
    pub fn begin_saved(&mut self, state: State, name: &Path) -> Result<()> {
        self.is_ready()?;
        let rule = Rule { defaults: self.lasting(), said: &[], flags: false };
        let Start { state, mut params, mut told, .. } = Start::new(Source::state(state, name), &rule)?;
        // A kernel of other modes stays behind.
        let kernel = self.fitting_kernel(&state);
        if self.run.applied.kernel == Kernel::Linear
            && let Some(kernel) = &kernel
        {
            params.kernel = Kernel::Linear;
            let path = self.model.kernel.loaded.as_ref().map_or("", |loaded| &loaded.name);
            told.extend(open::step_of_kernel(&mut params, kernel.origin.dt, Path::new(path))?);
        }
        self.begin(Next { state, params, scene: name.display().to_string(), kernel })?;
        told.into_iter().for_each(|sentence| self.complain(sentence));
        Ok(())
    }

    /// Another run altogether, undoably.
    ///
    /// # Errors
    /// What the device refuses; the run that was there goes on then.
    pub fn begin(&mut self, next: Next) -> Result<()> {
        self.is_ready()?;
        let before = self.moment()?;
        let (state, params) = (next.state.clone(), next.params);
        self.put(next, None)?;
        let was = self.origin();
        (self.run.origin, self.model.home) = (Arc::new(state), params);
        self.model.view.restart();
        self.model.invariants.samples.clear();
        self.model.invariants.spectrum.clear();
        self.run.history.record(before, was);
        (self.run.settled, self.model.picked, self.model.picked_stroke) = (self.model.params, None, None);
        beside::end(self);
        self.begin_timeline();
        Ok(())
    }
}
