//! Linear kernel in its eigenbasis: `w' = lambda w`, one complex number a real eigenvalue or pair.
//!
//! For `A = P B P^-1` with real blocks `B` a row vector steps by `w' = w B`: the block
//! `[[a, b], [-b, a]]` of a pair `a +- ib` multiplies `w1 + i w2` by `a + ib`. Every step is taken, in
//! O(D); a jump over n steps multiplies by `lambda^n`. What has decayed below [`NOTHING`] is set to
//! zero at every multiple of [`SWEEP`] steps: denormal numbers would cost a hundred times the time.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Steps between two looks for what has decayed.
pub const SWEEP: u64 = 1024;

/// Smaller amplitudes count as decayed; the device, with its shorter exponents, is not swept.
pub const NOTHING: f64 = 1e-200;

/// Largest error of [`SWEEP`] steps on the device relative to `max |w|`.
pub const TOLERANCE: f64 = 2e-3;

crate::shared_struct! {
    /// How many modes, and how far.
    KernelModal in "kernel_modal" {
        /// Complex amplitudes.
        count: u32,
        /// Steps of a launch.
        steps: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "kernel_modal", size: [64, 1, 1] };
