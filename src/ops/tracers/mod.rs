//! Dye: passive particles in the gridded velocity, midpoint rule in time, bilinear in space.
//!
//! `dx/dt = u(x) + U`. The dye is a picture, not part of the state: its velocity is the decoded
//! field's, resolved to the flow grid, and it moves once a drawn frame with that frame's time.
//! Particles start on the R2 low-discrepancy sequence (Roberts 2018), exact in fixed point.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest difference of a particle's place from f64 after one move, in radians.
pub const TOLERANCE: f64 = 1e-5;

crate::shared_struct! {
    /// One move of the particles.
    Tracers in "tracers" {
        /// Mean flow.
        drift: [f32; 2],
        /// Time of the move.
        dt: f32,
        /// Side of the velocity grid, a power of two.
        side: u32,
        /// Particles.
        count: u32,
        /// Threads in one row of workgroups.
        row: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "tracers", size: [64, 1, 1] };

/// Place of particle `i` at the start, in units of 2^-32 turns.
pub fn start(i: u32) -> [u32; 2] {
    // 2^32 / rho and 2^32 / rho^2 with rho^3 = rho + 1.
    [i.wrapping_mul(3_242_174_889), i.wrapping_mul(2_447_445_413)]
}
