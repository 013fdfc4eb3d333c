//! Fields to states.

use std::sync::Arc;

use glam::DVec2;

use crate::sim::measure::Shares;

/// A field that is being encoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// Its file or name.
    pub name: String,
    /// 0 to 1.
    pub done: f64,
    /// What is being done; empty before it has begun.
    pub stage: &'static str,
    /// Relative L2 distance so far.
    pub rel_l2: Option<f64>,
    /// Atoms so far.
    pub atoms: usize,
}

/// What the last encoding gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncodeResult {
    /// Side of the field.
    pub n: usize,
    /// Atoms of the state.
    pub atoms: usize,
    /// Independent real numbers of the state.
    pub floats: usize,
    /// Relative L2 distance of the decoded field; `None` for a field that is zero.
    pub rel_l2: Option<f64>,
    /// Correlation; `None` where a field is constant.
    pub corr: Option<f64>,
    /// Who holds energy and enstrophy; `None` for a state that is zero.
    pub shares: Option<Shares>,
    /// Real time it took.
    pub seconds: f64,
}

/// Field less decoded state, as they were when it was encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    /// Side.
    pub n: usize,
    /// `[n, n]`, row 0 at the bottom.
    pub values: Arc<Vec<f32>>,
    /// Largest size, `> 0`: its own range of colours.
    pub limit: f64,
}

impl Residual {
    /// With the range that its values need.
    pub fn new(n: usize, values: Arc<Vec<f32>>) -> Self {
        let largest = values.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        Self { n, values, limit: f64::from(largest).max(f64::MIN_POSITIVE) }
    }

    /// The value at the node nearest to a place of the box.
    pub fn at(&self, place: DVec2) -> Option<f64> {
        let node = |x: f64| ((x / crate::math::BOX * self.n as f64).round() as i64).rem_euclid(self.n as i64) as usize;
        self.values.get(node(place.y) * self.n + node(place.x)).map(|x| f64::from(*x))
    }
}

/// What the encode tab shows and edits.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodeModel {
    /// Budget as a share of N^2 floats.
    pub share: f64,
    /// What is being encoded.
    pub job: Option<Job>,
    /// What the last one gave.
    pub result: Option<EncodeResult>,
    /// What it left.
    pub residual: Option<Residual>,
    /// Name under which its state runs.
    pub runs_as: String,
    /// Atoms of that state now, while it runs.
    pub atoms_now: Option<usize>,
}

impl Default for EncodeModel {
    fn default() -> Self {
        Self { share: 0.10, job: None, result: None, residual: None, runs_as: String::new(), atoms_now: None }
    }
}
