//! The integration tests, one binary.

mod cli;
mod imports;
mod npz;
mod python;
#[cfg(feature = "gpu")]
mod shaders;
