//! The event loop around the window.

use std::time::{Duration, Instant};

use egui_winit::accesskit_winit;
use winit::{
    application::ApplicationHandler,
    event::WindowEvent,
    event_loop::{ActiveEventLoop, ControlFlow, EventLoopProxy},
    window::WindowId,
};

use crate::{
    app::{
        options::Options,
        tools::safety::{self, Begun},
        window::{Window, display, frame::Wake, hands::Drive},
    },
    error::{Error, Result},
    perf,
    process::{environment::without_build_paths, panics, signal, task},
};

/// What comes to the event loop from elsewhere.
pub enum Word {
    /// A wish of assistive technology.
    Assist(accesskit_winit::Event),
    /// The process was asked to stop.
    Stop,
    /// A task has something to say.
    Task,
}

impl From<accesskit_winit::Event> for Word {
    fn from(event: accesskit_winit::Event) -> Self {
        Self::Assist(event)
    }
}

/// Opens the window and returns when it is closed; `driver` uses it instead of somebody.
///
/// # Errors
/// Where there is no window system or adapter, and with what ended it.
pub fn open(mut options: Options, driver: Option<Drive>) -> Result<()> {
    let started = Instant::now();
    perf::gather();
    let events = display::event_loop::<Word>()?;
    let logs = options.config.clone().unwrap_or_else(std::env::temp_dir);
    panics::watch(logs, safety::vault::rescue);
    let begun = Some(Begun::new(&mut options));
    let proxy = events.create_proxy();
    let wake = proxy.clone();
    // Without an event loop there is nothing to stop.
    signal::watch(move || drop(wake.send_event(Word::Stop)))?;
    let wake = proxy.clone();
    // Nobody waits for a task once the event loop is gone.
    task::wake_with(move || drop(wake.send_event(Word::Task)));
    let mut app = App { options, driver, begun, started, proxy, window: None, wake: None, error: None, losses: vec![] };
    events
        .run_app(&mut app)
        .map_err(|e| Error::Run(format!("the window system failed: {}", without_build_paths(&e.to_string()))))?;
    app.error.map_or(Ok(()), Err)
}

/// The event loop's side of the window.
struct App {
    options: Options,
    driver: Option<Drive>,
    /// What was known before the window opened.
    begun: Option<Begun>,
    started: Instant,
    proxy: EventLoopProxy<Word>,
    window: Option<Window>,
    /// When the next frame is due; `None` waits for an event.
    wake: Option<Instant>,
    error: Option<Error>,
    /// When devices were lost.
    losses: Vec<Instant>,
}

impl App {
    /// A lost device is replaced three times a minute at most; then the last state is saved.
    fn recover(&mut self, events: &ActiveEventLoop, why: &str) {
        crate::process::remark(&format!("dashi-vortex: the GPU was lost: {why}"));
        let Some(mut window) = self.window.take() else { return };
        self.losses.retain(|at| at.elapsed() < Duration::from_secs(60));
        self.losses.push(Instant::now());
        let revived = if self.losses.len() > 3 {
            window.close();
            Err(Error::Run("the GPU was lost more than three times in a minute".into()))
        } else {
            window.revive(events, &self.options, None)
        };
        match revived {
            Ok(window) => {
                self.window = Some(window);
                self.soon();
            }
            Err(e) => {
                self.error = Some(Error::Run(format!("{e}; {}", safety::vault::rescue())));
                events.exit();
            }
        }
    }

    /// The process was asked to stop: the state is saved first.
    fn stop(&mut self, events: &ActiveEventLoop) {
        let fate = self.window.as_mut().map_or_else(safety::vault::rescue, Window::save_for_later);
        self.error = Some(Error::Interrupted(fate));
        events.exit();
    }

    /// The same window and state on another adapter.
    fn switch(&mut self, events: &ActiveEventLoop, adapter: String) {
        let Some(window) = self.window.take() else { return };
        match window.revive(events, &self.options, Some(adapter)) {
            Ok(window) => {
                self.options.adapter = Some(window.adapter());
                self.window = Some(window);
                self.soon();
            }
            Err(e) => {
                self.error = Some(e);
                events.exit();
            }
        }
    }

    /// A frame as soon as pacing allows.
    fn soon(&mut self) {
        self.within(0.0);
    }

    /// A frame so many seconds from now at the latest.
    fn within(&mut self, seconds: f64) {
        let then = Instant::now() + Duration::from_secs_f64(seconds);
        self.wake = Some(self.wake.map_or(then, |at| at.min(then)));
    }
}

impl ApplicationHandler<Word> for App {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.window.is_some() {
            return;
        }
        let begun = self.begun.take().unwrap_or_default();
        match Window::open(events, &self.options, self.driver.as_ref(), begun, self.started) {
            Ok(mut window) => {
                window.listen(events, self.proxy.clone());
                self.window = Some(window);
                self.soon();
            }
            Err(e) => {
                self.error = Some(e);
                events.exit();
            }
        }
    }

    fn user_event(&mut self, events: &ActiveEventLoop, word: Word) {
        match word {
            Word::Stop => self.stop(events),
            Word::Task => {
                if let Some(seconds) = self.window.as_mut().map(Window::hear_task) {
                    self.within(seconds);
                }
            }
            Word::Assist(event) => {
                if let Some(window) = &mut self.window {
                    window.assist(event);
                }
                self.soon();
            }
        }
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(window) = &mut self.window else { return };
        match event {
            WindowEvent::RedrawRequested => {
                self.wake = match window.frame() {
                    Wake::After(seconds) => Some(Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))),
                    Wake::OnEvent => None,
                };
                if window.wants_to_quit() {
                    events.exit();
                }
                if let Some(why) = window.take_lost() {
                    self.recover(events, &why);
                } else if let Some(adapter) = window.take_adapter() {
                    self.switch(events, adapter);
                }
            }
            WindowEvent::CloseRequested => events.exit(),
            event => {
                if window.hear(&event) {
                    self.soon();
                }
            }
        }
    }

    fn exiting(&mut self, _: &ActiveEventLoop) {
        if let Some(window) = &mut self.window {
            window.close();
            if matches!(self.error, None | Some(Error::Interrupted(_))) {
                window.end_well();
            }
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        let Some(window) = &self.window else { return };
        match self.wake {
            Some(at) if at <= Instant::now() => {
                self.wake = None;
                window.request_redraw();
                events.set_control_flow(ControlFlow::Wait);
            }
            Some(at) => events.set_control_flow(ControlFlow::WaitUntil(at)),
            None => events.set_control_flow(ControlFlow::Wait),
        }
    }
}
