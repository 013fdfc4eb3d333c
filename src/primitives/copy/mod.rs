//! Words from one buffer to another inside a compute pass, where no copy command can stand.

#[cfg(feature = "gpu")]
pub mod gpu;

/// Words that a workgroup copies.
pub const WORDS: u32 = 512;

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "copy", size: [64, 1, 1] };
