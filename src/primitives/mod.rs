//! Building blocks without physics: transforms and prefix sums.

pub mod fft;
pub mod scan;
