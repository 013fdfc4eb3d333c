//! The GPU backend: the state lives on the device; nothing inside a frame waits.

mod background;
mod beside;
mod between;
mod carried;
mod copies;
mod field;
mod flow;
mod frame;
mod headless;
mod job;
mod learned;
mod motion;
mod operated;
mod parts;
mod probes;
mod put;
mod quantity;
pub mod room;
mod second;
mod seen;
mod sentinel;
mod stretch;
mod strokes;
mod truth;
mod velocity;
mod watch;

pub use beside::{Instant, prepare_beside};
pub use field::FieldTarget;
pub use flow::FlowGrid;
pub use probes::Counters;
pub use quantity::Shown;
pub use sentinel::Fault;
pub use strokes::Strokes;
pub use truth::Moment;
pub use watch::Glimpse;

use glam::DVec2;

use self::{
    background::DeviceBackground, between::Between, carried::Carried, learned::Learned, motion::Motion, probes::Probes,
    quantity::Quantities,
};
use super::{cycle::Cycle, linear_factors};
use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, PassTime},
    math::BOX,
    ops::{buffers::AtomBuffers, device::DeviceAtoms, raster, window::Window},
    params::{Kernel, Params, Switch},
    state::{Atoms, Background, Births, Propagator, State},
};

/// A state on the device.
pub struct GpuSim {
    context: Context,
    params: Params,
    held: Held,
    buffers: AtomBuffers,
    motion: Motion,
    background: Option<DeviceBackground>,
    /// Moves the background instead of the built-in linear kernel.
    learned: Option<Learned>,
    /// Of the user.
    operators: operated::Operators,
    between: Between,
    /// Stands for the ellipses.
    carried: Option<Carried>,
    views: Views,
    probes: Probes,
    /// The reference LES.
    beside: Option<beside::Beside>,
    /// Steps of a submission without a window, as the last ones took long.
    batch: u32,
}

/// What is known of the state that the device holds.
struct Held {
    /// Basis, header and scalars; its atoms and amplitudes are those of the last upload.
    template: State,
    time: f64,
    step: u64,
    circulation: f64,
    births: Births,
    /// Whether anything is in the background: a pass that feeds it wakes it.
    awake: bool,
    /// Whether there are ellipses that parcels could carry.
    ellipses: bool,
    /// Whether there are filaments that become rows of ellipses at the end of a cycle.
    waits: bool,
}

/// What is decoded.
struct Views {
    view: FieldTarget,
    /// What the view shows, and whether the velocity is wanted besides.
    wanted: (Shown, bool),
    /// What the whole box decides, where it is shown.
    quantities: Option<Quantities>,
    flow: Option<FlowGrid>,
    /// Curves of strokes that became ellipses.
    strokes: Option<Strokes>,
    /// Bins the segments for every raster.
    segments: Dispatch,
}

