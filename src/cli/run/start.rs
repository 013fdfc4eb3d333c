//! Where a run starts: a state, its parameters and its kernel.

use crate::{
    params::Params,
    perf::Finding,
    state::{Propagator, State},
};

/// A state ready to run.
pub struct Start {
    /// The state.
    pub state: State,
    /// Parameters of the run: flag over file over scene over default.
    pub params: Params,
    /// What moves the background, until the simulation takes it over.
    pub propagator: Option<Propagator>,
    /// How it was made stable, where this run fitted it.
    pub stability: Option<Stabilised>,
    /// Steps to take.
    pub steps: u64,
    /// Whether an encoder's statistics came with it.
    pub encoded: bool,
    /// Whether something may drive the flow: circulation that grows with the length of a filament, an operator on z.
    pub forced: bool,
    /// What to call it.
    pub label: String,
    /// What is worth a flag already.
    pub found: Vec<Finding>,
}

/// What was done to a fitted kernel so that it is stable.
#[derive(Clone, Copy, Debug)]
pub struct Stabilised {
    /// Spectral radius of the fit.
    pub fitted: Option<f64>,
    /// Spectral radius of what runs.
    pub now: Option<f64>,
    /// In words, and eigenvalues moved.
    pub how: (&'static str, Option<usize>),
}

impl Stabilised {
    /// One line of text.
    pub fn text(&self) -> String {
        let radius = |x: Option<f64>| x.map_or("not measured".into(), |x| format!("{x:.9}"));
        let moved = self.how.1.filter(|n| *n > 0).map_or(String::new(), |n| format!("{n} "));
        format!(
            "spectral radius {} as fitted, {} as it runs; clamp: {moved}{}",
            radius(self.fitted),
            radius(self.now),
            self.how.0
        )
    }
}
