pub mod error;
pub mod math;
pub mod params;
pub mod state;
pub use error::{Error, Result};
