//! The field of `z` as a Hermitian square of modes.
//!
//! `z = [Re low (M), Im low (M), header (4), Re kept (K), Im kept (K)]` stores a sum whose real part is
//! the field: `omega = Re sum_k z(k) exp(i k.x)`. The square that the other operators read holds
//! `omega_hat(k) = (z(k) + conj z(-k)) / 2`, modes that are not stored counting as zero, and kept modes from
//! number `clamp(round(k_keep), 0, K)` on too. Back, `z(k) = omega_hat(k)`, twice that where `-k` is not stored.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// A mode that is not stored.
pub const ABSENT: u32 = u32::MAX;

/// Largest relative error of the device against f64.
pub const TOLERANCE: f64 = 1e-6;

crate::shared_struct! {
    /// Sizes of `z`.
    ZSquare in "z_square" {
        /// M, the number of low modes.
        low: u32,
        /// K, the number of kept modes.
        kept: u32,
        /// Cells of the square.
        cells: u32,
        /// Unused.
        pad0: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "z_square", size: [64, 1, 1] };

/// Workgroup of the pass back.
pub const BACK_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "z_square_back", size: [64, 1, 1] };
