//! The only place where the window meets the GPU's simulation and rendering.

pub mod beside;
pub mod faults;
pub mod stages;

use std::{sync::Arc, time::Instant};

use glam::DVec2;

use crate::{
    app::{
        device::beside::Twin,
        model::{DeviceInfo, PassModel, PassRow, Readout, ViewModel},
        tools::export::shots::Shots,
    },
    error::{Error, Result},
    gpu::{AdapterReport, Context, PassTime},
    math::BOX,
    operator::Operator,
    params::Params,
    render::{Canvas, Lines, Look, Mapping, Picture, camera::Camera, colormap::Colormap},
    sim::{self, GpuSim, Moment, Shown, Strokes, prepared, settled},
    state::{Atoms, Births, Kind, Propagator, State},
};

/// Side of the reference LES's grid on hardware, and beside a software adapter.
const SIDE: u32 = 256;
const SOFTWARE_SIDE: u32 = 128;
/// Side of the grid for what the whole box decides, on hardware and on a software adapter.
const GRID: [u32; 2] = [1024, 128];
/// Pixels of the canvas a node of the decode, there.
const PIXELS: [f64; 2] = [1.0, 3.0];
/// Nodes along a side before there is a canvas.
const FIRST_NODES: u32 = 64;
/// Real time in which the window of flow lines runs once along them.
const LINES_S: f64 = 1.6;
/// Its Smagorinsky constant.
const CS: f64 = 0.17;

/// Simulation and canvas on one device.
pub struct Engine {
    context: Context,
    pub(crate) sim: GpuSim,
    canvas: Canvas,
    format: wgpu::TextureFormat,
    /// Most nodes of the decode along a side of the canvas.
    most_nodes: u32,
    /// What moves the background instead of the built-in linear kernel.
    propagator: Option<Arc<Propagator>>,
    /// Operators of the user, and whether each is on.
    pub(crate) operators: Vec<(Arc<Operator>, bool)>,
    /// Why one was switched off.
    pub(crate) operator_fault: Option<Error>,
    /// A second course of events.
    pub(crate) twin: Option<Twin>,
    /// Read-backs were recorded in this frame.
    recorded: bool,
    /// The next frame is to record the velocities of the vertices.
    truth: bool,
    /// How far flow lines have run, 0 to 1, and since when.
    pub(crate) phase: (f64, Option<Instant>),
    /// Pictures and fields for files.
    pub(crate) shots: Shots,
    /// States that were to go to the device so far, and which of them a fault for tests refuses.
    loads: u64,
    pub(crate) refuse: Vec<u64>,
}

impl Engine {
    /// Simulation and canvas for a target format.
    pub fn new(context: Context, format: wgpu::TextureFormat, state: &State, params: &Params) -> Result<Self> {
        let sim = simulation(&context, state, params, None, [FIRST_NODES; 2], false)?;
        let canvas = Canvas::new(&context, format, &sim)?;
        Ok(Self {
            context,
            sim,
            canvas,
            format,
            most_nodes: params.n,
            propagator: None,
            operators: vec![],
            operator_fault: None,
            twin: None,
            recorded: false,
            truth: false,
            phase: (0.0, None),
            shots: Shots::default(),
            loads: 0,
            refuse: vec![],
        })
    }

    /// The format of what is drawn into.
    pub(crate) fn format(&self) -> wgpu::TextureFormat {
        self.format
    }

    /// The device, its queue and its adapter.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The adapter in words.
    pub fn device_info(&self) -> DeviceInfo {
        let report = AdapterReport::clone(&self.context.report);
        let subgroup = match report.subgroup {
            [least, most] if least == most => least.to_string(),
            [least, most] => format!("{least} to {most}"),
        };
        DeviceInfo {
            limits: vec![
                ("Buffer".into(), format!("{} MiB", report.max_buffer_mb)),
                ("Storage binding".into(), format!("{} MiB", report.max_storage_binding_mb)),
                ("Workgroup memory".into(), format!("{} KiB", report.max_workgroup_memory >> 10)),
                ("Subgroup".into(), subgroup),
                ("Loops".into(), report.loops()),
            ],
            loops_end_after: report.loops_end_after(),
            adapters: stages::adapters(&self.context),
            stages: vec![],
            name: report.name,
            backend: report.backend,
            driver: report.driver,
            driver_info: report.driver_info,
            device_type: report.device_type,
            software: report.software,
            timestamps: report.timestamps,
        }
    }

