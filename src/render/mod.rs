//! Pictures of a decoded field.

pub mod camera;
pub mod colormap;
pub mod picture;
