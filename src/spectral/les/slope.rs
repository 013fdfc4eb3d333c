//! The right-hand side, streamed.
//!
//! Modes are stored by columns, `omega_hat[kx][ky]`, `0 <= kx <= K`, ky in `fft2` order from 0 to K and
//! -K to -1, divided by N^2. An evaluation has three passes:
//!
//! ```text
//! columns  psi, u = i ky psi, omega, omega_y = i ky omega        transformed along y
//! rows     v = -i kx psi, omega_x = i kx omega, 2 S11 = 2 i kx u, 2 S12 = 2 kx^2 psi - omega
//!          two real rows a transform:  (u, v), (omega_x, omega_y), (2 S11, 2 S12)
//!          A = u omega_x + v omega_y,  F = nu_t grad omega,  nu_t = (Cs Delta)^2 |(2 S11, 2 S12)|
//!          transformed back:  G = -A + i kx Fx,  Fy
//! columns  slope = G + i ky Fy - nu0 k^2 omega                   transformed back along y
//! ```
//!
//! Only columns within the band are ever transformed. Columns and blocks of rows are independent, so
//! they run on several threads with the same bits.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::{Fft, FftPlanner};

use crate::{
    error::{Error, Result},
    math::{Complex, Real, wavenumber},
};

/// Rows of a block.
const BLOCK: usize = 8;
/// Columns a mode column becomes: psi, u, omega, omega_y.
const FIELDS: usize = 4;
/// Smallest side for which threads pay.
const THREADED: usize = 128;

/// K, the largest integer below N/3.
pub fn band(n: usize) -> usize {
    (n - 1) / 3
}

/// What one evaluation saw on the grid.
#[derive(Clone, Copy, Debug)]
pub struct Seen<R> {
    /// Largest `|u| + |v|`.
    pub speed: R,
    /// Largest eddy viscosity.
    pub eddy: R,
    /// Whether every velocity was finite.
    pub finite: bool,
}

/// What a thread works in.
struct Lane<R> {
    scratch: Vec<Complex<R>>,
    lines: Vec<Complex<R>>,
    seen: Seen<R>,
}

/// Plans and buffers of an evaluation.
pub struct Slope<R: Real> {
    n: usize,
    band: usize,
    nu0: R,
    /// `(Cs Delta)^2`; 0 leaves the eddy viscosity out.
    eddy: R,
    forward: Arc<dyn Fft<R>>,
    backward: Arc<dyn Fft<R>>,
    /// `[kx][field][y]`
    columns: Vec<Complex<R>>,
    /// `[block of rows][G, Fy][kx][row in block]`
    rows: Vec<Complex<R>>,
    lanes: Vec<Lane<R>>,
}

/// A zeroed vector, or an error instead of an abort.
///
/// # Errors
/// [`Error::Run`] without memory.
pub fn room<T: Clone>(length: usize, value: T) -> Result<Vec<T>> {
    let mut v = Vec::new();
    v.try_reserve_exact(length).map_err(|_| {
        let mb = length * size_of::<T>() / (1 << 20);
        Error::Run(format!("the LES: no memory for another {mb} MiB; lower N or use dtype float32"))
    })?;
    v.resize(length, value);
    Ok(v)
}

impl<R: Real> Slope<R> {
    /// For a side, a viscosity and `(Cs Delta)^2`.
    ///
    /// # Errors
    /// [`Error::Run`] without memory.
    pub fn new(n: usize, nu0: f64, eddy: f64) -> Result<Self> {
        let (mut planner, band, zero) = (FftPlanner::new(), band(n), Complex::new(R::zero(), R::zero()));
        let (forward, backward) = (planner.plan_fft_forward(n), planner.plan_fft_inverse(n));
        let scratch = forward.get_inplace_scratch_len().max(backward.get_inplace_scratch_len());
        let threads = if n < THREADED { 1 } else { rayon::current_num_threads().max(1) };
        let lane = |_| {
            let seen = Seen { speed: R::zero(), eddy: R::zero(), finite: true };
            Ok(Lane { scratch: room(scratch, zero)?, lines: room(3 * BLOCK * stride(n), zero)?, seen })
        };
        let outputs = if eddy > 0.0 { 2 } else { 1 };
        Ok(Self {
            n,
            band,
            nu0: R::of(nu0),
            eddy: R::of(eddy),
            columns: room((band + 1) * FIELDS * n, zero)?,
            rows: room(n * outputs * (band + 1), zero)?,
            lanes: (0..threads).map(lane).collect::<Result<_>>()?,
            forward,
            backward,
        })
    }

