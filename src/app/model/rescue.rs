//! What is offered after something went wrong.

use std::path::PathBuf;

/// A way out of values that are no numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What happened and why.
    pub text: String,
    /// What the button does.
    pub label: String,
}

/// What is asked for among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RescueAsk {
    /// The session of a window that ended without a word.
    Reopen,
    /// Leave it.
    Fresh,
    /// Back to the last sound state, with the remedy.
    Fix,
    /// The state stays as it is.
    Leave,
}

/// What is offered, and what was saved and survived so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RescueModel {
    /// The session that can be reopened.
    pub offer: Option<PathBuf>,
    /// The way out.
    pub fix: Option<Fix>,
    /// Autosaves written.
    pub autosaves: u64,
    /// Devices lost and replaced.
    pub recovered: u64,
    /// Why this start is a safe one.
    pub safe_mode: Option<String>,
}
