//! The background's own workshop: fields to `z` and back, the optional reference LES, and linear
//! kernels learned from it. Nothing here is needed to run a state.

pub mod encode;
pub mod equal_floats;
pub mod learn;
pub mod les;
pub mod modal;
pub mod random_field;
pub mod sparse;
pub mod spectrum;

/// Every struct that Rust and a shader share.
pub const LAYOUTS: &[crate::layout::StructLayout] = les::LAYOUTS;

/// Workgroup size of every entry point.
pub const WORKGROUPS: &[crate::layout::Workgroup] = les::WORKGROUPS;

pub use encode::{Cuts, Encoder};
pub use equal_floats::EqualFloats;
pub use les::{Les, LesOptions, Precision};
pub use modal::Modal;
pub use random_field::RandomField;