    /// Numbers of a column of modes.
    fn height(&self) -> usize {
        2 * self.band + 1
    }

    /// First two passes, from the modes `omega`.
    pub fn evaluate(&mut self, omega: &[Complex<R>]) -> Seen<R> {
        self.fill_columns(omega);
        let Self { n, band, eddy, forward, backward, columns, rows, lanes, .. } = self;
        let with_eddy = *eddy > R::zero();
        let outputs = if with_eddy { 2 } else { 1 };
        let pass = Rows { n: *n, band: *band, eddy: *eddy, with_eddy, forward, backward, columns };
        let block = BLOCK * outputs * (*band + 1);
        in_lanes(lanes, rows, block, |lane, first, blocks| {
            lane.seen = Seen { speed: R::zero(), eddy: R::zero(), finite: true };
            for (b, block) in blocks.chunks_mut(block).enumerate() {
                pass.block(lane, (first + b) * BLOCK, block);
            }
        });
        let larger = |a: R, b: R| if b > a { b } else { a };
        self.lanes.iter().map(|lane| lane.seen).fold(
            Seen { speed: R::zero(), eddy: R::zero(), finite: true },
            |a, b| Seen { speed: larger(a.speed, b.speed), eddy: larger(a.eddy, b.eddy), finite: a.finite && b.finite },
        )
    }

    /// Third pass: `state`, where the slope was evaluated, becomes `base + dt slope`.
    pub fn finish(&mut self, base: &[Complex<R>], dt: R, state: &mut [Complex<R>]) {
        let (n, band, height, nu0) = (self.n, self.band, self.height(), self.nu0);
        let with_eddy = self.eddy > R::zero();
        let outputs = if with_eddy { 2 } else { 1 };
        let Self { rows, lanes, forward, .. } = self;
        let (rows, forward) = (&*rows, &*forward);
        let block = BLOCK * outputs * (band + 1);
        in_lanes(lanes, state, height, |lane, first, columns| {
            for (c, column) in columns.chunks_mut(height).enumerate() {
                let kx = first + c;
                let lines = &mut lane.lines[..outputs * n];
                for (rows, j) in rows.chunks(block).zip((0..n).step_by(BLOCK)) {
                    let b = rows.len() / (outputs * (band + 1));
                    for output in 0..outputs {
                        let from = (output * (band + 1) + kx) * b;
                        lines[output * n + j..][..b].copy_from_slice(&rows[from..from + b]);
                    }
                }
                forward.process_with_scratch(lines, &mut lane.scratch);
                let (g, fy) = lines.split_at(n);
                for (i, (cell, base)) in column.iter_mut().zip(&base[kx * height..]).enumerate() {
                    let ky = wavenumber(i, height);
                    let at = ky.rem_euclid(n as i32) as usize;
                    let y = R::of(f64::from(ky));
                    let k2 = R::of((kx * kx) as f64 + f64::from(ky) * f64::from(ky));
                    let mut slope = g[at] - *cell * (nu0 * k2);
                    if with_eddy {
                        slope = slope + Complex::new(-fy[at].im * y, fy[at].re * y);
                    }
                    // The mean is no unknown.
                    *cell = if k2 > R::zero() { *base + slope * dt } else { *base };
                }
            }
        });
    }

    /// The modes' columns, transformed along y.
    fn fill_columns(&mut self, omega: &[Complex<R>]) {
        let (n, height) = (self.n, self.height());
        let Self { columns, lanes, backward, .. } = self;
        in_lanes(lanes, columns, FIELDS * n, |lane, first, columns| {
            for (c, column) in columns.chunks_mut(FIELDS * n).enumerate() {
                let kx = first + c;
                column.fill(Complex::new(R::zero(), R::zero()));
                for (i, w) in omega[kx * height..(kx + 1) * height].iter().enumerate() {
                    let ky = wavenumber(i, height);
                    let at = ky.rem_euclid(n as i32) as usize;
                    let k2 = (kx * kx) as f64 + f64::from(ky) * f64::from(ky);
                    if k2 > 0.0 {
                        let (y, psi) = (R::of(f64::from(ky)), *w / R::of(k2));
                        column[at] = psi;
                        column[n + at] = Complex::new(-psi.im * y, psi.re * y);
                        column[2 * n + at] = *w;
                        column[3 * n + at] = Complex::new(-w.im * y, w.re * y);
                    }
                }
                backward.process_with_scratch(column, &mut lane.scratch);
            }
        });
    }

