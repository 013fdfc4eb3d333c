//! What every tool works on: the run, the device that computes it, and what the panels show. A tool owns its own state
//! and is handed the desk; it never meets another tool.

use std::{sync::Arc, time::Instant};

use crate::{
    app::{
        device::{Device, readout},
        model::Model,
        run::{
            Run,
            history::{Moment, Origin},
        },
    },
    error::Result,
    state::State,
};

/// The run, its device, and what the panels show of both.
pub struct Desk {
    /// What the panels show and edit.
    pub model: Model,
    /// Where the run began, what was done to it, and how time passes.
    pub run: Run,
    /// What computes and draws it.
    pub device: Device,
    /// When the program started.
    pub started: Instant,
}

impl Desk {
    /// Real seconds since the program started.
    pub fn now_s(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Tells the user something that fades.
    pub fn inform(&mut self, text: impl Into<String>) {
        let now_s = self.now_s();
        self.model.inform(text, now_s);
    }

    /// Tells the user of a failure; it stays until dismissed.
    pub fn complain(&mut self, text: impl Into<String>) {
        let now_s = self.now_s();
        self.model.complain(text, now_s);
    }

    /// Where this run began.
    pub fn origin(&self) -> Origin {
        Origin { state: self.run.origin.clone(), home: self.model.home }
    }

    /// State, parameters and name as the device has them now. While frames are drawn the state comes with a later one.
    ///
    /// # Errors
    /// As [`Device::state`].
    pub fn moment(&mut self) -> Result<Moment> {
        let state = self.device.state()?;
        Ok(Moment { state, params: self.run.applied, scene: self.model.scene.clone() })
    }

    /// The same, waiting for the device: where no frame follows.
    ///
    /// # Errors
    /// For a device that is lost.
    pub fn wait_for_moment(&mut self) -> Result<Moment> {
        let state = self.device.main.sim.glance()?;
        Ok(Moment { state, params: self.run.applied, scene: self.model.scene.clone() })
    }

    /// Another device in the place of one that is gone, at the last checkpoint.
    pub fn replace_device(&mut self, device: Device) {
        let Moment { params, scene, .. } = &*self.run.checkpoint;
        (self.model.params, self.run.applied, self.run.settled) = (*params, *params, *params);
        self.model.scene.clone_from(scene);
        (self.model.device, self.device) = (readout::info(device.context()), device);
        (self.run.editing, self.run.told_full) = (false, false);
        self.model.invariants.samples.interrupt();
        self.run.puts += 1;
        self.run.clock.forget();
    }

    /// A state that is known to be good: what a lost device, or values that are no numbers, go back to.
    pub fn keep_checkpoint(&mut self, state: State) {
        let (params, scene) = (self.model.params, self.model.scene.clone());
        self.run.checkpoint = Arc::new(Moment { state, params, scene });
    }
}
