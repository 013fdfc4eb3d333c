//! What an answer to somebody waits for while frames go on: the state as it is between two steps, and another simulation.
//!
//! Who needs one that is not at hand is refused for now, before anything has changed, and answered in a later frame:
//! [`Awaited::is_put_off`] tells such a refusal from any other. Until the state is there no step is taken, so that an edit
//! lands between the two steps between which it was asked for; while a simulation is made the one at hand runs on.

use std::{sync::Arc, time::Duration};

use super::{
    Device,
    course::{Beginning, Course},
};
use crate::{
    error::{Error, Result},
    params::Params,
    process::task::{self, Task},
    state::{Propagator, State},
};

/// Simulations that are made for one that waits, before it waits with the steps: each may come too late for a state that
/// has changed.
const TRIES: u32 = 3;

/// How long the end of the window waits for a simulation that is being made.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an answer waits for.
#[derive(Default)]
pub struct Awaited {
    /// Whether frames are drawn, which nothing is to hold up.
    frames: bool,
    /// The state as the device holds it now, between two steps, or why it did not come.
    state: Option<Result<State>>,
    /// Whether steps wait for it.
    wanted: bool,
    /// A simulation that is being made.
    making: Option<Task<Course>>,
    /// One that was made, and the matrix that it was made with.
    made: Option<(Option<Arc<Propagator>>, Result<Course>)>,
    /// Which matrix the one that is being made gets.
    kernel: Option<Arc<Propagator>>,
    /// How often one was made for who waits now.
    tries: u32,
    /// Whether somebody was refused for now, last of all, and in this frame.
    put_off: bool,
    somebody: bool,
    /// How often somebody waited for the device in the middle of a frame all the same.
    waits: u64,
}

impl Awaited {
    /// Frames are drawn from now on.
    pub fn draw_frames(&mut self) {
        self.frames = true;
    }

    /// Whether steps wait for a copy of the state.
    pub fn holds_steps(&self) -> bool {
        self.wanted
    }

    /// Whether a simulation is being made.
    pub fn is_making(&self) -> bool {
        self.making.is_some()
    }

    /// Whether somebody was refused only for now, once.
    pub fn is_put_off(&mut self) -> bool {
        std::mem::take(&mut self.put_off)
    }

    /// The same, without forgetting it.
    pub fn puts_off(&self) -> bool {
        self.put_off
    }

    /// How often a frame waited for the device.
    pub fn waits(&self) -> u64 {
        self.waits
    }

    /// The window closes: waits for a simulation that is being made, as a driver is not to be left in the middle of one.
    pub fn finish(&mut self) {
        if let Some(making) = &mut self.making {
            // What it came to is of no use any more.
            let _made = making.wait(PATIENCE);
        }
    }

    /// The state changes: what was at hand is no longer how it is.
    pub fn forget_state(&mut self) {
        (self.state, self.wanted) = (None, false);
    }

    /// Steps come next: the state is not at hand any more, and what nobody of this frame waits for is given up.
    pub fn end_turn(&mut self) {
        self.state = None;
        if !std::mem::take(&mut self.somebody) {
            let (frames, waits) = (self.frames, self.waits);
            *self = Self { frames, waits, ..Self::default() };
        }
    }

    /// Refuses for now.
    ///
    /// # Errors
    /// Always.
    pub fn put_off<T>(&mut self, what: &str) -> Result<T> {
        (self.put_off, self.somebody) = (true, true);
        Err(Error::Run(format!("{what} is on its way")))
    }
}

impl Device {
    /// Records and submits what was asked for where no frame is drawn.
    pub fn answer_unseen(&mut self) {
        if self.is_expecting_a_copy() && !self.faults.is_lost() {
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            self.encode_readbacks(&mut encoder);
            self.context.queue.submit([encoder.finish()]);
        }
    }

    /// The newest copy of the state that was asked for, once it is there. Where no step was taken since, it is at hand
    /// for who waits.
    ///
    /// # Errors
    /// When the device could not answer.
    pub fn take_state(&mut self) -> Option<Result<State>> {
        let awaited = &mut self.awaited;
        if let Some(made) = task::answer(&mut awaited.making) {
            awaited.made = Some((awaited.kernel.take(), made));
        }
        match self.main.sim.probes_mut().take_state()? {
            Ok(state) => {
                if state.step == self.main.sim.held().step() {
                    (awaited.state, awaited.wanted) = (Some(Ok(state.clone())), false);
                }
                Some(Ok(state))
            }
            // Who waits for it says so.
            Err(e) if std::mem::take(&mut awaited.wanted) => {
                awaited.state = Some(Err(e));
                None
            }
            Err(e) => Some(Err(e)),
        }
    }

    /// The state as the device holds it now. While frames are drawn it is asked for and comes with a later one.
    ///
    /// # Errors
    /// While it is on its way; [`Error::Run`] where the device does not answer.
    pub fn state(&mut self) -> Result<State> {
        match self.awaited.state.take_if(|state| state.is_err()) {
            Some(failed) => return failed,
            None => {
                if let Some(Ok(state)) = &self.awaited.state {
                    return Ok(state.clone());
                }
            }
        }
        if !self.awaited.frames {
            return self.main.sim.glance();
        }
        self.awaited.wanted = true;
        // One on its way may be of now, too: where it is not, the next try asks again.
        if !self.main.sim.probes().is_state_asked() {
            self.main.sim.probes_mut().ask_state();
        }
        self.awaited.put_off("the state")
    }

    /// Refuses for now while a simulation is being made, so that who needs one does not hold the steps up for it.
    ///
    /// # Errors
    /// While one is being made.
    pub fn wait_for_making(&mut self) -> Result<()> {
        match self.awaited.is_making() {
            true => self.awaited.put_off("another simulation"),
            false => Ok(()),
        }
    }

    /// Another simulation of a state. While frames are drawn it is made beside them.
    ///
    /// # Errors
    /// While it is being made; as [`Course::new`].
    pub(super) fn another(&mut self, begin: Beginning<'_>) -> Result<Course> {
        let nodes = self.main.sim.views().view().window().size;
        let awaited = &mut self.awaited;
        if !awaited.frames {
            return Course::new(&self.context, self.format, begin, nodes);
        }
        let same =
            |kernel: &Option<Arc<Propagator>>| kernel.as_ref().map(Arc::as_ptr) == begin.propagator.map(Arc::as_ptr);
        if let Some((_, made)) = awaited.made.take_if(|(kernel, _)| same(kernel)) {
            let mut course = made?;
            if course.put(begin)? {
                awaited.tries = 0;
                return Ok(course);
            }
        }
        if awaited.making.is_none() && awaited.tries >= TRIES {
            (awaited.tries, awaited.waits) = (0, awaited.waits + 1);
            return Course::new(&self.context, self.format, begin, nodes);
        }
        if awaited.making.is_none() {
            let (context, format, goes_on) = (self.context.clone(), self.format, begin.goes_on);
            let (state, params): (State, Params) = (begin.state.clone(), *begin.params);
            let kernel = begin.propagator.cloned();
            (awaited.kernel, awaited.made, awaited.tries) = (kernel.clone(), None, awaited.tries + 1);
            awaited.making = Some(Task::once("another simulation", move || {
                let begin = Beginning { state: &state, params: &params, propagator: kernel.as_ref(), goes_on };
                Course::new(&context, format, begin, nodes)
            })?);
        }
        awaited.put_off("another simulation")
    }
}
