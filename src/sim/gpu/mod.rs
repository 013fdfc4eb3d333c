//! The GPU backend: the state lives on the device; nothing inside a frame waits.

mod background;
mod field;
mod flow;
mod parts;

pub use field::FieldTarget;
pub use flow::FlowGrid;

use glam::DVec2;

use self::background::DeviceBackground;
use super::{Simulator, in_stages, linear_factors};
use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, PassTime, Readback, Timer},
    math::BOX,
    ops::{
        advect, biot_savart,
        buffers::AtomBuffers,
        core_spread,
        device::{Counts, DeviceAtoms},
        quadrature, raster, resample,
        window::Window,
    },
    params::{Integrator, Kernel, Params},
    state::State,
};

/// What the last finished frames reported. `None` until it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Vertices.
    pub vertices: u32,
    /// Quadrature blobs.
    pub blobs: u32,
    /// Atoms.
    pub atoms: u32,
    /// Whether the vertex budget holds insertion back.
    pub at_capacity: bool,
    /// Whether a displacement was not finite or passed a quarter of the box: the step was not taken.
    pub runaway: bool,
    /// Largest |omega| of the last decode.
    pub max_abs: Option<f32>,
    /// Cells of the last decode that were not finite.
    pub nan_inf: Option<u32>,
    /// Vorticity at the probe.
    pub probe: Option<f32>,
    /// Mean of `(u^2 + v^2)/2` on the flow grid.
    pub energy: Option<f64>,
    /// Mean of `omega^2/2` on the flow grid.
    pub enstrophy: Option<f64>,
}

/// A state on the device.
pub struct GpuSim {
    context: Context,
    params: Params,
    /// Basis, header and scalars of the state; its atoms and amplitudes are those of the last upload.
    template: State,
    time: f64,
    step: u64,
    circulation: f64,

    buffers: AtomBuffers,
    quadrature: Dispatch,
    biot_savart: Dispatch,
    advect: [advect::gpu::Stages; 2],
    core_spread: core_spread::gpu::Spread,
    resampling: resample::gpu::Resampling,
    segments: Dispatch,
    background: Option<DeviceBackground>,

    view: FieldTarget,
    flow: Option<FlowGrid>,

    timer: Timer,
    counts_back: Readback,
    spectrum: Vec<[f64; 2]>,
    probe: Option<DVec2>,
    counters: Counters,
}

