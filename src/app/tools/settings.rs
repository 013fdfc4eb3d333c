//! Settings of the user, kept from one start to the next: `settings.toml` in the folder of `io::config`.
//!
//! A value that cannot be used is lost alone; no settings file is a reason not to start.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    app::model::{FilesModel, KINDS, Model, RECENT, Recent, Tab},
    error::{Error, Result},
    io::{
        atomic,
        lenient::{Reader, read_text},
    },
    process::task::{self, Task},
    render::colormap::Colormap,
};

/// Real time between two looks at whether something changed.
const LOOK_S: f64 = 1.0;

/// How long a window that closes waits for what is being written.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// `dark` or `light`.
    pub look: Look,
    /// The hint of the first minute still shows.
    pub hint: bool,
    /// Scene and parameters are open.
    pub left: bool,
    /// The right panel is open.
    pub right: bool,
    /// Its side.
    pub tab: Tab,
    /// Name of the colour map.
    pub colormap: String,
    /// A loaded kernel is read anew when its file changes.
    pub follow_kernel: bool,
    /// Recent files, newest first, as `KIND PATH`.
    #[serde(deserialize_with = "texts")]
    pub recent: Vec<String>,
}

/// Dark panels or light ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// The texts of a list; anything else in it is lost.
fn texts<'de, D: Deserializer<'de>>(list: D) -> std::result::Result<Vec<String>, D::Error> {
    let all = Vec::<serde_json::Value>::deserialize(list)?;
    Ok(all.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).take(RECENT).collect())
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(&Model { files: FilesModel { follow: true, ..FilesModel::default() }, ..Model::default() })
    }
}

impl Settings {
    /// As the window is now.
    pub fn of(model: &Model) -> Self {
        let entry = |recent: &Recent| Some(format!("{} {}", recent.kind(), recent.path.to_str()?));
        let panels = &model.panels;
        Self {
            look: if panels.dark { Look::Dark } else { Look::Light },
            hint: panels.hint,
            left: panels.left,
            // A narrow window closed it, not the user.
            right: panels.right || !panels.wide,
            tab: panels.tab,
            colormap: model.view.colormap.clone(),
            follow_kernel: model.files.follow,
            recent: model.files.recent.iter().filter_map(entry).collect(),
        }
    }

    /// Puts them on a window.
    pub fn apply(&self, model: &mut Model) {
        let panels = &mut model.panels;
        (panels.dark, panels.hint) = (self.look == Look::Dark, self.hint);
        (panels.left, panels.right, panels.tab) = (self.left, self.right, self.tab);
        if Colormap::by_name(&self.colormap).is_some() {
            model.view.colormap = self.colormap.clone();
        }
        model.files.follow = self.follow_kernel;
        model.files.recent = self.recent.iter().filter_map(|entry| recent(entry)).collect();
    }
}

fn recent(entry: &str) -> Option<Recent> {
    let (word, path) = entry.split_once(' ')?;
    let (purpose, _) = KINDS.iter().find(|(_, known)| *known == word)?;
    Some(Recent { purpose: *purpose, path: path.into(), missing: false })
}

/// The file in a folder.
fn file(folder: &Path) -> PathBuf {
    folder.join("settings.toml")
}

/// Reads the settings of a folder, and a sentence for each value that was lost. A missing file is none.
pub fn read(folder: &Path) -> (Settings, Vec<String>) {
    let (path, settings) = (file(folder), Settings::default());
    if !path.exists() {
        return (settings, vec![]);
    }
    let text = match read_text(&path) {
        Ok(text) => text,
        Err(e) => return (settings, vec![format!("Settings are as at the first start: {e}")]),
    };
    read_settings_text(&path, &text)
}

/// The same from the text of a file.
pub fn read_settings_text(path: &Path, text: &str) -> (Settings, Vec<String>) {
    let (mut settings, mut reader) = (Settings::default(), Reader::new(path, text));
    let table = reader.parse_what_can_be_read();
    reader.fill(&mut settings, &table, |_| Ok(()));
    (settings, reader.lost)
}

/// Writes the settings of a folder, which it makes where it is missing.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write(folder: &Path, settings: &Settings) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Unwritable { path: folder.into(), source })?;
    let text = toml::to_string(settings).map_err(|e| Error::Run(format!("settings do not fit into TOML: {e}")))?;
    atomic::write_io(&file(folder), |out| out.write_all(text.as_bytes()))
}

/// Keeps them while the window is open. Without a folder nothing is kept.
#[derive(Debug, Default)]
pub struct Keeper {
    folder: Option<PathBuf>,
    kept: Option<Settings>,
    looked_s: f64,
    writer: Option<Task<()>>,
}

