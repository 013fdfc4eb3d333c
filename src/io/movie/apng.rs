//! Animated PNG of any number of frames: the count stands in a chunk at the start, which is written anew
//! at the end.

use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Frame, Movie, Shape, no_frame,
    tap::{Flow, Tap},
};
use crate::{
    error::{Error, Result},
    io::{atomic::Pending, image::Text},
};

/// The most that the format counts.
const MOST: u32 = i32::MAX as u32;
/// The chunk of the count stands within so many bytes of the start.
const HEAD: u64 = 16_384;

/// An animation under way.
pub struct Apng {
    path: PathBuf,
    shape: Shape,
    // Dropped before the file, which then disappears.
    writer: png::Writer<Tap>,
    file: Pending,
    flow: Arc<Flow>,
    frames: u32,
}

/// A rate as a fraction of a second, exact to one part in 65,535.
fn delay(rate: f64) -> (u16, u16) {
    let whole = rate.round();
    if (rate - whole).abs() < 1e-9 && whole >= 1.0 {
        return (1, whole as u16);
    }
    // Above one frame a second the denominator is as large as it may be, below the numerator.
    match rate >= 1.0 {
        true => ((f64::from(u16::MAX) / rate).round() as u16, u16::MAX),
        false => (u16::MAX, (f64::from(u16::MAX) * rate).round().max(1.0) as u16),
    }
}

impl Apng {
    /// Writes the header.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn begin(path: &Path, shape: Shape, text: &[Text<'_>]) -> Result<Self> {
        let unwritable = |source: io::Error| Error::Unwritable { path: path.into(), source };
        let file = Pending::begin(path)?;
        let flow = Arc::<Flow>::default();
        let tap = Tap::new(file.second()?, flow.clone());
        let header = || -> io::Result<_> {
            let mut encoder = crate::io::image::encoder(tap, shape.width, shape.height, text)?;
            encoder.set_animated(MOST, 0)?;
            let (numerator, denominator) = delay(shape.rate);
            encoder.set_frame_delay(numerator, denominator)?;
            Ok(encoder.write_header()?)
        };
        let writer = header().map_err(unwritable)?;
        Ok(Self { path: path.into(), shape, writer, file, flow, frames: 0 })
    }
}

impl Movie for Apng {
    fn push(&mut self, frame: &Frame<'_>) -> Result<()> {
        self.shape.check_frame(frame)?;
        let written = self.writer.write_image_data(frame.rgba);
        written.map_err(|e| Error::Unwritable { path: self.path.clone(), source: e.into() })?;
        self.frames += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { path, writer, mut file, flow, frames, .. } = *self;
        if frames == 0 {
            return Err(no_frame(&path));
        }
        let ended = writer.finish().map_err(io::Error::from).and_then(|()| flow.take_fault().map_or(Ok(()), Err));
        ended.map_err(|source| Error::Unwritable { path: path.clone(), source })?;
        let mut head = file.second()?;
        file.write(|_| count(&mut head, frames))?;
        file.finish()
    }

    fn bytes(&self) -> u64 {
        self.flow.bytes()
    }
}

/// Writes the number of frames into the chunk `acTL`: length, name, frames, repeats, checksum.
fn count(file: &mut (impl Read + Write + Seek), frames: u32) -> io::Result<()> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    Read::by_ref(file).take(HEAD).read_to_end(&mut head)?;
    let at = head.windows(4).position(|name| name == b"acTL");
    let at = at.ok_or_else(|| io::Error::other("the chunk of the number of frames is missing"))?;
    let mut chunk = [b"acTL".as_slice(), &frames.to_be_bytes(), &0_u32.to_be_bytes()].concat();
    chunk.extend(crc32fast::hash(&chunk).to_be_bytes());
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(&chunk)?;
    file.seek(SeekFrom::End(0)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn a_pace_is_a_fraction_of_two_small_numbers() {
        assert_eq!(delay(30.0), (1, 30));
        assert_eq!(delay(0.001), (65_535, 66));
        for rate in [0.5, 12.5, 23.976, 29.97, 240.0] {
            let (numerator, denominator) = delay(rate);
            let error = f64::from(denominator) / f64::from(numerator) / rate - 1.0;
            assert!(error.abs() < 1e-3, "{rate}: {error}");
        }
    }
}
