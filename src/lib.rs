pub mod error;
pub mod genesis;
pub mod layout;
pub mod math;
pub mod ops;
pub mod params;
pub mod primitives;
pub mod sim;
pub mod state;
#[cfg(feature = "gpu")]
pub mod gpu;
pub use error::{Error, Result};
