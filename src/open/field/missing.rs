//! Values that are none: NaN, infinite, and the numbers that programs write where they have nothing.

use super::derive::Parts;
use crate::{
    error::Result,
    io::{At, Selection},
};

/// Numbers that are written where nothing is: of NetCDF, of models, of instruments.
const FILLS: [f64; 13] = [
    9.969_209_968_386_869e36,
    1e20,
    -1e20,
    1e30,
    1e36,
    -1e30,
    1e34,
    1e35,
    -9999.0,
    -999.0,
    -99_999.0,
    -32_768.0,
    9999.0,
];
/// One of them is a fill where it is so many times the largest of the others.
const BEYOND: f64 = 20.0;
/// Numbers that float32 rounded are still these.
const ROUNDED: f64 = 1e-6;

/// Whether a number is this value.
fn is(x: f64, value: f64) -> bool {
    x == value || x.is_nan() && value.is_nan() || (x - value).abs() <= ROUNDED * value.abs()
}

/// A number as it may be typed.
fn shown(x: f64) -> String {
    if x.is_finite() && x.abs() >= 1e6 { format!("{x:e}") } else { format!("{x}") }
}

/// Puts 0 where the value that somebody named stands, and refuses what else is no number.
///
/// # Errors
/// [`crate::Error::BadFile`] with the array, the place of the first and how many there are.
pub fn mend(parts: &mut Parts, fill: &[f64], selection: &Selection, told: &mut Vec<String>, at: At) -> Result<()> {
    let columns = parts.sides[1].max(1);
    if let Some(value) = selection.mask_value {
        let mut masked = 0;
        for plane in &mut parts.all {
            plane.iter_mut().filter(|x| is(**x, value)).for_each(|x| {
                *x = 0.0;
                masked += 1;
            });
        }
        let all = parts.all.iter().map(Vec::len).sum::<usize>();
        told.push(format!("{}: {masked} of {all} numbers are {}: taken as 0", at.field, shown(value)));
    }
    for plane in &parts.all {
        let place = |i: usize, count: usize| {
            let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            format!("{} at [{}, {}]{more}", shown(plane[i]), i / columns, i % columns)
        };
        let count = |is: &dyn Fn(f64) -> bool| plane.iter().filter(|x| is(**x)).count();
        if let Some(i) = plane.iter().position(|x| !x.is_finite()) {
            let remedy = format!("finite numbers; --mask-value {} takes 0 in their place", plane[i]);
            return Err(at.bad(remedy, place(i, count(&|x| !x.is_finite()))));
        }
        let said = fill.iter().copied().find(|fill| plane.iter().any(|x| is(*x, *fill)));
        let Some(value) = said.or_else(|| known(plane)) else { continue };
        let i = plane.iter().position(|x| is(*x, value)).unwrap_or(0);
        let remedy =
            format!("a value everywhere, not a fill value; --mask-value {} takes 0 in its place", shown(value));
        return Err(at.bad(remedy, place(i, count(&|x| is(x, value)))));
    }
    Ok(())
}

/// A well-known fill value that stands far beyond all other numbers.
fn known(plane: &[f64]) -> Option<f64> {
    let others = plane.iter().filter(|x| !FILLS.iter().any(|fill| is(**x, *fill)));
    let (count, largest) = others.fold((0, 0.0_f64), |(count, most), x| (count + 1, most.max(x.abs())));
    let fill = FILLS.iter().copied().find(|fill| plane.iter().any(|x| is(*x, *fill)));
    fill.filter(|fill| count > 0 && fill.abs() > BEYOND * largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_out_is_a_fill() {
        assert_eq!(known(&[1.0, -2.0, f64::from(1e20_f32), 0.5]), Some(1e20));
        assert_eq!(known(&[1.0, -9999.0, 0.5]), Some(-9999.0));
        // A flow of such numbers is a flow.
        assert_eq!(known(&[1e20, -0.7e20, 0.3e20]), None);
        assert_eq!(known(&[-9999.0, 1200.0, 800.0]), None);
        assert_eq!(known(&[0.0, 1.0]), None);
    }
}
