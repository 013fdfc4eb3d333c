//! The background's own workshop: fields to `z` and back, the optional reference LES, and linear
//! kernels learned from it. Nothing here is needed to run a state.

pub mod les;

pub use les::{Les, LesOptions, Precision};
