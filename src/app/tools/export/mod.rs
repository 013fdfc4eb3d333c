//! Exports: pictures, movies, fields, figures and scripts. Frames record what is wanted and go on; threads
//! compress and write; a recording's simulation waits rather than lose a step.

pub mod pace;
pub mod plot;
mod recording;
pub mod shots;
pub mod sidecar;
mod task;
pub mod worker;

use std::path::{Path, PathBuf};

use glam::DVec2;

use crate::{
    app::{
        command::Command,
        model::{Tab, ViewModel, dialog::Purpose},
        tools::export::{
            recording::Recording,
            shots::{FieldShot, For, Shot, Still, Then, unshot},
            task::Task,
        },
        window::Session,
    },
    error::{Error, Result},
    io::{
        self,
        beside::{ended, free, free_of},
        movie::{Ffmpeg, Format, has_frames},
    },
    render::{
        colormap::Colormap,
        figure::{Framed, Legend},
        kind::Sort,
    },
    state::State,
};

/// What is wanted, on its way, or being written.
#[derive(Default)]
pub struct Exports {
    /// Pictures for the next frame.
    stills: Vec<Still>,
    /// Fields for the next frame.
    fields: Vec<FieldShot>,
    recording: Option<Recording>,
    tasks: Vec<Task>,
    /// The last field that became a file: path, step, side.
    last_field: Option<(PathBuf, u64, u32)>,
    /// Recordings so far.
    count: u64,
    /// Which ffmpeg they use.
    pub(crate) ffmpeg: Ffmpeg,
}

impl Exports {
    /// Something is wanted of the next frame, or needs it to come in.
    fn wants_frames(&self) -> bool {
        !self.stills.is_empty() || !self.fields.is_empty() || self.recording.as_ref().is_some_and(Recording::is_busy)
    }

    /// The device is gone, and with it what was on its way.
    pub fn lose_device(&mut self) {
        if let Some(recording) = &mut self.recording {
            recording.lose_flights();
        }
    }
}

/// Pixels of the target for one point of the canvas, so that lines look as they do there.
fn scale(picture: [u32; 4], canvas: egui::Rect) -> f32 {
    let (width, height) = (picture[2] as f32, picture[3] as f32);
    let scale = (width / canvas.width()).min(height / canvas.height());
    if scale.is_finite() && scale > 0.0 { scale } else { 1.0 }
}

/// What a frame around a view says.
fn legend(view: &ViewModel, picture: [u32; 4], caption: String) -> Legend {
    let half = view.camera.half_extent(DVec2::new(f64::from(picture[2]), f64::from(picture[3])));
    let (low, high) = (view.camera.center - half, view.camera.center + half);
    let map = Colormap::by_name(&view.colormap).unwrap_or_default();
    let (symbol, limit) = (view.picture.symbol().into(), view.range.limit);
    let least = if view.picture.sort() == Sort::Signed { -limit } else { 0.0 };
    Legend { low: low.to_array(), high: high.to_array(), symbol, map, values: [least, limit], caption }
}

impl Session {
    /// The canvas in pixels.
    fn canvas_px(&self) -> [u32; 2] {
        let size = self.model.canvas.size() * self.egui.egui_ctx().pixels_per_point();
        [size.x, size.y].map(|n| n.round().max(1.0) as u32)
    }

