//! `mask_low[j N + i] = |k| <= k_cut`, with `k` the wave vector of `fft2` entry `(j, i)`: a disk
//! around entry (0, 0), which wraps. Written and checked row by row.

use std::io::{self, Read, Seek, Write};

use super::SIDE_RANGE;
use crate::{
    error::Result,
    io::{
        npy::{Header, Kind},
        npz::Npz,
    },
    math::wavenumber,
};

/// Largest low cut that a basis takes.
const MAX_CUT: u32 = 64;

/// Row `j` of the mask; `2 k_cut < row.len()`.
fn fill_row(row: &mut [u8], j: usize, k_cut: u32) {
    let n = row.len();
    row.fill(0);
    let ky = u64::from(wavenumber(j, n).unsigned_abs());
    if let Some(rest) = (u64::from(k_cut) * u64::from(k_cut)).checked_sub(ky * ky) {
        let kx = rest.isqrt() as usize;
        row[..=kx].fill(1);
        row[n - kx..].fill(1);
    }
}

/// Type and shape of a mask of side `n`; `None` where `N*N` overflows.
pub fn header(n: usize) -> Option<Header> {
    Header::new(Kind::Bool, &[n.checked_mul(n)?])
}

/// The data of the mask, without its header.
///
/// # Errors
/// What the operating system says of the write.
pub fn write(out: &mut impl Write, n: usize, k_cut: u32) -> io::Result<()> {
    let mut row = vec![0; n];
    (0..n).try_for_each(|j| {
        fill_row(&mut row, j, k_cut);
        out.write_all(&row)
    })
}

/// Checks `mask_low` against the scalars that are known and gives side and `k_cut`, read off the
/// mask where they are not. One row is held at a time.
///
/// # Errors
/// [`crate::Error::BadFile`] for a mask of another shape, or that is no disc of low modes.
pub fn read<R: Read + Seek>(npz: &mut Npz<R>, n: Option<usize>, k_cut: Option<u32>) -> Result<(usize, u32)> {
    npz.stream("mask_low", |header, reader, at| {
        let side = match header.shape[..] {
            [rows, columns] if rows == columns => rows,
            [length] if length.isqrt().pow(2) == length => length.isqrt(),
            _ => 0,
        };
        if header.kind != Kind::Bool || !SIDE_RANGE.contains(&side) || n.is_some_and(|n| n != side) {
            let n = n.map_or("N from 16 to 65536".into(), |n| format!("N = {n}"));
            return Err(at.bad(format!("bool [N*N] or [N, N] with {n}"), header));
        }
        let (mut row, mut expected) = (vec![0; side], vec![0; side]);
        let mut k_cut = k_cut;
        for j in 0..side {
            reader.read_exact(&mut row).map_err(|e| at.damaged(&e))?;
            let cut = match k_cut {
                Some(cut) => cut,
                // The first row has ky = 0, so its leading run is k = 0, 1 .. k_cut.
                None => row.iter().take_while(|byte| **byte == 1).count().saturating_sub(1) as u32,
            };
            if cut == 0 || cut > MAX_CUT || 2 * cut as usize >= side {
                let rule = format!("the disk |k| <= k_cut with k_cut from 1 to {MAX_CUT} and 2 k_cut < N");
                return Err(at.bad(rule, format!("k_cut = {cut} with N = {side}")));
            }
            k_cut = Some(cut);
            fill_row(&mut expected, j, cut);
            if let Some(i) = row.iter().zip(&expected).position(|(a, b)| a != b) {
                let (rule, place) = (format!("the disk |k| <= {cut}"), format!("{} at [{j}, {i}]", row[i]));
                return Err(at.bad(rule, place));
            }
        }
        // A side of at least 16 has a first row, and that set the cut.
        Ok((side, k_cut.unwrap_or(0)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Basis, flat_index};

    #[test]
    fn the_mask_is_the_basis() {
        for (n, k_cut) in [(64, 8), (17, 8), (33, 5), (130, 64)] {
            let mut mask = vec![];
            write(&mut mask, n, k_cut).unwrap();
            let ones: Vec<usize> = (0..n * n).filter(|i| mask[*i] == 1).collect();
            let basis = Basis::new(k_cut, k_cut, 0, vec![]).unwrap();
            let low: Vec<usize> = basis.low().iter().map(|k| flat_index(*k, n)).collect();
            assert_eq!(ones, low, "N = {n}, k_cut = {k_cut}");
        }
    }
}
