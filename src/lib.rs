pub mod error;
pub mod io;
pub mod math;
pub mod params;
pub mod render;
pub mod state;
pub use error::{Error, Result};
