//! The low modes of a real field on a large square grid, without its whole spectrum in memory.
//!
//! ```text
//! f_hat(k) = 1/N^2 sum_x f(x) exp(-i k.x)       |k| <= R, both |kx| and |ky| below N/2
//! f(x)     = sum_k f_hat(k) exp(i k.x)          |kx|, |ky| <= R
//! outside  = sum |f_hat|^2 over all other k
//! ```
//!
//! Rows go first, two real rows in one complex transform: `X = F(a + i b)` gives
//! `A(k) = (X(k) + conj X(-k))/2` and `B(k) = (X(k) - conj X(-k))/(2i)`. Only columns `0 <= kx <= R` are
//! kept (`f_hat(-k) = conj f_hat(k)`); the energy of the others is theirs by Parseval along y, so nothing
//! is found by subtracting large numbers. Memory: `N (R + 1)` complex numbers. Any N.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::{Fft, FftPlanner};

use crate::math::{Complex, Real, wave_index, wavenumber};

/// Transforms of an `n x n` grid, planned once.
#[derive(Clone)]
pub struct Band<R: Real> {
    n: usize,
    forward: Arc<dyn Fft<R>>,
    backward: Arc<dyn Fft<R>>,
}

/// The modes `|k| <= radius` of a real field.
#[derive(Clone, Debug)]
pub struct Modes<R> {
    radius: usize,
    /// `[kx][ky + radius]`, kx from 0.
    half: Vec<Complex<R>>,
    /// Energy of every other mode, those at the grid's Nyquist wavenumber included.
    pub outside: R,
}

impl<R: Real> Modes<R> {
    /// Largest wavenumber held.
    pub fn radius(&self) -> usize {
        self.radius
    }

    /// Amplitude of a mode; 0 where it is not held. Exactly conjugate at `-k`.
    pub fn at(&self, k: [i32; 2]) -> Complex<R> {
        let first = if k[0] != 0 { k[0] } else { k[1] };
        let [kx, ky] = if first < 0 { [-k[0], -k[1]] } else { k };
        let r = self.radius as i32;
        if kx > r || ky.abs() > r {
            return Complex::new(R::zero(), R::zero());
        }
        let value = self.half[kx as usize * (2 * self.radius + 1) + (ky + r) as usize];
        if first < 0 { value.conj() } else { value }
    }
}

/// A field transformed along y only, from which rows are made one pair at a time.
pub struct Lines<R> {
    columns: usize,
    /// `[j][kx]`, kx from 0.
    data: Vec<Complex<R>>,
}

/// Work space of one thread.
pub struct Scratch<R> {
    line: Vec<Complex<R>>,
    work: Vec<Complex<R>>,
}

impl<R: Real> Band<R> {
    /// For grids of side `n`.
    pub fn new(n: usize) -> Self {
        let mut planner = FftPlanner::new();
        Self { n, forward: planner.plan_fft_forward(n), backward: planner.plan_fft_inverse(n) }
    }

    /// Side of the grid.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Work space for [`Band::rows`].
    pub fn scratch(&self) -> Scratch<R> {
        let zero = Complex::new(R::zero(), R::zero());
        let work = self.forward.get_inplace_scratch_len().max(self.backward.get_inplace_scratch_len());
        Scratch { line: vec![zero; self.n], work: vec![zero; work] }
    }

    /// The modes `|k| <= cut` of `field` (`[n, n]`, row-major) that the grid holds.
    pub fn analyse(&self, field: &[R], cut: usize) -> Modes<R> {
        let n = self.n;
        let radius = cut.min((n - 1) / 2);
        let columns = radius + 1;
        let (zero, half) = (Complex::new(R::zero(), R::zero()), R::of(0.5));
        let mut lines = vec![zero; n * columns];
        let pairs = lines.par_chunks_mut(2 * columns).zip(field.par_chunks(2 * n));
        let beyond: Vec<R> = pairs
            .map_init(
                || self.scratch(),
                |s, (out, rows)| {
                    let (a, b) = rows.split_at(n);
                    for (i, x) in s.line.iter_mut().enumerate() {
                        *x = Complex::new(a[i], b.get(i).copied().unwrap_or(R::zero()));
                    }
                    self.forward.process_with_scratch(&mut s.line, &mut s.work);
                    for k in 0..columns {
                        let (x, y) = (s.line[k], s.line[(n - k) % n].conj());
                        out[k] = (x + y) * half;
                        if let Some(b) = out.get_mut(columns + k) {
                            let d = (x - y) * half;
                            *b = Complex::new(d.im, -d.re);
                        }
                    }
                    s.line[columns..n - radius].iter().map(|x| x.norm_sqr()).sum()
                },
            )
            .collect();
        let side = R::of(n as f64);
        let scale = (side * side).recip();
        let columns: Vec<(Vec<Complex<R>>, R)> = (0..columns)
            .into_par_iter()
            .map_init(
                || self.scratch(),
                |s, kx| {
                    s.line.iter_mut().zip(lines[kx..].iter().step_by(columns)).for_each(|(x, y)| *x = *y);
                    self.forward.process_with_scratch(&mut s.line, &mut s.work);
                    let r = radius as i32;
                    let kept = (-r..=r).map(|ky| s.line[wave_index(ky, n)] * scale).collect();
                    let outside = |j: usize| {
                        let ky = wavenumber(j, n).unsigned_abs() as usize;
                        kx * kx + ky * ky > cut * cut || 2 * ky == n
                    };
                    let energy: R = (0..n).filter(|j| outside(*j)).map(|j| (s.line[j] * scale).norm_sqr()).sum();
                    (kept, if kx == 0 { energy } else { energy + energy })
                },
            )
            .collect();
        let beyond = beyond.into_iter().sum::<R>() * scale / side;
        let outside = columns.iter().map(|(_, energy)| *energy).sum::<R>() + beyond;
        Modes { radius, half: columns.into_iter().flat_map(|(kept, _)| kept).collect(), outside }
    }

