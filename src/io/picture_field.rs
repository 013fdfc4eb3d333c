//! A picture as vorticity: bright is counter-clockwise, dark is clockwise.
//!
//! ```text
//! luma    0.2126 R + 0.7152 G + 0.0722 B of the stored (not linearised) colours, times opacity
//! side    a power of two: the longer side rounded down, within SIDES; the picture is stretched to the square
//! omega   (luma - mean) scaled to the rms asked for, row 0 at the bottom
//! ```
//!
//! PNG, JPEG, WebP, BMP and GIF (its first frame); a camera's turn (EXIF) is applied. The box is periodic, so
//! opposite edges of the picture meet. Where it is to keep its proportions it stands in the middle of the box, with
//! margins of its mean, which is no vorticity.

use std::{
    collections::VecDeque,
    io::{BufRead, Seek, SeekFrom},
    path::Path,
};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, metadata::Orientation};

use super::{
    At,
    field_file::Field,
    open::{affordable, shown},
};
use crate::error::{Error, Result};

/// Sides of a field that a picture becomes.
pub const SIDES: std::ops::RangeInclusive<u32> = 16..=8192;
/// Sides that are chosen where none is asked for.
const USUAL: [u32; 2] = [64, 1024];
/// Root mean square of the vorticity where none is asked for.
pub const RMS: f64 = 3.0;
/// Bytes a pixel that decoding a JPEG may take beside the picture: coefficients of three planes.
const JPEG_BYTES: u64 = 6;
/// The same of a GIF or WebP: a canvas in RGBA.
const CANVAS_BYTES: u64 = 4;
/// Most pixels along a side of the file.
const MAX_PIXELS: u32 = 32_768;

/// What a picture is to become.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wish {
    /// Side of the field, else of its own choice.
    pub n: Option<u32>,
    /// Root mean square of the vorticity, else [`RMS`].
    pub rms: Option<f64>,
    /// Margins instead of a stretch.
    pub proportions: bool,
}

/// Reads a picture as a field, from any bytes; `path` only names them in messages.
///
/// # Errors
/// [`Error::BadFile`] when it is no picture, too large, or of one brightness; [`Error::Invalid`] for a side or an rms
/// out of range.
pub fn read_picture_from(path: &Path, reader: impl BufRead + Seek, wish: &Wish) -> Result<Field> {
    if let Some(n) = wish.n.filter(|n| !SIDES.contains(n) || n % 2 == 1) {
        return Err(Error::invalid("N", format!("an even number from {} to {}", SIDES.start(), SIDES.end()), n));
    }
    let rms = wish.rms.unwrap_or(RMS);
    if !(rms.is_finite() && rms > 0.0) {
        return Err(Error::invalid("rms vorticity of a picture", "a number above 0", rms));
    }
    let (picture, turn) = decoded(path, reader)?;
    let side = wish.n.unwrap_or_else(|| usual_side(picture.width().max(picture.height()))) as usize;
    // The stored picture lies in part of the box, unless it is stretched.
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let inner = |length: f64| ((side as f64 * length / width.max(height)).round() as usize).clamp(1, side);
    let inside = if wish.proportions { [inner(width), inner(height)] } else { [side; 2] };
    let bright = stretched(&picture, turn, inside);
    drop(picture);
    let count = bright.len() as f64;
    let mean = bright.iter().sum::<f64>() / count;
    // A step of one in 8 bits over one pixel in a thousand is still a picture.
    let own = (bright.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
    if !(own.is_finite() && own > 1e-4) {
        return Err(At { path, field: "picture" }.bad("bright and dark places", "one brightness"));
    }
    // The rms is that of the whole box, margins included.
    let scale = rms / own * (side as f64 * side as f64 / count).sqrt();
    let mut omega = vec![0.0; side * side];
    let [left, low] = inside.map(|length| (side - length) / 2);
    for (j, row) in bright.chunks(inside[0]).enumerate() {
        let line = &mut omega[(low + j) * side + left..][..inside[0]];
        line.iter_mut().zip(row).for_each(|(w, x)| *w = (x - mean) * scale);
    }
    Ok(Field { n: side, omega: turned(omega, turn, side) })
}

/// The power of two not above a side, within what is usual.
fn usual_side(longer: u32) -> u32 {
    let floor = if longer.is_power_of_two() { longer } else { longer.next_power_of_two() / 2 };
    floor.clamp(USUAL[0], USUAL[1])
}

/// Decodes within limits; the camera's turn is left to be applied.
fn decoded(path: &Path, mut reader: impl BufRead + Seek) -> Result<(DynamicImage, Orientation)> {
    let at = At { path, field: "picture" };
    let broken = |e: image::ImageError| at.bad("a whole PNG, JPEG, WebP, GIF or BMP within 32768 x 32768 pixels", e);
    let length = reader.seek(SeekFrom::End(0)).map_err(|e| at.damaged(&e))?;
    reader.rewind().map_err(|e| at.damaged(&e))?;
    let most = affordable(length);
    let mut reader = ImageReader::new(reader).with_guessed_format().map_err(|e| at.damaged(&e))?;
    let format = reader.format();
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_PIXELS), Some(MAX_PIXELS));
    limits.max_alloc = Some(most);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // Beside the pixels these decoders hold a canvas, or coefficients, of their own.
    let own = match format {
        Some(ImageFormat::Png | ImageFormat::Bmp) => 0,
        Some(ImageFormat::Jpeg) => JPEG_BYTES,
        _ => CANVAS_BYTES,
    };
    let takes = decoder.total_bytes().saturating_add(own * pixels);
    if pixels == 0 {
        return Err(at.bad("a picture with pixels", format!("{width} x {height}")));
    }
    if takes > most {
        let expected = format!("at most {} of memory for its pixels; save it smaller", shown(most));
        return Err(at.bad(expected, format!("{width} x {height}, which take {}", shown(takes))));
    }
    let turn = decoder.orientation().map_err(broken)?;
    Ok((DynamicImage::from_decoder(decoder).map_err(broken)?, turn))
}

