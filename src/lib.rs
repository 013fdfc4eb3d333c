#[cfg(feature = "app")]
pub mod app;
pub mod error;
pub mod math;
pub mod params;
pub mod render;
pub mod state;
pub use error::{Error, Result};
