//! Choosing a path: the system's dialog on its own thread, an in-app one as fallback.
//!
//! The system's dialog answers `None` for a cancel *and* for a desktop without one, so after
//! `None`, or when no answer comes for [`PATIENCE_S`], the in-app dialog is offered.

use std::path::{Path, PathBuf};

use super::{pasted::pasted, table::Table};
use crate::{
    io::{beside::free, movie::Format, table},
    process::task::{self, Task},
};

/// After this the in-app dialog is offered beside a system dialog that has not answered.
pub const PATIENCE_S: f64 = 8.0;

const NONE: &str = "The system's dialog gave no file: it was cancelled, or this desktop has none.";
const SILENT: &str = "The system's dialog has not answered yet; a path can be typed here instead.";

/// What the path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Read a state.
    OpenState,
    /// Read a linear kernel.
    OpenKernel,
    /// Encode a field or a picture.
    OpenField,
    /// Read an operator's manifest.
    OpenOperator,
    /// Read a session.
    OpenSession,
    /// Write a session.
    SaveSession,
    /// Write a state.
    SaveState,
    /// Write a picture.
    ExportFrame,
    /// Write a figure.
    ExportFigure,
    /// Write a field.
    ExportField,
    /// Write Python that plots.
    SavePlot,
    /// Write a movie.
    Record(Format),
    /// Write the numbers of a plot.
    ExportCsv(Table),
}

/// What the dialog of a purpose says and takes.
struct Row {
    title: &'static str,
    /// File name offered.
    file_name: &'static str,
    extensions: &'static [&'static str],
    writes: bool,
}

const fn read(title: &'static str, file_name: &'static str, extensions: &'static [&'static str]) -> Row {
    Row { title, file_name, extensions, writes: false }
}

const fn write(title: &'static str, file_name: &'static str, extensions: &'static [&'static str]) -> Row {
    Row { title, file_name, extensions, writes: true }
}

impl Purpose {
    fn row(self) -> Row {
        match self {
            Self::OpenState => read("Open state", "z0.npz", &["npz", "toml"]),
            Self::OpenSession => read("Open session", "session.toml", &["toml"]),
            Self::SaveSession => write("Save session", "session.toml", &["toml"]),
            Self::OpenKernel => read("Load kernel A", "A.npz", &["npz"]),
            Self::OpenField => read("Encode a field or picture", "omega.npy", table::all_endings()),
            Self::OpenOperator => read("Load operator", "operator.toml", &["toml"]),
            Self::SaveState => write("Export state", "z0.npz", &["npz"]),
            Self::ExportFrame => write("Export frame", "frame.png", &["png"]),
            Self::ExportFigure => write("Export figure", "figure.png", &["png", "svg"]),
            Self::ExportField => write("Export field", "omega.npz", &["npz", "npy"]),
            Self::SavePlot => write("Save matplotlib script", "plot.py", &["py"]),
            Self::ExportCsv(table) => write("Export numbers as CSV", table.file_name(), &["csv"]),
            Self::Record(Format::Mp4) => write("Record mp4", "movie.mp4", &["mp4"]),
            Self::Record(Format::Apng) => write("Record animated PNG", "movie.png", &["png", "apng"]),
            Self::Record(Format::Gif) => write("Record animated GIF", "movie.gif", &["gif"]),
            Self::Record(Format::Frames) => write("Record PNG sequence", "frame.png", &["png"]),
        }
    }

    /// Title of the dialog.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// File name offered.
    pub fn file_name(self) -> &'static str {
        self.row().file_name
    }

    /// Extensions of the file.
    pub fn extensions(self) -> &'static [&'static str] {
        self.row().extensions
    }

    /// Whether the file is written.
    pub fn writes(self) -> bool {
        self.row().writes
    }
}

/// The name that is offered in a folder: one that no file has.
fn offered(purpose: Purpose, folder: &Path) -> PathBuf {
    free(&folder.join(purpose.file_name()))
}

