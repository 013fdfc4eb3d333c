//! Viscosity spreads cores: `eps^2 <- eps^2 + 2 nu dt` (Lamb-Oseen, exact for a single vortex).
//!
//! A core stops at [`EPS_MAX`](crate::state::EPS_MAX), the widest one the image sums carry.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

crate::shared_struct! {
    /// Growth of one step.
    CoreSpread in "core_spread" {
        /// `2 nu dt`.
        growth: f32,
        /// Largest `eps^2`.
        limit: f32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "core_spread", size: [64, 1, 1] };
