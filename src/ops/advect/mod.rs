//! Advection: Runge-Kutta on vertices and modes together.
//!
//! `dx/dt = u_atoms + u_background + U` (U the mean flow), midpoint rule (two slopes) or the
//! classical fourth-order scheme (four). Atoms and modes share the stages. On the device a place is
//! 32-bit fixed point and a whole turn is counted in `winding`.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

use crate::params::Integrator;

/// One stage: the next stage starts `reach` of a step along this slope; `share` of it enters the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// How far the stage reaches, in steps.
    pub reach: f64,
    /// Weight, the shares of a scheme sum to 1.
    pub share: f64,
}

const fn stage(reach: f64, share: f64) -> Stage {
    Stage { reach, share }
}

/// The stages of a scheme.
pub fn stages(scheme: Integrator) -> &'static [Stage] {
    const RK2: [Stage; 2] = [stage(0.5, 0.0), stage(0.0, 1.0)];
    const RK4: [Stage; 4] =
        [stage(0.5, 1.0 / 6.0), stage(0.5, 1.0 / 3.0), stage(1.0, 1.0 / 3.0), stage(0.0, 1.0 / 6.0)];
    match scheme {
        Integrator::Rk2 => &RK2,
        Integrator::Rk4 => &RK4,
    }
}

crate::shared_struct! {
    /// One stage of the device pass.
    Advect in "advect" {
        /// Mean flow.
        drift: [f32; 2],
        /// Time to the next stage.
        reach: f32,
        /// Weight of this slope times dt.
        share: f32,
        /// Partial velocities to add.
        parts: u32,
        /// Cells from one to the next.
        stride: u32,
        /// 1 for the first stage.
        first: u32,
        /// 1 for the last stage.
        last: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "advect", size: [64, 1, 1] };