    /// Another state, with structural parameters and the matrix that moves its background, if one does; on failure
    /// the old one stays with its own. After an edit of `before` the atoms that it left alone keep their age, and the
    /// dye its places.
    pub fn load(
        &mut self,
        state: &State,
        params: &Params,
        propagator: Option<Arc<Propagator>>,
        before: Option<&Atoms>,
    ) -> Result<()> {
        self.loads += 1;
        if self.refuse.contains(&self.loads) {
            return Err(Error::Run(format!("a fault for tests refuses state {} on the device", self.loads)));
        }
        let nodes = self.sim.view().window().size;
        let mut sim = simulation(&self.context, state, params, propagator.as_deref(), nodes, before.is_some())?;
        if let Some(before) = before {
            let mut births = self.sim.births().clone();
            births.follow(before, &state.atoms, state.time);
            sim.set_births(births);
            sim.take_dye(&self.sim);
        }
        self.canvas = Canvas::new(&self.context, self.format, &sim)?;

        // From here on nothing fails.
        self.shots.forget();
        (self.sim, self.most_nodes, self.propagator) = (sim, params.n, propagator);
        if !self.operators.is_empty()
            && let Err(fault) = self.set_operators(self.operators.clone())
        {
            // The state is there; what does not fit it is off.
            let off = self.switch_off(&fault);
            if off.is_err() {
                self.operators.iter_mut().for_each(|(_, on)| *on = false);
            }
            self.operator_fault = Some(off.err().unwrap_or(fault));
        }
        Ok(())
    }

    /// The canvas of the field as it is decoded now.
    pub(crate) fn renew_canvas(&mut self) -> Result<()> {
        self.canvas = Canvas::new(&self.context, self.format, &self.sim)?;
        self.shots.forget();
        Ok(())
    }

    /// The learned linear kernel.
    pub fn propagator(&self) -> Option<Arc<Propagator>> {
        self.propagator.clone()
    }

    /// When each atom came into being.
    pub fn births(&self) -> &Births {
        self.sim.births()
    }

    /// Replaces what is known of that.
    pub fn set_births(&mut self, births: Births) {
        self.sim.set_births(births);
    }

    /// Simulated time of what was recorded last.
    pub fn time(&self) -> f64 {
        self.sim.time()
    }

    /// The next frame copies the state back.
    pub fn ask_state(&mut self) {
        self.sim.ask_state();
    }

    /// Whether a frame is to record that.
    pub fn wants_state(&self) -> bool {
        self.sim.wants_state()
    }

    /// The copied state, once it is there. Never waits.
    pub fn take_state(&mut self) -> Option<Result<State>> {
        self.sim.take_state()
    }

    /// Live parameters.
    pub fn set_params(&mut self, params: &Params) {
        self.sim.set_params(params);
    }

    /// The state now, for a file; waits for the device and a refit of the ellipses.
    pub fn snapshot(&mut self) -> Result<State> {
        self.sim.snapshot()
    }

    /// The state as the picture shows it, to edit or to compare; waits for the device.
    pub fn glance(&mut self) -> Result<State> {
        self.sim.glance()
    }

    /// Only the read-backs: the picture stands, the cursor may have moved.
    pub fn encode_probe(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.record(encoder);
        self.probe_twin(encoder);
    }

    /// The last work of a frame.
    fn record(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if std::mem::take(&mut self.truth) {
            self.sim.ask_truth(encoder);
        }
        self.sim.encode_readbacks(encoder);
        self.recorded = true;
    }

    /// The next frame records the velocities of the vertices for the truth.
    pub fn ask_truth(&mut self) {
        self.truth = true;
    }

    /// Whether a frame is to record them.
    pub fn wants_truth(&self) -> bool {
        self.truth
    }

    /// Whether a frame is to record a copy although no time passes.
    pub fn is_expecting_a_copy(&self) -> bool {
        self.truth || self.has_work() || self.sim.wants_state() || self.twin_allows() == 0
    }

    /// Whether they were asked for and are not there yet.
    pub fn is_asked_for_truth(&self) -> bool {
        self.truth || self.sim.is_asked()
    }

    /// The moment that was asked for, once it is there. Never waits.
    pub fn take_moment(&mut self) -> Option<Result<Moment>> {
        self.sim.take_moment()
    }

    /// Side of the reference LES's grid.
    pub fn side_beside(&self) -> u32 {
        if self.context.report.software { SOFTWARE_SIDE } else { SIDE }
    }

    /// Starts the reference LES from the picture's field. Waits for the device.
    pub fn begin_beside(&mut self) -> Result<()> {
        self.sim.begin_beside(self.side_beside(), CS)
    }

