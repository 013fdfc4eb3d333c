pub mod error;
pub mod layout;
pub mod math;
pub mod params;
pub mod state;
#[cfg(feature = "gpu")]
pub mod gpu;
pub use error::{Error, Result};
