//! Stretch and twist of filaments: what the flow does to the core, the circulation and the surroundings of a
//! segment.
//!
//! `t` is the unit tangent of a segment of length `l`, `n` the tangent turned left, `grad u` the gradient of
//! the total velocity, `eps_i` the segment's own core (the atom's times the core factor):
//!
//! ```text
//! sigma = t.(grad u) t = d ln l/dt            stretch rate, 1/time
//! shear = t.(grad u) n                        how the flow along the filament changes across it, 1/time
//! d tau/dt = shear                            twist, a number: atan(tau) is the lean of a line that stood across
//! d(eps_i^2)/dt = 2 nu - 2 sigma eps_i^2      core: without viscosity eps_i l, its area, is kept
//! Gamma_i <- Gamma_i (l'/l)^alpha             proxy for stretching in three dimensions; alpha = 0 in two
//! ```
//!
//! Split from advection: once a step, after the Runge-Kutta stages and before [`core_spread`](super::core_spread),
//! in the order twist, core, circulation. Points and ellipses have no segments and are left alone.
//!
//! **Stretch** comes from the step itself: a segment `d` whose ends moved apart by `c` was `d - c` before, so
//! `l^2/l'^2 = 1 - (2 d.c - c^2)/d^2`. That is `exp(-2 int sigma dt)` of the polyline as it moves, without a
//! velocity of its own and whichever solver moved it. The thinned core then takes up `2 nu dt`:
//!
//! ```text
//! eps_i^2 <- max(eps_i^2 l^2/l'^2, min(eps_i^2, eps_min^2)) + 2 nu dt,    core factor = eps_i / eps of the atom after its growth
//! ```
//!
//! so the floor holds and never widens a core. A factor is a single float on the device: changes of less than
//! 6e-8 of a core in a step are lost.
//!
//! **Shear** is the difference of the velocity along `t` at two probes beside the midpoint, [`PROBE`] cores to
//! either side, at the end of the step: any solver gives it, with all atoms, the segment itself (so that it
//! does not depend on how the curve is cut) and the background. The difference leaves 0.5 % of the shear
//! that the filament's own core makes, less elsewhere; time is a sum of first order. Cost a step: one velocity
//! and one more gathering on a mesh, two velocities with the direct sum; nothing here looks at pairs of its own.
//! With thinning on, a mesh of the device gets the grid that cores of `eps_min` need.
//!
//! **Circulation**: each segment's `Gamma w_i` is multiplied, then the weights are brought back to sum 1; sign
//! and support stay.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

use crate::{
    params::{Params, Switch},
    state::EPS_MAX,
};

/// Distance of a probe from the segment, in cores.
pub const PROBE: f64 = 0.25;

/// Largest error of the device in a change of core, circulation or twist, over the largest change.
pub const TOLERANCE: f64 = 5e-5;

/// Widest core squared, a hair less than what the image sums carry.
pub const WIDEST_EPS2: f64 = (1.0 - 1e-6) * EPS_MAX * EPS_MAX;

/// How much the circulation may grow by the proxy while a mesh is in use: its whole numbers leave that room.
pub const ROOM: f64 = 8.0;

/// Whether lengths are followed at all.
pub fn stretches(params: &Params) -> bool {
    params.stretch == Switch::On || params.alpha != 0.0
}

/// Whether twist is summed.
pub fn twists(params: &Params) -> bool {
    params.twist == Switch::On
}

crate::shared_struct! {
    /// Numbers of a step.
    Stretch in "stretch" {
        /// Time step.
        dt: f32,
        /// `2 nu dt`.
        growth: f32,
        /// `eps_min^2`.
        floor2: f32,
        /// Power of the proxy.
        alpha: f32,
        /// 1 where cores thin.
        thin: u32,
        /// Of the twist: 1 and -1 ask for the probes to the left and to the right, 0 for the sum.
        side: i32,
        /// Partial velocities to add.
        parts: u32,
        /// Cells from one to the next.
        stride: u32,
    }
}

const fn threads(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [64, 1, 1] }
}

/// Threads of a workgroup, pass by pass.
pub const WORKGROUPS: [crate::layout::Workgroup; 3] =
    [threads("stretch"), threads("stretch_gamma"), threads("stretch_twist")];
