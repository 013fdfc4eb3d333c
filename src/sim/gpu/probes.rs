//! What comes back to the host, and what was asked for.

use glam::DVec2;

use super::{seen, sentinel, truth, watch};
use crate::{
    gpu::{Context, Readback, Timer},
    ops::device::Counts,
};

/// What the last finished frames reported. `None` until it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Vertices.
    pub vertices: u32,
    /// Quadrature blobs.
    pub blobs: u32,
    /// Atoms.
    pub atoms: u32,
    /// Whether the vertex budget holds insertion back.
    pub at_capacity: bool,
    /// Whether a displacement was not finite or passed a quarter of the box: the step was not taken.
    pub runaway: bool,
    /// Largest size of what the view shows.
    pub max_abs: Option<f32>,
    /// Cells of the last decode that were not finite.
    pub nan_inf: Option<u32>,
    /// What the view shows at the probe.
    pub probe: Option<f32>,
    /// Mean of `(u^2 + v^2)/2` on the flow grid.
    pub energy: Option<f64>,
    /// Mean of `omega^2/2` on the flow grid.
    pub enstrophy: Option<f64>,
}

/// What comes back to the host.
pub(super) struct Probes {
    pub(super) timer: Timer,
    pub(super) counts_back: Readback,
    pub(super) counters: Counters,
    pub(super) spectrum: Vec<[f64; 2]>,
    /// Where the view is asked for its value.
    pub(super) probe: Option<DVec2>,
    /// Velocities that were asked for.
    pub(super) asked: Option<truth::Asked>,
    /// The state on its way to the host.
    pub(super) seen: seen::Seen,
    /// What a thread measures.
    pub(super) watch: watch::Watch,
    /// Looks at the numbers.
    pub(super) sentinel: sentinel::Sentinel,
}

impl Probes {
    /// Nothing was asked for, at a step.
    pub fn new(context: &Context, step: u64) -> Self {
        Self {
            timer: Timer::new(context),
            counts_back: Readback::new(context, "counts", size_of::<Counts>() as u64),
            counters: Counters::default(),
            spectrum: vec![],
            probe: None,
            asked: None,
            seen: seen::Seen::default(),
            watch: watch::Watch::default(),
            sentinel: sentinel::Sentinel::new(step),
        }
    }
}
