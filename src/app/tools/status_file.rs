//! `--status-json FILE`: what the window shows, for scripts and tests, a few times a second.

use std::path::{Path, PathBuf};

use crate::{
    app::{
        model::{CaseState, Model},
        run::clock::RunState,
    },
    error::{Error, Result},
    io::atomic,
    params::TABLE,
    perf::Finding,
};

/// Shortest time between two writes.
const PERIOD_S: f64 = 0.2;

#[derive(serde::Serialize)]
struct Status<'a> {
    time: f64,
    step: u64,
    atoms: usize,
    vertices: usize,
    running: bool,
    frames: u64,
    first_frame_s: Option<f64>,
    steps_per_s: Option<f64>,
    frames_per_s: Option<f64>,
    /// Of the last 300 frames, 99 of 100 came sooner after the one before.
    frame_p99_ms: Option<f64>,
    /// Longest time among them from one frame in which the flow moved to the next.
    standstill_ms: Option<f64>,
    scene: &'a str,
    adapter: &'a str,
    backend: &'a str,
    software_adapter: bool,
    banner: Option<String>,
    /// Left, top, width, height in points.
    canvas: [f32; 4],
    camera_center: [f64; 2],
    camera_span: f64,
    max_abs: Option<f64>,
    probe: Option<f64>,
    /// Largest and RMS error of the last self-check.
    truth: Option<[Option<f64>; 2]>,
    /// Verdicts of the laboratory's cases that are done; null without a verdict.
    lab: Vec<(&'static str, Option<bool>)>,
    /// How many recent files are known.
    recent: usize,
    /// The session that was opened or saved last.
    session: Option<std::borrow::Cow<'a, str>>,
    /// `dark` or `light`.
    look: &'static str,
    /// Whether the gallery of scenes is open.
    gallery: bool,
    /// How often a kernel was read anew because its file had changed.
    kernel_reloads: u32,
    /// File of the kernel that was loaded.
    kernel: Option<&'a str>,
    /// How many of its eigenvalues were found.
    eigenvalues: Option<usize>,
    /// Whether any time can be gone to at once.
    seekable: bool,
    /// The right panel's side; null while it is closed.
    tab: Option<&'static str>,
    /// Samples of the invariants.
    series: usize,
    /// Share done of what is being encoded.
    encoding: Option<f64>,
    /// Relative L2 distance that the last encoding left.
    encoded: Option<f64>,
    /// Atoms that it made, and how many are left while its state runs.
    encoded_atoms: Option<[usize; 2]>,
    /// What is being recorded.
    export: Option<Export<'a>>,
    /// Whether the canvas shows the residual.
    residual: bool,
    /// What the mouse does: draw, pick, move, erase.
    tool: &'static str,
    /// Sign, circulation and core of the picked atom.
    picked: Option<[f64; 3]>,
    /// Curves of strokes that became ellipses.
    strokes: usize,
    /// Sign, circulation and number of the ellipses of the picked one.
    picked_stroke: Option<[f64; 3]>,
    /// Saves of the branch that runs, branches, and the one that runs.
    timeline: [usize; 3],
    /// Steps a frame.
    speed: f64,
    /// Step of the branch beside.
    beside: Option<u64>,
    /// Values of every parameter.
    params: std::collections::BTreeMap<&'static str, f64>,
    /// Edits that can be undone, and redone.
    can_undo: (bool, bool),
    /// What the canvas shows.
    picture: &'static str,
    colormap: &'a str,
    /// none, arrows or lic.
    lines: String,
    trails: bool,
    /// Mode and limit of the colour range.
    range: (&'static str, f64),
    /// Nodes of the decode along x and y.
    decoded: Option<[u32; 2]>,
    /// Largest size of what is shown.
    largest: Option<f64>,
    /// Operators of the user, and whether each is on.
    operators: Vec<(&'a str, bool)>,
    /// Names of the GPU stages of the last timed frame.
    passes: Vec<&'a str>,
    /// Their times, milliseconds.
    passes_ms: Vec<Option<f64>>,
    /// Title of the path dialog that waits for typing.
    dialog: Option<&'a str>,
    /// The last actions, and for how many milliseconds each held a frame up.
    actions: Vec<(&'a str, f64)>,
    /// Names of the flags that the performance panel shows.
    flags: Vec<String>,
    /// Frames from the last edit to its picture.
    edit_lag_frames: Option<u64>,
    /// Autosaves written.
    autosaves: u64,
    /// Devices lost and replaced.
    recovered: u64,
    /// Label of the offered way out.
    fix: Option<&'a str>,
    /// Whether a session of a window that ended without a word can be reopened.
    reopen: bool,
    /// Whether this start is a safe one.
    safe_mode: bool,
    notices: Vec<&'a str>,
}

/// A recording.
#[derive(serde::Serialize)]
struct Export<'a> {
    what: &'a str,
    frames: u64,
    wanted: Option<u64>,
    path: &'a Path,
}

/// Name and verdict of a case that is done.
fn done(state: &CaseState) -> Option<(&'static str, Option<bool>)> {
    match state {
        CaseState::Done(report) => Some((report.case, report.passed())),
        _ => None,
    }
}

/// The file and when it was last written.
#[derive(Debug)]
pub struct StatusFile {
    path: PathBuf,
    last_s: f64,
    /// A frame came after the one that was written.
    behind: bool,
}

impl StatusFile {
    /// Nothing is written before the first frame.
    pub fn new(path: &Path) -> Self {
        Self { path: path.into(), last_s: f64::NEG_INFINITY, behind: false }
    }

    /// Seconds until the newest frame can be written, where the file holds an earlier one.
    pub fn due_s(&self, now_s: f64) -> Option<f64> {
        self.behind.then(|| (self.last_s + PERIOD_S - now_s).max(0.0))
    }

    /// Writes when it is time to; a reader never sees half a file.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn update(&mut self, model: &Model, frames: u64, first_frame_s: Option<f64>, now_s: f64) -> Result<()> {
        self.behind = now_s - self.last_s < PERIOD_S;
        if self.behind {
            return Ok(());
        }
        self.last_s = now_s;
        let rect = model.canvas;
        let camera = &model.view.camera;
        let status = Status {
            time: model.readout.time,
            step: model.readout.step,
            atoms: model.readout.atoms,
            vertices: model.readout.vertices,
            running: model.run == RunState::Running,
            frames,
            first_frame_s,
            steps_per_s: model.rates.steps_per_s,
            frames_per_s: model.rates.frames_per_s,
            frame_p99_ms: model.rates.frame_p99_ms,
            standstill_ms: model.rates.standstill_ms,
            scene: &model.scene,
            adapter: &model.device.name,
            backend: &model.device.backend,
            software_adapter: model.device.software,
            banner: model.device.warning(),
            canvas: [rect.left(), rect.top(), rect.width(), rect.height()],
            camera_center: camera.center.to_array(),
            camera_span: camera.span,
            max_abs: model.readout.max_abs,
            probe: model.probe(),
            truth: model.truth.last.map(|truth| [truth.max_error, truth.rms_error]),
            lab: model.lab.iter().filter_map(done).collect(),
            recent: model.files.recent.len(),
            session: model.files.session.as_ref().map(|path| path.to_string_lossy()),
            look: if model.panels.dark { "dark" } else { "light" },
            gallery: model.gallery.open,
            kernel_reloads: model.files.reloads,
            kernel: model.kernel.loaded.as_ref().map(|loaded| loaded.name.as_str()),
            eigenvalues: model.kernel.loaded.as_ref().and_then(|k| k.eigenvalues.as_ref()?.as_ref().ok().map(Vec::len)),
            seekable: model.timeline.seekable,
            tab: model.panels.right.then(|| model.panels.tab.label()),
            series: model.invariants.samples.len(),
            encoding: model.encode.job.as_ref().map(|job| job.done),
            encoded: model.encode.result.and_then(|result| result.rel_l2),
            encoded_atoms: model.encode.result.zip(model.encode.atoms_now).map(|(result, now)| [result.atoms, now]),
            export: model.export.job.as_ref().map(|job| Export {
                what: job.what,
                frames: job.frames,
                wanted: job.wanted,
                path: &job.path,
            }),
            tool: model.gestures.tool.name(),
            picked: model.picked.as_ref().map(|p| [p.atom.sign.value(), p.atom.gamma, p.atom.eps]),
            strokes: model.readout.strokes,
            picked_stroke: (model.picked_stroke.as_ref())
                .map(|picked| [picked.stroke.sign.value(), picked.circulation, picked.atoms as f64]),
            timeline: [model.timeline.saves.len(), model.timeline.branches.len(), model.timeline.branch],
            speed: model.timeline.speed,
            beside: model.twin.as_ref().map(|twin| twin.step),
            params: TABLE.iter().filter_map(|row| Some((row.name, model.params.get(row.name)?))).collect(),
            can_undo: model.can_undo,
            residual: model.residual().is_some(),
            picture: model.view.picture.word(),
            colormap: &model.view.colormap,
            lines: model.view.lines.name().to_lowercase(),
            trails: model.view.trails,
            range: (model.view.range.mode.word(), model.limit()),
            decoded: model.readout.nodes,
            largest: model.readout.largest,
            operators: model.operators.iter().map(|row| (row.name.as_str(), row.on)).collect(),
            passes: model.readout.passes.iter().map(|pass| pass.label.as_str()).collect(),
            passes_ms: model.readout.passes.iter().map(|pass| pass.ms).collect(),
            dialog: model.dialogs.typed.as_ref().map(|dialog| dialog.purpose.title()),
            actions: model.actions.iter().map(|(name, ms)| (name.as_str(), *ms)).collect(),
            flags: model.usage.findings.iter().filter_map(Finding::name).collect(),
            edit_lag_frames: model.actions.lag(),
            autosaves: model.rescue.autosaves,
            recovered: model.rescue.recovered,
            fix: model.rescue.fix.as_ref().map(|fix| fix.label.as_str()),
            reopen: model.rescue.offer.is_some(),
            safe_mode: model.rescue.safe_mode.is_some(),
            notices: model.notices.iter().map(|notice| notice.text.as_str()).collect(),
        };
        let unwritable = |source: std::io::Error| Error::Unwritable { path: self.path.clone(), source };
        let text = serde_json::to_string(&status).map_err(|e| unwritable(e.into()))?;
        atomic::write_often(&self.path, (text + "\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_is_due_until_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (mut status, model) = (StatusFile::new(&folder.path().join("status.json")), Model::default());
        status.update(&model, 1, None, 10.0).unwrap();
        assert_eq!(status.due_s(10.0), None);
        status.update(&model, 2, None, 10.05).unwrap();
        let due_s = status.due_s(10.05).unwrap();
        assert!((due_s - 0.15).abs() < 1e-9, "{due_s}");
        status.update(&model, 3, None, 10.25).unwrap();
        assert_eq!(status.due_s(10.25), None);
    }
}