/// Brightness on as many columns and rows of nodes, row 0 at the bottom, as the picture is stored: each is the mean of
/// the pixels around its place, weighted by a triangle that reaches the next nodes (or pixels, where these are wider).
/// Pixel p of W is the cell around `2 pi p / W` and node i lies at `2 pi i / N`, so a thing in the picture has one place
/// whatever N is. One row at a time is held, so that a picture costs little more than its own pixels.
fn stretched(picture: &DynamicImage, turn: Orientation, [across, up]: [usize; 2]) -> Vec<f64> {
    // As turned: the node (i, j) looks at the pixel place(i, j).
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let [from_right, from_below] = backwards(turn);
    let (columns, rows) = (weights(width, across, from_right), weights(height, up, from_below));
    let mut out = vec![0.0; across * up];
    // Rows from `oldest` on, narrowed to the columns; the box repeats, and so do pixels.
    let (mut narrow, mut oldest) = (VecDeque::<Vec<f64>>::new(), rows.first().map_or(0, |(first, _)| *first));
    let pixel = |at: i64, length: usize| at.rem_euclid(length as i64) as usize;
    for (j, (first, weights)) in rows.iter().enumerate() {
        while oldest < *first {
            narrow.pop_front();
            oldest += 1;
        }
        while narrow.len() < weights.len() {
            let y = pixel(oldest + narrow.len() as i64, height);
            let across = |(x, w): &(i64, Vec<f64>)| mean(w, |i| luma(picture, pixel(*x + i as i64, width), y));
            narrow.push_back(columns.iter().map(across).collect());
        }
        let line = &mut out[(up - 1 - j) * across..(up - j) * across];
        for (i, x) in line.iter_mut().enumerate() {
            *x = mean(weights, |k| narrow[k][i]);
        }
    }
    out
}

/// Whether places run against the columns of the stored picture, and against its rows: y runs upwards, rows run
/// downwards, and a camera's turn changes both.
fn backwards(turn: Orientation) -> [bool; 2] {
    match turn {
        Orientation::NoTransforms | Orientation::Rotate270FlipH => [false, true],
        Orientation::FlipHorizontal | Orientation::Rotate90 => [true, true],
        Orientation::FlipVertical | Orientation::Rotate270 => [false, false],
        Orientation::Rotate180 | Orientation::Rotate90FlipH => [true, false],
    }
}

