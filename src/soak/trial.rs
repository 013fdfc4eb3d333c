//! Faults that a window survives: made in the window that runs, and waited for until all goes on.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::MutexGuard,
};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::{
    app::{
        command::Command,
        model::{Ask, Preset, RescueAsk, dialog::Purpose},
        run::clock::RunState,
        window::{hands::Hands, inject::Fault},
    },
    error::Result,
    io::{
        atomic,
        movie::{Ffmpeg, Format},
        open,
    },
    process::hurt::{self, Blow},
    soak::kind::Kind,
};

/// After this a fault counts as not recovered.
const PATIENCE_S: f64 = 90.0;
/// Largest file while the disk is full, bytes.
const FULL: u64 = 200;
/// Sizes of a storm.
const STORM: u32 = 40;
/// The window's own size.
pub const SIZE: [u32; 2] = [1280, 800];

/// Where the run was.
#[derive(Clone, Copy, Debug)]
struct Mark {
    step: u64,
    frames: u64,
}

/// A fault under way.
pub struct Trial<'a> {
    /// Which.
    pub kind: Kind,
    begun_s: f64,
    /// Devices replaced before.
    recovered: u64,
    scene: String,
    mark: Mark,
    /// The fault itself is over; time must go on.
    handled: bool,
    /// Looks so far.
    looks: u32,
    /// The second part of it has begun.
    second: bool,
    /// A file that must stay as it is.
    kept: Option<(PathBuf, Vec<u8>)>,
    /// Nothing is started meanwhile: a limit of files would be its own.
    alone: Option<MutexGuard<'a, ()>>,
}

fn told(hands: &Hands<'_>, words: &str) -> bool {
    hands.model().notices.iter().any(|notice| notice.text.contains(words))
}

fn mark(hands: &Hands<'_>) -> Mark {
    // The readout is of the frame before, and a hand may have gone back since.
    Mark { step: hands.step(), frames: hands.frames() }
}

