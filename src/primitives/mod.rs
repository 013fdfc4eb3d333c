//! Building blocks without physics: transforms, prefix sums and ternary carriers.

pub mod copy;
pub mod fft;
pub mod scan;
pub mod ternary;
pub mod wavelet;

use crate::layout::{StructLayout, Workgroup};

/// Every struct that Rust and a shader share.
pub const LAYOUTS: &[StructLayout] = &[ternary::Ternary::LAYOUT];

/// Workgroup size of every entry point.
pub const WORKGROUPS: &[Workgroup] = &[
    copy::WORKGROUP,
    fft::WORKGROUPS[0],
    fft::WORKGROUPS[1],
    fft::WORKGROUPS[2],
    fft::WORKGROUPS[3],
    scan::WORKGROUPS[0],
    scan::WORKGROUPS[1],
    scan::WORKGROUPS[2],
    ternary::WORKGROUPS[0],
    ternary::WORKGROUPS[1],
    ternary::WORKGROUPS[2],
    ternary::WORKGROUPS[3],
    ternary::WORKGROUPS[4],
    ternary::WORKGROUPS[5],
];
