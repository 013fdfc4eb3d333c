//! One open window: its surface, the panels' context, the engine and the model.

mod answer;
pub mod events;
pub mod frame;
pub mod inject;
pub mod overlay;
pub mod target;
mod tiles;

use std::{sync::Arc, time::Instant};

use egui_winit::accesskit_winit;
use winit::{
    event::WindowEvent,
    event_loop::{ActiveEventLoop, EventLoopProxy},
    window::Window,
};

use crate::{
    app::{
        Options,
        device::{Engine, faults::Faults},
        model::{Model, scenes},
        run::{
            clock::Clock,
            history::{History, Moment, Origin},
            winding::Winding,
        },
        tools::{
            encoding::Encoding,
            export::Exports,
            files::Keep,
            kernel::Eigenvalues,
            lab::{Judging, Lab},
            safety::{Begun, Safety},
            status_file::StatusFile,
            vitals::Watching,
        },
        ui::theme,
        window::{events::Word, overlay::Overlay, target::Target},
    },
    error::{Error, Result},
    gpu::Context,
    io::{Provenance, field_file::Field},
    open::{Rule, Start},
    params::{Most, Params},
    render::{Lines, Picture, camera::Camera},
    state::State,
};

/// Everything that lives as long as the window.
pub struct Session {
    /// Window and surface.
    pub target: Target,
    /// Winit events to egui input.
    pub egui: egui_winit::State,
    pub(crate) overlay: Overlay,
    pub(crate) engine: Engine,
    pub(crate) faults: Faults,
    pub(crate) model: Model,
    pub(crate) clock: Clock,
    /// When the reference LES was last asked.
    pub(crate) compared_s: f64,
    /// When operators of the user were last looked at.
    pub(crate) looked_at_operators_s: f64,
    /// Eigenvalues of a loaded kernel that are being computed.
    pub(crate) eigenvalues: Option<Eigenvalues>,
    /// The reference LES's shaders, being compiled on a thread.
    pub(crate) preparing: Option<std::sync::mpsc::Receiver<Result<()>>>,
    /// They are compiled.
    pub(crate) prepared_beside: bool,
    /// The laboratory's thread, once a case was asked for.
    pub(crate) lab: Option<Lab>,
    /// A comparison with the truth that is being computed.
    pub(crate) judging: Option<Judging>,
    /// The field that is being encoded.
    pub(crate) encoding: Option<Encoding>,
    /// A sample of the invariants on its way.
    pub(crate) watching: Watching,
    /// The field that was encoded last, and its name.
    pub(crate) field: Option<(String, Arc<Field>, Provenance)>,
    /// Settings, the kernel's file, pictures of scenes.
    pub(crate) keep: Keep,
    /// Pictures, movies and fields under way.
    pub(crate) exports: Exports,
    pub(crate) history: History,
    /// Saves, branches, the time to run to.
    pub(crate) winding: Winding,
    /// Parameters as the history last knew them.
    pub(crate) settled: Params,
    /// The hand holds a number of the picked atom.
    pub(crate) editing: bool,
    /// What a restart goes back to.
    pub(crate) origin: Arc<State>,
    /// Parameters as the engine has them.
    pub(crate) applied: Params,
    pub(crate) status: Option<StatusFile>,
    pub(crate) started: Instant,
    pub(crate) frames: u64,
    pub(crate) first_frame_s: Option<f64>,
    pub(crate) last_range_s: f64,
    /// Freed memory was given back since something moved.
    pub(crate) thrifty: bool,
    /// It was told that this state's budget of vertices is used up.
    pub(crate) told_full: bool,
    /// Frames still to draw after the last event, for read-backs and animations.
    pub(crate) trailing: u8,
    /// Something came in since the panels last ran.
    pub(crate) heard: bool,
    /// In how many seconds the panels want to run again.
    pub(crate) repaint_s: Option<f64>,
    /// Camera, canvas, picture and lines of the last decode.
    pub(crate) looked: (Camera, egui::Rect, Picture, Lines),
    /// The field must be decoded although no time passes.
    pub(crate) stale: bool,
    /// When the last frame began.
    pub(crate) drawn_s: f64,
    pub(crate) quit: bool,
    /// The last state known to be good, and when it was taken.
    pub(crate) checkpoint: Arc<Moment>,
    /// Autosaves, and what goes wrong.
    pub(crate) safety: Safety,
    /// Why the device is gone.
    pub(crate) lost: Option<String>,
    /// The adapter to go on with.
    pub(crate) wanted_adapter: Option<String>,
}

