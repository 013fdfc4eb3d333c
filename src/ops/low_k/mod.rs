//! Decode of the background, low and kept middle modes together, on the nodes of a window.
//!
//! `omega(x_i, y_j) = Re sum_k omega_hat(k) exp(i k.x)`. The device sums it in two halves, first over
//! ky for each row and kx >= 0, then over kx: `(2R + 1)(R + 1) N + (R + 1) N^2` terms instead of
//! `(2R + 1)^2 N^2`. Phases are exact in fixed point.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU passes against f64.
pub const TOLERANCE: f64 = 1e-5;

crate::shared_struct! {
    /// Which modes are decoded.
    LowK in "low_k" {
        /// Radius of the square of modes.
        radius: i32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
        /// Unused.
        pad2: u32,
    }
}

/// Threads of a workgroup of the second half.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "low_k", size: [16, 16, 1] };

/// Threads of a workgroup of the first half.
pub const ROWS_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "low_k_rows", size: [64, 1, 1] };