impl GpuSim {
    /// Uploads a prepared state. `params.n` is the side of the view's grid; with `params.tracers > 0` a
    /// flow grid and dye are made too.
    pub fn new(context: &Context, state: &State, params: &Params) -> Result<Self> {
        params.validate()?;
        state.validate()?;
        let device = DeviceAtoms::new(&state.atoms);
        let capacity = (params.max_vertices as usize).max(device.vertices.len());
        let buffers = AtomBuffers::new(context, capacity)?;
        let background = match state.background.is_zero() {
            true => None,
            false => Some(DeviceBackground::new(context, &buffers, &state.background)?),
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
        let scheme = |scheme| advect::gpu::Stages::new(context, &buffers, scheme);
        let mut sim = Self {
            quadrature: quadrature::gpu::pass(context, &buffers)?,
            biot_savart: biot_savart::gpu::pass(context, &buffers)?,
            advect: [scheme(Integrator::Rk2)?, scheme(Integrator::Rk4)?],
            core_spread: core_spread::gpu::Spread::new(context, &buffers)?,
            resampling: resample::gpu::Resampling::new(context, &buffers)?,
            segments: raster::gpu::segments(context, &buffers)?,
            timer: Timer::new(context),
            counts_back: Readback::new(context, "counts", size_of::<Counts>() as u64),
            spectrum: vec![],
            context: context.clone(),
            params: *params,
            template: state.clone(),
            time: state.time,
            step: state.step,
            circulation: state.atoms.circulation(),
            probe: None,
            counters: Counters {
                vertices: device.counts.vertices,
                blobs: device.counts.blobs,
                atoms: device.counts.atoms,
                ..Default::default()
            },
            buffers,
            background,
            view,
            flow,
        };
        sim.buffers.upload(context, &device)?;
        sim.set_params(params);
        Ok(sim)
    }

    /// Takes over the live parameters; structural ones need a new simulation.
    pub fn set_params(&mut self, params: &Params) {
        self.params = Params {
            n: self.params.n,
            max_vertices: self.params.max_vertices,
            tracers: self.params.tracers,
            ..*params
        };
        let (c, p) = (&self.context, &self.params);
        let drift = [p.drift_x, p.drift_y];
        for stages in &mut self.advect {
            stages.set(c, &self.buffers, p.dt, drift, self.background.is_some());
        }
        self.core_spread.set(c, p.nu, p.dt);
        self.resampling.set(c, &self.buffers, p.segment_bound);
        if let Some(background) = &mut self.background {
            let factors = linear_factors(&self.template.background, p);
            background.set(c, p, &factors, self.counters.atoms > 0);
        }
        let mean = self.circulation / (BOX * BOX);
        self.view.set(c, mean);
        if let Some(flow) = &mut self.flow {
            flow.set(c, mean);
        }
    }

    /// Records whole steps. The last one is timed.
    pub fn encode_steps(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        for n in 0..steps {
            let timed = n + 1 == steps;
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            self.encode_stages(&mut pass, timed);
            let (timer, run_linear) = (&self.timer, self.params.kernel == Kernel::Linear);
            if self.params.nu > 0.0 {
                timer.run(&mut pass, &self.core_spread.pass, timed);
            }
            if let Some(background) = self.background.as_ref().filter(|_| run_linear) {
                background.linear_passes().for_each(|d| timer.run(&mut pass, d, timed));
            }
            self.step += 1;
            self.time += self.params.dt;
            if self.params.resample == 1 && self.step.is_multiple_of(resample::EVERY) {
                let round = self.step / resample::EVERY;
                self.resampling.passes(round).for_each(|d| timer.run(&mut pass, d, timed));
                drop(pass);
                self.resampling.copy_back(encoder, &self.buffers);
            }
        }
    }

    fn encode_stages(&self, pass: &mut wgpu::ComputePass<'static>, timed: bool) {
        let run = |pass: &mut wgpu::ComputePass<'static>, d: &Dispatch| self.timer.run(pass, d, timed);
        let scheme = self.params.integrator;
        for (s, advect) in self.advect[scheme as usize].passes().enumerate() {
            run(pass, &self.quadrature);
            run(pass, &self.biot_savart);
            if let Some(background) = &self.background {
                let staged = in_stages(self.params.kernel);
                run(pass, background.velocity(if staged { s } else { 0 }));
                if staged {
                    if self.counters.atoms > 0 {
                        run(pass, background.atom_modes());
                    }
                    background.galerkin_pass(scheme, s).into_iter().for_each(|d| run(pass, d));
                }
            }
            run(pass, advect);
        }
    }

    /// Records the decode of the view: raster, low_k, compose.
    pub fn encode_decode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.view.clear(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.timer.run(&mut pass, &self.segments, true);
        self.view.passes().for_each(|d| self.timer.run(&mut pass, d, true));
    }

    /// Records the dye's move over `dt`: decode on the flow grid, poisson, tracers.
    pub fn encode_tracers(&mut self, encoder: &mut wgpu::CommandEncoder, dt: f64) {
        let Some(flow) = &mut self.flow else { return };
        let Some((dt, fresh)) = flow.due(dt) else { return };
        flow.dye.set(&self.context, dt, [self.params.drift_x, self.params.drift_y]);
        if fresh {
            flow.target.clear(encoder);
        }
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        if fresh {
            self.timer.run(&mut pass, &self.segments, true);
            flow.velocity_passes().for_each(|d| self.timer.run(&mut pass, d, true));
        }
        self.timer.run(&mut pass, &flow.dye.pass, true);
    }

    /// Records the copies of counts, summary, sums and probe; the last work of a frame's encoder.
    pub fn encode_readbacks(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.counts_back.copy(encoder, &self.buffers.counts, 0);
        self.view.copy_back(encoder, self.probe);
        if let Some(background) = &mut self.background {
            background.copy_back(encoder);
        }
        if let Some(flow) = &mut self.flow {
            flow.copy_back(encoder);
        }
        self.timer.resolve(encoder);
    }

    /// Call once after the frame was submitted.
    pub fn after_submit(&mut self) {
        self.timer.end_frame();
        self.counts_back.after_submit();
        self.view.after_submit();
        if let Some(background) = &self.background {
            background.after_submit();
        }
        if let Some(flow) = &self.flow {
            flow.after_submit();
        }
    }

    /// Takes in what finished since the last call, without waiting.
    pub fn harvest(&mut self) {
        // A lost device answers here too; the next blocking call reports it.
        let _ = self.context.device.poll(wgpu::PollType::Poll);
        if let Some(bytes) = self.counts_back.take() {
            let counts: Counts = bytemuck::pod_read_unaligned(&bytes);
            self.counters.vertices = counts.vertices;
            self.counters.blobs = counts.blobs;
            self.counters.atoms = counts.atoms;
            self.counters.at_capacity = counts.held != 0;
            self.counters.runaway = counts.runaway != 0;
        }
        if let Some((max_abs, nan_inf)) = self.view.take_summary() {
            (self.counters.max_abs, self.counters.nan_inf) = (Some(max_abs), Some(nan_inf));
        }
        if let Some(value) = self.view.take_probe() {
            self.counters.probe = Some(value);
        }
        if self.probe.is_none() {
            self.counters.probe = None;
        }
        if let Some(spectrum) = self.background.as_ref().and_then(DeviceBackground::take_spectrum) {
            self.spectrum = spectrum;
        }
        if let Some((energy, enstrophy)) = self.flow.as_ref().and_then(FlowGrid::take_sums) {
            (self.counters.energy, self.counters.enstrophy) = (Some(energy), Some(enstrophy));
        }
    }

    /// The last report.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Energy of the background on shells of wavenumbers, `[k, E(k)]`; empty without one.
    pub fn spectrum(&self) -> &[[f64; 2]] {
        &self.spectrum
    }

    /// Asks for the vorticity at a place of the box, or stops asking.
    pub fn set_probe(&mut self, at: Option<DVec2>) {
        self.probe = at;
    }

    /// Time of each shader in the last finished frame.
    pub fn pass_times(&self) -> &[PassTime] {
        self.timer.times()
    }

    /// The view's grid: its window can be moved between frames.
    pub fn view(&self) -> &FieldTarget {
        &self.view
    }

    /// Moves the view to a rectangle of the box.
    pub fn look(&mut self, low: DVec2, extent: DVec2) {
        self.view.look(&self.context, low, extent);
    }

    /// Lets the dye move at half the rate and half as exactly: for a window on a software adapter.
    pub fn spare_dye(&mut self) {
        if let Some(flow) = &mut self.flow {
            flow.sparing = true;
        }
    }

    /// The flow grid and dye, if there is dye.
    pub fn flow(&self) -> Option<&FlowGrid> {
        self.flow.as_ref()
    }

    /// Buffers of the atoms, for drawing filaments.
    pub fn buffers(&self) -> &AtomBuffers {
        &self.buffers
    }

    /// The device it runs on.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Simulated time.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Bytes of the device buffers that hold the state and its operators' scratch.
    pub fn bytes(&self) -> u64 {
        self.buffers.bytes() + self.view.bytes() + self.flow.as_ref().map_or(0, FlowGrid::bytes)
    }

    /// Submits an encoder's work.
    fn submit(&mut self, encode: impl FnOnce(&mut Self, &mut wgpu::CommandEncoder)) {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        encode(self, &mut encoder);
        self.encode_readbacks(&mut encoder);
        self.context.queue.submit([encoder.finish()]);
        self.after_submit();
    }

    /// Reads the state back. Waits for the device: only between frames.
    pub fn snapshot(&mut self) -> Result<State> {
        let device = self.buffers.download(&self.context)?;
        let mut state = self.template.clone();
        state.atoms = device.atoms()?;
        if let Some(background) = &self.background {
            background.download(&self.context, &mut state.background)?;
        }
        (state.time, state.step) = (self.time, self.step);
        (state.meta.dt, state.meta.nu) = (self.params.dt, self.params.nu);
        Ok(state)
    }
}

/// Longest submission of a run without a window.
const SUBMIT_SECONDS: f64 = 0.05;

impl Simulator for GpuSim {
    fn advance(&mut self, steps: u64) -> Result<()> {
        let (mut left, mut batch) = (steps, 1_u32);
        while left > 0 {
            let n = u64::from(batch).min(left) as u32;
            let begun = std::time::Instant::now();
            self.submit(|sim, encoder| sim.encode_steps(encoder, n));
            self.context.wait()?;
            self.harvest();
            if self.counters.runaway {
                return Err(Error::Run(format!(
                    "near step {}: a vertex moved a quarter of the box in one step or is not finite; lower dt (now {})",
                    self.step, self.params.dt
                )));
            }
            left -= u64::from(n);
            let seconds = begun.elapsed().as_secs_f64();
            batch = if seconds < 0.5 * SUBMIT_SECONDS {
                (batch * 2).min(256)
            } else if seconds > SUBMIT_SECONDS {
                (batch / 2).max(1)
            } else {
                batch
            };
        }
        Ok(())
    }

    fn decode(&mut self, n: u32) -> Result<Vec<f32>> {
        if self.view.window().size != [n, n] {
            let modes = self.background.as_ref().map(DeviceBackground::decoded);
            self.view = FieldTarget::new(&self.context, &self.buffers, modes, Window::full(n))?;
            self.view.set(&self.context, self.circulation / (BOX * BOX));
        }
        self.look(DVec2::ZERO, DVec2::splat(BOX));
        self.submit(Self::encode_decode);
        let field = self.view.read(&self.context)?;
        self.harvest();
        Ok(field)
    }

    fn snapshot(&mut self) -> Result<State> {
        Self::snapshot(self)
    }

    fn time(&self) -> f64 {
        self.time
    }

    fn step(&self) -> u64 {
        self.step
    }
}
