//! Decode: `omega = sum atoms + background - Gamma/(4 pi^2)`.
//!
//! The mean vorticity of a periodic box is zero, so net circulation is balanced by a uniform opposite
//! background. The device pass also takes max|omega| and counts cells that are not finite.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

crate::shared_struct! {
    /// What is composed.
    Compose in "compose" {
        /// Net circulation over the area of the box.
        mean: f32,
        /// 1 where a background was decoded.
        background: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "compose", size: [16, 16, 1] };
