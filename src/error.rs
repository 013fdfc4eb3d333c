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
    /// Another signal, whose exit code this is; the state was saved first.
    #[error("terminated: {0}")]
    Terminated(String, u8),
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
    /// 5 bad input file, 130 interrupted, 143 terminated.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Run(_) | Self::Unwritable { .. } => 1,
            Self::Usage(_) | Self::Invalid { .. } => 2,
            Self::CheckFailed(_) => 3,
            Self::NoGpu(_) => 4,
            Self::BadFile { .. } | Self::Unreadable { .. } => 5,
            Self::Interrupted(_) => 130,
            Self::Terminated(_, code) => *code,
        }
    }
}

thread_local! {
    static FOREIGN: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs a parser of others over something foreign: `None` where it panicked, which is no fault of the program and is
/// not told as one.
pub fn foreign<T>(parse: impl FnOnce() -> T) -> Option<T> {
    FOREIGN.set(true);
    // What the parser had in its hands is gone with it.
    let parsed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(parse));
    FOREIGN.set(false);
    parsed.ok()
}

/// Whether this thread is in [`foreign`] work: a panic now has nothing to report.
pub fn is_foreign() -> bool {
    FOREIGN.get()
}

/// Names a kind of work whose next run is to panic, so that tests meet a fault of the program.
static ARMED: std::sync::Mutex<Option<String>> = std::sync::Mutex::new(None);

/// The next work whose name contains `what` panics; an empty one is any. For tests.
pub fn arm(what: &str) {
    if let Ok(mut armed) = ARMED.lock() {
        *armed = Some(what.into());
    }
}

/// Runs work on a thread of its own: a panic in it becomes an error, and whoever waits lives on.
///
/// # Errors
/// Of the work, or [`Error::Run`] with the panic's words.
pub fn caught<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let armed = ARMED.lock().is_ok_and(|mut armed| armed.take_if(|named| what.contains(named.as_str())).is_some());
    // What the work had in its hands is gone with it: nobody sees it half changed.
    let work = std::panic::AssertUnwindSafe(|| if armed { panic!("a fault for tests in {what}") } else { work() });
    std::panic::catch_unwind(work).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::Run(format!("a fault of the program ended {what} ({words}); everything else goes on")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_work_is_an_error_of_that_work_alone() {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        arm("the export");
        assert!(caught("the encoder", || Ok(1)).is_ok());
        let error = caught("the export", || Ok(1)).unwrap_err();
        assert!(error.to_string().contains("ended the export (a fault for tests"), "{error}");
        assert_eq!(caught("the export", || Ok(1)).unwrap(), 1);
        let list: Vec<u8> = vec![];
        assert_eq!(caught("a sum", || Ok(list[std::hint::black_box(3)])).unwrap_err().exit_code(), 1);
        std::panic::set_hook(quiet);
    }
}
