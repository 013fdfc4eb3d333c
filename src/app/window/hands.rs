//! Hands of a program: what may use a window instead of somebody, and what it may do there. A soak is one.

use std::{fmt, sync::Arc};

use super::{Window, inject::Fault};
use crate::{
    app::{
        desk::Desk,
        model::{Ask, Model},
        run::{
            clock::RunState,
            history::{History, Moment},
        },
    },
    error::Result,
    io::movie::Ffmpeg,
    params::Params,
    sim::Simulator,
    state::State,
};

/// Something that uses a window.
pub trait Driver {
    /// One turn a frame, between what the panels asked for and the steps; `now_s` in real seconds since the start.
    fn turn(&mut self, hands: &mut Hands<'_>, now_s: f64);
}

/// Makes a driver for a window that has just opened.
type Begin = dyn Fn(Params, f64) -> Box<dyn Driver> + Send + Sync;

/// A driver to come.
#[derive(Clone)]
pub struct Drive(Arc<Begin>);

impl Drive {
    /// One that `begin` makes, of the parameters that the window opens with and the time of that.
    pub fn new(begin: impl Fn(Params, f64) -> Box<dyn Driver> + Send + Sync + 'static) -> Self {
        Self(Arc::new(begin))
    }

    /// The driver.
    pub(super) fn begin(&self, params: Params, now_s: f64) -> Box<dyn Driver> {
        (self.0)(params, now_s)
    }
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drive")
    }
}

/// What a driver may do.
pub struct Hands<'a>(&'a mut Window);

impl<'a> Hands<'a> {
    pub(super) fn of(window: &'a mut Window) -> Self {
        Self(window)
    }

    /// What the panels show.
    pub fn model(&self) -> &Model {
        &self.0.desk.model
    }

    /// What the panels edit; what is asked for there is answered in the next frame.
    pub fn model_mut(&mut self) -> &mut Model {
        &mut self.0.desk.model
    }

    /// Asks for something as a panel does.
    pub fn ask(&mut self, ask: Ask) {
        self.model_mut().asks.push(ask);
    }

    /// Frames drawn so far.
    pub fn frames(&self) -> u64 {
        self.0.pace.frames
    }

    /// Whether time passes.
    pub fn run_state(&self) -> RunState {
        self.0.desk.run.clock.state()
    }

    /// Lets time pass, to no end.
    pub fn run(&mut self) {
        let run = &mut self.0.desk.run;
        run.until = None;
        if run.clock.state() != RunState::Running {
            run.clock.pause();
            run.clock.toggle();
        }
    }

    /// Step of the simulation.
    pub fn step(&self) -> u64 {
        self.0.desk.device.main.sim.held().step()
    }

    /// The state now; waits for the device and a refit of the ellipses.
    ///
    /// # Errors
    /// For a device that is lost.
    pub fn snapshot(&mut self) -> Result<State> {
        self.0.desk.device.main.sim.snapshot()
    }

    /// The last state known to be good.
    pub fn checkpoint(&self) -> Arc<Moment> {
        self.0.desk.run.checkpoint.clone()
    }

    /// Whether something that was asked for is not answered yet.
    pub fn is_answering(&self) -> bool {
        let Desk { model, run, .. } = &self.0.desk;
        !model.asks.is_empty() || !run.turns.is_empty() || model.params != run.applied
    }

    /// Whether a sample of the invariants is on its way.
    pub fn is_measuring(&self) -> bool {
        self.0.tools.vitals.is_measuring(&self.0.desk)
    }

    /// There is nothing to undo any more.
    pub fn forget_history(&mut self) {
        self.0.desk.run.history = History::default();
    }

    /// Makes a fault.
    pub fn suffer(&mut self, fault: Fault) {
        self.0.suffer(fault);
    }

    /// Size of the window in pixels.
    pub fn size(&self) -> [u32; 2] {
        self.0.target.size()
    }

    /// Asks the window system for a size in pixels.
    pub fn ask_size(&mut self, size: [u32; 2]) {
        self.0.target.ask_size(size);
    }

    /// Shows the window or hides it.
    pub fn set_visible(&mut self, visible: bool) {
        self.0.target.window.set_visible(visible);
    }

    /// Another way of presenting, where the surface has one.
    pub fn change_present_mode(&mut self) {
        self.0.target.change_present_mode(&self.0.desk.device.context().adapter);
    }

    /// Movies are written by another ffmpeg.
    pub fn set_ffmpeg(&mut self, ffmpeg: Ffmpeg) {
        self.0.tools.exports.ffmpeg = ffmpeg;
    }

    /// Closes the window.
    pub fn close(&mut self) {
        self.0.desk.model.quit = true;
    }
}