    /// Transforms modes along y. `mode` is asked for `0 <= kx <= radius`, `|ky| <= radius` and must be
    /// Hermitian where kx = 0; what the grid does not hold is left out.
    pub fn lines(&self, radius: usize, mode: impl Fn([i32; 2]) -> Complex<R> + Sync) -> Lines<R> {
        let n = self.n;
        let radius = radius.min((n - 1) / 2);
        let (columns, zero) = (radius + 1, Complex::new(R::zero(), R::zero()));
        let lines: Vec<Vec<Complex<R>>> = (0..columns)
            .into_par_iter()
            .map_init(
                || self.scratch(),
                |s, kx| {
                    s.line.fill(zero);
                    for ky in -(radius as i32)..=radius as i32 {
                        s.line[wave_index(ky, n)] = mode([kx as i32, ky]);
                    }
                    self.backward.process_with_scratch(&mut s.line, &mut s.work);
                    s.line.clone()
                },
            )
            .collect();
        let data = (0..n).flat_map(|j| lines.iter().map(move |line| line[j])).collect();
        Lines { columns, data }
    }

    /// Rows `j` and `j + 1` of the field as real and imaginary parts (the last row of an odd grid stands
    /// alone, with 0 beside it).
    pub fn rows<'a>(&self, lines: &Lines<R>, j: usize, s: &'a mut Scratch<R>) -> &'a [Complex<R>] {
        let n = self.n;
        let zero = Complex::new(R::zero(), R::zero());
        s.line.fill(zero);
        let row = |j: usize| lines.data.get(j * lines.columns..(j + 1) * lines.columns);
        for k in 0..lines.columns {
            let [a, b] = [row(j), row(j + 1)].map(|row| row.map_or(zero, |row| row[k]));
            if k == 0 {
                s.line[0] = Complex::new(a.re, b.re);
            } else {
                s.line[k] = Complex::new(a.re - b.im, a.im + b.re);
                s.line[n - k] = Complex::new(a.re + b.im, b.re - a.im);
            }
        }
        self.backward.process_with_scratch(&mut s.line, &mut s.work);
        &s.line
    }

    /// The field of modes, `[n, n]`; see [`Band::lines`] for `mode`.
    pub fn field(&self, radius: usize, mode: impl Fn([i32; 2]) -> Complex<R> + Sync) -> Vec<R> {
        let (n, lines) = (self.n, self.lines(radius, mode));
        let mut field = vec![R::zero(); n * n];
        field.par_chunks_mut(2 * n).enumerate().for_each_init(
            || self.scratch(),
            |s, (pair, out)| {
                let rows = self.rows(&lines, 2 * pair, s);
                let (a, b) = out.split_at_mut(n);
                a.iter_mut().zip(rows).for_each(|(x, z)| *x = z.re);
                b.iter_mut().zip(rows).for_each(|(x, z)| *x = z.im);
            },
        );
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        math::Complex64,
        primitives::fft::cpu::{Direction, transform},
    };

    #[test]
    fn modes_and_energies_are_those_of_the_whole_transform() {
        for (n, cut) in [(16, 5), (17, 8), (30, 40), (64, 12), (75, 3)] {
            let field: Vec<f64> = (0..n * n).map(|i| ((i * i % 7919) as f64).sin() + 0.3).collect();
            let mut full: Vec<Complex64> = field.iter().map(|x| Complex64::new(*x, 0.0)).collect();
            transform(&mut full, n, Direction::Forward);
            let band = Band::new(n);
            let modes = band.analyse(&field, cut);
            let mut outside = 0.0;
            for (i, x) in full.iter().enumerate() {
                let (kx, ky) = (wavenumber(i % n, n), wavenumber(i / n, n));
                let held = (kx * kx + ky * ky) as usize <= cut * cut && 2 * kx != -(n as i32) && 2 * ky != -(n as i32);
                let exact = x / (n * n) as f64;
                if held {
                    assert!((modes.at([kx, ky]) - exact).norm() < 1e-14, "N = {n}, k = ({kx}, {ky})");
                } else {
                    outside += exact.norm_sqr();
                }
            }
            assert!((modes.outside - outside).abs() < 1e-14, "N = {n}: {} {outside}", modes.outside);
            // Back: the low-pass of the field by the full transform.
            for (i, x) in full.iter_mut().enumerate() {
                let k = [wavenumber(i % n, n), wavenumber(i / n, n)];
                *x = if k[0].pow(2) + k[1].pow(2) <= 9 { modes.at(k) } else { Complex64::default() };
            }
            transform(&mut full, n, Direction::Backward);
            let low =
                band.field(3, |k| if k[0].pow(2) + k[1].pow(2) <= 9 { modes.at(k) } else { Complex64::default() });
            assert!(low.iter().zip(&full).all(|(a, b)| (a - b.re).abs() < 1e-13), "N = {n}");
        }
    }
}