/// For each of `side` nodes along `length` pixels: the first pixel, and the weights of it and those after it; pixels
/// before the first and after the last are those of the other end. Places run along the pixels or against them.
fn weights(length: usize, side: usize, against: bool) -> Vec<(i64, Vec<f64>)> {
    let ratio = length as f64 / side as f64;
    let reach = ratio.max(1.0);
    (0..side)
        .map(|i| {
            // The pixel on which the node lies; counted from the last one, where the node is that from the last.
            let centre = i as f64 * ratio + if against { ratio - 1.0 } else { 0.0 };
            let (first, last) = ((centre - reach).floor() as i64, (centre + reach).ceil() as i64);
            let weight = |x: i64| (1.0 - (x as f64 - centre).abs() / reach).max(0.0);
            let all: Vec<f64> = (first..=last).map(weight).collect();
            let sum: f64 = all.iter().sum();
            (first, all.into_iter().map(|w| w / sum).collect())
        })
        .collect()
}

fn mean(weights: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    weights.iter().enumerate().map(|(i, w)| if *w == 0.0 { 0.0 } else { w * value(i) }).sum()
}

/// Brightness of a pixel, 0 to 1.
fn luma(picture: &DynamicImage, x: usize, y: usize) -> f64 {
    let (x, y) = (x as u32, y as u32);
    let of = |[r, g, b, a]: [f64; 4]| (0.2126 * r + 0.7152 * g + 0.0722 * b) * a;
    let (eight, sixteen) = (|v: u8| f64::from(v) / 255.0, |v: u16| f64::from(v) / 65_535.0);
    match picture {
        DynamicImage::ImageLuma16(p) => p.get_pixel(x, y).0.map(sixteen)[0],
        DynamicImage::ImageLumaA16(p) => p.get_pixel(x, y).0.map(sixteen).iter().product(),
        DynamicImage::ImageRgb16(p) => {
            let [r, g, b] = p.get_pixel(x, y).0.map(sixteen);
            of([r, g, b, 1.0])
        }
        DynamicImage::ImageRgba16(p) => of(p.get_pixel(x, y).0.map(sixteen)),
        other => of(image::GenericImageView::get_pixel(other, x, y).0.map(eight)),
    }
}

