//! The event loop around the window.

use std::time::{Duration, Instant};

use egui_winit::accesskit_winit;
use winit::{
    application::ApplicationHandler,
    event::WindowEvent,
    event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy},
    window::WindowId,
};

use crate::{
    app::{
        Options,
        tools::safety::{self, Begun},
        window::{Session, frame::Wake},
    },
    error::{Error, Result},
    perf,
    process::{panics, signal},
};

/// What comes to the event loop from elsewhere.
pub enum Word {
    /// A wish of assistive technology.
    Assist(accesskit_winit::Event),
    /// The process was asked to stop.
    Stop,
}

impl From<accesskit_winit::Event> for Word {
    fn from(event: accesskit_winit::Event) -> Self {
        Self::Assist(event)
    }
}

/// Opens the window and returns when it is closed.
pub fn open(mut options: Options) -> Result<()> {
    let started = Instant::now();
    perf::gather();
    let events = EventLoop::<Word>::with_user_event().build();
    let events = events.map_err(|e| Error::Run(format!("no window system: {e}; set DISPLAY or WAYLAND_DISPLAY")))?;
    let logs = options.config.clone().unwrap_or_else(std::env::temp_dir);
    panics::watch(logs, safety::vault::rescue);
    let begun = Some(Begun::new(&mut options));
    let proxy = events.create_proxy();
    let wake = proxy.clone();
    // Without an event loop there is nothing to stop.
    signal::watch(move || drop(wake.send_event(Word::Stop)))?;
    let mut app = App { options, begun, started, proxy, session: None, wake: None, error: None, losses: vec![] };
    events.run_app(&mut app).map_err(|e| Error::Run(format!("the window system failed: {e}")))?;
    app.error.map_or(Ok(()), Err)
}

/// The event loop's side of the window.
struct App {
    options: Options,
    /// What was known before the window opened.
    begun: Option<Begun>,
    started: Instant,
    proxy: EventLoopProxy<Word>,
    session: Option<Session>,
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
        let Some(mut session) = self.session.take() else { return };
        self.losses.retain(|at| at.elapsed() < Duration::from_secs(60));
        self.losses.push(Instant::now());
        let revived = if self.losses.len() > 3 {
            session.close();
            Err(Error::Run("the GPU was lost more than three times in a minute".into()))
        } else {
            session.revive(events, &self.options, None)
        };
        match revived {
            Ok(session) => {
                self.session = Some(session);
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
        let fate = self.session.as_mut().map_or_else(safety::vault::rescue, Session::save_for_later);
        self.error = Some(Error::Interrupted(fate));
        events.exit();
    }

    /// The same window and state on another adapter.
    fn switch(&mut self, events: &ActiveEventLoop, adapter: String) {
        let Some(session) = self.session.take() else { return };
        match session.revive(events, &self.options, Some(adapter)) {
            Ok(session) => {
                self.options.adapter = Some(session.adapter());
                self.session = Some(session);
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
        let now = Instant::now();
        self.wake = Some(self.wake.map_or(now, |at| at.min(now)));
    }
}

impl ApplicationHandler<Word> for App {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.session.is_some() {
            return;
        }
        let begun = self.begun.take().unwrap_or_default();
        match Session::open(events, &self.options, begun, self.started) {
            Ok(mut session) => {
                session.listen(events, self.proxy.clone());
                self.session = Some(session);
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
            Word::Assist(event) => {
                if let Some(session) = &mut self.session {
                    session.assist(event);
                }
                self.soon();
            }
        }
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(session) = &mut self.session else { return };
        match event {
            WindowEvent::RedrawRequested => {
                self.wake = match session.frame() {
                    Wake::After(seconds) => Some(Instant::now() + Duration::from_secs_f64(seconds.clamp(0.0, 3600.0))),
                    Wake::OnEvent => None,
                };
                if session.wants_to_quit() {
                    events.exit();
                }
                if let Some(why) = session.take_lost() {
                    self.recover(events, &why);
                } else if let Some(adapter) = session.take_adapter() {
                    self.switch(events, adapter);
                }
            }
            WindowEvent::CloseRequested => events.exit(),
            event => {
                if session.hear(&event) {
                    self.soon();
                }
            }
        }
    }

    fn exiting(&mut self, _: &ActiveEventLoop) {
        if let Some(session) = &mut self.session {
            session.close();
            if matches!(self.error, None | Some(Error::Interrupted(_))) {
                session.end_well();
            }
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        let Some(session) = &self.session else { return };
        match self.wake {
            Some(at) if at <= Instant::now() => {
                self.wake = None;
                session.target.window.request_redraw();
                events.set_control_flow(ControlFlow::Wait);
            }
            Some(at) => events.set_control_flow(ControlFlow::WaitUntil(at)),
            None => events.set_control_flow(ControlFlow::Wait),
        }
    }
}
