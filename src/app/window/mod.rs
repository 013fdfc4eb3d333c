//! One open window: its surface and panels, the desk, and the tools that work on it.

mod answer;
mod commands;
mod display;
pub mod events;
pub mod frame;
pub mod hands;
pub mod inject;
mod opening;
pub mod overlay;
mod rescue;
pub mod target;
mod tiles;

use std::{sync::Arc, time::Instant};

use egui_winit::accesskit_winit;
use winit::{
    event::WindowEvent,
    event_loop::{ActiveEventLoop, EventLoopProxy},
    window::Window as SystemWindow,
};

use self::{
    events::Word,
    frame::Pace,
    hands::{Drive, Driver, Hands},
    inject::Plan,
    opening::{Fresh, first},
    overlay::Overlay,
    target::Target,
};
use crate::{
    app::{
        desk::Desk,
        device::readout,
        model::{Model, scenes},
        options::Options,
        run::{
            Run,
            history::{History, Moment},
        },
        tools::{
            Tools,
            files::Files,
            operators,
            safety::{Begun, Safety},
            sessions,
            status_file::StatusFile,
        },
    },
    error::{Error, Result},
    open,
    operator::Operator,
    render::{Lines, Picture, camera::Camera},
};

/// Everything that lives as long as the window.
pub struct Window {
    /// Window and surface.
    target: Target,
    /// Winit events to egui input.
    egui: egui_winit::State,
    overlay: Overlay,
    desk: Desk,
    tools: Tools,
    /// Faults on purpose, by frame.
    plan: Plan,
    /// Who uses the window instead of somebody.
    driver: Option<Box<dyn Driver>>,
    /// What scripts read.
    status: Option<StatusFile>,
    pace: Pace,
    /// Camera, canvas, picture and lines of the last decode.
    looked: (Camera, egui::Rect, Picture, Lines),
}

impl Window {
    /// Opens the window with its first scene.
    ///
    /// # Errors
    /// Where there is no window system, no adapter, or nothing to begin with.
    pub fn open(
        events: &ActiveEventLoop,
        options: &Options,
        driver: Option<&Drive>,
        begun: Begun,
        started: Instant,
    ) -> Result<Self> {
        let size = winit::dpi::LogicalSize::new(1280.0, 800.0);
        let least = winit::dpi::LogicalSize::new(480.0, 360.0);
        let attributes = SystemWindow::default_attributes();
        // Invisible until assistive technology is connected, which must come first.
        let attributes =
            attributes.with_visible(false).with_title("dashi-vortex").with_inner_size(size).with_min_inner_size(least);
        let window = events.create_window(attributes).map_err(|e| Error::Run(format!("no window: {e}")))?;
        let (mut told, mut auto_dt) = (vec![], None);
        let (fresh, moment) = Fresh::open(Arc::new(window), events, options.adapter.as_deref(), |software| {
            let (start, scene) = first(options, software)?;
            (told, auto_dt) = (start.told, start.auto_dt);
            told.extend(crate::sim::short(&start.state, &start.params));
            Ok(Moment { state: start.state, params: start.params, scene })
        })?;
        let Fresh { target, egui, overlay, device } = fresh;
        let model = Model {
            params: moment.params,
            home: moment.params,
            scene: moment.scene.clone(),
            scenes: scenes::list(),
            device: readout::info(device.context()),
            ..Model::default()
        };
        let mut desk = Desk { model, run: Run::new(moment), device, started };
        told.into_iter().for_each(|sentence| desk.complain(sentence));
        auto_dt.iter().for_each(|found| desk.inform(found.words()));
        desk.begin_timeline();

        let now_s = desk.now_s();
        let mut plan = Plan::of_environment();
        desk.device.count.refuse = std::mem::take(&mut plan.refuse);
        let files = Files::open(options, &mut desk.model, now_s);
        let safety = Safety::open(begun, plan.autosave_s, options, &mut desk.model, now_s);
        let mut tools = Tools { files, safety, ..Tools::default() };
        if let Some(path) = &options.session {
            let session = open::session(path)?;
            sessions::go_on(&mut desk, &mut tools.kernels, path, &session, &options.preset)?;
            desk.run.history = History::default();
        }
        for path in &options.operators {
            if let Err(error) = Operator::open(path).and_then(|operator| operators::take(&mut desk, operator)) {
                desk.complain(error.to_string());
            }
        }
        let driver = driver.map(|driver| driver.begin(desk.model.params, now_s));
        let status = options.status_json.as_deref().map(StatusFile::new);
        let looked = (Camera::default(), egui::Rect::ZERO, Picture::default(), Lines::default());
        desk.device.awaited.draw_frames();
        Ok(Self { target, egui, overlay, desk, tools, plan, driver, status, pace: Pace::default(), looked })
    }

