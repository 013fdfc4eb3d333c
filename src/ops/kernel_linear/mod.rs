//! Linear kernel with built-in viscous decay, mean drift and spin.
//!
//! `omega_k <- omega_k exp(-nu k^2 dt) exp(i theta_k)`, `theta_k = -k.U dt + s_k spin |k| dt`, where
//! `s_k = +-1` is odd in k so that the field stays real. Every modulus only decays; a mode turns, it
//! is never invented. In the notation `z' = z A` this A is block diagonal.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "kernel_linear", size: [64, 1, 1] };
