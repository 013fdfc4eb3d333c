//! Moving pictures, a frame at a time: numbered PNG files, animated PNG, animated GIF, and mp4 through an
//! installed ffmpeg. Memory does not grow with the number of frames, which need not be known beforehand.
//!
//! Numbered files appear one by one and stay. The others appear whole when they are finished; dropped
//! before that, they leave nothing.

mod apng;
mod gif;
mod sequence;
mod tap;
mod video;

use std::path::{Path, PathBuf};

pub use sequence::{frame_path, has_frames};
pub use video::{FFMPEG_VARIABLE, Ffmpeg, Stopper};

use super::image::Text;
use crate::error::{Error, Result};

/// What moving pictures are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A PNG file a frame, numbered by step.
    Frames,
    /// Animated PNG: exact colours.
    Apng,
    /// Animated GIF: 256 colours a frame, times in hundredths of a second.
    Gif,
    /// H.264, or MPEG-4 part 2 where ffmpeg has no x264.
    #[default]
    Mp4,
}

impl Format {
    /// All, in the order of the panel.
    pub const ALL: [Self; 4] = [Self::Mp4, Self::Apng, Self::Gif, Self::Frames];

    /// In a word or two.
    pub fn title(self) -> &'static str {
        match self {
            Self::Frames => "PNG sequence",
            Self::Apng => "animated PNG",
            Self::Gif => "animated GIF",
            Self::Mp4 => "mp4",
        }
    }

    /// Ending of the file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Frames | Self::Apng => "png",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
        }
    }

    /// What this format does to so many frames a second, in words; `None` where it keeps them all.
    pub fn remark(self, rate: f64) -> Option<String> {
        if self == Self::Gif { gif::thinned(rate) } else { None }
    }

    /// The animation that a file's ending asks for.
    ///
    /// # Errors
    /// [`Error::Usage`] for another ending.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("mp4") => Ok(Self::Mp4),
            Some("gif") => Ok(Self::Gif),
            Some("png" | "apng") => Ok(Self::Apng),
            _ => Err(Error::Usage(format!("{}: a movie's name ends in .mp4, .gif, .png or .apng", path.display()))),
        }
    }
}

/// Size and pace of every frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames a second, above 0 and at most 1000.
    pub rate: f64,
}

impl Shape {
    /// Bytes of a frame.
    pub fn bytes(&self) -> usize {
        self.width as usize * self.height as usize * 4
    }

    /// # Errors
    /// [`Error::Invalid`].
    fn check(&self) -> Result<()> {
        if self.width == 0 || self.height == 0 {
            let found = format!("{} x {}", self.width, self.height);
            return Err(Error::invalid("size of a movie", "at least 1 x 1 pixels", found));
        }
        if !(self.rate > 0.0 && self.rate <= 1000.0) {
            return Err(Error::invalid("frame rate", "above 0 and at most 1000 frames/s", self.rate));
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::Invalid`] for a frame of another size.
    fn check_frame(&self, frame: &Frame<'_>) -> Result<()> {
        if frame.rgba.len() == self.bytes() {
            return Ok(());
        }
        let expected = format!("{} bytes, as the frames before it", self.bytes());
        Err(Error::invalid(format!("frame of step {}", frame.step), expected, frame.rgba.len()))
    }
}

/// One picture.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Simulated step: its number in a sequence of files.
    pub step: u64,
    /// `[height, width, 4]`, row 0 at the top.
    pub rgba: &'a [u8],
}

/// Moving pictures under way. Dropping one ends it without a file; a sequence keeps what it has.
pub trait Movie: Send {
    /// Adds a frame; waits until it is taken.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a frame of another size, [`Error::Unwritable`], [`Error::Run`] of ffmpeg.
    fn push(&mut self, frame: &Frame<'_>) -> Result<()>;

    /// Puts the file in its place.
    ///
    /// # Errors
    /// As [`Movie::push`]; [`Error::Invalid`] where there is no frame.
    fn finish(self: Box<Self>) -> Result<()>;

    /// Bytes on the disk so far.
    fn bytes(&self) -> u64;

    /// What ends an encoder that hangs, from another thread.
    fn stopper(&self) -> Option<Stopper> {
        None
    }
}

/// Begins one. A sequence writes `STEM_0000012345.png` beside `path`.
///
/// # Errors
/// [`Error::Invalid`] for a size or pace that cannot be; [`Error::Unwritable`]; [`Error::Run`] without ffmpeg.
pub fn begin(format: Format, path: &Path, shape: Shape, text: &[Text<'_>], ffmpeg: &Ffmpeg) -> Result<Box<dyn Movie>> {
    shape.check()?;
    Ok(match format {
        Format::Frames => Box::new(sequence::Sequence::begin(path, shape, text)?),
        Format::Apng => Box::new(apng::Apng::begin(path, shape, text)?),
        Format::Gif => Box::new(gif::Gif::begin(path, shape)?),
        Format::Mp4 => Box::new(video::Video::begin(path, shape, ffmpeg)?),
    })
}

/// A movie without a frame is no file.
fn no_frame(path: &Path) -> Error {
    Error::invalid(format!("{}", path.display()), "at least one frame", "none")
}

/// The file of a movie, or of the first frame of a sequence.
pub fn first_path(format: Format, path: &Path, step: u64) -> PathBuf {
    if format == Format::Frames { frame_path(path, step) } else { path.into() }
}

#[cfg(test)]
mod tests;