impl<'a> Trial<'a> {
    /// Makes the fault. Files are those of `folder`; `alone` is held while the disk is full.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn begin(
        kind: Kind,
        hands: &mut Hands<'_>,
        folder: &Path,
        random: &mut ChaCha8Rng,
        alone: Option<MutexGuard<'a, ()>>,
        now_s: f64,
    ) -> Result<Self> {
        hands.model_mut().notices.clear();
        // Steps that a hand asked for would end in a pause.
        hands.run();
        let mut trial = Self {
            kind,
            begun_s: now_s,
            recovered: hands.model().rescue.recovered,
            scene: hands.model().scene.clone(),
            mark: mark(hands),
            handled: false,
            looks: 0,
            second: false,
            kept: None,
            alone,
        };
        trial.make(hands, folder, random)?;
        Ok(trial)
    }

    fn make(&mut self, hands: &mut Hands<'_>, folder: &Path, random: &mut ChaCha8Rng) -> Result<()> {
        let asks = &mut hands.model_mut().asks;
        match self.kind {
            Kind::DeviceLost => hands.suffer(Fault::DeviceLost),
            Kind::Surface(state) => hands.suffer(Fault::Surface(state)),
            Kind::PresentMode => hands.change_present_mode(),
            Kind::Storm => {}
            Kind::Hidden => hands.set_visible(false),
            // An empty box has nothing to go wrong.
            Kind::NotFinite | Kind::TooFast => asks.push(Ask::Scene("pair".into())),
            Kind::Worker(name) => {
                hands.suffer(Fault::Worker(name.into()));
                work(name, hands, folder);
            }
            Kind::Hostile(purpose) => {
                let path = folder.join(match purpose {
                    Purpose::OpenSession => "damaged.toml",
                    Purpose::OpenField => "damaged.png",
                    _ => "damaged.npz",
                });
                write(&path, &damaged(purpose, random))?;
                asks.push(Ask::Path(purpose, path));
            }
            Kind::FullDisk => {
                let (state, frame) = (folder.join("kept.npz"), folder.join("full.png"));
                crate::io::write_state(&state, &hands.checkpoint().state)?;
                let bytes = open::bytes(&state, u64::from(u32::MAX))?;
                // A box without atoms has a small state.
                let room = FULL.min(bytes.len() as u64 / 2);
                self.kept = Some((state.clone(), bytes));
                small(hands, Format::Gif);
                hurt::limit_files(Some(room));
                hands
                    .model_mut()
                    .asks
                    .extend([Ask::Path(Purpose::SaveState, state), Ask::Path(Purpose::ExportFrame, frame)]);
            }
            Kind::FullMovie => {
                small(hands, Format::Gif);
                hurt::limit_files(Some(FULL));
                hands.ask(Ask::Path(Purpose::Record(Format::Gif), folder.join("full.gif")));
            }
            Kind::NoFolder => {
                let file = folder.join("file");
                write(&file, b"no folder")?;
                asks.push(Ask::Path(Purpose::SaveState, file.join("z0.npz")));
            }
            Kind::FfmpegMissing => {
                small(hands, Format::Mp4);
                hands.set_ffmpeg(Ffmpeg("/no/such/ffmpeg".into()));
                hands.ask(Ask::Path(Purpose::Record(Format::Mp4), folder.join("missing.mp4")));
            }
            Kind::FfmpegKilled => {
                small(hands, Format::Mp4);
                hands.ask(Ask::Path(Purpose::Record(Format::Mp4), folder.join("killed.mp4")));
            }
            Kind::Shader => {
                let path = folder.join("diff.toml");
                write(&path, MANIFEST.as_bytes())?;
                write(&folder.join("diff.wgsl"), MODULE.as_bytes())?;
                asks.push(Ask::Path(Purpose::OpenOperator, path));
            }
        }
        Ok(())
    }

    /// Looks once a frame; what became of it, once it is over.
    pub fn look(
        &mut self,
        hands: &mut Hands<'_>,
        folder: &Path,
        random: &mut ChaCha8Rng,
        now_s: f64,
    ) -> Option<Ending> {
        // A scene that was asked for may come in a later frame; what is hurt before it is replaced by it.
        let awaits_scene = matches!(self.kind, Kind::NotFinite | Kind::TooFast) && self.looks < 3;
        if !(awaits_scene && hands.is_answering()) {
            self.looks += 1;
        }
        if now_s - self.begun_s > PATIENCE_S {
            self.clean(hands);
            let notices: Vec<_> = hands.model().notices.iter().map(|notice| notice.text.as_str()).collect();
            let (stage, step) = (if self.handled { "time" } else { "the fault" }, hands.model().readout.step);
            return Some(Err(format!(
                "waited for {stage}, step {step}, {:?}, told: {}",
                hands.run_state(),
                notices.join(" | ")
            )));
        }
        if !self.handled {
            match self.is_handled(hands, folder, random, now_s) {
                Ok(false) => return None,
                Err(why) => {
                    self.clean(hands);
                    return Some(Err(why));
                }
                Ok(true) => {
                    self.clean(hands);
                    (self.handled, self.mark) = (true, mark(hands));
                    return None;
                }
            }
        }
        // What a hand left behind may go wrong by itself.
        if hands.model().rescue.fix.is_some() {
            hands.ask(Ask::Rescue(RescueAsk::Fix));
        }
        let now = mark(hands);
        // A fix and a lost device go back to an earlier step, but never while time is waited for.
        (now.frames >= self.mark.frames + 3 && now.step > self.mark.step + 2).then_some(Ok(()))
    }

    /// Whether what the program does about the fault was seen; an error where it did what it must not.
    fn is_handled(
        &mut self,
        hands: &mut Hands<'_>,
        folder: &Path,
        random: &mut ChaCha8Rng,
        now_s: f64,
    ) -> std::result::Result<bool, String> {
        let age_s = now_s - self.begun_s;
        Ok(match self.kind {
            Kind::DeviceLost => hands.model().rescue.recovered > self.recovered,
            Kind::Surface(_) | Kind::PresentMode => self.looks > 2,
            Kind::Storm if self.looks < STORM => {
                let size =
                    if random.random_bool(0.1) { [1, 1] } else { [0, 1].map(|_| random.random_range(200..1400)) };
                hands.ask_size(size);
                false
            }
            Kind::Storm => {
                hands.ask_size(SIZE);
                hands.size() == SIZE
            }
            Kind::Hidden if age_s > 0.6 => {
                hands.set_visible(true);
                true
            }
            Kind::Hidden => false,
            Kind::NotFinite | Kind::TooFast => {
                if self.looks == 3 && self.kind == Kind::NotFinite {
                    // The scene is there.
                    hands.suffer(Fault::Nan);
                } else if self.looks == 3 {
                    let params = &mut hands.model_mut().params;
                    (params.dt, params.substeps) = (0.5, 16);
                } else if hands.model().rescue.fix.is_some() {
                    hands.ask(Ask::Rescue(RescueAsk::Fix));
                    self.second = true;
                }
                self.second && hands.model().rescue.fix.is_none() && (hands.run_state() != RunState::Paused)
            }
            Kind::Worker(name) => {
                // One that was under way has taken the place of the first.
                if self.looks.is_multiple_of(200) {
                    work(name, hands, folder);
                }
                told(hands, &format!("a fault of the program ended {name}"))
            }
            Kind::Hostile(_) if told(hands, "damaged.") => {
                if hands.model().scene != self.scene || hands.step() < self.mark.step {
                    return Err("the running state was changed".into());
                }
                true
            }
            Kind::Hostile(_) => false,
            Kind::FullDisk => {
                told(hands, "kept.npz: cannot be written") && told(hands, "full.png: cannot be written") && {
                    let (path, bytes) = self.kept.as_ref().ok_or("no old file")?;
                    if open::bytes(path, u64::from(u32::MAX)).ok().as_ref() != Some(bytes) {
                        return Err("the old file did not stay".into());
                    }
                    none_of(folder, &["full.png"])?
                }
            }
            Kind::FullMovie => told(hands, "full.gif: cannot be written") && none_of(folder, &["full.gif"])?,
            Kind::NoFolder => told(hands, "cannot be written"),
            Kind::FfmpegMissing => told(hands, "/no/such/ffmpeg does not start") && none_of(folder, &["missing.mp4"])?,
            Kind::FfmpegKilled => {
                if hands.model().export.job.as_ref().is_some_and(|job| job.frames > 2) {
                    for process in hurt::children("ffmpeg") {
                        // One that has just ended cannot be ended again.
                        let _sent = hurt::send(process, Blow::Kill);
                    }
                }
                told(hands, "The recording ended: ") && none_of(folder, &["killed.mp4"])?
            }
            Kind::Shader => {
                let first = hands.model().operators.iter().any(|row| row.name == "diff");
                if first && !self.second {
                    let broken = MODULE.replace("c & ~b", "c + no_such_thing");
                    write(&folder.join("diff.wgsl"), broken.as_bytes()).map_err(|e| e.to_string())?;
                    hands.ask(Ask::Path(Purpose::OpenOperator, folder.join("diff.toml")));
                    self.second = true;
                }
                let refused = self.second && told(hands, "diff.wgsl");
                if refused && !hands.model().operators.iter().any(|row| row.name == "diff" && row.on) {
                    return Err("the last good operator went".into());
                }
                refused
            }
        })
    }

    /// Takes back what was changed to make it.
    fn clean(&mut self, hands: &mut Hands<'_>) {
        match self.kind {
            Kind::FullDisk | Kind::FullMovie => {
                hurt::limit_files(None);
                self.alone = None;
            }
            Kind::FfmpegMissing => hands.set_ffmpeg(Ffmpeg::default()),
            Kind::Hidden => hands.set_visible(true),
            Kind::Storm => hands.ask_size(SIZE),
            Kind::Shader => {
                let ask = crate::app::model::OperatorAsk::Remove;
                hands.ask(Ask::Operator("diff".into(), ask));
            }
            _ => {}
        }
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if self.alone.is_some() {
            hurt::limit_files(None);
        }
    }
}

