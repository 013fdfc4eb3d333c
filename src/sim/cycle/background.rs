//! The background in a cycle: parcels carry its vorticity, too.
//!
//! ```text
//! D T/Dt = nu lap T,    T = omega_atoms + omega_z at the start
//! d z/dt = P(-u . grad omega_z) + nu lap omega_z,    u of T
//! omega_atoms = T - omega_z;    at the end  z += P(T - omega_z - ellipses)
//! ```
//!
//! P keeps the stored modes. The Galerkin kernel moves z in the flow of the parcels, and what the flow stirs out of
//! its modes is part of what the atoms stand for; were it dropped, large eddies would keep what they hand on to
//! smaller scales. What a refit leaves over in the modes of z goes to z.

use rayon::prelude::*;

use super::Cycle;
use crate::{
    math::Complex64,
    params::{Every, Kernel, Params},
    primitives::fft::band::Band,
    state::{Background, State, dense_index},
};

/// Whether parcels carry backgrounds: of a kernel that moves them by the flow, in cycles of the program's choice.
pub fn carried(params: &Params) -> bool {
    params.kernel == Kernel::Galerkin && params.refit_every == Every::Auto
}

/// Whether parcels carry the background of a state.
pub(super) fn carries(state: &State, params: &Params) -> bool {
    carried(params) && !state.background.is_zero()
}

/// Vorticity of a background on the nodes of a lattice.
fn on_nodes(background: &Background, side: usize) -> Vec<f64> {
    let (radius, dense) = (background.basis().radius(), background.dense());
    Band::new(side).field(radius as usize, |k| dense[dense_index(k, radius)])
}

impl Cycle {
    /// Whether its parcels carry the background's vorticity, too.
    pub fn carries_background(&self) -> bool {
        self.background
    }

    /// The parcels, which must be on the nodes, take a background's vorticity in.
    pub(super) fn take_in(&mut self, background: &Background) {
        self.parcels.values.iter_mut().zip(on_nodes(background, self.parcels.side)).for_each(|(w, z)| *w += z as f32);
        self.background = true;
    }

    /// The parcels leave the background out again.
    pub(super) fn leave_out(&mut self, background: &Background) {
        self.parcels.values.iter_mut().zip(on_nodes(background, self.parcels.side)).for_each(|(w, z)| *w -= z as f32);
        self.background = false;
    }
}

/// A background that took in what a refit left over in its stored modes.
pub(super) fn with_rest(background: &Background, rest: impl Fn([i32; 2]) -> Complex64 + Sync) -> Background {
    let radius = background.basis().radius();
    let (mut dense, mask, side) = (background.dense(), background.dense_mask(), 2 * radius + 1);
    dense.par_iter_mut().enumerate().filter(|(at, _)| mask[*at] == 1).for_each(|(at, amplitude)| {
        let at = at as i32;
        *amplitude += rest([at % side - radius, at / side - radius]);
    });
    let mut after = background.clone();
    after.set_dense(&dense);
    after
}
