//! Time: saves, branches, speed.

/// What the timeline shows and edits.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineModel {
    /// Step and time of each save of the branch that runs.
    pub saves: Vec<(u64, f64)>,
    /// Names of all branches.
    pub branches: Vec<String>,
    /// The one that runs.
    pub branch: usize,
    /// The time to run to, as typed.
    pub target: f64,
    /// The time that is being run to.
    pub running_to: Option<f64>,
    /// Steps a frame; below 1 a step every so many frames.
    pub speed: f64,
    /// Any time is known at once: a linear kernel and no atoms.
    pub seekable: bool,
}

impl Default for TimelineModel {
    fn default() -> Self {
        Self { saves: vec![], branches: vec![], branch: 0, target: 10.0, running_to: None, speed: 1.0, seekable: false }
    }
}

/// A second course of events beside the first.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinModel {
    /// Of the branch it came from.
    pub name: String,
    /// Simulated time.
    pub time: f64,
    /// Its step.
    pub step: u64,
    /// Its atoms.
    pub atoms: usize,
    /// Where it is drawn, in points.
    pub rect: egui::Rect,
}

impl Default for TwinModel {
    fn default() -> Self {
        Self { name: String::new(), time: 0.0, step: 0, atoms: 0, rect: egui::Rect::ZERO }
    }
}

/// What time is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeAsk {
    /// Back, or forth again, to a save.
    Rewind(usize),
    /// To the end of another branch.
    Switch(usize),
    /// On to this time, then a pause; at once where any time is known.
    RunTo(f64),
    /// At once to this time.
    Seek(f64),
    /// Another branch beside this one, as it was at this time.
    Beside(usize),
    /// Steps a frame.
    Speed(f64),
}

/// The speeds there are: steps a frame, slow motion below 1.
pub const SPEEDS: [f64; 10] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
