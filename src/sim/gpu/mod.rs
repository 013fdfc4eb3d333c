//! The GPU backend: the state lives on the device; nothing inside a frame waits.
//!
//! A simulation owns five rooms, and what it does is theirs: the state that is [held](Held), the passes that move it, the
//! [views](Views) that are decoded of it, the [probes](Probes) that come back to the host, and the work
//! [between steps](Between).

mod background;
mod beside;
mod between;
mod carried;
mod copies;
mod field;
mod flow;
mod headless;
mod held;
mod job;
mod learned;
mod motion;
mod operate;
mod operated;
pub(in crate::sim) mod parts;
mod probes;
mod put;
mod quantity;
pub mod room;
mod sentinel;
mod stretch;
mod strokes;
mod truth;
mod twist;
mod velocity;
mod views;
mod watch;
mod whole;

use std::sync::Arc;

pub use beside::{Beside, Instant, prepare_beside};
pub use between::Between;
pub use field::FieldTarget;
pub use flow::FlowGrid;
pub use headless::ask_operators;
pub use held::Held;
pub use probes::{Counters, Probes};
pub use quantity::Shown;
pub use sentinel::{Fault, Sentinel, spoil};
pub use strokes::Strokes;
pub use truth::{Check, Moment, of as truth_of};
pub use views::Views;
pub use watch::{Glimpse, Watch};
pub use whole::WholeState;

use background::DeviceBackground;
use copies::Parcels;
use motion::Motion;
use put::Fresh;

use super::cycle::Cycle;
use crate::{
    error::Result,
    gpu::{Context, Ticket},
    operator::Operator,
    params::Params,
    state::{Propagator, State},
};

/// A state on the device, and all that is done with it.
pub struct GpuSim {
    held: Held,
    motion: Motion,
    views: Views,
    probes: Probes,
    between: Between,
    /// Steps of a submission without a window, as the last ones took long.
    batch: u32,
}

impl GpuSim {
    /// Uploads a prepared state. `params.n` is the side of the view's grid; with `params.tracers > 0` a
    /// flow grid and dye are made too.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a state or parameters that break an invariant; [`crate::Error::Run`] where the
    /// device has no room.
    pub fn new(context: &Context, state: &State, params: &Params) -> Result<Self> {
        Self::with_kernel(context, state, params, None)
    }

    /// The same with a matrix that stands for the built-in linear kernel: `z' = z A` each step.
    ///
    /// # Errors
    /// Also when the matrix does not fit the background's basis, or that has a residual basis.
    pub fn with_kernel(
        context: &Context,
        state: &State,
        params: &Params,
        propagator: Option<&Propagator>,
    ) -> Result<Self> {
        let mut held = Held::new(context, state, params, propagator)?;
        let motion = Motion::new(context, &held.buffers, state, params)?;
        let mut between = Between::new(&state.atoms);
        between.ledger.follow_proxy(params.alpha != 0.0);
        let mut views = Views::new(&held, params)?;
        let next = |cycle| held.ground().next(context, &state.atoms, params.integrator, cycle);
        let first = Cycle::of(state, params, true).map(next).transpose()?;
        held.upload_atoms(&state.atoms, first)?;
        views.show_strokes(&held, &state.strokes)?;
        let probes = Probes::new(context, state.step);
        let mut sim = Self { held, motion, views, probes, between, batch: 1 };
        sim.settle();
        Ok(sim)
    }

