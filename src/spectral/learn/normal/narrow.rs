//! The same sums in other coordinates for the last entries of z.
//!
//! With `z' = z T`, `T = diag(I, V)` and V's columns orthonormal, `Z'^T Z' = T^T (Z^T Z) T` and likewise
//! for `Z^T Y`: rotating and cutting z after the data are gone is exact.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};

use super::{BLOCK, NormalEquations, zeros};
use crate::error::Result;

impl NormalEquations {
    /// `sum z z^T` over all rows, the last one too, of the entries from `from` on; `[l, l]`.
    pub fn moments(&mut self, from: usize) -> Vec<f64> {
        self.flush();
        let whole = self.whole_gram();
        let last = &self.rows[..self.side];
        let row = |i: usize| (from..self.side).map(move |j| (i, j));
        (from..self.side).flat_map(row).map(|(i, j)| whole[i * self.side + j] + last[i] * last[j]).collect()
    }

    /// The sums of `[z_0 .. z_from, (z_from .. z_D) V]`, V's `keep` columns of `D - from` numbers one after the
    /// other. With none the entries from `from` on are left out.
    ///
    /// # Errors
    /// [`crate::Error::Run`] without memory.
    pub fn narrowed(&mut self, from: usize, v: &[f64], keep: usize) -> Result<Self> {
        self.flush();
        let (d, side) = (self.side, from + keep);
        let mut narrow = Self { held_constant: self.held_constant, ..Self::new(side)? };
        let row = |z: &[f64]| {
            let dots = v.chunks_exact((d - from).max(1)).take(keep);
            let tail = dots.map(|v| v.iter().zip(&z[from..]).map(|(v, z)| v * z).sum::<f64>());
            z[..from].iter().copied().chain(tail).collect::<Vec<f64>>()
        };
        if self.held > 0 {
            (narrow.first, narrow.held, narrow.pairs) = (row(&self.first), 1, self.pairs);
            narrow.rows[..side].copy_from_slice(&row(&self.rows[..d]));
        }
        congruent(&self.whole_gram(), d, from, v, keep, &mut narrow.gram)?;
        congruent(&self.cross, d, from, v, keep, &mut narrow.cross)?;
        // Rows 1 to T instead of 0 to T - 1.
        for j in 0..side {
            let (first, last) = (narrow.first.get(j).copied().unwrap_or(0.0), narrow.rows[j]);
            let moved = narrow.gram[j * (side + 1)] + last * last - first * first;
            narrow.target[j] = if j < from { self.target[j] } else { moved.max(0.0) };
        }
        debug_assert!(narrow.rows.len() == (BLOCK + 1) * side, "as `new` makes it");
        Ok(narrow)
    }
}

/// `T^T m T`, both row-major.
fn congruent(m: &[f64], d: usize, from: usize, v: &[f64], keep: usize, out: &mut [f64]) -> Result<()> {
    let (tail, side) = (d - from, from + keep);
    let v = MatRef::from_column_major_slice(&v[..tail * keep], tail, keep);
    let m = MatRef::from_row_major_slice(m, d, d);
    let mut half = zeros(d, d * side)?;
    let mut half = MatMut::from_row_major_slice_mut(&mut half, d, side);
    half.as_mut().subcols_mut(0, from).copy_from(m.subcols(0, from));
    matmul(half.as_mut().subcols_mut(from, keep), Accum::Replace, m.subcols(from, tail), v, 1.0, Par::Seq);
    let mut out = MatMut::from_row_major_slice_mut(out, side, side);
    out.as_mut().subrows_mut(0, from).copy_from(half.as_ref().subrows(0, from));
    let bottom = out.subrows_mut(from, keep);
    matmul(bottom, Accum::Replace, v.transpose(), half.as_ref().subrows(from, tail), 1.0, Par::Seq);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_sums_are_the_sums_of_rotated_rows() {
        let rows: Vec<Vec<f64>> =
            (0..150).map(|t| (0..5).map(|j| (f64::from(t) * 0.3 + f64::from(j * j)).sin()).collect()).collect();
        // Two of three directions, orthonormal.
        let v = [0.6, 0.0, 0.8, 0.0, 1.0, 0.0];
        let turned = |z: &[f64]| vec![z[0], z[1], 0.6 * z[2] + 0.8 * z[4], z[3]];
        let sums = |side: usize, rows: &mut dyn Iterator<Item = Vec<f64>>| {
            let mut sums = NormalEquations::new(side).unwrap();
            rows.for_each(|z| sums.push(&z).unwrap());
            sums
        };
        let mut direct = sums(4, &mut rows.iter().map(|z| turned(z)));
        let mut narrow = sums(5, &mut rows.iter().cloned()).narrowed(2, &v, 2).unwrap();
        // Rows that follow go on from the last one.
        for z in [[1.0, 2.0, 3.0, 4.0], [0.5, 1.0, 0.0, -1.0]] {
            direct.push(&z).unwrap();
            narrow.push(&z).unwrap();
        }
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        let (a, b) = (direct.solve(1e-3).unwrap().a, narrow.solve(1e-3).unwrap().a);
        assert!(close(&a, &b) && narrow.pairs() == 151);
        let (a, b) = (direct.one_step_error(&a, &[0..2, 2..4]), narrow.one_step_error(&b, &[0..2, 2..4]));
        assert!((a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9);
        let all: f64 = rows.iter().map(|z| turned(z)[2].powi(2)).sum::<f64>() + 9.0;
        assert!((direct.moments(2)[0] - all).abs() < 1e-10 && (narrow.moments(2)[0] - all).abs() < 1e-10);
    }

    #[test]
    fn without_directions_the_last_entries_are_left_out() {
        let mut long = NormalEquations::new(3).unwrap();
        let mut short = NormalEquations::new(2).unwrap();
        for t in 0..90 {
            let z = [f64::from(t).cos(), f64::from(t).sin(), f64::from(t * t % 5)];
            long.push(&z).unwrap();
            short.push(&z[..2]).unwrap();
        }
        let mut cut = long.narrowed(2, &[], 0).unwrap();
        let (a, b) = (short.solve(1e-6).unwrap().a, cut.solve(1e-6).unwrap().a);
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
    }
}