/// The in-app dialog: a path to type, and the files beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct PathDialog {
    /// What for.
    pub purpose: Purpose,
    /// What is typed.
    pub text: String,
    /// Why this dialog and not the system's; empty when asked for.
    pub why: String,
    /// The text was put there by a click: the cursor goes to its end.
    pub put: bool,
}

impl PathDialog {
    /// With the working folder typed in, and a name that no file has where one is written.
    pub fn new(purpose: Purpose, why: impl Into<String>) -> Self {
        let folder = std::env::current_dir().unwrap_or_default();
        let path = if purpose.writes() { offered(purpose, &folder) } else { folder.join("") };
        Self { purpose, text: path.display().to_string(), why: why.into(), put: true }
    }

    /// The path that the text means.
    pub fn path(&self) -> PathBuf {
        pasted(&self.text)
    }

    /// Takes a path that was clicked on; a folder gets the name that is offered where a file is written.
    pub fn put(&mut self, path: &Path) {
        let path = if self.purpose.writes() && path.is_dir() { offered(self.purpose, path) } else { path.into() };
        (self.text, self.put) = (path.display().to_string(), true);
    }

    /// What is to be known before the button is pressed: a file that would be replaced.
    pub fn warning(&self) -> Option<String> {
        let path = self.path();
        (self.purpose.writes() && path.is_file()).then(|| "This file is there and will be replaced".into())
    }

    /// The folder of the typed path.
    pub fn folder(&self) -> PathBuf {
        let path = self.path();
        if path.is_dir() { path } else { path.parent().map(Path::to_path_buf).unwrap_or_default() }
    }

    /// Folders and fitting files in it, folders first, at most `most`.
    pub fn entries(&self, most: usize) -> Vec<PathBuf> {
        let Ok(read) = std::fs::read_dir(self.folder()) else { return vec![] };
        let hidden = |p: &Path| p.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'));
        let known = |p: &Path| {
            let ending = p.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
            ending.is_some_and(|ending| self.purpose.extensions().contains(&ending.as_str()))
        };
        let fits = |p: &Path| p.is_dir() || known(p);
        let mut all: Vec<PathBuf> =
            read.take(4096).flatten().map(|e| e.path()).filter(|p| !hidden(p) && fits(p)).collect();
        all.sort_by_key(|p| (!p.is_dir(), p.clone()));
        all.truncate(most);
        all
    }
}

/// The system's dialog, asked and not yet answered.
#[derive(Debug)]
struct Waiting {
    purpose: Purpose,
    since_s: f64,
    overdue: bool,
    answer: Option<Task<Option<PathBuf>>>,
}

/// Both kinds of dialog; at most one question at a time.
#[derive(Debug, Default)]
pub struct Dialogs {
    waiting: Option<Waiting>,
    /// The in-app dialog, when open.
    pub typed: Option<PathDialog>,
}

impl Dialogs {
    /// Asks for a path; the system first.
    pub fn ask(&mut self, purpose: Purpose, now_s: f64) {
        if self.typed.is_some() {
            return;
        }
        if let Some(waiting) = &mut self.waiting {
            // The system's dialog is still open, or hangs.
            (waiting.purpose, waiting.overdue) = (purpose, true);
            self.typed = Some(PathDialog::new(purpose, SILENT));
            return;
        }
        let asked = Task::once("the file dialog", move || {
            let endings = purpose.extensions();
            let dialog = rfd::FileDialog::new().set_title(purpose.title()).add_filter(endings.join(", "), endings);
            Ok(if purpose.writes() {
                dialog.set_file_name(purpose.file_name()).save_file()
            } else {
                dialog.pick_file()
            })
        });
        match asked {
            Ok(task) => self.waiting = Some(Waiting { purpose, since_s: now_s, overdue: false, answer: Some(task) }),
            Err(e) => self.typed = Some(PathDialog::new(purpose, format!("No system dialog: {e}."))),
        }
    }

    /// In how many seconds the in-app dialog is to be offered; `None` where nothing is asked.
    pub fn due_s(&self, now_s: f64) -> Option<f64> {
        let waiting = self.waiting.as_ref().filter(|waiting| !waiting.overdue)?;
        Some((waiting.since_s + PATIENCE_S - now_s).max(0.0))
    }

