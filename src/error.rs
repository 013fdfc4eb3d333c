//! One error type for the whole library.
//!
//! A message names the file, operator or field at fault, what was expected, what was found
//! and, where there is one, the remedy. [`Error::exit_code`] is the documented exit status
//! of the command line.

use std::path::{Path, PathBuf};

/// Everything that can go wrong, in the words a user reads.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A state, parameter or scene breaks one of its invariants.
    #[error("{what}: expected {expected}, found {found}")]
    Invalid {
        /// Field or parameter at fault.
        what: String,
        /// What a valid value looks like.
        expected: String,
        /// The value met.
        found: String,
    },
    /// A file was read but does not hold what it should.
    #[error("{}: {field}: expected {expected}, found {found}", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// The entry or header in it.
        field: String,
        /// What a valid entry looks like.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A file an argument names cannot be opened at all.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("{}: cannot be written: {source}; choose another folder or free some space", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The command line asks for something that does not exist.
    #[error("{0}")]
    Usage(String),
    /// No suitable GPU.
    #[error("no suitable GPU: {0}")]
    NoGpu(String),
    /// The device, the window or a run failed on the way.
    #[error("{0}")]
    Run(String),
    /// A check printed a row outside its tolerance.
    #[error("{0}")]
    CheckFailed(String),
    /// Ctrl-C or a termination signal; the state was saved first.
    #[error("interrupted: {0}")]
    Interrupted(String),
}

/// Longest part of a message that comes from a file, characters.
const MAX_QUOTED: usize = 300;

/// Words of a file as a message may repeat them: in one line, without control characters, not without end.
pub fn tidy(text: &str) -> String {
    if text.len() <= MAX_QUOTED && !text.contains(char::is_control) {
        return text.into();
    }
    shortened(
        &text.chars().take(MAX_QUOTED + 1).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>(),
        MAX_QUOTED,
    )
}

/// A text of at most so many characters, with `...` where it goes on.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Invalid`] from anything printable.
    pub fn invalid(what: impl Into<String>, expected: impl Into<String>, found: impl std::fmt::Display) -> Self {
        Self::Invalid { what: what.into(), expected: expected.into(), found: found.to_string() }
    }

    /// An [`Error::BadFile`] from anything printable.
    pub fn bad_file(
        path: &Path,
        field: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::BadFile {
            path: path.into(),
            field: tidy(&field.into()),
            expected: expected.into(),
            found: tidy(&found.to_string()),
        }
    }

    /// The process exit status: 0 ok, 1 run failed, 2 usage, 3 a check failed, 4 no suitable GPU,
    /// 5 bad input file, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Run(_) | Self::Unwritable { .. } => 1,
            Self::Usage(_) | Self::Invalid { .. } => 2,
            Self::CheckFailed(_) => 3,
            Self::NoGpu(_) => 4,
            Self::BadFile { .. } | Self::Unreadable { .. } => 5,
            Self::Interrupted(_) => 130,
        }
    }
}
