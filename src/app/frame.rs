//! The frame, top to bottom: input, panels, commands, clock, steps, decode, picture, panels'
//! picture, submit, read-backs, present.

use super::{
    clock::FRAME_MIN_S,
    session::Session,
    target::Acquired,
    ui::{self, canvas},
};
use crate::{
    perf,
    render::{Lines, Picture},
};

/// Real time between two frames while an answer is on its way and nothing moves.
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

impl Session {
    /// Draws one frame and says when the next is due.
    pub fn frame(&mut self) -> Wake {
        let now_s = self.now_s();
        if self.would_show_the_same(now_s) {
            self.engine.harvest(&mut self.model.readout);
            return Wake::After(ASKED_S);
        }
        self.drawn_s = now_s;

        // input -> panels
        let heard = std::mem::take(&mut self.heard);
        if heard || !self.clock.is_moving() || self.overlay.is_due(now_s, self.target.size()) {
            self.panels(now_s);
        }

        // commands
        self.answer(now_s);
        self.guard(now_s);
        self.watch(now_s);
        if self.lost.is_some() {
            // Whoever asked for the frame finds another device first.
            return Wake::After(0.0);
        }
        self.watch_operators(now_s);
        self.compare(now_s);
        self.see(now_s);
        self.measure_vitals(now_s);
        self.laboratory(now_s);
        self.hear_encoder(now_s);
        self.keep_files(now_s);
        self.hear_exports(now_s);
        self.look(now_s);
        self.engine.set_probe(self.model.cursor);

        let (device, queue) = (self.engine.context().device.clone(), self.engine.context().queue.clone());

        // where to draw
        let surface = match self.target.acquire(&device) {
            Acquired::Frame(frame) => frame,
            unseen => return self.unseen(unseen, now_s),
        };

        // clock -> steps -> decode
        let steps = match self.steps_for_frame() {
            // A pass or a refit is under way, or a recording waits: this frame is drawn, time waits.
            (0, _) => self.clock.hold(now_s),
            (allowed, wanted) => self.clock.grant(now_s, wanted.min(allowed)),
        };
        let label = wgpu::CommandEncoderDescriptor { label: Some("frame") };
        let mut encoder = device.create_command_encoder(&label);
        if steps > 0 || self.stale {
            let size = canvas::size(self.model.canvas);
            self.engine.encode(&mut encoder, steps, self.model.params.dt, &self.model.view, size);
            self.stale = false;
            self.model.actions.drawn(self.frames + 1);
        } else if self.model.cursor.is_some() || self.engine.is_expecting_a_copy() {
            self.engine.encode_probe(&mut encoder);
        }
        self.shoot(&mut encoder, now_s);

        // picture, then the panels over it
        let pixels = self.overlay.pixels_per_point();
        let rect = self.model.canvas;
        let rect_px = [rect.left(), rect.top(), rect.width(), rect.height()].map(|x| (x * pixels).round());
        if let Err(e) = self.engine.prepare(&mut encoder, &self.model.view, rect_px, pixels) {
            self.model.complain(e.to_string(), now_s);
        }
        let twin_px = self.model.twin.as_ref().map(|twin| twin.rect);
        let twin_px = twin_px.map(|r| [r.left(), r.top(), r.width(), r.height()].map(|x| (x * pixels).round()));
        if let Some(Err(e)) = twin_px.map(|px| self.engine.prepare_twin(&mut encoder, &self.model.view, px, pixels)) {
            self.model.complain(e.to_string(), now_s);
        }
        let rect = self.model.twin.as_ref().map_or(rect, |twin| rect.union(twin.rect));
        let visible = rect_px[2] >= 1.0 && rect_px[3] >= 1.0;
        let (engine, size) = (&self.engine, [surface.texture.width(), surface.texture.height()]);
        let extra = self.overlay.draw(&device, &queue, &mut encoder, &surface.texture, rect, |pass| {
            if visible {
                engine.draw(pass, size);
                engine.draw_twin(pass, size);
            }
        });

        // submit -> read-backs -> present
        queue.submit(extra.into_iter().chain([encoder.finish()]));
        self.engine.after_submit();
        self.target.window.pre_present_notify();
        queue.present(surface);
        self.engine.harvest(&mut self.model.readout);
        if let Some(e) = self.engine.harvest_twin(&mut self.model.twin) {
            self.model.complain(format!("Passes and refits of the branch beside ended: {e}"), now_s);
        }
        if let Err(e) = self.engine.read_passes(&mut self.model.passes) {
            self.model.complain(format!("Passes and refits ended, ellipses move rigidly from here: {e}"), now_s);
        }
        self.overlay.after_submit();

        self.seen(now_s);
        self.next(now_s)
    }