    /// Never blocks: a chosen path, once; opens the in-app dialog where the system gave none. A
    /// system dialog that answers late is still heard.
    pub fn poll(&mut self, now_s: f64) -> Option<(Purpose, PathBuf)> {
        let waiting = self.waiting.as_mut()?;
        let (purpose, overdue) = (waiting.purpose, waiting.overdue);
        match task::answer(&mut waiting.answer) {
            Some(Ok(Some(path))) => {
                *self = Self::default();
                return Some((purpose, path));
            }
            Some(Ok(None) | Err(_)) => {
                self.waiting = None;
                if !overdue {
                    self.typed = Some(PathDialog::new(purpose, NONE));
                }
            }
            None if !overdue && now_s - waiting.since_s > PATIENCE_S => {
                waiting.overdue = true;
                self.typed = Some(PathDialog::new(purpose, SILENT));
            }
            None => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// A question that the other side of the channel answers.
    fn waiting() -> (Sender<Option<PathBuf>>, Dialogs) {
        let (send, answer) = channel();
        let unanswered = |_| crate::Error::Run("nobody answers".into());
        let answer = Task::once("the file dialog", move || answer.recv().map_err(unanswered)).ok();
        let waiting = Some(Waiting { purpose: Purpose::SaveState, since_s: 0.0, overdue: false, answer });
        (send, Dialogs { waiting, typed: None })
    }

    /// What comes of an answer, once it is there.
    fn answered(dialogs: &mut Dialogs, now_s: f64) -> Option<(Purpose, PathBuf)> {
        loop {
            let path = dialogs.poll(now_s);
            if path.is_some() || dialogs.waiting.is_none() {
                return path;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_chosen_path_arrives_once() {
        let (send, mut dialogs) = waiting();
        assert_eq!(dialogs.poll(1.0), None);
        send.send(Some("a.npz".into())).unwrap();
        assert_eq!(answered(&mut dialogs, 1.0), Some((Purpose::SaveState, "a.npz".into())));
        assert_eq!(dialogs.poll(1.0), None);
        assert_eq!(dialogs.typed, None);
    }

    #[test]
    fn none_a_dead_thread_and_silence_all_offer_the_typed_dialog() {
        let (send, mut dialogs) = waiting();
        send.send(None).unwrap();
        assert_eq!(answered(&mut dialogs, 1.0), None);
        assert!(dialogs.typed.as_ref().unwrap().why.contains("cancelled"));

        let (send, mut dialogs) = waiting();
        drop(send);
        assert_eq!(answered(&mut dialogs, 1.0), None);
        assert!(dialogs.typed.is_some());

        let (send, mut dialogs) = waiting();
        assert_eq!(dialogs.due_s(1.0), Some(PATIENCE_S - 1.0));
        dialogs.poll(PATIENCE_S - 1.0);
        assert!(dialogs.typed.is_none());
        dialogs.poll(PATIENCE_S + 1.0);
        assert!(dialogs.typed.as_ref().unwrap().why.contains("not answered"));
        assert_eq!(dialogs.due_s(PATIENCE_S + 1.0), None);
        send.send(Some("late.npz".into())).unwrap();
        let late = answered(&mut dialogs, PATIENCE_S + 9.0);
        assert!(late.is_some() && dialogs.typed.is_none(), "a late answer is heard");
    }

    #[test]
    fn the_typed_dialog_lists_folders_and_fitting_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.npz", "a.npz", "c.txt", ".hidden.npz"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("z")).unwrap();
        let mut dialog = PathDialog::new(Purpose::OpenState, "");
        dialog.text = folder.path().display().to_string();
        let names: Vec<String> =
            dialog.entries(10).iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["z", "a.npz", "b.npz"]);
        std::fs::write(folder.path().join("photo.JPG"), "").unwrap();
        dialog.purpose = Purpose::OpenField;
        assert_eq!(dialog.entries(10).len(), 4, "fields and pictures");
        dialog.text = "/no/such/folder/x".into();
        assert!(dialog.entries(10).is_empty());
    }
}
