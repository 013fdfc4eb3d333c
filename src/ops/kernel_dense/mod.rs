//! Linear kernel with a full matrix: `z'_j = sum_i z_i A_ij`, `z` a row vector of D numbers.
//!
//! One step reads every entry of `A` once and is bound by memory. The reference keeps `A` in panels
//! of a few columns that lie one after another, so that it streams, and splits whole panels among
//! threads: the sum over i has one order, whatever the number of threads and the width of vectors.
//! The device sums [`WORKGROUP`] rows apart in one precision, f32, and adds the parts in order; many
//! steps go into one submission, from one vector to the other and back.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest error of one step on the device relative to `max |z| max_j sum_i |A_ij|`.
pub const TOLERANCE: f64 = 1e-5;

crate::shared_struct! {
    /// Size of the matrix.
    KernelDense in "kernel_dense" {
        /// D.
        side: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
        /// Unused.
        pad2: u32,
    }
}

/// Columns, and parts of the sum over rows, of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "kernel_dense", size: [32, 8, 1] };
