//! The planes of a choice: which frame, and where rows and columns lie.

use super::{
    Container, Raw, Selection,
    choose::{Meant, Part},
    names::{self, Axis},
};
use crate::{
    error::{Error, Result},
    io::slab::{Pick, Plane},
};

/// Most numbers of an array of places.
const MOST_PLACES: usize = 1 << 20;

/// Reads what is meant.
///
/// # Errors
/// [`Error::Invalid`] for a frame that is none, [`Error::Usage`] where there are no frames, and what the file answers.
pub fn read(file: &mut dyn Container, selection: &Selection, meant: Meant) -> Result<Raw> {
    let mut told = vec![];
    let frame = frame(file, selection, &meant.planes[0], &mut told)?;
    let mut planes = vec![];
    for part in &meant.planes {
        let mut picks = part.picks.clone();
        if let Some(axis) = part.frames {
            picks[axis] = Pick::At(frame);
        }
        let plane = file.plane(part.entry, &picks)?;
        let plane = if part.turned { plane.turned() } else { plane };
        planes.push(unpacked(plane, file.entries()[part.entry].packed));
    }
    let first = &file.entries()[meant.planes[0].entry];
    let mut name = first.name.clone();
    let mut fill = first.fill.clone();
    if let Some(second) = meant.planes.get(1).filter(|part| part.entry != meant.planes[0].entry) {
        let second = &file.entries()[second.entry];
        name = format!("{name}, {}", second.name);
        fill.extend(&second.fill);
    }
    if let Some([factor, offset]) = first.packed {
        fill.iter_mut().for_each(|x| *x = factor * *x + offset);
    }
    if first.assumed {
        told.push(format!(
            "{name}: its axes are taken as rows y and columns x, which are as long; where they are the other way round, \
             save it transposed"
        ));
    }
    let picked = Picked { part: &meant.planes[0], sides: planes.first().map_or([0; 2], |plane| plane.sides) };
    let (places, turned) = picked.places(file)?;
    if turned {
        told.push(format!("{name}: x runs along its rows (indexing='ij'); it was turned"));
        planes = planes.into_iter().map(Plane::turned).collect();
    }
    Ok(Raw { name, planes, quantity: meant.quantity, places, fill, told })
}

fn unpacked(mut plane: Plane, packed: Option<[f64; 2]>) -> Plane {
    if let Some([factor, offset]) = packed {
        plane.re.iter_mut().for_each(|x| *x = factor * *x + offset);
    }
    plane
}

/// Number of the frame that is meant.
fn frame(file: &mut dyn Container, selection: &Selection, part: &Part, told: &mut Vec<String>) -> Result<usize> {
    let entry = &file.entries()[part.entry];
    let (name, header) = (entry.name.clone(), entry.header.clone());
    let flag = if selection.time.is_some() { "--time" } else { "--frame" };
    let Some(axis) = part.frames else {
        return match selection.frame.is_some() || selection.time.is_some() {
            true => {
                let path = file.path().display();
                Err(Error::Usage(format!("{flag}: {path} holds no stack [T, N, N]: {name} is {header}; leave it out")))
            }
            false => Ok(0),
        };
    };
    let frames = header.shape[axis];
    if let Some(time) = selection.time {
        let Some(times) = times(file, part, axis, frames)? else {
            let path = file.path().display();
            return Err(Error::Usage(format!(
                "--time: {path} does not say the times of its {frames} frames; use --frame"
            )));
        };
        let off = |i: &usize| (times[*i] - time).abs();
        let near = (0..frames).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(0);
        told.push(format!("{name}: frame {near} of {frames}, time {}", times[near]));
        return Ok(near);
    }
    let wanted = selection.frame.unwrap_or(0);
    let from_start = if wanted < 0 { wanted + frames as i64 } else { wanted };
    match usize::try_from(from_start) {
        Ok(frame) if frame < frames => {
            if frames > 1 && selection.frame.is_none() {
                told.push(format!("{name}: frame 0 of {frames}; --frame takes another"));
            }
            Ok(frame)
        }
        _ => Err(Error::invalid("--frame", format!("0 to {}, or -{frames} to -1", frames - 1), wanted)),
    }
}

