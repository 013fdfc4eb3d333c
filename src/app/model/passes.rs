//! Description-length passes, and what the transport changes beside them.

use crate::state::{Drift, Event, Kind, PassReport, Sums};

/// The book of a run, as the panel shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PassModel {
    /// How many passes there were.
    pub count: u64,
    /// Moments at which anything but motion changed the atoms.
    pub changes: u64,
    /// The passes, thinned out.
    pub history: Vec<PassReport>,
    /// Sums of each kind of edit.
    pub kinds: Vec<(Kind, Sums)>,
    /// The last edits, oldest first.
    pub events: Vec<Event>,
    /// Drift of circulation by cause.
    pub drift: Option<Drift>,
}
