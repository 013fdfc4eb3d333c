//! Exclusive prefix sum of pairs of whole numbers, for compaction.
//!
//! `prefix[i] = sum_{j < i} items[j]`, `total` the sum of all. On the device three passes over blocks of
//! 256: scan each block, scan the block sums, add. Whole numbers, so CPU and GPU agree bit for bit.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

const fn threads(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [256, 1, 1] }
}

/// Threads of a workgroup, pass by pass.
pub const WORKGROUPS: [crate::layout::Workgroup; 3] =
    [threads("scan_blocks"), threads("scan_sums"), threads("scan_add")];
