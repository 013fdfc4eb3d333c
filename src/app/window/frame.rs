//! The frame, top to bottom: input, panels, commands, clock, steps, decode, picture, panels'
//! picture, submit, read-backs, present.

use crate::{
    app::{
        device::readout,
        run::{clock::FRAME_MIN_S, winding},
        tools::vitals,
        ui,
        window::{Window, answer, target::Acquired},
    },
    perf,
    render::{Lines, Picture},
};

/// Real time between two frames while the device, or a driver, is about to answer and nothing moves.
const EXPECTING_S: f64 = 0.1;
/// Real time between two frames while the flow waits for a refit or a pass: they show the same picture, and the work
/// that they wait for has a use for the processor.
const HELD_S: f64 = 1.0 / 12.0;
/// Real time after which such work is asked about.
const ASKED_S: f64 = 0.004;

/// When the next frame is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wake {
    /// So many seconds from now.
    After(f64),
    /// When something happens.
    OnEvent,
}

/// How frames follow each other.
pub(super) struct Pace {
    /// Frames drawn so far.
    pub frames: u64,
    /// When the last one began.
    pub drawn_s: f64,
    /// Whether something came in since the panels last ran.
    pub heard: bool,
    /// Frames still to draw after the last event, for read-backs and animations.
    pub trailing: u8,
    /// In how many seconds the panels want to run again.
    pub repaint_s: Option<f64>,
    /// When the range of colours was last measured.
    pub last_range_s: f64,
    /// Whether freed memory was given back since something moved.
    pub thrifty: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            frames: 0,
            drawn_s: f64::NEG_INFINITY,
            heard: true,
            trailing: 0,
            repaint_s: None,
            last_range_s: 0.0,
            thrifty: false,
        }
    }
}

impl Pace {
    /// Something came in: the panels run, and so many frames more are drawn after the next.
    pub fn hear(&mut self, trailing: u8) {
        (self.heard, self.trailing) = (true, self.trailing.max(trailing));
    }

    /// In how many seconds the next frame may be drawn.
    pub fn soonest_s(&self, now_s: f64) -> f64 {
        (self.drawn_s + FRAME_MIN_S - now_s).max(0.0)
    }
}

impl Window {
    /// Draws one frame and says when the next is due.
    pub fn frame(&mut self) -> Wake {
        let now_s = self.desk.now_s();
        if self.would_show_the_same(now_s) {
            readout::harvest(&mut self.desk.device.main.sim, &mut self.desk.model.readout);
            return Wake::After(ASKED_S);
        }
        self.pace.drawn_s = now_s;

        // input -> panels
        let heard = std::mem::take(&mut self.pace.heard);
        if heard || !self.desk.run.clock.is_moving() || self.overlay.is_due(now_s, self.target.size()) {
            self.panels(now_s);
        }

        // commands, then what tools have found
        self.commands(now_s);
        self.drive(now_s);
        self.inject();
        self.tools.hear(&mut self.desk, now_s);
        if self.desk.device.faults.is_lost() {
            // Whoever asked for the frame finds another device first.
            return Wake::After(0.0);
        }
        self.look();

        // where to draw
        let (device, queue) = (self.desk.device.context().device.clone(), self.desk.device.context().queue.clone());
        let surface = match self.target.acquire(&device) {
            Acquired::Frame(frame) => frame,
            unseen => return self.unseen(unseen),
        };

        // clock -> steps -> decode
        let label = wgpu::CommandEncoderDescriptor { label: Some("frame") };
        let mut encoder = device.create_command_encoder(&label);
        self.steps(&mut encoder, now_s);
        self.tools.exports.shoot(&mut self.desk, &mut encoder);

        // picture, then the panels over it
        let pixels = self.overlay.pixels_per_point();
        self.prepare(&mut encoder, pixels);
        let (course, size) = (&self.desk.device, [surface.texture.width(), surface.texture.height()]);
        let canvas = self.desk.model.canvas;
        let visible = (canvas.size() * pixels).round().min_elem() >= 1.0;
        let rect = self.desk.model.twin.as_ref().map_or(canvas, |twin| canvas.union(twin.rect));
        let extra = self.overlay.draw(&device, &queue, &mut encoder, &surface.texture, rect, |pass| {
            if visible {
                course.draw(pass, size);
            }
        });

        // submit -> read-backs -> present
        queue.submit(extra.into_iter().chain([encoder.finish()]));
        self.target.window.pre_present_notify();
        queue.present(surface);
        self.harvest();
        self.overlay.after_submit();

        self.seen(now_s);
        self.next(now_s)
    }

