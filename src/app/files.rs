//! States and pictures in and out of files.

use std::path::Path;

use crate::{
    error::{Error, Result},
    state::State,
};

/// Reads a state file.
pub fn read_state(path: &Path) -> Result<State> {
    Err(Error::bad_file(path, "state", "a reader", "none yet"))
}

/// Writes a state file.
pub fn write_state(path: &Path, _state: &State) -> Result<()> {
    Err(Error::bad_file(path, "state", "a writer", "none yet"))
}

/// Writes RGBA rows, top first, as PNG.
pub fn write_png(path: &Path, width: u32, height: u32, rgba: &[u8]) -> Result<()> {
    image::save_buffer(path, rgba, width, height, image::ColorType::Rgba8)
        .map_err(|e| Error::Unwritable { path: path.into(), source: std::io::Error::other(e.to_string()) })
}
