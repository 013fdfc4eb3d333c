//! A field of the periodic grid on the nodes of a window, smooth at any zoom.
//!
//! Catmull-Rom's cubic through the four nodes next to a place along each axis; its slope is continuous, and at nodes it
//! is the field itself. Of a velocity both parts and the mean flow are summed first, then `|u|` is taken, so the
//! middle of a vortex stays a point. The pass takes the largest size and counts what is not finite, as
//! [`compose`](super::compose) does.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

crate::shared_struct! {
    /// What is sampled.
    Sample in "sample" {
        /// Mean flow that is added to the velocity.
        drift: [f32; 2],
        /// Side of the grid, a power of two.
        side: u32,
        /// 1 for the size of a velocity, 0 for a scalar.
        speed: u32,
    }
}

/// Largest difference of the GPU pass from f64, relative to the largest value.
pub const TOLERANCE: f64 = 1e-5;

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "sample", size: [16, 16, 1] };
