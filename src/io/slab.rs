//! A plane out of an array of many axes, streamed: what is not in it is passed over, and takes no memory.
//!
//! ```text
//! a[p_0, p_1, ..]    each p is one place of its axis, or all of it; of two axes all is taken, rows first
//! ```

use std::io::{self, Read};

use super::{
    At,
    array::{each_number, room},
    npy::{Header, Order},
    numbers::row_major,
};
use crate::error::Result;

/// What is taken of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// All of it.
    All,
    /// One place.
    At(usize),
}

/// A plane of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    /// Rows and columns.
    pub sides: [usize; 2],
    /// Real parts, row-major.
    pub re: Vec<f64>,
    /// Imaginary parts, of complex numbers alone.
    pub im: Vec<f64>,
}

impl Plane {
    /// Rows for columns.
    #[must_use]
    pub fn turned(self) -> Self {
        let [rows, columns] = self.sides;
        let Some(header) = Header::new(super::npy::Kind::F64, &[columns, rows]) else { return self };
        // As the file of a column-major array whose sides are the other way round.
        let header = header.lying(Order { big: false, fortran: true });
        let turn = |all| row_major(all, &header);
        Self { sides: [columns, rows], re: turn(self.re), im: turn(self.im) }
    }
}

/// Bytes of memory that a plane of an array takes.
pub fn cost(header: &Header, picks: &[Pick]) -> u64 {
    let cells = header.shape.iter().zip(picks).filter(|(_, pick)| **pick == Pick::All).map(|(side, _)| *side as u64);
    let cells = cells.fold(1, u64::saturating_mul);
    // Columns that become rows are there twice for a while.
    let parts = if header.kind.complex() { 2 } else { 1 } * if header.order.fortran { 2 } else { 1 };
    cells.saturating_mul(8 * parts)
}

/// Reads a plane, all of `data` with it: in an archive its end is verified with the checksum. There are as many picks as
/// axes, two of them [`Pick::All`], and the others within their axes.
///
/// # Errors
/// [`crate::Error::BadFile`] when the data ends early or is damaged.
pub fn read_plane(header: &Header, picks: &[Pick], data: &mut (impl Read + ?Sized), at: At) -> Result<Plane> {
    // In the order of the file, the slowest axis first.
    let (mut shape, mut picks) = (header.shape.clone(), picks.to_vec());
    if header.order.fortran {
        shape.reverse();
        picks.reverse();
    }
    // One place of each axis in front: a block that lies together.
    let front = picks.iter().take_while(|pick| **pick != Pick::All).count();
    let place = picks[..front].iter().zip(&shape).fold(0, |sum, (pick, side)| match pick {
        Pick::At(i) => sum * *side as u64 + *i as u64,
        Pick::All => sum,
    });
    let block: u64 = shape[front..].iter().map(|side| *side as u64).product();
    let last = shape.len().saturating_sub(1);
    let length = shape.get(last).map_or(1, |side| *side as u64);
    let size = header.kind.size() as u64;
    skip(data, place * block * size, at)?;
    let mut plane = Plane { sides: sides(&shape, &picks), ..Plane::default() };
    let cells = plane.sides[0] * plane.sides[1];
    // Which rows of the axes between are in it.
    let wanted = |row: u64| {
        let mut rest = row;
        (front..last).rev().all(|axis| {
            let here = rest % shape[axis] as u64;
            rest /= shape[axis] as u64;
            picks[axis] == Pick::All || picks[axis] == Pick::At(here as usize)
        })
    };
    match picks.get(last) {
        Some(Pick::At(i)) if front < last => {
            let mut n = 0;
            take(header, block, data, cells, &mut plane, at, &mut || {
                let (row, column) = (n / length, n % length);
                n += 1;
                column == *i as u64 && wanted(row)
            })?;
        }
        _ => {
            for row in 0..block.checked_div(length).unwrap_or(0) {
                match wanted(row) {
                    true => take(header, length, data, cells, &mut plane, at, &mut || true)?,
                    false => skip(data, length * size, at)?,
                }
            }
        }
    }
    skip(data, header.data_bytes().saturating_sub((place + 1) * block * size), at)?;
    Ok(if header.order.fortran { plane.turned() } else { plane })
}

/// Sides of the two axes that are taken whole.
fn sides(shape: &[usize], picks: &[Pick]) -> [usize; 2] {
    let mut whole = shape.iter().zip(picks).filter(|(_, pick)| **pick == Pick::All).map(|(side, _)| *side);
    [whole.next().unwrap_or(1), whole.next().unwrap_or(1)]
}

/// Those of the next `count` numbers that are wanted.
fn take(
    header: &Header,
    mut count: u64,
    data: &mut (impl Read + ?Sized),
    cells: usize,
    plane: &mut Plane,
    at: At,
    wanted: &mut dyn FnMut() -> bool,
) -> Result<()> {
    let complex = header.kind.complex();
    while count > 0 {
        let part = count.min(4096);
        room(&mut plane.re, cells, at)?;
        if complex {
            room(&mut plane.im, cells, at)?;
        }
        let (re, im) = (&mut plane.re, &mut plane.im);
        each_number(header, part, data, at, |[x, y]| {
            if wanted() {
                re.push(x);
                if complex {
                    im.push(y);
                }
            }
        })?;
        count -= part;
    }
    Ok(())
}

fn skip(data: &mut (impl Read + ?Sized), count: u64, at: At) -> Result<()> {
    match count == 0 || io::copy(&mut data.take(count), &mut io::sink()).map_err(|e| at.damaged(&e))? == count {
        true => Ok(()),
        false => Err(at.bad("as many bytes as its header announces", "an early end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::npy::Kind;
    use std::path::Path;

    #[test]
    fn every_plane_of_every_layout_is_found() {
        use Pick::{All, At as One};
        let shape = [3, 4, 5, 2];
        let value = |i: [usize; 4]| (((i[0] * 4 + i[1]) * 5 + i[2]) * 2 + i[3]) as f64;
        let row_major: Vec<f64> = (0..120).map(f64::from).collect();
        let column_major: Vec<f64> = {
            let mut file = vec![0.0; 120];
            for (place, x) in crate::io::numbers::fortran_places(&shape).enumerate().map(|(n, p)| (n, p as f64)) {
                file[place] = x;
            }
            file
        };
        let at = At { path: Path::new("a.npy"), field: "a" };
        for (file, fortran) in [(&row_major, false), (&column_major, true)] {
            let bytes: Vec<u8> = file.iter().flat_map(|x| x.to_be_bytes()).collect();
            let header = Header::new(Kind::F64, &shape).unwrap().lying(Order { big: true, fortran });
            for picks in [
                [One(2), All, All, One(1)],
                [All, One(3), One(0), All],
                [One(0), One(1), All, All],
                [All, All, One(4), One(0)],
            ] {
                let plane = read_plane(&header, &picks, &mut bytes.as_slice(), at).unwrap();
                let mut expected = vec![];
                for a in 0..3 {
                    for b in 0..4 {
                        for c in 0..5 {
                            for d in 0..2 {
                                let index = [a, b, c, d];
                                if index.iter().zip(&picks).all(|(i, pick)| *pick == All || *pick == One(*i)) {
                                    expected.push(value(index));
                                }
                            }
                        }
                    }
                }
                assert_eq!(plane.re, expected, "{picks:?} {fortran}");
                assert_eq!(plane.sides[0] * plane.sides[1], expected.len());
            }
            let short = read_plane(&header, &[One(0), One(1), All, All], &mut &bytes[..900], at).unwrap_err();
            assert!(short.to_string().contains("early end"), "{short}");
        }
    }
}
