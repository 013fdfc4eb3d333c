//! A picture as vorticity: bright is counter-clockwise, dark is clockwise.
//!
//! ```text
//! luma    0.2126 R + 0.7152 G + 0.0722 B of the stored (not linearised) colours, times opacity
//! side    a power of two: the longer side rounded down, within SIDES; the picture is stretched to the square
//! omega   (luma - mean) scaled to the rms asked for, row 0 at the bottom
//! ```
//!
//! PNG, JPEG, WebP and GIF (its first frame); a camera's turn (EXIF) is applied. The box is periodic, so
//! opposite edges of the picture meet.

use std::path::Path;

use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageReader, Limits, Luma,
    imageops::{FilterType, resize},
};

use super::{At, field_file::Field};
use crate::error::{Error, Result};

/// Endings that are pictures.
pub const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "gif"];
/// Sides of a field that a picture becomes.
pub const SIDES: std::ops::RangeInclusive<u32> = 16..=4096;
/// Sides that are chosen where none is asked for.
const USUAL: [u32; 2] = [64, 1024];
/// Root mean square of the vorticity where none is asked for.
pub const RMS: f64 = 3.0;
/// Most pixels along a side of the file.
const MAX_PIXELS: u32 = 32_768;
/// Most bytes of its pixels.
const MAX_BYTES: u64 = 1 << 30;