    /// Whether a frame now would show what the last one shows, as steps wait for work beside the frames: it is drawn
    /// later, and the work is only asked about.
    fn would_show_the_same(&self, now_s: f64) -> bool {
        let device = &self.desk.device;
        let changed = self.pace.heard
            || device.stale
            || device.faults.is_lost()
            || device.is_expecting_a_copy()
            || device.main.sim.probes().has_state();
        let waits = self.desk.run.clock.is_moving() && device.steps_allowed() == 0;
        waits && !changed && now_s - self.pace.drawn_s < HELD_S
    }

    /// Runs the panels; what they put out waits for the next picture.
    fn panels(&mut self, now_s: f64) {
        let context = self.egui.egui_ctx().clone();
        let input = self.egui.take_egui_input(&self.target.window);
        let mut output = context.run_ui(input, |ui| {
            ui::keys(ui, &mut self.desk.model);
            ui::show(ui, &mut self.desk.model, now_s);
        });
        self.egui.handle_platform_output(&self.target.window, std::mem::take(&mut output.platform_output));
        let gpu = self.desk.device.context();
        self.pace.repaint_s = self.overlay.take(&gpu.device, &gpu.queue, &context, output, now_s);
    }

    /// What the panels asked for.
    fn commands(&mut self, now_s: f64) {
        let panels = self.egui.egui_ctx();
        if self.desk.device.awaited.holds_steps() {
            // The copy that an edit waits for may be there since the last frame.
            // A lost device is told of by its faults.
            let _heard = self.desk.device.context().device.poll(wgpu::PollType::Poll);
        }
        if !self.desk.device.faults.is_lost() {
            winding::see(&mut self.desk, now_s);
        }
        self.desk.model.pressed = panels.input(|input| input.pointer.any_down());
        self.desk.model.pixels_per_point = panels.pixels_per_point();
        answer::answer(&mut self.tools, &mut self.desk, now_s);
    }

    /// A moved camera or another colour map needs another picture, even while paused.
    fn look(&mut self) {
        let (model, device) = (&mut self.desk.model, &mut self.desk.device);
        if let Some(text) = model.clipboard.take() {
            self.egui.set_clipboard_text(text);
        }
        model.settle_picture();
        let size = model.canvas_size() * f64::from(self.overlay.pixels_per_point());
        let fault = device.look(&model.view, size).err();
        if fault.is_some() {
            // The device has no room for it: back to what needs least.
            model.view.choose(Picture::Vorticity);
            model.view.lines = Lines::None;
        }
        let looked = (model.view.camera, model.canvas, model.view.picture, model.view.lines);
        device.stale |= looked != self.looked;
        self.looked = looked;
        device.main.sim.probes_mut().ask_at(model.cursor);
        if let Some(e) = fault {
            self.desk.complain(e.to_string());
        }
    }

    /// Grants steps and records them with the decode; without a step only what is stale or was asked for.
    fn steps(&mut self, encoder: &mut wgpu::CommandEncoder, now_s: f64) {
        self.desk.device.awaited.end_turn();
        let steps = match self.tools.exports.steps_for_frame(&mut self.desk) {
            // A pass or a refit is under way, or a recording waits: this frame is drawn, time waits.
            (0, _) => self.desk.run.clock.hold(now_s),
            (allowed, wanted) => self.desk.run.clock.grant(now_s, wanted.min(allowed)),
        };
        let (model, device) = (&mut self.desk.model, &mut self.desk.device);
        if steps > 0 || device.stale {
            device.encode(encoder, steps, &model.view, model.canvas_size());
            device.stale = false;
            model.actions.drawn();
        } else if model.cursor.is_some() || device.is_expecting_a_copy() {
            device.encode_readbacks(encoder);
        }
    }

