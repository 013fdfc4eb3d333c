//! The run: where it began, what it did, what is undone, and the one way in which its state changes ([`put`]).

pub mod begin;
pub mod beside;
pub mod cadence;
pub mod clock;
pub mod edits;
pub mod fitted;
pub mod history;
pub mod parameters;
pub mod picking;
pub mod put;
pub mod saves;
pub mod stroke;
pub mod timeline;
pub mod turns;
pub mod winding;

use std::sync::Arc;

use crate::{params::Params, spectral::modal::Modal, state::State};
use clock::Clock;
use history::{History, Moment};
use timeline::Timeline;
use turns::Turns;

/// One run, apart from its device.
pub struct Run {
    /// How time passes.
    pub clock: Clock,
    /// What can be undone.
    pub history: History,
    /// Saves and branches.
    pub timeline: Timeline,
    /// The time that is being run to.
    pub until: Option<f64>,
    /// When the state was last asked for, to be saved.
    pub asked_s: f64,
    /// Eigenbasis of the loaded kernel, once it was found: with it any time can be gone to at once.
    pub modal: Option<Arc<Modal>>,
    /// What a restart goes back to.
    pub origin: Arc<State>,
    /// Parameters as the device has them.
    pub applied: Params,
    /// Parameters as the history last knew them.
    pub settled: Params,
    /// The last state known to be good, and when it was taken.
    pub checkpoint: Arc<Moment>,
    /// Whether the hand holds a number of the picked atom: all of a drag is one edit.
    pub editing: bool,
    /// Whether it was told that this state's budget of vertices is used up.
    pub told_full: bool,
    /// When the first step was on the screen.
    pub first_frame_s: Option<f64>,
    /// What was asked for and waits.
    pub turns: Turns,
    /// How many states were put on a device: what was found out about an earlier one is not true of this one.
    pub puts: u64,
}

impl Run {
    /// A run that begins at a moment.
    pub fn new(moment: Moment) -> Self {
        Self {
            clock: Clock::default(),
            history: History::default(),
            timeline: Timeline::default(),
            until: None,
            asked_s: 0.0,
            modal: None,
            origin: Arc::new(moment.state.clone()),
            applied: moment.params,
            settled: moment.params,
            checkpoint: Arc::new(moment),
            editing: false,
            told_full: false,
            first_frame_s: None,
            turns: Turns::default(),
            puts: 0,
        }
    }
}
