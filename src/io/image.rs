//! PNG and animated PNG: 8-bit RGBA, rows from the top (fields have row 0 at the bottom;
//! `render::picture` turns them over). Text chunks carry parameters; there are no time stamps, so
//! equal pictures give equal files.

use std::{fs::File, io, io::BufWriter, path::Path};

use super::atomic;
use crate::error::{Error, Result};

/// A keyword and its text, for example `("Software", "dashi-vortex 0.1.0")`. Keywords have 1 to 79
/// Latin letters, digits or spaces; text may be any.
pub type Text<'a> = (&'a str, &'a str);

/// Who wrote a picture, in its text chunk.
pub const SOFTWARE: Text<'static> = ("Software", concat!("dashi-vortex ", env!("CARGO_PKG_VERSION")));

/// Writes one picture, `rgba` being `[height, width, 4]` with row 0 at the top.
///
/// # Errors
/// [`Error::Invalid`] when the size and the bytes disagree; [`Error::Unwritable`].
pub fn write_png(path: &Path, width: u32, height: u32, rgba: &[u8], text: &[Text]) -> Result<()> {
    write_print(path, width, height, rgba, text, None)
}

/// The same with its size on paper: `dots` an inch. `rgba` are rows from the top.
///
/// # Errors
/// As [`write_png`].
pub fn write_print(path: &Path, width: u32, height: u32, rgba: &[u8], text: &[Text], dots: Option<f64>) -> Result<()> {
    check(width, height, rgba.len())?;
    atomic::write_io(path, |out| {
        let mut encoder = encoder(out, width, height, text)?;
        encoder.set_pixel_dims(dots.map(|dots| {
            let per_metre = (dots / 0.0254).round() as u32;
            png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }
        }));
        let mut writer = encoder.write_header()?;
        writer.write_image_data(rgba)?;
        Ok(writer.finish()?)
    })
}

/// A picture as the bytes of a PNG file.
///
/// # Errors
/// [`Error::Invalid`] when the size and the bytes disagree; [`Error::Run`] for a picture that does not fit in memory.
pub fn png_bytes(width: u32, height: u32, rgba: &[u8]) -> Result<Vec<u8>> {
    check(width, height, rgba.len())?;
    let mut out = Vec::new();
    let mut write = || -> io::Result<()> {
        let mut writer = encoder(&mut out, width, height, &[])?.write_header()?;
        writer.write_image_data(rgba)?;
        Ok(writer.finish()?)
    };
    write().map_err(|e| Error::Run(format!("a picture of {width} x {height} pixels cannot be packed: {e}")))?;
    Ok(out)
}

/// Writes an animation that repeats for ever. `frames` yields each frame as `[height, width, 4]`
/// when it is needed, so only one is held; each is shown for `delay` = (numerator, denominator)
/// seconds.
///
/// # Errors
/// [`Error::Invalid`] when there is no frame or one has another size; [`Error::Unwritable`]; an
/// error of `frames` passes through. Nothing is left behind.
pub fn write_apng(
    path: &Path,
    width: u32,
    height: u32,
    frames: impl ExactSizeIterator<Item = Result<Vec<u8>>>,
    delay: (u16, u16),
    text: &[Text],
) -> Result<()> {
    let count = u32::try_from(frames.len()).unwrap_or(0);
    if count == 0 {
        return Err(Error::invalid("frames of an animation", "at least one", frames.len()));
    }
    atomic::write_file(path, |out| {
        let unwritable = |source: io::Error| Error::Unwritable { path: path.into(), source };
        let mut writer = animation(out, width, height, text, count, delay).map_err(unwritable)?;
        for frame in frames {
            let frame = frame?;
            check(width, height, frame.len())?;
            writer.write_image_data(&frame).map_err(|e| unwritable(e.into()))?;
        }
        writer.finish().map_err(|e| unwritable(e.into()))
    })
}

/// An encoder of RGBA with its words.
pub(super) fn encoder<'a, W: io::Write>(
    out: W,
    width: u32,
    height: u32,
    text: &[Text],
) -> io::Result<png::Encoder<'a, W>> {
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, value) in text {
        // tEXt holds Latin-1; anything else goes into the Unicode chunk.
        match value.is_ascii() {
            true => encoder.add_text_chunk(keyword.to_string(), value.to_string())?,
            false => encoder.add_itxt_chunk(keyword.to_string(), value.to_string())?,
        }
    }
    Ok(encoder)
}

/// An animation's header, ready for `count` frames.
fn animation<'a>(
    out: &'a mut BufWriter<File>,
    width: u32,
    height: u32,
    text: &[Text],
    count: u32,
    delay: (u16, u16),
) -> io::Result<png::Writer<&'a mut BufWriter<File>>> {
    let mut encoder = encoder(out, width, height, text)?;
    encoder.set_animated(count, 0)?;
    encoder.set_frame_delay(delay.0, delay.1)?;
    encoder.validate_sequence(true);
    Ok(encoder.write_header()?)
}

/// Width, height and bytes must agree.
fn check(width: u32, height: u32, bytes: usize) -> Result<()> {
    let expected = u64::from(width) * u64::from(height) * 4;
    if expected == 0 || expected != bytes as u64 {
        let expected = format!("{width} x {height} x 4 = {expected} bytes, not 0");
        return Err(Error::invalid("picture", expected, bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_reads_back_with_its_text_and_repeats_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let rgba: Vec<u8> = (0..2 * 3 * 4).collect();
        let text = [("Software", "dashi-vortex"), ("Title", "ω at t = 3")];
        let path = |name: &str| folder.path().join(name);
        for name in ["a.png", "b.png"] {
            write_png(&path(name), 2, 3, &rgba, &text).unwrap();
        }
        assert_eq!(std::fs::read(path("a.png")).unwrap(), std::fs::read(path("b.png")).unwrap());
        let picture = image::open(path("a.png")).unwrap().to_rgba8();
        assert_eq!((picture.dimensions(), picture.into_raw()), ((2, 3), rgba));
        let file = io::BufReader::new(File::open(path("a.png")).unwrap());
        let reader = png::Decoder::new(file).read_info().unwrap();
        assert_eq!(reader.info().uncompressed_latin1_text[0].text, "dashi-vortex");
        assert_eq!(reader.info().utf8_text[0].get_text().unwrap(), "ω at t = 3");
    }

    #[test]
    fn an_animation_has_all_its_frames_and_a_failed_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let frame = |x: u8| Ok(vec![x; 16]);
        write_apng(&path, 2, 2, [frame(1), frame(2), frame(3)].into_iter(), (1, 30), &[]).unwrap();
        let mut reader = png::Decoder::new(io::BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
        assert_eq!(reader.info().animation_control.unwrap().num_frames, 3);
        let mut last = vec![0; 16];
        for _ in 0..3 {
            reader.next_frame(&mut last).unwrap();
        }
        assert_eq!(last, [3; 16]);

        let broken = folder.path().join("b.png");
        let short = [frame(1), Ok(vec![0; 4])];
        assert!(write_apng(&broken, 2, 2, short.into_iter(), (1, 30), &[]).is_err());
        let failed = [frame(1), Err(Error::Run("device lost".into()))];
        assert_eq!(write_apng(&broken, 2, 2, failed.into_iter(), (1, 30), &[]).unwrap_err().to_string(), "device lost");
        assert!(write_apng(&broken, 2, 2, [].into_iter(), (1, 30), &[]).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