    /// Uploads what the canvases need.
    fn prepare(&mut self, encoder: &mut wgpu::CommandEncoder, pixels: f32) {
        let px = |r: egui::Rect| [r.left(), r.top(), r.width(), r.height()].map(|x| (x * pixels).round());
        let (model, device) = (&self.desk.model, &mut self.desk.device);
        let main = device.prepare(encoder, &model.view, px(model.canvas), pixels);
        let beside = model.twin.as_ref().map(|twin| device.prepare_beside(encoder, &model.view, px(twin.rect), pixels));
        for e in [Some(main), beside].into_iter().flatten().filter_map(Result::err) {
            self.desk.complain(e.to_string());
        }
    }

    /// Takes in what the device has answered.
    fn harvest(&mut self) {
        let (model, device) = (&mut self.desk.model, &mut self.desk.device);
        readout::harvest(&mut device.main.sim, &mut model.readout);
        let beside = device.beside.as_mut().and_then(|course| readout::twin(&mut course.sim, &mut model.twin));
        let passes = readout::passes(&mut device.main.sim, &mut model.passes).err();
        if let Some(e) = beside {
            self.desk.complain(format!("Passes and refits of the branch beside ended: {e}"));
        }
        if let Some(e) = passes {
            self.desk.complain(format!("Passes and refits ended, ellipses move rigidly from here: {e}"));
        }
    }

    /// What was measured in this frame.
    fn seen(&mut self, now_s: f64) {
        self.pace.frames += 1;
        let took_ms = 1e3 * (self.desk.now_s() - now_s);
        self.desk.model.actions.frame();
        self.desk.model.frames.push(took_ms, &self.desk.model.readout.passes);
        vitals::fill_readout(&mut self.desk);
        self.tools.usage.look(&mut self.desk, now_s);
        let (model, run) = (&mut self.desk.model, &mut self.desk.run);
        if model.readout.step > run.origin.step {
            run.first_frame_s.get_or_insert(now_s);
        }
        model.rates = run.clock.rates();
        model.view.measure(model.readout.largest, now_s - self.pace.last_range_s);
        self.pace.last_range_s = now_s;
        if let Some(status) = &mut self.status
            && let Err(e) = status.update(model, self.pace.frames, run.first_frame_s, now_s)
        {
            self.status = None;
            self.desk.complain(format!("--status-json: {e}"));
        }
    }

    /// Nothing can be drawn now: the device is polled all the same and no time passes.
    fn unseen(&mut self, why: Acquired) -> Wake {
        self.desk.run.clock.forget();
        self.desk.device.answer_unseen();
        readout::harvest(&mut self.desk.device.main.sim, &mut self.desk.model.readout);
        match why {
            Acquired::Hidden => Wake::After(0.25),
            Acquired::Failed(reason) => {
                crate::process::remark(&format!("dashi-vortex: {reason}"));
                self.desk.complain(reason);
                Wake::After(0.25)
            }
            Acquired::Retry | Acquired::Frame(_) => Wake::After(FRAME_MIN_S),
        }
    }

    /// Repaint if running or dirty; otherwise sleep. Tasks wake the event loop themselves.
    fn next(&mut self, now_s: f64) -> Wake {
        let paced = Wake::After(self.pace.soonest_s(self.desk.now_s()));
        let (device, tools_s) = (&self.desk.device, self.tools.due_s(&self.desk));
        let moves = self.desk.run.clock.is_moving();
        if moves || device.stale || device.steps_allowed() == 0 || tools_s == Some(0.0) {
            self.pace.thrifty = false;
            return paced;
        }
        if self.pace.trailing > 0 {
            self.pace.trailing -= 1;
            return Wake::After(0.03);
        }
        if !self.pace.thrifty {
            // Nothing moves: what the run no longer needs goes back to the system.
            perf::give_back();
            self.pace.thrifty = true;
        }
        if self.pace.repaint_s == Some(0.0) {
            return paced;
        }
        // Answers of the device are heard by frames alone.
        let polled = device.is_waiting() || self.tools.saver.is_waiting() || self.driver.is_some();
        let wanted_s = [
            self.pace.repaint_s.filter(|delay_s| *delay_s < 60.0),
            polled.then_some(EXPECTING_S),
            tools_s,
            self.desk.model.dialogs.due_s(now_s),
            // Whoever reads the status of a window that rests is to find its last frame there.
            self.status.as_ref().and_then(|status| status.due_s(now_s)),
        ];
        wanted_s.into_iter().flatten().reduce(f64::min).map_or(Wake::OnEvent, Wake::After)
    }
}
