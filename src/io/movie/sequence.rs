//! A PNG file a frame, each whole or absent.

use std::path::{Path, PathBuf};

use super::{Frame, Movie, Shape, no_frame};
use crate::{
    error::Result,
    io::image::{Text, write_png},
};

/// The file of a step beside `path`: `frame.png` gives `frame_0000012345.png`.
pub fn frame_path(path: &Path, step: u64) -> PathBuf {
    let stem = path.file_stem().map_or_else(|| "frame".into(), |stem| stem.to_string_lossy());
    path.with_file_name(format!("{stem}_{step:010}.png"))
}

/// Whether a folder holds a frame of the sequence beside `path` already.
pub fn has_frames(path: &Path) -> bool {
    let (folder, stem) = (path.parent().filter(|p| !p.as_os_str().is_empty()), path.file_stem());
    let Ok(files) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else { return false };
    let stem = stem.map_or_else(|| "frame".into(), |stem| stem.to_string_lossy());
    let is_frame = |name: &str| {
        let number = name.strip_prefix(&*stem).and_then(|rest| rest.strip_prefix('_')?.strip_suffix(".png"));
        number.is_some_and(|number| number.len() >= 10 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    files.flatten().any(|file| is_frame(&file.file_name().to_string_lossy()))
}

/// Numbered files under way.
pub struct Sequence {
    path: PathBuf,
    shape: Shape,
    text: Vec<(String, String)>,
    bytes: u64,
    frames: u64,
}

impl Sequence {
    /// Nothing is written before the first frame.
    ///
    /// # Errors
    /// None: as the other kinds of movies begin.
    pub fn begin(path: &Path, shape: Shape, text: &[Text<'_>]) -> Result<Self> {
        let text = text.iter().map(|(keyword, value)| (keyword.to_string(), value.to_string())).collect();
        Ok(Self { path: path.into(), shape, text, bytes: 0, frames: 0 })
    }
}

impl Movie for Sequence {
    fn push(&mut self, frame: &Frame<'_>) -> Result<()> {
        self.shape.check_frame(frame)?;
        let path = frame_path(&self.path, frame.step);
        let step = format!("step {}", frame.step);
        let mut text: Vec<Text<'_>> = self.text.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        text.push(("Title", &step));
        write_png(&path, self.shape.width, self.shape.height, frame.rgba, &text)?;
        self.bytes += path.metadata().map_or(0, |data| data.len());
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        if self.frames == 0 { Err(no_frame(&self.path)) } else { Ok(()) }
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}
