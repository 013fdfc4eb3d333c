//! Fourier amplitudes of the atoms, for the background they advect.
//!
//! `omega_hat(k) = 1/(4 pi^2) sum_j Gamma_j exp(-eps_j^2 k^2/2) exp(-i k.x_j)`, `|kx|, |ky| <= radius`
//! (amplitudes divided by N^2 as everywhere). Cost: blobs x modes.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

crate::shared_struct! {
    /// Which modes are summed.
    AtomModes in "atom_modes" {
        /// Radius of the square; only rows ky >= 0 are written.
        radius: i32,
        /// First blob of this launch.
        first: u32,
        /// How many it takes.
        count: u32,
        /// Unused.
        pad0: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "atom_modes", size: [16, 16, 1] };
