//! The background's own workshop: fields to `z` and back, the optional reference LES, and linear
//! kernels learned from it. Nothing here is needed to run a state.

pub mod encode;
pub mod learn;
pub mod les;
pub mod modal;
pub mod random_field;
pub mod sparse;
pub mod spectrum;

pub use encode::{Cuts, Encoder};
pub use les::{Les, LesOptions, Precision};
pub use modal::Modal;
pub use random_field::RandomField;
