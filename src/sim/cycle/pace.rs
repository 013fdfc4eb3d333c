//! How far a cycle has come, and when it remeshes and ends.

use super::MOST_WINDING;
use crate::params::Params;

/// Steps of a cycle.
#[derive(Clone)]
pub struct Pace {
    pub(super) steps: u32,
    /// Steps of the whole cycle.
    pub(super) length: u32,
    /// Steps between remeshes; `None` where the lattice stays for the whole cycle.
    pub(super) remesh: Option<u32>,
    /// Steps since the lattice was last whole.
    pub(super) since: u32,
    /// What viscosity adds to a core's variance since the lattice was last whole, `2 nu t`.
    pub(super) spread: f64,
    /// Largest vorticity at the start.
    pub(super) fastest: f64,
}

impl Pace {
    /// Before a step, of a cycle of one.
    pub(super) fn begin() -> Self {
        Self { steps: 0, length: 1, remesh: None, since: 0, spread: 0.0, fastest: 0.0 }
    }

    /// Steps were taken, in each of which viscosity adds `spread = 2 nu dt` to a core's variance.
    pub fn stepped(&mut self, steps: u32, spread: f64) {
        self.steps += steps;
        self.since += steps;
        self.spread += f64::from(steps) * spread;
    }

    /// Winding of the fastest vortex in a step, where that is more than a step can follow.
    pub fn too_fast(&self, params: &Params) -> Option<f64> {
        let winding = self.fastest * params.dt;
        (self.remesh.is_some() && winding > MOST_WINDING).then_some(winding)
    }

    /// Steps between remeshes; `None` where there are none.
    pub fn remesh_every(&self) -> Option<u32> {
        self.remesh
    }

    /// Whether new parcels are to begin on the nodes.
    pub fn remesh_is_due(&self) -> bool {
        self.remesh == Some(self.since)
    }

    /// Whether the parcels stand on the nodes.
    pub fn is_whole(&self) -> bool {
        self.since == 0
    }

    /// New parcels began on the nodes.
    pub fn remeshed(&mut self) {
        (self.since, self.spread) = (0, 0.0);
    }

    /// Steps since the start.
    pub fn steps(&self) -> u32 {
        self.steps
    }
}
