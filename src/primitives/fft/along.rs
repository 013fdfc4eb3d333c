//! Real periodic lines of a plane, transformed one axis at a time: derivatives and finer grids, any side.
//!
//! ```text
//! f(x) = sum_k f_hat(k) exp(i k x)     |k| <= n/2; the mode n/2 of an even n is cos(n x/2)
//! g(x) = sum_k m(k) f_hat(k) exp(i k x) on more nodes, or as many; m(-k) = conj m(k)
//! ```
//!
//! Exact for what the nodes carry. A derivative of odd order of the mode n/2 is 0 on the nodes, and so is taken.

use rayon::prelude::*;
use rustfft::FftPlanner;

use crate::math::{Complex64, wavenumber};

/// Rows or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Along a row.
    X,
    /// From row to row.
    Y,
}

/// The derivative of order 1 or 2 along an axis, where the box is 2 pi long. Row-major, `[rows, columns]`.
pub fn derivative(field: &[f64], sides: [usize; 2], axis: Axis, order: u32) -> Vec<f64> {
    let factor = |k: i32, edge: bool| match order {
        1 if edge => Complex64::new(0.0, 0.0),
        1 => Complex64::new(0.0, f64::from(k)),
        _ => Complex64::new(-f64::from(k) * f64::from(k), 0.0),
    };
    along(field, sides, axis, if axis == Axis::X { sides[1] } else { sides[0] }, &factor)
}

/// The same field on `side` nodes along an axis, at least as many as it has.
pub fn finer(field: &[f64], sides: [usize; 2], axis: Axis, side: usize) -> Vec<f64> {
    along(field, sides, axis, side, &|_, _| Complex64::new(1.0, 0.0))
}

/// `factor` is told the wavenumber, and whether it is that of the edge, n/2 of an even n.
fn along(
    field: &[f64],
    [rows, columns]: [usize; 2],
    axis: Axis,
    side: usize,
    factor: &(dyn Fn(i32, bool) -> Complex64 + Sync),
) -> Vec<f64> {
    match axis {
        Axis::X => lines(field, columns, side, factor),
        Axis::Y => turned(&lines(&turned(field, [rows, columns]), rows, side, factor), [columns, side]),
    }
}

/// Rows for columns.
fn turned(field: &[f64], [rows, columns]: [usize; 2]) -> Vec<f64> {
    let mut out = vec![0.0; field.len()];
    out.par_chunks_mut(rows.max(1)).enumerate().for_each(|(i, column)| {
        column.iter_mut().enumerate().for_each(|(j, x)| *x = field[j * columns + i]);
    });
    out
}

/// Lines of `n` numbers become lines of `m`, two real ones in one complex transform.
fn lines(field: &[f64], n: usize, m: usize, factor: &(dyn Fn(i32, bool) -> Complex64 + Sync)) -> Vec<f64> {
    let mut planner = FftPlanner::new();
    let (forward, backward) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(m));
    let factors: Vec<Complex64> = (0..n).map(|i| factor(wavenumber(i, n), 2 * i == n) / n as f64).collect();
    let mut out = vec![0.0; field.len() / n * m];
    out.par_chunks_mut(2 * m).zip(field.par_chunks(2 * n)).for_each(|(out, field)| {
        let (a, b) = field.split_at(n);
        let mut line: Vec<Complex64> =
            a.iter().enumerate().map(|(i, x)| Complex64::new(*x, b.get(i).copied().unwrap_or(0.0))).collect();
        forward.process(&mut line);
        line.iter_mut().zip(&factors).for_each(|(z, factor)| *z *= factor);
        if m > n {
            // Positive wavenumbers stay in front, negative ones go to the end; the edge is half of each.
            let mut wide = vec![Complex64::new(0.0, 0.0); m];
            let front = n.div_ceil(2);
            wide[..front].copy_from_slice(&line[..front]);
            let back = n - front;
            wide[m - back..].copy_from_slice(&line[front..]);
            if n.is_multiple_of(2) {
                let half = 0.5 * line[n / 2];
                (wide[n / 2], wide[m - n / 2]) = (half, half);
            }
            line = wide;
        }
        backward.process(&mut line);
        let (first, second) = out.split_at_mut(m);
        for (i, z) in line.iter().enumerate() {
            first[i] = z.re;
            if let Some(x) = second.get_mut(i) {
                *x = z.im;
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn field([rows, columns]: [usize; 2], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let node = |i: usize, n: usize| TAU * i as f64 / n as f64;
        (0..rows * columns).map(|c| f(node(c % columns, columns), node(c / columns, rows))).collect()
    }

    fn close(a: &[f64], b: &[f64]) {
        let off = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(a.len() == b.len() && off < 1e-11, "{off}");
    }

    #[test]
    fn derivatives_are_those_of_the_formula_on_any_grid() {
        let f = |x: f64, y: f64| (2.0 * x + y).sin() + (3.0 * y).cos() * x.cos() + 0.5;
        for sides in [[16, 24], [15, 21], [32, 9]] {
            let w = field(sides, f);
            let dx = field(sides, |x, y| 2.0 * (2.0 * x + y).cos() - (3.0 * y).cos() * x.sin());
            let dy = field(sides, |x, y| (2.0 * x + y).cos() - 3.0 * (3.0 * y).sin() * x.cos());
            let dyy = field(sides, |x, y| -(2.0 * x + y).sin() - 9.0 * (3.0 * y).cos() * x.cos());
            close(&derivative(&w, sides, Axis::X, 1), &dx);
            close(&derivative(&w, sides, Axis::Y, 1), &dy);
            close(&derivative(&w, sides, Axis::Y, 2), &dyy);
        }
    }

    #[test]
    fn a_finer_grid_shows_the_same_field() {
        let f = |x: f64, y: f64| (3.0 * x - y).sin() + (4.0 * y).cos();
        for [rows, side] in [[8, 8], [8, 9], [8, 32], [9, 32], [11, 12]] {
            let w = field([rows, 16], f);
            close(&finer(&w, [rows, 16], Axis::Y, side), &field([side, 16], f));
        }
        // The mode at the edge is a cosine.
        let edge = finer(&[1.0, -1.0, 1.0, -1.0], [1, 4], Axis::X, 8);
        close(&edge, &field([1, 8], |x, _| (2.0 * x).cos()));
    }
}
