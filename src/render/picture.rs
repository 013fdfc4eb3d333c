//! A decoded field as a picture on the CPU: cells, one around each node. Fields have row 0 at the bottom, pictures at
//! the top. Node i lies at `2 pi i / N` in the middle of its cell, so the picture begins half a cell before 0.

use super::colormap::Colormap;
use crate::error::{Error, Result};

/// Widest and highest picture.
pub const MAX_SIDE: usize = 16_384;

/// `[N, N]` field (row-major, row 0 at the bottom) to RGBA `[height, width, 4]` (row 0 at the top).
/// Pixel `(x, y)` shows the cell its centre lies in, so whole multiples of `N` show square cells.
/// `range` is the largest magnitude shown, symmetric about zero.
///
/// # Errors
/// [`Error::Invalid`] when the field is not `N x N` or the size is 0 or above [`MAX_SIDE`].
pub fn picture(field: &[f32], n: usize, map: Colormap, range: f32, width: usize, height: usize) -> Result<Vec<u8>> {
    if n == 0 || n.checked_mul(n) != Some(field.len()) {
        return Err(Error::invalid("field of a picture", format!("{n} x {n} values"), field.len()));
    }
    if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
        let expected = format!("width and height from 1 to {MAX_SIDE}");
        return Err(Error::invalid("size of a picture", expected, format!("{width} x {height}")));
    }
    let columns: Vec<usize> = (0..width).map(|x| cell(x, width, n)).collect();
    let mut rgba = vec![0; width * height * 4];
    let mut row = vec![0.0; width];
    for (y, pixels) in rgba.chunks_exact_mut(width * 4).enumerate() {
        let from = &field[cell(height - 1 - y, height, n) * n..][..n];
        row.iter_mut().zip(&columns).for_each(|(value, i)| *value = from[*i]);
        map.apply(&row, range, pixels);
    }
    Ok(rgba)
}

/// The cell of `n` that holds the centre of pixel `i` of `length`.
fn cell(i: usize, length: usize, n: usize) -> usize {
    (2 * i + 1) * n / (2 * length)
}

/// The largest finite magnitude, for a range centred on zero; 0 when there is none. The order of `field` does not
/// matter.
pub fn symmetric_range(field: &[f32]) -> f32 {
    field.iter().map(|v| v.abs()).filter(|v| v.is_finite()).fold(0.0, f32::max)
}

/// The magnitude that a share of the finite values does not exceed (`share` 1 gives [`symmetric_range`]): a range
/// that a few extreme cells do not wash out. The order of `field` does not matter.
pub fn quantile_range(field: &[f32], share: f32) -> f32 {
    let mut magnitudes: Vec<f32> = field.iter().map(|v| v.abs()).filter(|v| v.is_finite()).collect();
    let Some(last) = magnitudes.len().checked_sub(1) else { return 0.0 };
    let rank = ((share.clamp(0.0, 1.0) * last as f32).round() as usize).min(last);
    *magnitudes.select_nth_unstable_by(rank, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_row_of_the_field_is_the_last_row_of_the_picture() {
        let rgba = picture(&[1.0, -1.0, 0.0, 0.0], 2, Colormap::RdBuR, 1.0, 4, 4).unwrap();
        let pixel = |x: usize, y: usize| <[u8; 3]>::try_from(&rgba[(y * 4 + x) * 4..][..3]).unwrap();
        let table = Colormap::RdBuR.table();
        assert_eq!([pixel(0, 3), pixel(1, 2)], [table[255]; 2]);
        assert_eq!([pixel(2, 3), pixel(3, 2)], [table[0]; 2]);
        assert_eq!([pixel(0, 0), pixel(3, 1)], [table[128]; 2]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        assert!(picture(&[0.0; 3], 2, Colormap::Vik, 1.0, 4, 4).is_err());
        assert!(picture(&[0.0; 4], 2, Colormap::Vik, 1.0, 0, 4).is_err());
        assert!(picture(&[], 0, Colormap::Vik, 1.0, 4, 4).is_err());
        assert_eq!(picture(&[0.0; 4], 2, Colormap::Vik, 1.0, 3, 1).unwrap().len(), 12);
    }

    #[test]
    fn ranges_ignore_what_is_not_finite() {
        let field = [f32::NAN, -3.0, 2.0, 1.0, 0.0, f32::INFINITY];
        assert_eq!(symmetric_range(&field), 3.0);
        assert_eq!(quantile_range(&field, 1.0), 3.0);
        assert_eq!(quantile_range(&field, 0.0), 0.0);
        assert_eq!(symmetric_range(&[]), 0.0);
    }
}
