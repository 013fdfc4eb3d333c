//! The laboratory and the self-check.

use crate::{lab::Report, sim::Truth};

/// Where a case of the laboratory stands.
#[derive(Clone, Debug, Default)]
pub enum CaseState {
    /// Not asked for.
    #[default]
    Idle,
    /// Others run first.
    Waiting,
    /// This share is done.
    Running(f64),
    /// What it found.
    Done(Report),
    /// Why it has no verdict.
    Failed(String),
}

/// The self-check of the running state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TruthModel {
    /// An answer is on its way.
    pub pending: bool,
    /// The last answer.
    pub last: Option<Truth>,
}