impl Session {
    /// Opens the window with its first scene.
    pub fn open(events: &ActiveEventLoop, options: &Options, begun: Begun, started: Instant) -> Result<Self> {
        let size = winit::dpi::LogicalSize::new(1280.0, 800.0);
        let least = winit::dpi::LogicalSize::new(480.0, 360.0);
        let attributes = Window::default_attributes();
        // Invisible until assistive technology is connected, which must come first.
        let attributes =
            attributes.with_visible(false).with_title("dashi-vortex").with_inner_size(size).with_min_inner_size(least);
        let window = events.create_window(attributes).map_err(|e| Error::Run(format!("no window: {e}")))?;
        let mut session = Self::on_window(Arc::new(window), events, options, started, None)?;
        session.begin_timeline();
        session.keep = Keep::open(options, &mut session.model, session.started.elapsed().as_secs_f64());
        let now_s = session.now_s();
        session.safety = Safety::open(begun, options, &mut session.model, now_s);
        session.engine.refuse = std::mem::take(&mut session.safety.plan.refuse);
        if let Some(path) = &options.session {
            session.open_session(path, &options.preset, session.now_s())?;
            session.history = History::default();
        }
        for path in &options.operators {
            let now_s = session.now_s();
            if let Err(error) = session.open_operator(path, now_s) {
                session.model.complain(error.to_string(), now_s);
            }
        }
        Ok(session)
    }

    /// Instance, surface, device, engine and panels on a window; starts from `checkpoint` if given.
    fn on_window(
        window: Arc<Window>,
        events: &ActiveEventLoop,
        options: &Options,
        started: Instant,
        checkpoint: Option<Moment>,
    ) -> Result<Self> {
        let display = Box::new(events.owned_display_handle());
        let descriptor = wgpu::InstanceDescriptor::new_with_display_handle_from_env(display);
        let instance = Context::instance_with(descriptor);
        let surface = Target::surface(&instance, &window)?;
        let context = Context::for_surface(&instance, &surface, options.adapter.as_deref())?;
        let mut params = options.params;
        fit(&mut params, context.report.software);
        let (Start { state, params, told, auto_dt }, scene) = match checkpoint {
            Some(Moment { state, params, scene }) => (Start { state, params, told: vec![], auto_dt: None }, scene),
            None => {
                let (mut start, scene) = first(options, params)?;
                start.told.extend(crate::sim::short(&start.state, &start.params));
                (start, scene)
            }
        };
        let target = Target::new(window, instance, surface, &context.adapter, &context.device)?;
        let engine = Engine::new(context, target.format(), &state, &params)?;
        let faults = Faults::watch(&engine.context().device);

        let context = egui::Context::default();
        theme::apply(&context);
        let window = &target.window;
        let side = engine.context().device.limits().max_texture_dimension_2d as usize;
        let scale = Some(window.scale_factor() as f32);
        let egui = egui_winit::State::new(context, egui::ViewportId::ROOT, window, scale, None, Some(side));
        let overlay = Overlay::new(&engine.context().device, &target, engine.context().report.software);

        let mut model = Model {
            params,
            home: params,
            scene: scene.clone(),
            scenes: scenes::list(),
            device: engine.device_info(),
            ..Model::default()
        };
        let now_s = started.elapsed().as_secs_f64();
        told.into_iter().for_each(|sentence| model.complain(sentence, now_s));
        auto_dt.iter().for_each(|found| model.inform(found.words(), now_s));
        Ok(Self {
            target,
            egui,
            overlay,
            engine,
            faults,
            model,
            clock: Clock::default(),
            compared_s: 0.0,
            looked_at_operators_s: 0.0,
            eigenvalues: None,
            preparing: None,
            prepared_beside: false,
            lab: None,
            judging: None,
            encoding: None,
            watching: Watching::new(),
            field: None,
            keep: Keep::default(),
            exports: Exports::default(),
            history: History::default(),
            winding: Winding::default(),
            settled: params,
            editing: false,
            origin: Arc::new(state.clone()),
            applied: params,
            status: options.status_json.as_deref().map(StatusFile::new),
            started,
            frames: 0,
            first_frame_s: None,
            last_range_s: 0.0,
            thrifty: false,
            told_full: false,
            trailing: 0,
            heard: true,
            repaint_s: None,
            looked: (Camera::default(), egui::Rect::ZERO, Picture::default(), Lines::default()),
            stale: true,
            drawn_s: f64::NEG_INFINITY,
            quit: false,
            checkpoint: Arc::new(Moment { state, params, scene }),
            safety: Safety::default(),
            lost: None,
            wanted_adapter: None,
        })
    }