    /// The field of the modes `omega` on the grid, row-major.
    pub fn field_into(&mut self, omega: &[Complex<R>], field: &mut [f64]) {
        self.fill_columns(omega);
        let (n, band) = (self.n, self.band);
        let Self { columns, lanes, backward, .. } = self;
        let (columns, backward) = (&*columns, &*backward);
        in_lanes(lanes, field, 2 * n, |lane, first, rows| {
            for (b, pair) in rows.chunks_mut(2 * n).enumerate() {
                let (j, line) = (2 * (first + b), &mut lane.lines[..n]);
                line.fill(Complex::new(R::zero(), R::zero()));
                for kx in 0..=band {
                    let at = (kx * FIELDS + 2) * n + j;
                    put(line, kx, columns[at], columns[at + 1]);
                }
                backward.process_with_scratch(line, &mut lane.scratch);
                let (row, next) = pair.split_at_mut(n);
                for ((a, b), w) in row.iter_mut().zip(next).zip(line) {
                    (*a, *b) = (w.re.f64(), w.im.f64());
                }
            }
        });
    }

    /// The modes of a field on the grid, within the band and without its mean. `field` is row-major, `N x N` values;
    /// `omega` holds the modes by columns, `[kx][ky]`.
    pub fn modes_into(&mut self, field: &[f64], omega: &mut [Complex<R>]) {
        let (n, band, height) = (self.n, self.band, self.height());
        let scale = 1.0 / (n * n) as f64;
        let Self { columns, lanes, forward, .. } = self;
        // The columns' room holds [y][kx] on the way.
        let half = &mut columns[..n * (band + 1)];
        in_lanes(lanes, half, 2 * (band + 1), |lane, first, rows| {
            for (b, pair) in rows.chunks_mut(2 * (band + 1)).enumerate() {
                let (j, line) = (2 * (first + b), &mut lane.lines[..n]);
                for (i, w) in line.iter_mut().enumerate() {
                    *w = Complex::new(R::of(field[j * n + i] * scale), R::of(field[(j + 1) * n + i] * scale));
                }
                forward.process_with_scratch(line, &mut lane.scratch);
                for kx in 0..=band {
                    (pair[kx], pair[band + 1 + kx]) = take(line, kx);
                }
            }
        });
        let (half, forward) = (&columns[..n * (band + 1)], &*forward);
        in_lanes(lanes, omega, height, |lane, first, columns| {
            for (c, column) in columns.chunks_mut(height).enumerate() {
                let (kx, line) = (first + c, &mut lane.lines[..n]);
                for (j, w) in line.iter_mut().enumerate() {
                    *w = half[j * (band + 1) + kx];
                }
                forward.process_with_scratch(line, &mut lane.scratch);
                for (i, w) in column.iter_mut().enumerate() {
                    *w = line[wavenumber(i, height).rem_euclid(n as i32) as usize];
                }
            }
        });
        omega[0] = Complex::new(R::zero(), R::zero());
    }
}

/// Distance of two lines of a block: off the power of two that would map all of them to one cache set.
fn stride(n: usize) -> usize {
    n + 8
}

/// Writes column kx of two real rows a, b into the transform of `a + i b`.
fn put<R: Real>(line: &mut [Complex<R>], kx: usize, a: Complex<R>, b: Complex<R>) {
    if kx == 0 {
        // The mean of a real row is real; what else is there is rounding.
        line[0] = Complex::new(a.re, b.re);
    } else {
        line[kx] = Complex::new(a.re - b.im, a.im + b.re);
        line[line.len() - kx] = Complex::new(a.re + b.im, b.re - a.im);
    }
}

/// Reads column kx of two real rows out of the transform of `a + i b`.
fn take<R: Real>(line: &[Complex<R>], kx: usize) -> (Complex<R>, Complex<R>) {
    let half = R::of(0.5);
    let (p, q) = (line[kx], line[(line.len() - kx) % line.len()]);
    let a = Complex::new((p.re + q.re) * half, (p.im - q.im) * half);
    let b = Complex::new((p.im + q.im) * half, (q.re - p.re) * half);
    (a, b)
}

/// Splits `data` in one piece a lane, each of whole units, and runs `work(lane, first unit, piece)`.
fn in_lanes<R: Real, T: Send>(
    lanes: &mut [Lane<R>],
    data: &mut [T],
    unit: usize,
    work: impl Fn(&mut Lane<R>, usize, &mut [T]) + Sync,
) {
    if let [lane] = lanes {
        return work(lane, 0, data);
    }
    let units = data.len().div_ceil(unit).div_ceil(lanes.len());
    let pieces = data.par_chunks_mut(units * unit);
    lanes.par_iter_mut().zip(pieces).enumerate().for_each(|(i, (lane, piece))| work(lane, i * units, piece));
}

