//! The integration tests, one binary.

mod cli;
mod imports;
mod npz;
mod python;
#[cfg(feature = "gpu")]
mod shaders;
#[cfg(feature = "app")]
mod ui;
#[cfg(feature = "app")]
mod window;
