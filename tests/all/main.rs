//! The integration tests, one binary.

mod imports;
mod npz;
mod python;
#[cfg(feature = "gpu")]
mod shaders;