    /// Another device after a loss, or on an adapter that was chosen, on the same window and from the last
    /// checkpoint. Where the chosen one fails, the old one goes on.
    pub fn revive(self, events: &ActiveEventLoop, options: &Options, chosen: Option<String>) -> Result<Self> {
        let old = Options { adapter: Some(self.adapter()), ..options.clone() };
        let Self { target, mut egui, mut model, clock, history, winding, origin, checkpoint, status, started, .. } =
            self;
        let (frames, first_frame_s) = (self.frames, self.first_frame_s);
        let propagator = self.engine.propagator();
        // One of them may be why the device is gone: they wait to be switched on again.
        let on = |on: bool| on && chosen.is_some();
        let operators: Vec<_> = self.engine.operators().iter().map(|(o, was_on)| (o.clone(), on(*was_on))).collect();
        let lab = self.lab;
        let (encoding, field, keep, safety) = (self.encoding, self.field, self.keep, self.safety);
        // Threads that know nothing of a device go on.
        let (eigenvalues, judging) = (self.eigenvalues, self.judging);
        let (referred, refuse, twin) =
            (model.kernel.reference || self.preparing.is_some(), self.engine.refuse.clone(), model.twin.take());
        let mut exports = self.exports;
        exports.lose_device();
        model.kernel.reference = false;
        let window = target.window.clone();
        // A window has one surface at a time.
        drop(target);
        let accesskit = egui.accesskit.take();
        let open =
            |options: &Options| Self::on_window(window.clone(), events, options, started, Some((*checkpoint).clone()));
        let (opened, fault) = match &chosen {
            None => (open(options), None),
            Some(adapter) => match open(&Options { adapter: Some(adapter.clone()), ..options.clone() }) {
                Ok(new) => (Ok(new), None),
                Err(e) => (open(&old), Some(e)),
            },
        };
        let mut new = opened?;
        if propagator.is_some() {
            let start = new.checkpoint.clone();
            new.engine.load(&start.state, &start.params, propagator, None)?;
        }
        new.engine.refuse = refuse;
        new.engine.set_operators(operators)?;
        new.egui.accesskit = accesskit;
        new.lab = lab;
        let (params, scene, device) = (new.model.params, new.model.scene, new.model.device);
        new.model = Model { params, scene, device, ..model };
        (new.clock, new.history, new.origin, new.status) = (clock, history, origin, status);
        (new.frames, new.first_frame_s) = (frames, first_frame_s);
        (new.encoding, new.field, new.winding, new.keep) = (encoding, field, winding, keep);
        (new.exports, new.safety, new.eigenvalues, new.judging) = (exports, safety, eigenvalues, judging);
        let now_s = new.now_s();
        if let Some(twin) = twin {
            new.model.inform(format!("The branch beside, {}, ended with the old device", twin.name), now_s);
        }
        if referred && let Err(e) = new.refer(true) {
            new.model.complain(format!("The reference LES ended with the old device: {e}"), now_s);
        }
        new.list_operators();
        new.clock.forget();
        new.interrupt_series();
        match (chosen, fault) {
            (None, _) => {
                new.model.rescue.recovered += 1;
                let step = new.checkpoint.state.step;
                new.model.complain(format!("The GPU was lost; the run goes on from step {step}."), now_s);
            }
            (Some(adapter), None) => new.model.inform(format!("The run goes on on {adapter}"), now_s),
            (Some(adapter), Some(e)) => new.model.complain(format!("{adapter}: {e}; the old adapter goes on"), now_s),
        }
        Ok(new)
    }

