//! Where the nodes of a file lie: evenly, on a square box, each place once; and as many rows as columns.

use super::derive::{Flat, Parts};
use crate::{
    error::{Error, Result},
    io::{At, Selection, fields::names},
    math::BOX,
    primitives::fft::along::{Axis, finer},
};

/// Steps between places differ by at most this share where they are even (float32 places included).
const EVEN: f64 = 1e-3;
/// Numbers at both ends that differ by at most this share of the largest are the same.
const SAME: f64 = 1e-6;
/// The same where somebody says so.
const ASKED: f64 = 1e-3;

/// Places of the columns and of the rows, and what they are called.
type Places = [Option<(String, Vec<f64>)>; 2];

/// Rows upwards and columns to the right, the box a square; gives its side.
///
/// # Errors
/// [`crate::Error::BadFile`] for places that are not even or a box that is no square, [`Error::Usage`] where nothing
/// repeats that was to be dropped.
pub fn straighten(
    parts: &mut Parts,
    places: &Places,
    selection: &Selection,
    told: &mut Vec<String>,
    at: At,
) -> Result<f64> {
    let mut sides = [None, None];
    let ends = [repeats(parts, Axis::X, SAME), repeats(parts, Axis::Y, SAME)];
    for (k, axis) in [Axis::X, Axis::Y].into_iter().enumerate() {
        let Some((name, line)) = &places[k] else { continue };
        let at = At { path: at.path, field: name };
        let step = even(line, at)?;
        if step < 0.0 {
            told.push(format!("{name} falls from {} to {}: turned around", line[0], line[line.len() - 1]));
            parts.all.iter_mut().for_each(|plane| reverse(plane, parts.sides, axis));
        }
        let count = line.len() - usize::from(selection.drop_end && ends[k]);
        if !names::angle(name) {
            sides[k] = Some(step.abs() * count as f64);
        }
    }
    drop_ends(parts, ends, selection, told, at)?;
    match (sides, places) {
        ([Some(x), Some(y)], [Some((x_name, _)), Some((y_name, _))]) if (x / y - 1.0).abs() > EVEN => {
            let expected = "a square box: cut it to one, or repeat its shorter side to the length of the other";
            Err(at.bad(expected, format!("{x_name} over {x}, {y_name} over {y}")))
        }
        ([None, None], [x, y]) => {
            if let Some((name, _)) = [x, y].into_iter().flatten().next() {
                told.push(format!("{name} is an angle: the map is taken as a flat box of side 2 pi"));
            }
            Ok(BOX)
        }
        ([x, y], _) => {
            let side = x.or(y).unwrap_or(BOX);
            if (side / BOX - 1.0).abs() > EVEN {
                told.push(format!("{}: its box of side {side} is taken as one of 2 pi; lengths are scaled", at.field));
                return Ok(side);
            }
            Ok(BOX)
        }
    }
}

/// The step between places.
fn even(line: &[f64], at: At) -> Result<f64> {
    let last = line.len() - 1;
    if last == 0 {
        return Ok(BOX);
    }
    let step = (line[last] - line[0]) / last as f64;
    let even = |pair: &[f64]| (pair[1] - pair[0] - step).abs() <= EVEN * step.abs();
    let uneven = line.windows(2).position(|pair| !even(pair));
    match uneven {
        None if step != 0.0 => Ok(step),
        _ => {
            let i = uneven.unwrap_or(0);
            let expected = "evenly spaced places; interpolate to an even grid";
            Err(at.bad(expected, format!("{} and {} at {i} and {}", line[i], line[i + 1], i + 1)))
        }
    }
}

fn reverse(plane: &mut [f64], [rows, columns]: [usize; 2], axis: Axis) {
    match axis {
        Axis::X => plane.chunks_mut(columns).for_each(<[f64]>::reverse),
        Axis::Y => (0..rows / 2).for_each(|j| {
            let (low, high) = plane.split_at_mut((rows - 1 - j) * columns);
            low[j * columns..][..columns].swap_with_slice(&mut high[..columns]);
        }),
    }
}

/// Whether the last row or column is the first one again. Rows of one number repeat by chance: they count only where
/// one less would be even.
fn repeats(parts: &Parts, axis: Axis, tolerance: f64) -> bool {
    let [rows, columns] = parts.sides;
    let (lines, length) = if axis == Axis::X { (rows, columns) } else { (columns, rows) };
    let value = |plane: &[f64], line: usize, i: usize| {
        if axis == Axis::X { plane[line * columns + i] } else { plane[i * columns + line] }
    };
    length > 2
        && parts.all.iter().all(|plane| {
            let largest = plane.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            let first: Vec<f64> = (0..lines).map(|line| value(plane, line, 0)).collect();
            let same = |line: usize| (value(plane, line, length - 1) - first[line]).abs() <= tolerance * largest;
            let flat = first.iter().all(|x| (x - first[0]).abs() <= 1e-3 * largest);
            (0..lines).all(same) && (!flat || length % 2 == 1)
        })
}

/// Tells of ends that repeat, or leaves them out.
fn drop_ends(parts: &mut Parts, ends: [bool; 2], selection: &Selection, told: &mut Vec<String>, at: At) -> Result<()> {
    let words = ["column", "row"];
    if !selection.drop_end {
        for (k, word) in words.iter().enumerate().filter(|(k, _)| ends[*k]) {
            let count = parts.sides[1 - k];
            told.push(format!(
                "warning: {}: the last {word} repeats the first, so that {count} are {} and one twice; --drop-end leaves \
                 it out",
                at.field,
                count - 1
            ));
        }
        return Ok(());
    }
    let ends = [Axis::X, Axis::Y].map(|axis| repeats(parts, axis, ASKED));
    if ends == [false, false] {
        let path = at.path.display();
        let words = "neither the last row nor the last column repeats the first";
        return Err(Error::Usage(format!("--drop-end: {path}: {}: {words}; leave it out", at.field)));
    }
    let [rows, columns] = parts.sides;
    let [across, up] = [columns - usize::from(ends[0]), rows - usize::from(ends[1])];
    for plane in &mut parts.all {
        *plane = plane.chunks(columns).take(up).flat_map(|row| row[..across].iter().copied()).collect();
    }
    parts.sides = [up, across];
    told.push(format!("{}: {rows} x {columns} numbers are {up} x {across} and a repeated end", at.field));
    Ok(())
}

/// As many rows as columns: the shorter side is shown on more nodes, exactly. The field and its side.
pub fn square(field: Flat, told: &mut Vec<String>, at: At) -> (Vec<f64>, usize) {
    let Flat { omega, sides: [rows, columns] } = field;
    let n = rows.max(columns);
    if rows == columns {
        return (omega, n);
    }
    let axis = if rows < n { Axis::Y } else { Axis::X };
    told.push(format!(
        "{}: {rows} rows and {columns} columns are taken as one square box and brought to {n} x {n} by their Fourier \
         series; where its cells are squares, cut or repeat it to a square first",
        at.field
    ));
    (finer(&omega, [rows, columns], axis, n), n)
}
