//! Decode: `omega = sum atoms + background - Gamma/(4 pi^2)`.
//!
//! The mean vorticity of a periodic box is zero, so net circulation is balanced by a uniform opposite
//! background; it goes with the atoms. The device pass can leave either part out, and also takes max|omega| and counts cells that are not finite.

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
        /// What is summed: 1 atoms, 2 background, 3 both.
        parts: u32,
        /// 1 where parcels are drawn, if there are any to show; 2 where they are and nothing else is there: no field of
        /// atoms was made.
        parcels: u32,
    }
}

/// The sum of both parts: atoms and background.
pub const WHOLE: u32 = 3;
/// The atoms alone, with what balances their circulation.
pub const ATOMS: u32 = 1;
/// The background alone.
pub const BACKGROUND: u32 = 2;

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "compose", size: [16, 16, 1] };