    /// Another device after a loss, or on an adapter that was chosen, on the same window and from the last
    /// checkpoint. Where the chosen one fails, the old one goes on.
    ///
    /// # Errors
    /// Where no device can be had any more.
    pub fn revive(self, events: &ActiveEventLoop, options: &Options, chosen: Option<String>) -> Result<Self> {
        let old_adapter = self.adapter();
        let Self { target, mut egui, overlay, mut desk, mut tools, plan, driver, status, pace, looked } = self;
        let checkpoint = desk.run.checkpoint.clone();
        // One of them may be why the device is gone: they wait to be switched on again.
        let on = |on: bool| on && chosen.is_some();
        let operators: Vec<_> =
            desk.device.operators.list().iter().map(|(o, was_on)| (o.clone(), on(*was_on))).collect();
        let (propagator, refuse) = (desk.device.propagator(), std::mem::take(&mut desk.device.count.refuse));
        let referred = tools.reference.is_wanted(&desk);
        let window = target.window.clone();
        // A window has one surface at a time.
        drop((target, overlay));
        let accesskit = egui.accesskit.take();
        let fresh = |adapter: Option<&str>| {
            Fresh::open(window.clone(), events, adapter, |_| Ok((*checkpoint).clone())).map(|(fresh, _)| fresh)
        };
        let (opened, fault) = match &chosen {
            None => (fresh(options.adapter.as_deref()), None),
            Some(adapter) => match fresh(Some(adapter)) {
                Ok(new) => (Ok(new), None),
                Err(e) => (fresh(Some(&old_adapter)), Some(e)),
            },
        };
        let Fresh { target, mut egui, overlay, device } = opened?;
        egui.accesskit = accesskit;
        tools.lose_device();
        desk.replace_device(device);
        let Moment { state, params, .. } = &*checkpoint;
        if propagator.is_some() {
            desk.device.put(state, params, propagator, None)?;
        }
        desk.device.count.refuse = refuse;
        desk.device.set_operators(operators)?;
        operators::list(&mut desk);
        if let Some(twin) = desk.model.twin.take() {
            desk.inform(format!("The branch beside, {}, ended with the old device", twin.name));
        }
        if referred && let Err(e) = tools.reference.refer(&mut desk, true) {
            desk.complain(format!("The reference LES ended with the old device: {e}"));
        }
        match (chosen, fault) {
            (None, _) => {
                desk.model.rescue.recovered += 1;
                desk.complain(format!("The GPU was lost; the run goes on from step {}.", checkpoint.state.step));
            }
            (Some(adapter), None) => desk.inform(format!("The run goes on on {adapter}")),
            (Some(adapter), Some(e)) => desk.complain(format!("{adapter}: {e}; the old adapter goes on")),
        }
        let pace = Pace { frames: pace.frames, ..Pace::default() };
        desk.device.awaited.draw_frames();
        Ok(Self { target, egui, overlay, desk, tools, plan, driver, status, pace, looked })
    }

    /// Why the device is gone, once.
    pub fn take_lost(&mut self) -> Option<String> {
        self.desk.device.faults.take_lost()
    }

    /// Name and backend of the adapter.
    pub fn adapter(&self) -> String {
        self.desk.device.context().report.label()
    }

    /// The adapter to go on with, once.
    pub fn take_adapter(&mut self) -> Option<String> {
        self.desk.model.wanted_adapter.take()
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
            self.pace.hear(3);
        }
        heard
    }

    /// A task has said something: a frame takes it in, and the next one shows it. In how many seconds that frame may
    /// be drawn.
    pub fn hear_task(&mut self) -> f64 {
        self.pace.hear(1);
        self.pace.soonest_s(self.desk.now_s())
    }

    /// Asks for a frame.
    pub fn request_redraw(&self) {
        self.target.window.request_redraw();
    }

    /// Whether the window is to close.
    pub fn wants_to_quit(&self) -> bool {
        self.desk.model.quit
    }

    /// The window closes.
    pub fn close(&mut self) {
        self.tools.saver.finish(&mut self.desk);
        self.desk.device.awaited.finish();
        // A thread that still holds the device when the program ends would be the one to take its driver apart, in the
        // middle of the driver's own end. So the device lives as long as the program.
        std::mem::forget(self.desk.device.context().clone());
        self.tools.files.close(&self.desk.model);
    }

    /// Saves what runs now, or what was last known to be good, and says where. Waits for the device.
    pub fn save_for_later(&mut self) -> String {
        self.tools.safety.save_for_later(&mut self.desk)
    }

    /// A clean end: nothing is offered at the next start.
    pub fn end_well(&mut self) {
        self.tools.safety.end_well();
    }

    /// One turn of whoever uses the window instead of somebody.
    fn drive(&mut self, now_s: f64) {
        if let Some(mut driver) = self.driver.take() {
            driver.turn(&mut Hands::of(self), now_s);
            self.driver = Some(driver);
        }
    }
}