    /// Whether a frame now would show what the last one shows, as steps wait for work beside the frames: it is drawn
    /// later, and the work is only asked about.
    fn would_show_the_same(&self, now_s: f64) -> bool {
        let changed = self.heard || self.stale || self.lost.is_some() || self.engine.is_expecting_a_copy();
        let waits = self.clock.is_moving() && self.engine.steps_allowed() == 0;
        waits && !changed && now_s - self.drawn_s < HELD_S
    }

    /// Runs the panels; what they put out waits for the next picture.
    fn panels(&mut self, now_s: f64) {
        let context = self.egui.egui_ctx().clone();
        let input = self.egui.take_egui_input(&self.target.window);
        let mut output = context.run_ui(input, |ui| {
            ui::keys(ui, &mut self.model);
            ui::show(ui, &mut self.model, now_s);
        });
        self.egui.handle_platform_output(&self.target.window, std::mem::take(&mut output.platform_output));
        let engine = self.engine.context();
        self.repaint_s = self.overlay.take(&engine.device, &engine.queue, &context, output, now_s);
    }

    /// What was measured in this frame.
    fn seen(&mut self, now_s: f64) {
        self.frames += 1;
        self.model.frames.push(1e3 * (self.now_s() - now_s), &self.model.readout.passes);
        self.fill_readout(now_s);
        self.look_at_usage(now_s);
        if self.model.readout.step > self.origin.step {
            self.first_frame_s.get_or_insert(now_s);
        }
        self.model.rates = self.clock.rates();
        self.model.view.measure(self.model.readout.largest, now_s - self.last_range_s);
        self.last_range_s = now_s;
        if let Some(status) = &mut self.status
            && let Err(e) = status.update(&self.model, self.frames, self.first_frame_s, now_s)
        {
            self.status = None;
            self.model.complain(format!("--status-json: {e}"), now_s);
        }
    }

    /// Nothing can be drawn now: the device is polled all the same and no time passes.
    fn unseen(&mut self, why: Acquired, now_s: f64) -> Wake {
        self.clock.forget();
        self.engine.harvest(&mut self.model.readout);
        match why {
            Acquired::Hidden => Wake::After(0.25),
            Acquired::Failed(reason) => {
                crate::process::remark(&format!("dashi-vortex: {reason}"));
                self.model.complain(reason, now_s);
                Wake::After(0.25)
            }
            Acquired::Retry | Acquired::Frame(_) => Wake::After(FRAME_MIN_S),
        }
    }

    /// Repaint if running or dirty; otherwise sleep.
    fn next(&mut self, now_s: f64) -> Wake {
        let spent_s = self.now_s() - now_s;
        let paced = Wake::After((FRAME_MIN_S - spent_s).max(0.0));
        let exports_s = self.exports_wake();
        if self.clock.is_moving() || self.stale || self.engine.steps_allowed() == 0 || exports_s == Some(0.0) {
            self.thrifty = false;
            return paced;
        }
        if self.trailing > 0 {
            self.trailing -= 1;
            return Wake::After(0.03);
        }
        if !self.thrifty {
            // Nothing moves: what the run no longer needs goes back to the system.
            perf::give_back();
            self.thrifty = true;
        }
        let expecting = self.model.dialogs.is_waiting()
            || self.encoding.is_some()
            || self.is_expecting()
            || self.is_asking_why()
            || self.is_watching()
            || self.safety.soak.is_some()
            || exports_s.is_some();
        match self.repaint_s {
            Some(0.0) => paced,
            // Whatever the panels want: an answer on its way is heard by frames alone.
            wanted_s if expecting => Wake::After(wanted_s.unwrap_or(EXPECTING_S).min(EXPECTING_S)),
            wanted_s => {
                // Whoever reads the status of a window that rests is to find its last frame there.
                let status_s = self.status.as_ref().and_then(|status| status.due_s(now_s));
                let soonest = wanted_s.filter(|delay_s| *delay_s < 60.0).into_iter().chain(status_s).reduce(f64::min);
                soonest.map_or(Wake::OnEvent, Wake::After)
            }
        }
    }

    /// A moved camera or another colour map needs another picture, even while paused.
    fn look(&mut self, now_s: f64) {
        self.model.settle_picture();
        let size = canvas::size(self.model.canvas) * f64::from(self.overlay.pixels_per_point());
        match self.engine.look(&self.model.view, size) {
            Ok(resized) => self.stale |= resized,
            Err(e) => {
                // The device has no room for it: back to what needs least.
                self.model.view.choose(Picture::Vorticity);
                self.model.view.lines = Lines::None;
                self.model.complain(e.to_string(), now_s);
            }
        }
        let view = &self.model.view;
        let looked = (view.camera, self.model.canvas, view.picture, view.lines);
        self.stale |= looked != self.looked;
        self.looked = looked;
    }
}