    /// Ends it.
    pub fn end_beside(&mut self) {
        self.sim.end_beside();
    }

    /// The next frame copies the fields of both.
    pub fn ask_beside(&mut self) {
        self.sim.ask_beside();
    }

    /// Both fields of one instant, once they are there; an error ends the reference. Never waits.
    pub fn take_beside(&mut self) -> Option<Result<sim::Instant>> {
        self.sim.take_beside()
    }

    /// World coordinates whose vorticity is to be read.
    pub fn set_probe(&mut self, at: Option<DVec2>) {
        self.sim.set_probe(at);
    }

    /// What to decode from now on, on how many nodes for a canvas of `size` pixels; says whether the nodes are
    /// others, and the field must be decoded anew.
    pub fn look(&mut self, view: &ViewModel, size: DVec2) -> Result<bool> {
        let software = usize::from(self.context.report.software);
        let nodes = (size / PIXELS[software]).ceil().max(DVec2::splat(16.0));
        // As many along either side as fit, in the canvas's own shape.
        let nodes = nodes * (f64::from(self.most_nodes) / nodes.max_element()).min(1.0);
        let nodes = [nodes.x, nodes.y].map(|n| (n.round() as u32).max(16));
        let mut resized = false;
        for sim in [&mut self.sim].into_iter().chain(self.twin.iter_mut().map(|twin| &mut twin.sim)) {
            sim.show(shown(view.picture), view.lines != Lines::None, GRID[software])?;
            resized |= sim.resize_view(nodes)?;
        }
        Ok(resized)
    }

    /// How far flow lines have run, 0 to 1.
    pub(crate) fn phase(&self) -> f64 {
        self.phase.0
    }

    /// Steps, dye, the decoded field, read-backs.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32, dt: f64, view: &ViewModel, size: DVec2) {
        let (low, extent) = window(&view.camera, size);
        self.sim.look(low, extent);
        self.sim.encode_steps(encoder, steps);
        self.run_lines(steps > 0 && view.lines_move);
        if steps > 0 && view.tracers {
            self.sim.encode_tracers(encoder, dt * f64::from(steps));
        }
        self.sim.encode_strokes(encoder, steps);
        self.sim.encode_decode(encoder);
        self.record(encoder);
        self.encode_twin(encoder, steps, view, size);
    }

    /// Flow lines run in real time while the flow moves.
    fn run_lines(&mut self, moves: bool) {
        let now = Instant::now();
        if let Some(before) = self.phase.1.filter(|_| moves) {
            let passed = (now - before).as_secs_f64().min(0.2);
            self.phase.0 = (self.phase.0 + passed / LINES_S).fract();
        }
        self.phase.1 = Some(now);
    }

    /// Uploads what the canvas needs; `rect_px` is left, top, width, height in the target.
    pub fn prepare(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ViewModel,
        rect_px: [f32; 4],
        pixels_per_point: f32,
    ) -> Result<()> {
        self.canvas.prepare(&self.context, encoder, &self.sim, &look(view, rect_px, pixels_per_point, self.phase.0))
    }

    /// Draws the canvas into a target of `size`.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, size: [u32; 2]) {
        self.canvas.draw(pass, size);
    }

    /// Starts read-backs; call after each submit.
    pub fn after_submit(&mut self) {
        if std::mem::take(&mut self.recorded) {
            self.sim.after_submit();
        }
        self.shots.after_submit();
    }

    /// Takes finished read-backs without waiting.
    pub fn harvest(&mut self, readout: &mut Readout) {
        self.sim.harvest();
        let counters = self.sim.counters();
        (readout.time, readout.step) = (self.sim.time(), self.sim.step());
        (readout.atoms, readout.vertices) = (counters.atoms as usize, counters.vertices as usize);
        (readout.at_capacity, readout.runaway) = (counters.at_capacity, counters.runaway);
        (readout.largest, readout.probe) = (counters.max_abs.map(f64::from), counters.probe.map(f64::from));
        readout.max_abs = readout.largest.filter(|_| self.sim.shown() == Shown::Whole);
        readout.nodes = Some(self.sim.view().window().size);
        (readout.energy, readout.enstrophy) = (counters.energy, counters.enstrophy);
        readout.nan_inf = counters.nan_inf;
        readout.strokes = self.sim.strokes().map_or(0, Strokes::count);
        readout.solver = [self.sim.solver_now(), self.sim.solver()];
        readout.spectrum.clear();
        readout.spectrum.extend_from_slice(self.sim.spectrum());
        let times = self.sim.pass_times();
        if !times.is_empty() {
            readout.passes.clear();
            readout.passes.extend(times.iter().map(pass_row));
        }
    }

    /// Steps that may be taken now; 0 while a pass or a refit is under way.
    pub fn steps_allowed(&self) -> u32 {
        self.sim.steps_allowed().min(self.twin_allows())
    }

    /// Whether a frame is to record the copy that a pass, a refit or a sample starts from.
    fn has_work(&self) -> bool {
        self.sim.has_work() || self.sim.wants_glimpse()
    }

    /// Takes in what passes and refits have done, and why one failed.
    pub fn read_passes(&mut self, model: &mut PassModel) -> Result<()> {
        let ledger = self.sim.pass_ledger();
        if (ledger.passes(), ledger.changes()) != (model.count, model.changes) {
            *model = PassModel {
                count: ledger.passes(),
                changes: ledger.changes(),
                history: ledger.reports().iter().copied().chain(ledger.last_report()).collect(),
                kinds: Kind::ALL.iter().map(|kind| (*kind, ledger.kind(*kind))).collect(),
                events: ledger.events().copied().collect(),
                drift: Some(ledger.drift_at_last_change()),
            };
        }
        self.sim.take_fault().map_or(Ok(()), Err)
    }
}

