//! Velocity of the spectral background at the vertices.
//!
//! `-lap psi = omega`, `u = d psi/dy`, `v = -d psi/dx`, so
//! `u(x) = Re sum_k i ky omega_hat(k)/k^2 exp(i k.x)` and `v(x) = Re sum_k -i kx omega_hat(k)/k^2 exp(i k.x)`,
//! over the Hermitian square of the background. Cost: vertices x modes / 2.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

crate::shared_struct! {
    /// Which modes, and where the velocities go.
    ModeVelocity in "mode_velocity" {
        /// Radius of the square of modes.
        radius: i32,
        /// First cell of the velocity buffer to write.
        base: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "mode_velocity", size: [64, 1, 1] };