/// The middle pass.
struct Rows<'a, R: Real> {
    n: usize,
    band: usize,
    eddy: R,
    with_eddy: bool,
    forward: &'a Arc<dyn Fft<R>>,
    backward: &'a Arc<dyn Fft<R>>,
    columns: &'a [Complex<R>],
}

impl<R: Real> Rows<'_, R> {
    /// Rows `j ..` of one block, out into `[G, Fy][kx][row]`.
    fn block(&self, lane: &mut Lane<R>, j: usize, out: &mut [Complex<R>]) {
        let (n, band) = (self.n, self.band);
        let outputs = if self.with_eddy { 2 } else { 1 };
        let b = out.len() / (outputs * (band + 1));
        let Lane { scratch, lines, seen } = lane;
        let stride = stride(n);
        let (uv, rest) = lines.split_at_mut(BLOCK * stride);
        let (grad, strain) = rest.split_at_mut(BLOCK * stride);
        let pairs = if self.with_eddy { 3 } else { 2 };

        for lines in [&mut *uv, &mut *grad, &mut *strain].into_iter().take(pairs) {
            for line in lines.chunks_exact_mut(stride) {
                line[band + 1..n - band].fill(Complex::new(R::zero(), R::zero()));
            }
        }
        let two = R::of(2.0);
        for kx in 0..=band {
            let x = R::of(kx as f64);
            let field = |f: usize| &self.columns[(kx * FIELDS + f) * n + j..][..b];
            let (psi, u, w, wy) = (field(0), field(1), field(2), field(3));
            for r in 0..b {
                let line = r * stride..r * stride + n;
                let v = Complex::new(psi[r].im * x, -psi[r].re * x);
                let wx = Complex::new(-w[r].im * x, w[r].re * x);
                put(&mut uv[line.clone()], kx, u[r], v);
                put(&mut grad[line.clone()], kx, wx, wy[r]);
                if self.with_eddy {
                    let s11 = Complex::new(-two * u[r].im * x, two * u[r].re * x);
                    put(&mut strain[line], kx, s11, psi[r] * (two * x * x) - w[r]);
                }
            }
        }
        let transform = |fft: &Arc<dyn Fft<R>>, lines: &mut [Complex<R>], r: usize, scratch: &mut [Complex<R>]| {
            fft.process_with_scratch(&mut lines[r * stride..r * stride + n], scratch);
        };
        let mut total = R::zero();
        for r in 0..b {
            transform(self.backward, uv, r, scratch);
            transform(self.backward, grad, r, scratch);
            if self.with_eddy {
                transform(self.backward, strain, r, scratch);
            }
            for i in r * stride..r * stride + n {
                let (u, g) = (uv[i], grad[i]);
                let speed = u.re.abs() + u.im.abs();
                total += speed;
                seen.speed = if speed > seen.speed { speed } else { seen.speed };
                let advection = u.re * g.re + u.im * g.im;
                // Two rows of A share a transform.
                if r % 2 == 0 {
                    uv[i] = Complex::new(advection, R::zero());
                } else {
                    uv[i - stride].im = advection;
                }
                if self.with_eddy {
                    let nu = self.eddy * strain[i].norm_sqr().sqrt();
                    seen.eddy = if nu > seen.eddy { nu } else { seen.eddy };
                    grad[i] = g * nu;
                }
            }
        }
        // Infinity and NaN stay in a sum.
        seen.finite &= total.is_finite();

        let scale = R::of(1.0 / (n * n) as f64);
        for r in 0..b {
            if r % 2 == 0 {
                transform(self.forward, uv, r, scratch);
            }
            if self.with_eddy {
                transform(self.forward, grad, r, scratch);
            }
        }
        let (out_g, out_fy) = out.split_at_mut(b * (band + 1));
        for kx in 0..=band {
            let x = R::of(kx as f64);
            for r in (0..b).step_by(2) {
                let (a, a_next) = take(&uv[r * stride..r * stride + n], kx);
                for (row, advection) in [(r, a), (r + 1, a_next)] {
                    let mut g = -advection;
                    if self.with_eddy {
                        let (fx, fy) = take(&grad[row * stride..row * stride + n], kx);
                        g = g + Complex::new(-fx.im * x, fx.re * x);
                        out_fy[kx * b + row] = fy * scale;
                    }
                    out_g[kx * b + row] = g * scale;
                }
            }
        }
    }
}