impl Keeper {
    /// Reads the settings of a folder and puts them on a window.
    pub fn open(folder: Option<PathBuf>, model: &mut Model) -> (Self, Vec<String>) {
        let (settings, lost) = folder.as_deref().map_or_else(|| (Settings::default(), vec![]), read);
        settings.apply(model);
        (Self { folder, kept: Some(Settings::of(model)), ..Self::default() }, lost)
    }

    /// The folder.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Writes what has changed, on a thread and now and then; tells once why that failed.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn look(&mut self, model: &Model, now_s: f64) -> Result<()> {
        if now_s - self.looked_s < LOOK_S {
            return Ok(());
        }
        self.looked_s = now_s;
        if self.writer.is_some() {
            match task::answer(&mut self.writer) {
                None => return Ok(()),
                Some(written) => self.written(written)?,
            }
        }
        let (Some(folder), settings) = (self.folder.clone(), Settings::of(model)) else { return Ok(()) };
        if self.kept.as_ref() != Some(&settings) {
            self.kept = Some(settings.clone());
            // Without a thread they are written at the end.
            self.writer = Task::once("the settings", move || write(&folder, &settings)).ok();
        }
        Ok(())
    }

    /// Writes at once what has changed: the window closes.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn close(&mut self, model: &Model) -> Result<()> {
        let settings = Settings::of(model);
        let waited = self.writer.take().and_then(|mut writer| writer.wait(PATIENCE));
        let waited = waited.map_or(Ok(()), |written| self.written(written));
        match &self.folder {
            Some(folder) if waited.is_err() || self.kept.as_ref() != Some(&settings) => write(folder, &settings),
            _ => Ok(()),
        }
    }

    /// One sentence is enough where they could not be written: nothing is kept from here on.
    fn written(&mut self, written: Result<()>) -> Result<()> {
        if written.is_err() {
            self.folder = None;
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::model::dialog::Purpose;

    fn changed() -> Model {
        let mut model = Model::default();
        (model.panels.dark, model.panels.hint, model.panels.tab) = (false, false, Tab::Lab);
        (model.panels.left, model.view.colormap) = (false, "vik".into());
        model.files.remember(Purpose::OpenKernel, "/a/A.npz".into());
        model.files.remember(Purpose::OpenSession, "/a/with space.toml".into());
        model
    }

    #[test]
    fn what_was_chosen_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("not/yet/there");
        let (mut keeper, lost) = Keeper::open(Some(below.clone()), &mut Model::default());
        assert!(lost.is_empty() && !below.exists(), "nothing is written without a change");
        let model = changed();
        keeper.close(&model).unwrap();
        let mut next = Model::default();
        let (_, lost) = Keeper::open(Some(below), &mut next);
        assert_eq!(lost, [""; 0]);
        assert_eq!(Settings::of(&next), Settings::of(&model));
        assert_eq!(next.files.recent[0].path, Path::new("/a/with space.toml"));
    }

    #[test]
    fn a_change_is_written_beside_the_frames() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::open(Some(folder.path().into()), &mut Model::default()).0;
        keeper.look(&changed(), 2.0).unwrap();
        keeper.close(&changed()).unwrap();
        assert_eq!(read(folder.path()).0, Settings::of(&changed()));
    }

    #[test]
    fn damage_loses_only_what_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let cases: [(&[u8], usize); 6] = [
            (b"look = \"light\"\nhint = 3\ntab = \"cellar\"\nfuture = 1\nrecent = [4, \"state /a b\", \"shoe /c\"]\n", 3),
            (b"look = \"light\"\nleft = tr\nrecent = [\"state /a b\"]\n", 1),
            (b"look = \"light\"\nrecent = [\"state /a b\"]\n[[[\n", 1),
            (b"", 0),
            (b"\xff\xfe\0", 1),
            (b"PK\x03\x04\0\0\0\0", 1),
        ];
        for (i, (text, least)) in cases.into_iter().enumerate() {
            std::fs::write(file(folder.path()), text).unwrap();
            let mut model = Model::default();
            let (_, lost) = Keeper::open(Some(folder.path().into()), &mut model);
            assert!(lost.len() >= least, "{i}: {lost:?}");
            assert!(model.panels.left && model.panels.hint && model.panels.tab == Tab::Performance, "{i}");
            if i < 3 {
                assert!(!model.panels.dark, "{i}: {lost:?}");
                assert_eq!(
                    model.files.recent.iter().map(|r| r.path.as_path()).collect::<Vec<_>>(),
                    [Path::new("/a b")]
                );
            }
        }
        std::fs::remove_file(file(folder.path())).unwrap();
        std::fs::create_dir(file(folder.path())).unwrap();
        assert_eq!(read(folder.path()).0, Settings::default(), "a folder in its place");
    }
}