impl GpuSim {
    /// Uploads a prepared state. `params.n` is the side of the view's grid; with `params.tracers > 0` a
    /// flow grid and dye are made too.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a state or parameters that break an invariant; [`Error::Run`] where the device has no
    /// room.
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
        params.validate()?;
        room::check(context, params)?;
        state.validate()?;
        if let Some(residual) = state.background.basis().residual() {
            return Err(Error::invalid(
                "state for this backend",
                "one without residual coefficients; `run --backend cpu` and a kernel alone take them",
                format!("{} of them", residual.rank()),
            ));
        }
        let capacity = (params.max_vertices as usize).max(state.atoms.vertex_count());
        let buffers = AtomBuffers::new(context, capacity, super::cycle::lattice(params))?;
        let awake = !state.background.is_zero() || propagator.is_some();
        let background = match awake || params.mdl == Switch::On {
            true => Some(DeviceBackground::new(context, &buffers, &state.background)?),
            false => None,
        };
        let learned = match (propagator, &background) {
            (Some(a), Some(b)) => Some(Learned::new(context, a, &state.background, b.squares())?),
            _ => None,
        };
        let window = Window::full(params.n);
        let modes = background.as_ref().map(DeviceBackground::decoded);
        let view = FieldTarget::new(context, &buffers, modes, window)?;
        let flow = match params.tracers {
            0 => None,
            count => {
                let side = if context.report.software { 64 } else { 512 };
                Some(FlowGrid::new(context, &buffers, modes, side, count)?)
            }
        };
        let held = Held {
            template: State { parcels: None, strokes: vec![], ..state.clone() },
            time: state.time,
            step: state.step,
            circulation: state.atoms.circulation(),
            births: Births::at(state.time, state.atoms.len()),
            awake,
            ellipses: false,
            waits: false,
        };
        let motion = Motion::new(context, &buffers, state, params)?;
        let segments = raster::gpu::segments(context, &buffers, false)?;
        let wanted = (Shown::Whole, false);
        let mut sim = Self {
            views: Views { view, wanted, quantities: None, flow, strokes: None, segments },
            probes: Probes::new(context, state.step),
            context: context.clone(),
            params: *params,
            held,
            motion,
            between: Between::new(&state.atoms),
            carried: None,
            beside: None,
            buffers,
            background,
            learned,
            operators: operated::Operators::default(),
            batch: 1,
        };
        sim.between.ledger.follow_proxy(params.alpha != 0.0);
        let first = sim.begin(&state.atoms, Cycle::of(state, params, true))?;
        sim.upload_atoms(&state.atoms, first)?;
        sim.show_strokes(&state.strokes)?;
        Ok(sim)
    }

    /// Takes over the live parameters; structural ones need a new simulation.
    pub fn set_params(&mut self, params: &Params) {
        if self.learned.is_some() && (self.params.kernel == Kernel::Linear) != (params.kernel == Kernel::Linear) {
            self.hand_over();
        }
        self.heed_rules(params);
        self.params = Params {
            n: self.params.n,
            max_vertices: self.params.max_vertices,
            tracers: self.params.tracers,
            ..*params
        };
        let (pushes, whole) = (self.pushing().is_some(), self.carries_background());
        let (c, p) = (&self.context, &self.params);
        let drift = [p.drift_x, p.drift_y];
        for stages in &mut self.motion.advect {
            stages.set(c, &self.buffers, p.dt, drift, pushes);
        }
        if let Some(stretching) = &mut self.motion.stretching {
            stretching.passes.set(c, &self.buffers, p, pushes);
        }
        self.motion.core_spread.set(c, p.nu, p.dt);
        self.motion.resampling.set(c, &self.buffers, p.segment_bound);
        if let Some(background) = &mut self.background {
            let factors = linear_factors(&self.held.template.background, p);
            background.set(c, p, &factors, [self.probes.counters.atoms > 0, whole]);
        }
        let mean = self.held.circulation / (BOX * BOX);
        self.views.view.set(c, mean, self.held.awake);
        self.views.view.drift(c, drift);
        if let Some(quantities) = &mut self.views.quantities {
            quantities.set(c, mean, self.held.awake);
        }
        if let Some(flow) = &mut self.views.flow {
            flow.set(c, mean, self.held.awake);
        }
        if let Some(carried) = &mut self.carried {
            carried.set(c, &self.params);
        }
        self.retime_beside();
        self.look_for_work(false);
    }

    /// Whether parcels carry the background.
    fn carries_background(&self) -> bool {
        self.carried.as_ref().is_some_and(|carried| carried.cycle.carries_background())
    }

    /// The background where it is awake and pushes the vertices by itself.
    fn pushing(&self) -> Option<&DeviceBackground> {
        self.background.as_ref().filter(|_| self.held.awake && !self.carries_background())
    }

    /// Another kernel takes the background on: `z` and the square of modes are made equal. A device that
    /// cannot answer says so at the next read-back of the state.
    fn hand_over(&mut self) {
        if let (Ok(now), Some(learned)) = (self.read_background(), &self.learned) {
            learned.upload(&self.context, &now);
            self.held.template.background = now;
        }
    }

    /// The background as it is on the device. Waits for it.
    fn read_background(&self) -> Result<Background> {
        match (&self.learned, &self.background) {
            (Some(learned), _) if self.params.kernel == Kernel::Linear => learned.download(&self.context),
            (_, Some(background)) => {
                let mut now = self.held.template.background.clone();
                background.download(&self.context, &mut now)?;
                Ok(now)
            }
            (_, None) => Ok(self.held.template.background.clone()),
        }
    }

    /// The last report.
    pub fn counters(&self) -> Counters {
        self.probes.counters
    }

    /// Energy of the background on shells of wavenumbers, `[k, E(k)]`; empty without one.
    pub fn spectrum(&self) -> &[[f64; 2]] {
        &self.probes.spectrum
    }

    /// Asks for what the view shows at a place of the box, or stops asking.
    pub fn set_probe(&mut self, at: Option<DVec2>) {
        self.probes.probe = at;
    }

    /// Time of each shader in the last finished frame.
    pub fn pass_times(&self) -> &[PassTime] {
        self.probes.timer.times()
    }

    /// The last time of each stage in any frame that was taken in so far.
    pub fn passes_so_far(&self) -> &[PassTime] {
        self.probes.timer.so_far()
    }

    /// The last time of each stage in any frame.
    pub fn passes_seen(&mut self) -> &[PassTime] {
        self.probes.timer.seen()
    }

    /// The view's grid: its window can be moved between frames.
    pub fn view(&self) -> &FieldTarget {
        &self.views.view
    }

    /// Moves the view to a rectangle of the box.
    pub fn look(&mut self, low: DVec2, extent: DVec2) {
        self.views.view.look(&self.context, low, extent);
    }

    /// Lets the dye move at half the rate and half as exactly: for a window on a software adapter.
    pub fn spare_dye(&mut self) {
        if let Some(flow) = &mut self.views.flow {
            flow.sparing = true;
        }
    }

    /// The dye goes on where that of another simulation was, if there is as much of it.
    pub fn take_dye(&mut self, other: &Self) {
        let (Some(mine), Some(theirs)) = (&mut self.views.flow, &other.views.flow) else { return };
        if mine.dye.count == theirs.dye.count {
            let (old, new) = (&theirs.dye.places, &mine.dye.places);
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(old, 0, new, 0, old.size());
            self.context.queue.submit([encoder.finish()]);
        }
    }

    /// The flow grid and dye, if there is dye.
    pub fn flow(&self) -> Option<&FlowGrid> {
        self.views.flow.as_ref()
    }

    /// Buffers of the atoms, for drawing filaments.
    pub fn buffers(&self) -> &AtomBuffers {
        &self.buffers
    }

    /// The device it runs on.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// When each atom came into being.
    pub fn births(&self) -> &Births {
        &self.held.births
    }

    /// Takes over what another simulation knew of them.
    pub fn set_births(&mut self, births: Births) {
        self.held.births = births;
    }

    /// Simulated time.
    pub fn time(&self) -> f64 {
        self.held.time
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.held.step
    }

    /// Bytes of the device buffers that hold the state and its operators' scratch.
    pub fn bytes(&self) -> u64 {
        self.buffers.bytes()
            + self.views.view.bytes()
            + self.views.quantities.as_ref().map_or(0, Quantities::bytes)
            + self.views.flow.as_ref().map_or(0, FlowGrid::bytes)
            + self.motion.stretching.as_ref().map_or(0, |s| s.passes.bytes())
            + self.learned.as_ref().map_or(0, Learned::bytes)
            + self.carried.as_ref().map_or(0, Carried::bytes)
            + self.views.strokes.as_ref().map_or(0, Strokes::bytes)
    }

    /// Reads the state back, ellipses refitted to where their parcels are. Waits for the device and the refit; the
    /// run goes on as if nobody had looked.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer, or the refit fails.
    pub fn snapshot(&mut self) -> Result<State> {
        let (mut state, cycle) = self.read_cycle()?;
        if let Some(cycle) = cycle {
            state = carried::end(&self.context, &self.between.warm, &cycle, &state)?.state;
            // As the device would hold them.
            state.atoms = DeviceAtoms::new(&state.atoms).atoms()?;
            if cycle.carries_background() {
                state.background = DeviceBackground::held(&state.background);
            }
        }
        Ok(state)
    }

    /// Reads the state back without a refit: ellipses as they ride, and the parcels that go on in their place. Waits for
    /// the device.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn glance(&mut self) -> Result<State> {
        self.read_shown()
    }

    /// A state of these atoms now, with the background of the last upload.
    fn around(&self, atoms: Atoms) -> State {
        let template = &self.held.template;
        let meta = crate::state::Meta { dt: self.params.dt, nu: self.params.nu, ..template.meta };
        let (background, strokes) = (template.background.clone(), self.stroke_list());
        State { atoms, background, time: self.held.time, step: self.held.step, meta, parcels: None, strokes }
    }
}
