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

/// An animation under way.
pub struct Gif {
    path: PathBuf,
    shape: Shape,
    encoder: GifEncoder<Tap>,
    file: Pending,
    flow: Arc<Flow>,
    frames: u64,
}

/// Hundredths of a second for which a frame is shown.
fn hundredths(frame: u64, rate: f64) -> u32 {
    let until = |frame: u64| (100.0 * frame as f64 / rate).round();
    (until(frame + 1) - until(frame)).max(1.0) as u32
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
        Ok(Self { path: path.into(), shape, encoder, file, flow, frames: 0 })
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
        let delay = Delay::from_numer_denom_ms(10 * hundredths(self.frames, self.shape.rate), 1);
        let frame = image::Frame::from_parts(picture, 0, 0, delay);
        self.encoder.encode_frame(frame).map_err(|e| unwritable(&self.path, e))?;
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn uneven_times_keep_the_mean_pace() {
        assert_eq!((0..3).map(|i| hundredths(i, 30.0)).collect::<Vec<_>>(), [3, 4, 3]);
        assert_eq!((0..300).map(|i| hundredths(i, 30.0)).sum::<u32>(), 1000);
        assert_eq!(hundredths(0, 500.0), 1);
    }
}