/// A square field, row 0 at the bottom, as a camera held that way meant it.
fn turned(field: Vec<f64>, turn: Orientation, side: usize) -> Vec<f64> {
    let last = side - 1;
    // From which place, counted from the top left, the pixel at (x, y) comes.
    let from: fn(usize, usize, usize) -> (usize, usize) = match turn {
        Orientation::NoTransforms => return field,
        Orientation::FlipHorizontal => |x, y, l| (l - x, y),
        Orientation::FlipVertical => |x, y, l| (x, l - y),
        Orientation::Rotate180 => |x, y, l| (l - x, l - y),
        Orientation::Rotate90 => |x, y, l| (y, l - x),
        Orientation::Rotate270 => |x, y, l| (l - y, x),
        Orientation::Rotate90FlipH => |x, y, _| (y, x),
        Orientation::Rotate270FlipH => |x, y, l| (l - y, l - x),
    };
    (0..side * side)
        .map(|cell| {
            let (x, y) = from(cell % side, last - cell / side, last);
            field[(last - y) * side + x]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::open::Source;

    fn read_picture(path: &Path, n: Option<u32>, rms: Option<f64>) -> Result<Field> {
        let source = Source::open(path)?;
        read_picture_from(path, source.reader(), &Wish { n, rms, proportions: false })
    }

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
        for name in ["a.png", "a.gif", "a.webp", "a.bmp", "a.jpg", "A.JPEG"] {
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
    fn every_turn_of_a_camera_is_the_one_of_the_library() {
        use Orientation::{
            FlipHorizontal, FlipVertical, NoTransforms, Rotate90, Rotate90FlipH, Rotate180, Rotate270, Rotate270FlipH,
        };
        let picture = image::GrayImage::from_fn(5, 5, |x, y| image::Luma([(40 * y + 7 * x) as u8]));
        for turn in
            [NoTransforms, FlipHorizontal, FlipVertical, Rotate180, Rotate90, Rotate270, Rotate90FlipH, Rotate270FlipH]
        {
            let mut expected = DynamicImage::from(picture.clone());
            expected.apply_orientation(turn);
            let found = turned(stretched(&picture.clone().into(), turn, [5; 2]), turn, 5);
            for (x, y, pixel) in expected.to_luma8().enumerate_pixels() {
                let found = found[(4 - y as usize) * 5 + x as usize] * 255.0;
                assert!((found - f64::from(pixel.0[0])).abs() < 1e-9, "{turn:?} ({x}, {y})");
            }
        }
    }

    #[test]
    fn stretching_keeps_a_ramp_a_ramp_and_the_mean_the_mean() {
        let ramp = |width, height| {
            image::GrayImage::from_fn(width, height, |x, _| image::Luma([(x * 255 / (width - 1)) as u8]))
        };
        for (width, height, side) in [(256, 100, 64), (64, 64, 64), (18, 300, 64), (1000, 7, 100)] {
            let field = stretched(&ramp(width, height).into(), Orientation::NoTransforms, [side; 2]);
            let mean = field.iter().sum::<f64>() / field.len() as f64;
            assert!((mean - 0.5).abs() < 0.01, "{width} x {height}: {mean}");
            // Beyond the last pixel the first one comes.
            let inner = side - 2 - side.div_ceil(width as usize);
            for (i, x) in field[..side].iter().enumerate().skip(2).take(inner - 2) {
                let pixel = i as f64 * f64::from(width) / side as f64;
                let expected = pixel / f64::from(width - 1);
                assert!((x - expected).abs() < 0.02, "{width} to {side}, node {i}: {x} for {expected}");
            }
        }
    }

    /// A round bright spot on black keeps its place on any grid, however the camera was held.
    #[test]
    fn a_spot_has_one_place_whatever_n_is() {
        use Orientation::{FlipVertical, NoTransforms, Rotate90, Rotate90FlipH, Rotate180, Rotate270FlipH};
        let (width, height, spot) = (300_u32, 200_u32, [0.31, 0.62]);
        let bell = |x: u32, y: u32| {
            // Pixel p is the cell around p / W of the box; rows run downwards.
            let at = [f64::from(x) / f64::from(width), f64::from(height - 1 - y) / f64::from(height)];
            (-((at[0] - spot[0]).powi(2) + (at[1] - spot[1]).powi(2)) / (2.0 * 0.05_f64.powi(2))).exp()
        };
        let upright: DynamicImage =
            image::ImageBuffer::from_fn(width, height, |x, y| image::Luma([(65_535.0 * bell(x, y)) as u16])).into();
        for side in [32, 64, 100, 200, 512] {
            for turn in [NoTransforms, Rotate180, Rotate90, FlipVertical, Rotate90FlipH, Rotate270FlipH] {
                // Stored as a camera held that way stores it: undone by its own opposite.
                let mut stored = upright.clone();
                stored.apply_orientation(if turn == Rotate90 { Orientation::Rotate270 } else { turn });
                let field = turned(stretched(&stored, turn, [side; 2]), turn, side);
                let sum: f64 = field.iter().sum();
                let mean = |axis: usize| {
                    let place = |cell: usize| (if axis == 0 { cell % side } else { cell / side }) as f64 / side as f64;
                    field.iter().enumerate().map(|(cell, w)| w * place(cell)).sum::<f64>() / sum
                };
                let off = [mean(0) - spot[0], mean(1) - spot[1]];
                assert!(off.iter().all(|d| d.abs() < 1e-4), "{turn:?} on {side}: {off:?} of the box");
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
    fn proportions_are_kept_with_margins_without_vorticity() {
        let folder = tempfile::tempdir().unwrap();
        let path = saved(folder.path(), "wide.png", &quarter(256, 128));
        let source = Source::open(&path).unwrap();
        let wish = Wish { rms: Some(2.0), proportions: true, ..Wish::default() };
        let field = read_picture_from(&path, source.reader(), &wish).unwrap();
        assert_eq!(field.n, 256);
        // Rows 64 to 191 hold the picture, whose lower left quarter is bright.
        let at = |j: usize, i: usize| field.omega[j * 256 + i];
        assert!(at(80, 40) > 1.0 && at(80, 200) < 0.0 && at(170, 40) < 0.0);
        assert!((0..64).chain(192..256).all(|j| at(j, 40) == 0.0 && at(j, 200) == 0.0));
        let square = field.omega.iter().map(|w| w * w).sum::<f64>() / 65536.0;
        assert!((square - 4.0).abs() < 1e-9, "{square}");
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
    }
}