    /// Why the device is gone, once.
    pub fn take_lost(&mut self) -> Option<String> {
        self.lost.take()
    }

    /// Name and backend of the adapter.
    pub fn adapter(&self) -> String {
        self.engine.context().report.label()
    }

    /// Another adapter, from the state as it is now. Waits for the device.
    pub(crate) fn switch_adapter(&mut self, label: String) -> Result<()> {
        self.checkpoint = Arc::new(self.moment()?);
        self.wanted_adapter = Some(label);
        Ok(())
    }

    /// The adapter to go on with, once.
    pub fn take_adapter(&mut self) -> Option<String> {
        self.wanted_adapter.take()
    }

    /// Offers the widgets to assistive technology.
    pub fn listen(&mut self, events: &ActiveEventLoop, proxy: EventLoopProxy<Word>) {
        self.egui.init_accesskit(events, &self.target.window, proxy);
        self.target.window.set_visible(true);
    }

    /// A wish of assistive technology.
    pub fn assist(&mut self, event: accesskit_winit::Event) {
        match event.window_event {
            accesskit_winit::WindowEvent::ActionRequested(request) => self.egui.on_accesskit_action_request(request),
            accesskit_winit::WindowEvent::InitialTreeRequested => self.egui.egui_ctx().enable_accesskit(),
            accesskit_winit::WindowEvent::AccessibilityDeactivated => self.egui.egui_ctx().disable_accesskit(),
        }
    }

    /// A window event; says whether something must be drawn.
    pub fn hear(&mut self, event: &WindowEvent) -> bool {
        if let WindowEvent::Resized(size) = event {
            self.target.resize(size.width, size.height);
        }
        let heard = self.egui.on_window_event(&self.target.window, event).repaint;
        if heard {
            (self.heard, self.trailing) = (true, 3);
        }
        heard
    }

    /// Real seconds since the program started.
    pub fn now_s(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Whether the window is to close.
    pub fn wants_to_quit(&self) -> bool {
        self.quit
    }

    /// Where this run began.
    pub(crate) fn origin(&self) -> Origin {
        Origin { state: self.origin.clone(), home: self.model.home }
    }

    /// State, parameters and name as the device has them now; waits for it.
    pub(crate) fn moment(&mut self) -> Result<Moment> {
        Ok(Moment { state: self.engine.glance()?, params: self.applied, scene: self.model.scene.clone() })
    }
}

/// Settings for the adapter at hand, where nobody chose others: a CPU that plays the GPU decodes a coarser grid,
/// carries ellipses by fewer parcels and has room for a quarter of the vertices; a real GPU decodes a finer grid with
/// ten times the dye. Where the budget of vertices holds insertion back, segments grow past their bound and the flow
/// gains energy, which the window then tells: the default scene 5.5 % in 1000 steps under 400 vertices; under 2048, and
/// under any more, it loses 0.3 %.
pub(crate) fn fit(params: &mut Params, software: bool) {
    let usual = Params::default();
    if params.n == usual.n {
        params.n = if software { 256 } else { 4096 };
    }
    if params.max_vertices == usual.max_vertices && software {
        params.max_vertices = 2048;
    }
    if params.parcels == usual.parcels && !software {
        params.parcels = Most::Side(512);
    }
    if params.tracers == usual.tracers && !software {
        params.tracers = 1_000_000;
    }
}

/// The state the options ask for, else the scene of the first start, and its name.
fn first(options: &Options, defaults: Params) -> Result<(Start, String)> {
    // A session says what it wants of the preset itself.
    let preset = if options.session.is_some() { &[][..] } else { &options.preset[..] };
    let rule = Rule { defaults, said: &[preset], flags: false };
    match (&options.z0, &options.scene) {
        (Some(path), _) => Ok((Start::file(path, &rule)?, path.display().to_string())),
        (None, name) => {
            let name = name.as_deref().unwrap_or(scenes::first());
            Ok((Start::scene(name, &rule)?, name.into()))
        }
    }
}
