//! Animated GIF. Times are hundredths of a second; they are spread so that the mean pace is right.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use image::{
    Delay, ImageError, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
};

use super::{
    Frame, Movie, Shape, no_frame,
    tap::{Flow, Tap},
};
use crate::{
    error::{Error, Result},
    io::atomic::Pending,
};

/// Every so many pixels teach the palette: 1 is best, 30 fastest.
const SPEED: i32 = 10;

/// Hundredths of a second that a frame is shown at least: browsers take less for ten.
const LEAST: u64 = 2;

/// An animation under way.
pub struct Gif {
    path: PathBuf,
    shape: Shape,
    encoder: GifEncoder<Tap>,
    file: Pending,
    flow: Arc<Flow>,
    /// Frames taken in.
    frames: u64,
    /// The frame that is shown until the next one, and when it began, in hundredths.
    shown: Option<(RgbaImage, u64)>,
}

/// Hundredths of a second at which a frame begins. Beyond one in [`LEAST`] several begin at once, and the first stays.
fn begins(frame: u64, rate: f64) -> u64 {
    let least = LEAST as f64;
    let at = 100.0 * frame as f64 / rate;
    if rate > 100.0 / least { LEAST * (at / least).floor() as u64 } else { at.round() as u64 }
}

/// What a GIF does to so many frames a second, in words; `None` where it keeps them all.
pub fn thinned(rate: f64) -> Option<String> {
    let most = 100.0 / LEAST as f64;
    (rate > most).then(|| {
        format!("a GIF shows {most} pictures a second at most: of {rate} a second some are left out, its length stays")
    })
}

impl Gif {
    /// Writes nothing yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side that GIF cannot hold; [`Error::Unwritable`].
    pub fn begin(path: &Path, shape: Shape) -> Result<Self> {
        let most = u32::from(u16::MAX);
        if shape.width > most || shape.height > most {
            let found = format!("{} x {}", shape.width, shape.height);
            return Err(Error::invalid("size of a GIF", format!("at most {most} pixels a side"), found));
        }
        let file = Pending::begin(path)?;
        let flow = Arc::<Flow>::default();
        let mut encoder = GifEncoder::new_with_speed(Tap::new(file.second()?, flow.clone()), SPEED);
        encoder.set_repeat(Repeat::Infinite).map_err(|e| unwritable(path, e))?;
        Ok(Self { path: path.into(), shape, encoder, file, flow, frames: 0, shown: None })
    }
}

impl Gif {
    /// Writes the frame that was shown until now.
    fn write(&mut self, until: u64) -> Result<()> {
        let Some((picture, since)) = self.shown.take() else { return Ok(()) };
        let hundredths = until.saturating_sub(since).max(LEAST);
        let delay = Delay::from_numer_denom_ms(10 * u32::try_from(hundredths).unwrap_or(u32::MAX / 10), 1);
        let frame = image::Frame::from_parts(picture, 0, 0, delay);
        self.encoder.encode_frame(frame).map_err(|e| unwritable(&self.path, e))
    }
}

fn unwritable(path: &Path, error: ImageError) -> Error {
    let source = match error {
        ImageError::IoError(source) => source,
        other => io::Error::other(other.to_string()),
    };
    Error::Unwritable { path: path.into(), source }
}

impl Movie for Gif {
    fn push(&mut self, frame: &Frame<'_>) -> Result<()> {
        self.shape.check_frame(frame)?;
        let picture = RgbaImage::from_raw(self.shape.width, self.shape.height, frame.rgba.to_vec());
        let picture = picture.ok_or_else(|| no_frame(&self.path))?;
        let at = begins(self.frames, self.shape.rate);
        if self.shown.as_ref().is_none_or(|(_, since)| at > *since) {
            self.write(at)?;
            self.shown = Some((picture, at));
        }
        self.frames += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.write((100.0 * self.frames as f64 / self.shape.rate).round() as u64)?;
        let Self { path, encoder, file, flow, frames, .. } = *self;
        if frames == 0 {
            return Err(no_frame(&path));
        }
        // Dropping the encoder writes the end of the file.
        drop(encoder);
        flow.take_fault().map_or(Ok(()), |source| Err(Error::Unwritable { path, source }))?;
        file.finish()
    }

    fn bytes(&self) -> u64 {
        self.flow.bytes()
    }
}
