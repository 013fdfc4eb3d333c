//! Building blocks without physics: transforms and prefix sums.

pub mod fft;
pub mod scan;

/// Workgroup size of every entry point.
pub const WORKGROUPS: &[crate::layout::Workgroup] = &scan::WORKGROUPS;