/// What became of a fault: why it is not over as it should be.
pub type Ending = std::result::Result<(), String>;

/// Pictures and movies that take little time.
fn small(hands: &mut Hands<'_>, format: Format) {
    let export = &mut hands.model_mut().export;
    (export.format, export.preset, export.custom) = (format, Preset::Custom, [320, 240]);
    (export.frames, export.endless, export.stride, export.sidecar) = (400, false, 1, false);
}

/// Asks for what a thread is to do.
fn work(name: &str, hands: &mut Hands<'_>, folder: &Path) {
    match name {
        "the comparison" => hands.ask(Ask::Command(Command::Truth)),
        "an export" => hands.ask(Ask::Path(Purpose::ExportFrame, folder.join("never.png"))),
        // The sums come by themselves.
        _ => {}
    }
}

/// None of these, and nothing half-written.
fn none_of(folder: &Path, names: &[&str]) -> std::result::Result<bool, String> {
    let Ok(all) = fs::read_dir(folder) else { return Err("the folder is gone".into()) };
    for entry in all.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if names.contains(&name.as_str()) || name.ends_with(".tmp") {
            return Err(format!("{name} was left half-written"));
        }
    }
    Ok(true)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    atomic::write_io(path, |file| file.write_all(bytes))
}

/// A file that begins well, or not at all.
fn damaged(purpose: Purpose, random: &mut ChaCha8Rng) -> Vec<u8> {
    let noise = |random: &mut ChaCha8Rng, n: usize| (0..n).map(|_| random.random::<u8>() | 0x80).collect::<Vec<u8>>();
    let head: &[u8] = match purpose {
        Purpose::OpenSession => b"dashi_session = 1\nscene = \"",
        Purpose::OpenField => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        _ => b"PK\x03\x04",
    };
    let length = random.random_range(1..4000);
    let mut bytes = if random.random_bool(0.7) { head.to_vec() } else { vec![] };
    bytes.extend(noise(random, length));
    bytes
}

const MANIFEST: &str = include_str!("../../examples/operators/diff.toml");
const MODULE: &str = include_str!("../../examples/operators/diff.wgsl");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io;
    use rand::SeedableRng;

    #[test]
    fn a_damaged_file_is_refused_whatever_its_kind() {
        let (folder, mut random) = (tempfile::tempdir().unwrap(), ChaCha8Rng::seed_from_u64(1));
        let path = folder.path().join("damaged.npz");
        for _ in 0..300 {
            write(&path, &damaged(Purpose::OpenState, &mut random)).unwrap();
            assert!(io::read_state(&path).is_err() && io::read_propagator(&path).is_err());
            write(&path, &damaged(Purpose::OpenSession, &mut random)).unwrap();
            assert!(io::read_session(&path).is_err());
        }
    }

    #[test]
    fn the_operator_of_the_trial_is_sound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("diff.toml");
        write(&path, MANIFEST.as_bytes()).unwrap();
        write(&folder.path().join("diff.wgsl"), MODULE.as_bytes()).unwrap();
        crate::operator::Operator::open(&path).unwrap();
    }
}