    /// Answers a command of exports.
    pub(crate) fn export_command(&mut self, command: Command, now_s: f64) -> Result<()> {
        let dialogs = &mut self.model.dialogs;
        match command {
            Command::ExportFrame => dialogs.ask(Purpose::ExportFrame, now_s),
            Command::ExportFigure => dialogs.ask(Purpose::ExportFigure, now_s),
            Command::ExportField => dialogs.ask(Purpose::ExportField, now_s),
            Command::SavePlot => dialogs.ask(Purpose::SavePlot, now_s),
            Command::CopyPlot => {
                let name = format!("omega_{:010}.npz", self.model.readout.step);
                let path = std::env::current_dir().unwrap_or_default().join(name);
                return self.plot(free(&path), Then::Copy);
            }
            Command::Record => match &mut self.exports.recording {
                Some(recording) => recording.stop(),
                None => dialogs.ask(Purpose::Record(self.model.export.format), now_s),
            },
            Command::CancelRecording => {
                if let Some(recording) = &mut self.exports.recording {
                    recording.discard();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Begins to export to a chosen path.
    pub(crate) fn export(&mut self, purpose: Purpose, path: &Path) -> Result<()> {
        match purpose {
            Purpose::ExportFrame => {
                let framed = self.model.export.framed(self.canvas_px())?;
                self.still(ended(path, "png"), framed, None, (String::new(), true));
                Ok(())
            }
            Purpose::ExportFigure => {
                let framed = self.model.export.figure()?;
                let (title, time) = (self.model.export.title.trim().to_string(), self.model.export.figure_time);
                self.still(ended(path, "png"), framed, Some(self.model.export.dots), (title, time));
                Ok(())
            }
            Purpose::ExportField => self.field_to(ended(path, "npz"), Then::Nothing),
            Purpose::SavePlot => {
                let path = ended(path, "py");
                // The script was named, its field was not.
                self.plot(free(&path.with_extension("npz")), Then::Script(path))
            }
            Purpose::Record(format) => {
                // The ending of a chosen name says more than the list it was chosen with.
                let named = Format::of(path).ok().filter(|_| format != Format::Frames);
                let format = named.unwrap_or(format);
                let path = match format {
                    // So that no frame of an earlier sequence is replaced.
                    Format::Frames => free_of(&path.with_extension("png"), has_frames),
                    _ => ended(path, format.extension()),
                };
                self.record(format, path)
            }
            _ => Ok(()),
        }
    }

    /// The file beside an exported state, if it is to have one; where, if that is not its usual place.
    pub(crate) fn state_beside(&self, path: &Path, state: &State) -> Result<String> {
        let Some(mut value) = self.sidecar(path) else { return Ok(String::new()) };
        value["step"] = state.step.into();
        value["time"] = state.time.into();
        value["state_hash"] = io::hash_state(state).into();
        sidecar::write(path, &value)
    }

    /// The line above pictures and movies.
    fn caption(&self) -> String {
        let (time, step) = (self.engine.sim.time(), self.engine.sim.step());
        format!("t = {time:.3}    step {step}")
    }

    /// What stands beside an export, if anything is to.
    fn sidecar(&self, path: &Path) -> Option<serde_json::Value> {
        let mut value = self.model.export.sidecar.then(|| sidecar::of(&self.model, path));
        self.stamp(&mut value);
        value
    }

    /// Step and time of this moment: a frame's steps come between a wish and its picture.
    fn stamp(&self, value: &mut Option<serde_json::Value>) {
        if let Some(value) = value {
            value["step"] = self.engine.sim.step().into();
            value["time"] = self.engine.sim.time().into();
        }
    }

    fn still(&mut self, path: PathBuf, framed: Framed, dots: Option<f64>, (title, time): (String, bool)) {
        let sidecar = self.sidecar(&path);
        self.exports.stills.push(Still { path, framed, dots, title, time, sidecar });
    }

    /// The line above a picture or a figure of this moment.
    fn words(&self, still: &Still) -> String {
        let time = format!("t = {:.3}", self.engine.sim.time());
        match (still.dots.is_some(), still.title.is_empty(), still.time) {
            (false, ..) => self.caption(),
            (true, _, false) => still.title.clone(),
            (true, true, true) => time,
            (true, false, true) => format!("{}    {time}", still.title),
        }
    }

    fn field_to(&mut self, path: PathBuf, then: Then) -> Result<()> {
        let (step, time) = (self.engine.sim.step(), self.engine.sim.time());
        let (side, sidecar) = (self.model.export.side, self.sidecar(&path));
        self.exports.fields.push(FieldShot { path, side, then, step, time, sidecar });
        Ok(())
    }

    /// The script of a field at `path`, as the canvas shows it.
    fn script(&self, path: &Path, step: u64, time: f64) -> String {
        let view = &self.model.view.of_vorticity();
        let canvas = crate::app::ui::canvas::size(self.model.canvas);
        let half = view.camera.half_extent(canvas);
        let window = [(view.camera.center - half).to_array(), (view.camera.center + half).to_array()];
        plot::script(&plot::Plot {
            field: path,
            scene: &self.model.scene,
            step,
            time,
            map: Colormap::by_name(&view.colormap).unwrap_or_default(),
            values: [-view.range.limit, view.range.limit],
            label: r"$\omega$",
            window,
        })
    }

    /// A script, and its field where there is none of this step yet.
    fn plot(&mut self, path: PathBuf, then: Then) -> Result<()> {
        let (step, time, side) = (self.engine.sim.step(), self.engine.sim.time(), self.model.export.side);
        let known = self.exports.last_field.as_ref();
        let known = known.filter(|(path, s, n)| *s == step && *n == side && path.is_file() && then == Then::Copy);
        match known {
            Some((path, ..)) => {
                let (text, said) =
                    (self.script(path, step, time), format!("Script copied; it loads {}", path.display()));
                self.egui.set_clipboard_text(text);
                self.model.inform(said, self.now_s());
                Ok(())
            }
            None => self.field_to(path, then),
        }
    }

    fn record(&mut self, format: Format, path: PathBuf) -> Result<()> {
        if self.exports.recording.is_some() {
            return Err(Error::Usage("a recording is going on; stop it before the next one".into()));
        }
        let framed = self.model.export.framed(self.canvas_px())?;
        let sidecar = self.sidecar(&path).map(|mut value| {
            value["size"] = serde_json::json!(framed.size());
            value
        });
        self.exports.count += 1;
        let (step, held) = (self.engine.sim.step(), (self.model.view.picture, self.model.view.range.limit));
        let recording = Recording::start(
            self.exports.count,
            &self.model.export,
            (format, path, framed),
            step,
            held,
            (sidecar, self.now_s()),
            &self.exports.ffmpeg,
        )?;
        self.model.export.job = Some(recording.job(self.now_s()));
        self.exports.recording = Some(recording);
        (self.model.panels.right, self.model.panels.tab) = (true, Tab::Export);
        Ok(())
    }

    /// Steps that this frame may take: what the simulation allows, and up to a recording's next frame; then that
    /// many are wanted, however few are drawn otherwise.
    pub(crate) fn steps_for_frame(&mut self) -> (u32, u32) {
        let (allowed, usual) = match (self.engine.steps_allowed(), self.model.params.substeps) {
            (0, usual) => (0, usual),
            (allowed, usual) => match self.steps_left() {
                Some(left) => (allowed.min(left), left),
                None => (allowed, usual),
            },
        };
        match &self.exports.recording {
            Some(recording) if recording.is_taking() => {
                let until = recording.allow(self.engine.sim.step());
                (allowed.min(until), usual.max(until.min(64)))
            }
            _ => (allowed, usual),
        }
    }

    /// Records what is wanted of this frame, after its steps.
    pub(crate) fn shoot(&mut self, encoder: &mut wgpu::CommandEncoder, now_s: f64) {
        while self.engine.has_room_for_shot()
            && let Some(mut still) = self.exports.stills.pop()
        {
            let (picture, caption) = (still.framed.picture(), self.words(&still));
            self.stamp(&mut still.sidecar);
            let (legend, framed) = (legend(&self.model.view, picture, caption), still.framed);
            let what = For::Still(Box::new(still));
            let shot = Shot { what, step: self.engine.sim.step(), legend, decoded: [0; 2] };
            let scale = scale(picture, self.model.canvas);
            if let Err(e) = self.engine.shoot(encoder, &self.model.view, &framed, scale, shot) {
                self.model.complain(unshot("The picture", &e).to_string(), now_s);
            }
        }
        for mut field in std::mem::take(&mut self.exports.fields) {
            (field.step, field.time) = (self.engine.sim.step(), self.engine.sim.time());
            self.stamp(&mut field.sidecar);
            if let Err(e) = self.engine.shoot_field(encoder, field) {
                self.model.complain(unshot("The field", &e).to_string(), now_s);
            }
        }
        self.shoot_movie(encoder, now_s);
    }

    fn shoot_movie(&mut self, encoder: &mut wgpu::CommandEncoder, now_s: f64) {
        let step = self.engine.sim.step();
        let room = self.engine.has_room_for_shot();
        let caption = self.caption();
        let Some(recording) = &mut self.exports.recording else { return };
        match recording.look(step) {
            pace::Look::Take if room => {
                let mut view = self.model.view.clone();
                if view.picture == recording.picture {
                    view.range.limit = recording.limit;
                }
                let picture = recording.framed.picture();
                let legend = legend(&view, picture, caption);
                let shot = Shot { what: For::Movie(recording.id), step, legend, decoded: [0; 2] };
                let (framed, scale) = (recording.framed, scale(picture, self.model.canvas));
                match self.engine.shoot(encoder, &view, &framed, scale, shot) {
                    Ok(()) => recording.took(step),
                    Err(e) => {
                        recording.stop();
                        self.model.complain(format!("The recording ends: {e}"), now_s);
                    }
                }
            }
            pace::Look::Lost => {
                recording.stop();
                self.model.inform("The run was reset or replaced, so the recording ends before that", now_s);
            }
            pace::Look::Take | pace::Look::Pass => {}
        }
    }

    /// Takes in what came back and what was written.
    pub(crate) fn hear_exports(&mut self, now_s: f64) {
        self.model.export.limit = self.engine.picture_limit();
        self.take_pictures(now_s);
        while let Some(result) = self.engine.shots.take_field() {
            let task = result.and_then(|(shot, omega)| {
                let script = self.script(&shot.path, shot.step, shot.time);
                Task::start(move || task::field(shot, &omega, &script))
            });
            self.begin_task(task, now_s);
        }
        self.end_tasks(now_s);
        let Some(recording) = &mut self.exports.recording else { return self.engine.shots.rest() };
        recording.advance();
        self.model.export.job = Some(recording.job(now_s));
        if let Some((said, failed)) = recording.result() {
            (self.exports.recording, self.model.export.job) = (None, None);
            match failed {
                true => self.model.complain(said, now_s),
                false => self.model.inform(said, now_s),
            }
        }
    }

    fn take_pictures(&mut self, now_s: f64) {
        // A recording's frames wait in their order while its queue is full.
        while self.exports.recording.as_mut().is_none_or(Recording::has_room) {
            let Some(result) = self.engine.shots.pictures.take() else { return };
            match result {
                Ok((Shot { what: For::Movie(id), step, legend, .. }, rgba)) => {
                    if let Some(recording) = self.exports.recording.as_mut().filter(|recording| recording.id == id) {
                        recording.receive(worker::Captured { step, legend, rgba });
                    }
                }
                Ok((mut shot, rgba)) => {
                    let what = std::mem::replace(&mut shot.what, For::Movie(0));
                    if let For::Still(still) = what {
                        let task = Task::start(move || task::picture(*still, &shot, rgba));
                        self.begin_task(task, now_s);
                    }
                }
                Err(e) => {
                    self.exports.lose_device();
                    self.model.complain(e.to_string(), now_s);
                }
            }
        }
    }

    fn begin_task(&mut self, task: Result<Task>, now_s: f64) {
        match task {
            Ok(task) => self.exports.tasks.push(task),
            Err(e) => self.model.complain(e.to_string(), now_s),
        }
    }

    fn end_tasks(&mut self, now_s: f64) {
        for task in std::mem::take(&mut self.exports.tasks) {
            match task.result() {
                None => self.exports.tasks.push(task),
                Some(Ok(done)) => {
                    if let Some(text) = done.copy {
                        self.egui.set_clipboard_text(text);
                    }
                    self.exports.last_field = done.field.or(self.exports.last_field.take());
                    self.model.inform(done.said, now_s);
                }
                Some(Err(e)) => self.model.complain(e.to_string(), now_s),
            }
        }
    }

    /// In how many seconds exports need another frame.
    pub(crate) fn exports_wake(&self) -> Option<f64> {
        if self.exports.wants_frames() || self.engine.shots.is_busy() {
            return Some(0.0);
        }
        (self.exports.recording.is_some() || !self.exports.tasks.is_empty()).then_some(0.1)
    }
}
