//! The field behind a source: `-lap phi = s` on a periodic grid, `phi` of zero mean.
//!
//! In Fourier space `phi_hat = s_hat / k^2`; the mean of `s` has no answer and is left out. With `s = omega` the
//! answer is the stream function psi. Three dispatches, 20 bytes a node: rows forward, two at a time; columns of half
//! the spectrum there, over `k^2`, and back; rows backward. Grid side: a power of two from 16 to 4096.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU passes against f64.
pub const TOLERANCE: f64 = 1e-5;

/// Threads of a workgroup as the constants stand before a side is chosen.
pub const WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "potential_columns", size: [32, 1, 1] };
