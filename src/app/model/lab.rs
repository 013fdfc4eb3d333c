//! The laboratory and the self-check.

use crate::{
    lab::{Report, scenes::Row},
    sim::Truth,
};

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

/// Where the measurement of a scene stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SceneState {
    /// Not asked for.
    #[default]
    Idle,
    /// Others run first.
    Waiting,
    /// This share of a stage is done.
    Running(String, f64),
    /// Its row.
    Done(Box<Row>),
    /// Why there is none.
    Failed(String),
}

impl SceneState {
    /// Whether it is under way.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running(..))
    }
}

/// How long a scene stays true.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneModel {
    /// Which scene.
    pub name: String,
    /// Where it stands.
    pub state: SceneState,
}

/// The self-check of the running state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TruthModel {
    /// An answer is on its way.
    pub pending: bool,
    /// The last answer.
    pub last: Option<Truth>,
}
