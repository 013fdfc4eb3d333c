//! Pictures of a decoded field.

pub mod colormap;
pub mod picture;
