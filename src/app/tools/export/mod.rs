//! Exports: pictures, movies, fields, figures and scripts. Frames record what is wanted and go on; threads
//! compress and write; a recording's simulation waits rather than lose a step.

mod file;
pub mod pace;
pub mod plot;
mod recording;
pub mod sidecar;

pub mod worker;

use std::path::{Path, PathBuf};

use glam::DVec2;

use crate::{
    app::{
        command::Command,
        desk::Desk,
        device::shots::{self, FieldShot, For, Shot, Still, Then, unshot},
        model::{Tab, ViewModel, dialog::Purpose},
        run::winding,
        tools::export::{file::File, recording::Recording},
    },
    error::{Error, Result},
    io::{
        beside::{ended, free, free_of},
        movie::{Ffmpeg, Format, has_frames},
    },
    render::{
        colormap::Colormap,
        figure::{Framed, Legend},
        kind::Sort,
    },
};

/// What is wanted, on its way, or being written.
#[derive(Default)]
pub struct Exports {
    /// Pictures for the next frame.
    stills: Vec<Still>,
    /// Fields for the next frame.
    fields: Vec<FieldShot>,
    recording: Option<Recording>,
    files: Vec<File>,
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

impl Exports {
    /// Answers a command of exports.
    ///
    /// # Errors
    /// As [`Exports::export`].
    pub fn command(&mut self, desk: &mut Desk, command: Command, now_s: f64) -> Result<()> {
        let dialogs = &mut desk.model.dialogs;
        match command {
            Command::ExportFrame => dialogs.ask(Purpose::ExportFrame, now_s),
            Command::ExportFigure => dialogs.ask(Purpose::ExportFigure, now_s),
            Command::ExportField => dialogs.ask(Purpose::ExportField, now_s),
            Command::SavePlot => dialogs.ask(Purpose::SavePlot, now_s),
            Command::CopyPlot => {
                let name = format!("omega_{:010}.npz", desk.model.readout.step);
                let path = std::env::current_dir().unwrap_or_default().join(name);
                return self.plot(desk, free(&path), Then::Copy);
            }
            Command::Record => match &mut self.recording {
                Some(recording) => recording.stop(),
                None => dialogs.ask(Purpose::Record(desk.model.export.format), now_s),
            },
            Command::CancelRecording => {
                if let Some(recording) = &mut self.recording {
                    recording.discard();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Begins to export to a chosen path.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a size that has no room; [`Error::Unwritable`]; [`Error::Run`] where the device does
    /// not answer.
    pub fn export(&mut self, desk: &mut Desk, purpose: Purpose, path: &Path) -> Result<()> {
        match purpose {
            Purpose::ExportFrame => {
                let framed = desk.model.export.framed(desk.model.canvas_px())?;
                self.still(desk, ended(path, "png"), framed, None, (String::new(), true));
                Ok(())
            }
            Purpose::ExportFigure => {
                let framed = desk.model.export.figure()?;
                let (title, time) = (desk.model.export.title.trim().to_string(), desk.model.export.figure_time);
                self.still(desk, ended(path, "png"), framed, Some(desk.model.export.dots), (title, time));
                Ok(())
            }
            Purpose::ExportField => self.field_to(desk, ended(path, "npz"), Then::Nothing),
            Purpose::SavePlot => {
                let path = ended(path, "py");
                // The script was named, its field was not.
                self.plot(desk, free(&path.with_extension("npz")), Then::Script(path))
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
                self.record(desk, format, path)
            }
            _ => Ok(()),
        }
    }

    /// The line above pictures and movies.
    fn caption(&self, desk: &Desk) -> String {
        let (time, step) = (desk.device.main.sim.held().time(), desk.device.main.sim.held().step());
        format!("t = {time:.3}    step {step}")
    }

    /// What stands beside an export, if anything is to.
    pub fn sidecar(&self, desk: &Desk, path: &Path) -> Option<serde_json::Value> {
        let mut value = desk.model.export.sidecar.then(|| sidecar::of(&desk.model, path));
        self.stamp(desk, &mut value);
        value
    }

    /// Step and time of this moment: a frame's steps come between a wish and its picture.
    fn stamp(&self, desk: &Desk, value: &mut Option<serde_json::Value>) {
        if let Some(value) = value {
            value["step"] = desk.device.main.sim.held().step().into();
            value["time"] = desk.device.main.sim.held().time().into();
        }
    }

    fn still(
        &mut self,
        desk: &mut Desk,
        path: PathBuf,
        framed: Framed,
        dots: Option<f64>,
        (title, time): (String, bool),
    ) {
        let sidecar = self.sidecar(desk, &path);
        self.stills.push(Still { path, framed, dots, title, time, sidecar });
    }

    /// The line above a picture or a figure of this moment.
    fn words(&self, desk: &Desk, still: &Still) -> String {
        let time = format!("t = {:.3}", desk.device.main.sim.held().time());
        match (still.dots.is_some(), still.title.is_empty(), still.time) {
            (false, ..) => self.caption(desk),
            (true, _, false) => still.title.clone(),
            (true, true, true) => time,
            (true, false, true) => format!("{}    {time}", still.title),
        }
    }

    fn field_to(&mut self, desk: &mut Desk, path: PathBuf, then: Then) -> Result<()> {
        let (step, time) = (desk.device.main.sim.held().step(), desk.device.main.sim.held().time());
        let (side, sidecar) = (desk.model.export.side, self.sidecar(desk, &path));
        self.fields.push(FieldShot { path, side, then, step, time, sidecar });
        Ok(())
    }

    /// The script of a field at `path`, as the canvas shows it.
    fn script(&self, desk: &Desk, path: &Path, step: u64, time: f64) -> String {
        let view = &desk.model.view.of_vorticity();
        let canvas = desk.model.canvas_size();
        let half = view.camera.half_extent(canvas);
        let window = [(view.camera.center - half).to_array(), (view.camera.center + half).to_array()];
        plot::script(&plot::Plot {
            field: path,
            scene: &desk.model.scene,
            step,
            time,
            map: Colormap::by_name(&view.colormap).unwrap_or_default(),
            values: [-view.range.limit, view.range.limit],
            label: r"$\omega$",
            window,
        })
    }

    /// A script, and its field where there is none of this step yet.
    fn plot(&mut self, desk: &mut Desk, path: PathBuf, then: Then) -> Result<()> {
        let (step, time, side) =
            (desk.device.main.sim.held().step(), desk.device.main.sim.held().time(), desk.model.export.side);
        let known = self.last_field.as_ref();
        let known = known.filter(|(path, s, n)| *s == step && *n == side && path.is_file() && then == Then::Copy);
        match known {
            Some((path, ..)) => {
                let (text, said) =
                    (self.script(desk, path, step, time), format!("Script copied; it loads {}", path.display()));
                desk.model.clipboard = Some(text);
                desk.inform(said);
                Ok(())
            }
            None => self.field_to(desk, path, then),
        }
    }

    fn record(&mut self, desk: &mut Desk, format: Format, path: PathBuf) -> Result<()> {
        if self.recording.is_some() {
            return Err(Error::Usage("a recording is going on; stop it before the next one".into()));
        }
        let framed = desk.model.export.framed(desk.model.canvas_px())?;
        let sidecar = self.sidecar(desk, &path).map(|mut value| {
            value["size"] = serde_json::json!(framed.size());
            value
        });
        self.count += 1;
        let (step, held) = (desk.device.main.sim.held().step(), (desk.model.view.picture, desk.model.view.range.limit));
        let recording = Recording::start(
            self.count,
            &desk.model.export,
            (format, path, framed),
            step,
            held,
            (sidecar, desk.now_s()),
            &self.ffmpeg,
        )?;
        if let Some(sentence) = format.remark(desk.model.export.rate) {
            desk.inform(sentence);
        }
        desk.model.export.job = Some(recording.job(desk.now_s()));
        self.recording = Some(recording);
        (desk.model.panels.right, desk.model.panels.tab) = (true, Tab::Export);
        Ok(())
    }

    /// Steps that this frame may take: what the simulation allows, and up to a recording's next frame; then that
    /// many are wanted, however few are drawn otherwise.
    pub fn steps_for_frame(&mut self, desk: &mut Desk) -> (u32, u32) {
        let (allowed, usual) = match (desk.device.steps_allowed(), desk.model.params.substeps) {
            (0, usual) => (0, usual),
            (allowed, usual) => match winding::steps_left(desk) {
                Some(left) => (allowed.min(left), left),
                None => (allowed, usual),
            },
        };
        match &self.recording {
            Some(recording) if recording.is_taking() => {
                let until = recording.allow(desk.device.main.sim.held().step());
                (allowed.min(until), usual.max(until.min(64)))
            }
            _ => (allowed, usual),
        }
    }

    /// Records what is wanted of this frame, after its steps.
    pub fn shoot(&mut self, desk: &mut Desk, encoder: &mut wgpu::CommandEncoder) {
        while desk.device.shots.has_room()
            && let Some(mut still) = self.stills.pop()
        {
            let (picture, caption) = (still.framed.picture(), self.words(desk, &still));
            self.stamp(desk, &mut still.sidecar);
            let (legend, framed) = (legend(&desk.model.view, picture, caption), still.framed);
            let what = For::Still(Box::new(still));
            let shot = Shot { what, step: desk.device.main.sim.held().step(), legend, decoded: [0; 2] };
            let scale = scale(picture, desk.model.canvas);
            if let Err(e) = desk.device.shoot(encoder, &desk.model.view, &framed, scale, shot) {
                desk.complain(unshot("The picture", &e).to_string());
            }
        }
        for mut field in std::mem::take(&mut self.fields) {
            (field.step, field.time) = (desk.device.main.sim.held().step(), desk.device.main.sim.held().time());
            self.stamp(desk, &mut field.sidecar);
            if let Err(e) = desk.device.shots.shoot_field(&desk.device.main.sim, encoder, field) {
                desk.complain(unshot("The field", &e).to_string());
            }
        }
        self.shoot_movie(desk, encoder);
    }

    fn shoot_movie(&mut self, desk: &mut Desk, encoder: &mut wgpu::CommandEncoder) {
        let step = desk.device.main.sim.held().step();
        let room = desk.device.shots.has_room();
        let caption = self.caption(desk);
        let Some(recording) = &mut self.recording else { return };
        match recording.look(step) {
            pace::Look::Take if room => {
                let mut view = desk.model.view.clone();
                if view.picture == recording.picture {
                    view.range.limit = recording.limit;
                }
                let picture = recording.framed.picture();
                let legend = legend(&view, picture, caption);
                let shot = Shot { what: For::Movie(recording.id), step, legend, decoded: [0; 2] };
                let (framed, scale) = (recording.framed, scale(picture, desk.model.canvas));
                match desk.device.shoot(encoder, &view, &framed, scale, shot) {
                    Ok(()) => recording.took(step),
                    Err(e) => {
                        recording.stop();
                        desk.complain(format!("The recording ends: {e}"));
                    }
                }
            }
            pace::Look::Lost => {
                recording.stop();
                desk.inform("The run was reset or replaced, so the recording ends before that");
            }
            pace::Look::Take | pace::Look::Pass => {}
        }
    }

    /// Takes in what came back and what was written.
    pub fn hear(&mut self, desk: &mut Desk, now_s: f64) {
        desk.model.export.limit = shots::limit(desk.device.context());
        self.take_pictures(desk);
        while let Some(result) = desk.device.shots.take_field() {
            let task = result.and_then(|(shot, omega)| {
                let script = self.script(desk, &shot.path, shot.step, shot.time);
                File::start(move || file::field(shot, &omega, &script))
            });
            self.begin_file(desk, task);
        }
        self.end_files(desk);
        let Some(recording) = &mut self.recording else { return desk.device.rest_shots() };
        recording.advance();
        desk.model.export.job = Some(recording.job(now_s));
        if let Some((said, failed)) = recording.result() {
            (self.recording, desk.model.export.job) = (None, None);
            match failed {
                true => desk.complain(said),
                false => desk.inform(said),
            }
        }
    }

    fn take_pictures(&mut self, desk: &mut Desk) {
        // A recording's frames wait in their order while its queue is full.
        while self.recording.as_mut().is_none_or(Recording::has_room) {
            let Some(result) = desk.device.shots.pictures.take() else { return };
            match result {
                Ok((Shot { what: For::Movie(id), step, legend, .. }, rgba)) => {
                    if let Some(recording) = self.recording.as_mut().filter(|recording| recording.id == id) {
                        recording.receive(worker::Captured { step, legend, rgba });
                    }
                }
                Ok((mut shot, rgba)) => {
                    let what = std::mem::replace(&mut shot.what, For::Movie(0));
                    if let For::Still(still) = what {
                        let task = File::start(move || file::picture(*still, &shot, rgba));
                        self.begin_file(desk, task);
                    }
                }
                Err(e) => {
                    self.lose_device();
                    desk.complain(e.to_string());
                }
            }
        }
    }

    fn begin_file(&mut self, desk: &mut Desk, task: Result<File>) {
        match task {
            Ok(task) => self.files.push(task),
            Err(e) => desk.complain(e.to_string()),
        }
    }

    fn end_files(&mut self, desk: &mut Desk) {
        for mut task in std::mem::take(&mut self.files) {
            match task.result() {
                None => self.files.push(task),
                Some(Ok(done)) => {
                    if let Some(text) = done.copy {
                        desk.model.clipboard = Some(text);
                    }
                    self.last_field = done.field.or(self.last_field.take());
                    desk.inform(done.said);
                }
                Some(Err(e)) => desk.complain(e.to_string()),
            }
        }
    }

    /// In how many seconds exports need another frame.
    pub fn due_s(&self, desk: &Desk) -> Option<f64> {
        if self.wants_frames() || desk.device.shots.is_busy() {
            return Some(0.0);
        }
        (self.recording.is_some() || !self.files.is_empty()).then_some(0.1)
    }
}