/// The times of the frames.
fn times(file: &mut dyn Container, part: &Part, axis: usize, frames: usize) -> Result<Option<Vec<f64>>> {
    let own = file.entries()[part.entry].axes.get(axis).cloned();
    let is = |name: &str| own.as_deref().map_or(names::axis(name) == Axis::Time, |own| own == name);
    line(file, is, frames)
}

/// An array of one axis and so many numbers, by its name.
fn line(file: &mut dyn Container, is: impl Fn(&str) -> bool, length: usize) -> Result<Option<Vec<f64>>> {
    let fits = |shape: &[usize]| matches!(shape, [n] | [1, n] | [n, 1] if *n == length) && length <= MOST_PLACES;
    let found = file.entries().iter().position(|entry| is(&entry.name) && fits(&entry.header.shape));
    let Some(i) = found else { return Ok(None) };
    let (packed, picks) = (file.entries()[i].packed, vec![Pick::All; file.entries()[i].header.shape.len()]);
    Ok(Some(unpacked(file.plane(i, &picks)?, packed).re))
}

/// A part that was read.
struct Picked<'a> {
    part: &'a Part,
    sides: [usize; 2],
}

/// Places of the columns and of the rows, and what they are called.
type Places = [Option<(String, Vec<f64>)>; 2];

impl Picked<'_> {
    /// Where columns and rows lie, and whether a mesh says that rows are x.
    fn places(&self, file: &mut dyn Container) -> Result<(Places, bool)> {
        let entry = &file.entries()[self.part.entry];
        let named: Vec<String> = {
            let all = entry.axes.iter().zip(&self.part.picks).filter(|(_, pick)| **pick == Pick::All);
            all.map(|(name, _)| name.clone()).collect()
        };
        let [rows, columns] = self.sides;
        let mut places: Places = [None, None];
        // A mesh: both arrays as large as the field.
        if named.is_empty() && rows > 1 && columns > 1 {
            let mesh = |axis| {
                let is = |entry: &&(usize, &super::Entry)| {
                    names::axis(&entry.1.name) == axis
                        && entry.1.header.shape == [rows, columns]
                        && !entry.1.header.kind.complex()
                };
                file.entries()
                    .iter()
                    .enumerate()
                    .collect::<Vec<_>>()
                    .iter()
                    .find(is)
                    .map(|(i, entry)| (*i, entry.name.clone()))
            };
            if let (Some((x, x_name)), Some((y, y_name))) = (mesh(Axis::X), mesh(Axis::Y)) {
                let x = file.plane(x, &[Pick::All; 2])?;
                let y = file.plane(y, &[Pick::All; 2])?;
                let turned = x.re[0] == x.re[1] && x.re[0] != x.re[columns];
                let (x, y) = if turned { (x.turned(), y.turned()) } else { (x, y) };
                let [rows, columns] = x.sides;
                let across = x.re[..columns].to_vec();
                let up = (0..rows).map(|j| y.re[j * columns]).collect();
                return Ok(([Some((x_name, across)), Some((y_name, up))], turned));
            }
        }
        for (k, (axis, length)) in [(Axis::X, columns), (Axis::Y, rows)].into_iter().enumerate() {
            // The axis by its own name, or the only name that there is for such an axis.
            let own = named.iter().find(|name| names::axis(name) == axis).cloned();
            let own = own.or_else(|| match named.as_slice() {
                [y, x] => Some(if axis == Axis::X { x.clone() } else { y.clone() }),
                _ => None,
            });
            let is = |name: &str| own.as_deref().map_or(names::axis(name) == axis, |own| own == name);
            let name = file.entries().iter().find(|entry| is(&entry.name)).map(|entry| entry.name.clone());
            if let (Some(name), Some(line)) = (name, line(file, is, length)?) {
                places[k] = Some((name, line));
            }
        }
        Ok((places, false))
    }
}
