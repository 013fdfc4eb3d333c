//! Files of the user: recent ones, the session at hand, presets.

use std::path::PathBuf;

use crate::app::model::dialog::Purpose;

/// Most recent files that are kept.
pub const RECENT: usize = 10;

/// A file that was opened or written lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// How it is opened.
    pub purpose: Purpose,
    /// Where it lies.
    pub path: PathBuf,
    /// It was not there when it was last looked for.
    pub missing: bool,
}

impl Recent {
    /// The file's own name, for a button.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// What it holds, in a word.
    pub fn kind(&self) -> &'static str {
        kind(self.purpose).unwrap_or("file")
    }
}

/// The word for files that are opened for a purpose; `None` for those that are not remembered.
pub fn kind(purpose: Purpose) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == purpose).map(|(_, word)| *word)
}

/// What is remembered, and its word.
pub const KINDS: [(Purpose, &str); 4] = [
    (Purpose::OpenState, "state"),
    (Purpose::OpenField, "field"),
    (Purpose::OpenSession, "session"),
    (Purpose::OpenKernel, "kernel"),
];

/// A preset as the panel lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetItem {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub about: String,
    /// A file of the user's, not built in.
    pub own: bool,
}

/// What is asked for among these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesAsk {
    /// Take recent files that are gone off the list.
    ForgetMissing,
    /// Put a preset's parameters over those at hand.
    Apply(String),
    /// Keep the parameters at hand under a name.
    Save(String),
    /// Remove a preset of the user's.
    Delete(String),
    /// Encode this field of the file that holds several; `None` for none.
    Choose(Option<String>),
}

/// A file that holds several fields: which is meant, somebody has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChoice {
    /// The file.
    pub path: PathBuf,
    /// Names of its arrays, with type and shape.
    pub arrays: Vec<(String, String)>,
}

/// Files of the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilesModel {
    /// Newest first.
    pub recent: Vec<Recent>,
    /// The session that was opened or saved last.
    pub session: Option<PathBuf>,
    /// Presets to choose from.
    pub presets: Vec<PresetItem>,
    /// What is typed as the name of a new one.
    pub preset_name: String,
    /// Presets can be kept: there is a folder for them.
    pub can_keep: bool,
    /// Read a loaded kernel anew when its file changes.
    pub follow: bool,
    /// How often that happened.
    pub reloads: u32,
    /// A file that waits for a word.
    pub choice: Option<FieldChoice>,
}

impl FilesModel {
    /// A file was used: it is the newest now.
    pub fn remember(&mut self, purpose: Purpose, path: PathBuf) {
        if kind(purpose).is_none() {
            return;
        }
        let path = std::path::absolute(&path).unwrap_or(path);
        self.recent.retain(|old| old.path != path);
        self.recent.insert(0, Recent { purpose, path, missing: false });
        self.recent.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_once_and_the_list_is_short() {
        let mut files = FilesModel::default();
        for i in 0..15 {
            files.remember(Purpose::OpenState, format!("/a/{i}.npz").into());
        }
        files.remember(Purpose::OpenKernel, "/a/9.npz".into());
        files.remember(Purpose::ExportFrame, "/a/frame.png".into());
        assert_eq!(files.recent.len(), RECENT);
        assert_eq!((files.recent[0].name().as_str(), files.recent[0].kind()), ("9.npz", "kernel"));
        assert_eq!(files.recent.iter().filter(|r| r.path.ends_with("9.npz")).count(), 1);
    }
}
