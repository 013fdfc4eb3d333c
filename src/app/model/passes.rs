//! Description-length passes.

use crate::state::{Drift, Event, Kind, Report as PassReport, Sums};

/// The book of description-length passes, as the panel shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PassModel {
    /// How many there were.
    pub count: u64,
    /// The passes, thinned out.
    pub history: Vec<PassReport>,
    /// Sums of each kind of edit.
    pub kinds: Vec<(Kind, Sums)>,
    /// The last edits, oldest first.
    pub events: Vec<Event>,
    /// Drift of circulation by cause.
    pub drift: Option<Drift>,
}
