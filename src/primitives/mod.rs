//! Building blocks without physics: transforms, prefix sums and ternary carriers.

pub mod fft;
pub mod scan;
pub mod ternary;

/// Workgroup size of every entry point.
pub const WORKGROUPS: &[crate::layout::Workgroup] = &scan::WORKGROUPS;