/// Whether a path has the ending of a picture.
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Reads a picture as a field of side `n`, or of its own choice.
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be opened; [`Error::BadFile`] when it is no picture, too large,
/// or of one brightness; [`Error::Invalid`] for a side or an rms out of range.
pub fn read_picture(path: &Path, n: Option<u32>, rms: Option<f64>) -> Result<Field> {
    if let Some(n) = n.filter(|n| !SIDES.contains(n) || n % 2 == 1) {
        return Err(Error::invalid("N", format!("an even number from {} to {}", SIDES.start(), SIDES.end()), n));
    }
    let rms = rms.unwrap_or(RMS);
    if !(rms.is_finite() && rms > 0.0) {
        return Err(Error::invalid("rms vorticity of a picture", "a number above 0", rms));
    }
    let picture = decoded(path)?;
    let (width, height) = (picture.width(), picture.height());
    let side = n.unwrap_or_else(|| usual_side(width.max(height)));
    let pixels = picture.into_rgba32f();
    let luma = ImageBuffer::from_fn(width, height, |x, y| {
        let [r, g, b, a] = pixels.get_pixel(x, y).0;
        Luma([(0.2126 * r + 0.7152 * g + 0.0722 * b) * a])
    });
    drop(pixels);
    let luma = if (width, height) == (side, side) { luma } else { resize(&luma, side, side, FilterType::Triangle) };
    let rows = luma.rows().rev();
    let bright: Vec<f64> = rows.flat_map(|row| row.map(|pixel| f64::from(pixel.0[0]))).collect();
    let count = bright.len() as f64;
    let mean = bright.iter().sum::<f64>() / count;
    let own = (bright.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
    // A step of one in 8 bits over one pixel in a thousand is still a picture.
    if !(own.is_finite() && own > 1e-4) {
        return Err(At { path, field: "picture" }.bad("bright and dark places", "one brightness"));
    }
    Ok(Field { n: side as usize, omega: bright.into_iter().map(|x| (x - mean) * (rms / own)).collect() })
}

/// The power of two not above a side, within what is usual.
fn usual_side(longer: u32) -> u32 {
    let floor = if longer.is_power_of_two() { longer } else { longer.next_power_of_two() / 2 };
    floor.clamp(USUAL[0], USUAL[1])
}

/// Decodes within limits.
fn decoded(path: &Path) -> Result<DynamicImage> {
    let unreadable = |source| Error::Unreadable { path: path.into(), source };
    let at = At { path, field: "picture" };
    let mut reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(unreadable)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_PIXELS), Some(MAX_PIXELS));
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let broken = |e: image::ImageError| at.bad("a whole PNG, JPEG, WebP or GIF within 32768 x 32768 pixels", e);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    // Sixteen bytes a pixel are held while it becomes luma.
    let (width, height) = decoder.dimensions();
    if 16 * u64::from(width) * u64::from(height) > MAX_BYTES {
        return Err(at.bad("at most 67 million pixels", format!("{width} x {height}")));
    }
    let turn = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(turn);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(folder: &Path, name: &str, picture: &DynamicImage) -> std::path::PathBuf {
        let path = folder.join(name);
        picture.save(&path).unwrap();
        path
    }

    /// Bright in the lower left quarter.
    fn quarter(width: u32, height: u32) -> DynamicImage {
        let white = |x, y| x < width / 2 && y >= height / 2;
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb(if white(x, y) { [255; 3] } else { [0; 3] })).into()
    }

    #[test]
    fn every_format_gives_the_same_field_with_row_0_at_the_bottom() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "a.gif", "a.webp", "a.jpg", "A.JPEG"] {
            let field = read_picture(&saved(folder.path(), name, &quarter(64, 64)), None, None).unwrap();
            assert_eq!((field.n, field.omega.len()), (64, 4096), "{name}");
            // A quarter at 3/4 above the mean: 3 standard deviations / sqrt 3.
            let high = 0.75 / 0.1875_f64.sqrt() * 3.0;
            let tolerance = if name.to_lowercase().contains("jp") { 0.2 } else { 1e-6 };
            for (j, i, expected) in [(5, 5, high), (5, 40, -high / 3.0), (40, 5, -high / 3.0), (60, 60, -high / 3.0)] {
                let found = field.omega[j * 64 + i];
                assert!((found - expected).abs() < tolerance, "{name} [{j}, {i}] {found} {expected}");
            }
        }
    }

    #[test]
    fn a_picture_is_stretched_to_a_square_without_mean() {
        let folder = tempfile::tempdir().unwrap();
        let path = saved(folder.path(), "wide.png", &quarter(300, 100));
        let field = read_picture(&path, None, Some(2.0)).unwrap();
        assert_eq!(field.n, 256);
        let mean = field.omega.iter().sum::<f64>() / 65536.0;
        let square = field.omega.iter().map(|w| w * w).sum::<f64>() / 65536.0;
        assert!(mean.abs() < 1e-12 && (square - 4.0).abs() < 1e-9, "{mean} {square}");
        assert!(field.omega[60 * 256 + 60] > 1.0 && field.omega[60 * 256 + 200] < 0.0);
        assert_eq!(read_picture(&path, Some(100), None).unwrap().n, 100);
        assert_eq!([1, 64, 65, 127, 128, 5000].map(usual_side), [64, 64, 64, 64, 128, 1024]);
    }

    #[test]
    fn transparent_places_are_dark_and_what_is_no_picture_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let clear =
            image::RgbaImage::from_fn(64, 64, |x, _| image::Rgba([255, 255, 255, if x < 32 { 255 } else { 0 }]));
        let path = saved(folder.path(), "clear.png", &clear.into());
        let field = read_picture(&path, None, None).unwrap();
        assert!(field.omega[10] > 2.9 && field.omega[50] < -2.9);
        let flat = saved(folder.path(), "flat.png", &image::RgbImage::new(20, 20).into());
        let text = folder.path().join("text.png");
        std::fs::write(&text, "no picture").unwrap();
        let half = folder.path().join("half.png");
        std::fs::write(&half, &std::fs::read(&path).unwrap()[..60]).unwrap();
        for (path, expected) in [(&flat, "one brightness"), (&text, "text.png: picture"), (&half, "half.png: picture")]
        {
            let error = read_picture(path, None, None).unwrap_err();
            assert!(error.exit_code() == 5 && error.to_string().contains(expected), "{error}");
        }
        assert!(matches!(read_picture(Path::new("/no/such.png"), None, None), Err(Error::Unreadable { .. })));
        assert!(read_picture(&path, Some(33), None).is_err() && read_picture(&path, None, Some(0.0)).is_err());
        assert!(is_picture(&path) && is_picture(Path::new("x.JPG")) && !is_picture(Path::new("x.npy")));
    }
}