/// The view in the renderer's words.
pub(crate) fn look(view: &ViewModel, rect_px: [f32; 4], pixels_per_point: f32, phase: f64) -> Look {
    let size = DVec2::new(f64::from(rect_px[2]), f64::from(rect_px[3]));
    Look {
        center: view.camera.center,
        half_extent: view.camera.half_extent(size),
        rect_px,
        range: view.decoded_limit() as f32,
        mapping: Mapping::of(view.picture),
        colormap: Colormap::by_name(&view.colormap).unwrap_or_default(),
        filaments: view.filaments,
        strokes: view.strokes,
        filament_color: view.filament_color,
        tracers: view.tracers,
        trails: view.trails,
        lines: view.lines,
        phase: phase as f32,
        pixels_per_point,
    }
}

/// What the simulation decodes for a picture.
fn shown(picture: Picture) -> Shown {
    match picture {
        // A residual is painted over the flow.
        Picture::Vorticity | Picture::Carrier | Picture::Residual => Shown::Whole,
        Picture::Speed => Shown::Speed,
        Picture::Stream => Shown::Stream,
        Picture::Pressure => Shown::Pressure,
        Picture::Atoms => Shown::Atoms,
        Picture::Background => Shown::Background,
    }
}

/// A simulation whose background stands on the basis that the parameters ask for.
/// The view has so many nodes until the canvas asks for others.
pub(crate) fn simulation(
    context: &Context,
    state: &State,
    params: &Params,
    propagator: Option<&Propagator>,
    nodes: [u32; 2],
    edited: bool,
) -> Result<GpuSim> {
    // What is drawn stays a filament until a cycle ends, and so does what a run on its way has.
    let goes_on = state.step > 0 || edited;
    let mut state = if goes_on { settled(state, params) } else { prepared(state, params) }?;
    let (basis, cuts) = (state.background.basis(), (params.k_cut, params.resid_mid_cut, params.topk_mid));
    if (basis.k_cut(), basis.resid_mid_cut(), basis.topk_mid()) != cuts {
        state.background = state.background.recut(cuts.0, cuts.1, cuts.2)?;
    }
    let params = Params { n: FIRST_NODES, ..*params };
    let mut sim = GpuSim::with_kernel(context, &state, &params, propagator)?;
    sim.resize_view(nodes)?;
    if context.report.software {
        sim.spare_dye();
    }
    sim.work_beside_frames();
    Ok(sim)
}

/// Lower left corner and sides of the rectangle to decode: the visible one, or the whole box.
pub(crate) fn window(camera: &Camera, size: DVec2) -> (DVec2, DVec2) {
    let half = camera.half_extent(size);
    let low = camera.center - half;
    let axis = |low: f64, extent: f64| if extent >= BOX { (0.0, BOX) } else { (low, extent) };
    let ((x, w), (y, h)) = (axis(low.x, 2.0 * half.x), axis(low.y, 2.0 * half.y));
    (DVec2::new(x, y), DVec2::new(w, h))
}

/// A pass as the panel lists it.
fn pass_row(time: &PassTime) -> PassRow {
    PassRow {
        label: time.label.clone(),
        title: time.title.clone(),
        calls: time.calls,
        ms: time.ms,
        bytes: time.bytes,
        gb_per_s: time.gb_per_s(),
    }
}
