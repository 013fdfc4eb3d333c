//! What turns a state into a picture.

pub mod camera;