    /// Puts another state on the device; `false`, and nothing has changed, where that takes another simulation: for
    /// other structural parameters, other modes, a first background, more atoms than there is room for.
    ///
    /// # Errors
    /// For a state that is none, and where the device has no room.
    pub fn put(&mut self, state: &State, params: &Params) -> Result<bool> {
        match Fresh::of(self, state, params)? {
            Some(fresh) => fresh.put(self, state, params).map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes over the live parameters; structural ones need a new simulation.
    pub fn set_params(&mut self, params: &Params) {
        self.between.heed_rules(&self.held, params);
        self.held.take_params(params);
        self.retune();
    }

    /// Replaces the operators of the user; none for an empty list. State of theirs begins at zero.
    ///
    /// # Errors
    /// What a trial finds, or a state without a background for operators on z; then there are none.
    pub fn set_operators(&mut self, operators: &[Arc<Operator>]) -> Result<()> {
        self.held.operate(&[])?;
        self.views.view.set_operators(&self.held.context, operators)?;
        self.held.operate(operators)?;
        self.retune();
        Ok(())
    }

    /// Numbers of the state have changed: every part gets them.
    fn retune(&mut self) {
        self.motion.set(&self.held);
        self.held.retune();
        self.views.set(&self.held);
        if let Some(beside) = &mut self.probes.beside {
            beside.retime(&self.held);
        }
        self.between.look(&mut self.held, false);
    }

    /// Other atoms were uploaded.
    fn settle(&mut self) {
        self.probes.counters.count(&self.held.known.counts);
        self.retune();
        if let Some(carried) = self.held.carried.as_ref().filter(|_| self.held.rides()) {
            // A cycle that goes on with parcels: what is shown is theirs.
            carried.show_now(&self.held.context);
        }
    }

    /// The state on the device, as far as it is known without asking.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// The same, for what is known of it elsewhere.
    pub fn held_mut(&mut self) -> &mut Held {
        &mut self.held
    }

    /// What is decoded of it.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// The same, to look elsewhere.
    pub fn views_mut(&mut self) -> &mut Views {
        &mut self.views
    }

    /// What comes back to the host.
    pub fn probes(&self) -> &Probes {
        &self.probes
    }

    /// The same, to ask for something.
    pub fn probes_mut(&mut self) -> &mut Probes {
        &mut self.probes
    }

    /// Work between steps.
    pub fn between(&self) -> &Between {
        &self.between
    }

    /// The same, to hear of its fault.
    pub fn between_mut(&mut self) -> &mut Between {
        &mut self.between
    }

    /// How the velocity of the atoms is found now, in a word or two, and how exactly, in words.
    pub fn solver(&self) -> [String; 2] {
        let Counters { vertices, blobs, .. } = self.probes.counters;
        [self.motion.solver_for([vertices, blobs]), self.motion.solver()]
    }

    /// Bytes of the device buffers that hold the state and its operators' scratch.
    pub fn bytes(&self) -> u64 {
        self.held.bytes() + self.views.bytes() + self.motion.bytes()
    }

    /// What the view shows from the next decode on, and whether the velocity of the whole box is wanted besides;
    /// `side` is that of the grid for what the whole box decides. What was measured of another picture is forgotten.
    ///
    /// # Errors
    /// Where the device has no room: something else is to be shown then.
    pub fn show(&mut self, shown: Shown, velocity: bool, side: u32) -> Result<()> {
        if self.views.show(&self.held, shown, velocity, side)? {
            self.probes.forget_picture();
        }
        Ok(())
    }

    /// Other numbers of nodes along x and y for the view; whether they are others. Operators of the user begin anew.
    ///
    /// # Errors
    /// Where the device has no room; then nothing has changed.
    pub fn resize_view(&mut self, size: [u32; 2]) -> Result<bool> {
        self.views.resize(&self.held, size)
    }

    /// Starts the reference LES on `n x n` nodes from the field as it is.
    ///
    /// # Errors
    /// As `Beside::begin`.
    pub fn begin_beside(&mut self, n: u32, cs: f64) -> Result<()> {
        self.probes.beside = Some(Beside::begin(&self.held, &self.views, n, cs)?);
        Ok(())
    }

    /// Reads the state back without a refit: ellipses as they ride, and the parcels that go on in their place. Waits for
    /// the device: between frames, [`Probes::ask_state`] does not.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn glance(&self) -> Result<State> {
        Ok(self.held.read(Parcels::Shown, self.views.strokes())?.state)
    }

    /// Copies the state as it is now, to be refitted elsewhere.
    pub fn whole(&self) -> Ticket<WholeState> {
        WholeState::ask(&self.held, self.views.strokes(), &self.between.warm)
    }

    /// Records whole steps. The last one is timed.
    pub fn encode_steps(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        for n in 0..steps {
            self.motion.step(&mut self.held, &self.probes.timer, encoder, n + 1 == steps);
            self.probes.sentinel.look(encoder, &self.held, self.views.strokes());
        }
        if steps == 0 {
            return;
        }
        if let Some(carried) = &self.held.carried {
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            carried.show().for_each(|d| self.probes.timer.run(&mut pass, d, true));
        }
        if let Some(beside) = &mut self.probes.beside {
            beside.step(&self.held.context, encoder, steps);
        }
        self.between.look(&mut self.held, true);
    }

    /// Records the decode of the view: raster, low_k, compose; or what it shows instead.
    pub fn encode_decode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.views.decode(&self.held, &self.probes.timer, encoder);
    }

    /// Records the dye's move over `dt`: decode on the flow grid, poisson, tracers.
    pub fn encode_tracers(&mut self, encoder: &mut wgpu::CommandEncoder, dt: f64) {
        self.views.move_dye(&self.held, &self.probes.timer, encoder, dt);
    }

    /// Records the move of the strokes' curves over these steps, after them.
    pub fn encode_strokes(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        self.views.move_strokes(&self.held, &self.probes.timer, encoder, steps);
    }

    /// Records the copies that were asked for; the last work of a frame's encoder.
    pub fn encode_readbacks(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.probes.record(encoder, &mut self.held, &mut self.motion, &mut self.views);
        self.between.record(encoder, &self.held, self.views.strokes());
        self.probes.timer.resolve(encoder);
    }

    /// Takes in what finished since the last call, without waiting.
    pub fn harvest(&mut self) {
        // A lost device answers here too; the next blocking call reports it.
        let _ = self.held.context.device.poll(wgpu::PollType::Poll);
        self.probes.harvest(&mut self.held, &mut self.views);
        if self.motion.harvest_circulation(&mut self.held) {
            self.views.set(&self.held);
        }
        let Self { held, views, between, .. } = self;
        let taken = between.harvest(held).and_then(|done| {
            let there = done.is_some();
            done.map_or(Ok(()), |done| between.take_over(done, held, views)).map(|()| there)
        });
        match taken {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => between.end(held, error),
        }
        self.probes.renew_state();
        self.settle();
    }
}
