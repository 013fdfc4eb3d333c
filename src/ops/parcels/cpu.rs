//! Reference: see the module above. Positions in f64, the mesh in f32.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::{Fft, FftPlanner};

use crate::math::{BOX, Complex, Complex64, wave_index, wavenumber};

type Complex32 = Complex<f32>;

/// A mesh of side M that turns the vorticity of parcels into their velocity.
#[derive(Clone)]
pub struct Mesh {
    side: usize,
    forward: Arc<dyn Fft<f32>>,
    backward: Arc<dyn Fft<f32>>,
    /// `F(k)/(k^2 B)` in `fft2` order.
    green: Vec<f32>,
    /// `1/(B M^2)` in `fft2` order: from sums on the nodes to amplitudes.
    amplitude: Vec<f32>,
    /// `1/b` along one axis in `fft2` order.
    on_nodes: Vec<f32>,
    /// Amplitudes `[ky][kx]` in `fft2` order, or velocity `u + i v` on the nodes.
    grid: Vec<Complex32>,
    turned: Vec<Complex32>,
}

/// `exp(-36 (|k|/K)^36)`: F(k) with `K = M/3`, E(k) with `K = 5M/12`.
fn cut(k2: f64, most: f64) -> f64 {
    (-36.0 * (k2.sqrt() / most).powi(36)).exp()
}

/// A sum of B-splines of these coefficients, `[side, side]`, on the nodes: weights 1/6, 2/3, 1/6 along each axis.
pub fn on_nodes(splines: &[f32], side: usize) -> Vec<f32> {
    let three = |a: f32, b: f32, c: f32| (a + 4.0 * b + c) / 6.0;
    let along = |j: usize, i: usize| {
        let row = &splines[j * side..(j + 1) * side];
        three(row[(i + side - 1) % side], row[i], row[(i + 1) % side])
    };
    let rows: Vec<f32> = (0..side * side).map(|c| along(c / side, c % side)).collect();
    let node = |j: usize, i: usize| {
        let row = |j: usize| rows[j % side * side + i];
        three(row(j + side - 1), row(j), row(j + 1))
    };
    (0..side * side).map(|c| node(c / side, c % side)).collect()
}

/// Weights of the cubic B-spline on the four nodes from `floor(x) - 1` on.
#[inline(always)]
fn spline(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    let (t2, s2) = (t * t, s * s);
    [s2 * s / 6.0, (4.0 - 3.0 * t2 * (1.0 + s)) / 6.0, (4.0 - 3.0 * s2 * (1.0 + t)) / 6.0, t2 * t / 6.0]
}

/// Weights of the quintic B-spline on the six nodes from `floor(x) - 2` on.
#[inline(always)]
fn quintic(t: f32) -> [f32; 6] {
    let near = |t: f32| 1.0 + 5.0 * t * (1.0 + 2.0 * t * t + t * (2.0 + t * t - t * t * t));
    let middle = |t: f32| 26.0 + 10.0 * t * (5.0 + t * (2.0 - 2.0 * t - 2.0 * t * t + t * t * t));
    let s = 1.0 - t;
    [s.powi(5), near(s), middle(s), middle(t), near(t), t.powi(5)].map(|w| w / 120.0)
}

/// First of `W` nodes and weights along one axis; `x` in cells, any image.
#[inline(always)]
fn stencil<const W: usize>(x: f64, n: usize, spline: fn(f32) -> [f32; W]) -> (usize, [f32; W]) {
    let whole = x.floor();
    let first = (whole as i64 + 1 - W as i64 / 2).rem_euclid(n as i64) as usize;
    (first, spline((x - whole) as f32))
}

impl Mesh {
    /// A mesh of side `side`, a power of two.
    pub fn new(side: usize) -> Self {
        let mut planner = FftPlanner::new();
        let (n, h) = (side as f64, BOX / side as f64);
        let axis: Vec<f64> = (0..side)
            .map(|i| {
                let x = 0.5 * h * f64::from(wavenumber(i, side));
                if x == 0.0 { 1.0 } else { (x.sin() / x).powi(4) }
            })
            .collect();
        let spline = |cell: usize| axis[cell % side] * axis[cell / side];
        let green = (0..side * side)
            .map(|cell| {
                let (kx, ky) = (wavenumber(cell % side, side), wavenumber(cell / side, side));
                let k2 = f64::from(kx * kx + ky * ky);
                if k2 == 0.0 { 0.0 } else { (cut(k2, n / 3.0) / (k2 * spline(cell))) as f32 }
            })
            .collect();
        let sampled = |i: usize| super::sampled_quintic(h * f64::from(wavenumber(i, side)));
        let on_nodes = (0..side).map(|i| (1.0 / sampled(i)) as f32).collect();
        let amplitude = (0..side * side).map(|cell| (1.0 / (spline(cell) * n * n)) as f32).collect();
        let zero = Complex32::new(0.0, 0.0);
        Self {
            side,
            forward: planner.plan_fft_forward(side),
            backward: planner.plan_fft_inverse(side),
            green,
            amplitude,
            on_nodes,
            grid: vec![zero; side * side],
            turned: vec![zero; side * side],
        }
    }

    /// M, the side of the lattice.
    pub fn side(&self) -> usize {
        self.side
    }

    fn transform(&mut self, forward: bool) {
        let (fft, n) = (if forward { &self.forward } else { &self.backward }, self.side);
        for _ in 0..2 {
            self.grid.par_chunks_mut(n).for_each_init(
                || vec![Complex32::new(0.0, 0.0); fft.get_inplace_scratch_len()],
                |scratch, row| fft.process_with_scratch(row, scratch),
            );
            let grid = &self.grid;
            self.turned.par_chunks_mut(n).enumerate().for_each(|(i, row)| {
                row.iter_mut().enumerate().for_each(|(j, x)| *x = grid[j * n + i]);
            });
            std::mem::swap(&mut self.grid, &mut self.turned);
        }
    }

    /// Parcels' values onto the nodes by splines of `W` nodes. `places` in cells, any image.
    fn lay<const W: usize>(&mut self, places: &[[f64; 2]], values: &[f32], spline: fn(f32) -> [f32; W]) {
        let n = self.side;
        self.grid.fill(Complex32::new(0.0, 0.0));
        for (p, v) in places.iter().zip(values) {
            let ((i, wx), (j, wy)) = (stencil(p[0], n, spline), stencil(p[1], n, spline));
            for (b, wy) in wy.iter().enumerate() {
                let row = ((j + b) & (n - 1)) * n;
                for (a, wx) in wx.iter().enumerate() {
                    self.grid[row + ((i + a) & (n - 1))].re += v * wy * wx;
                }
            }
        }
        self.transform(true);
    }

    /// Amplitudes of the vorticity of parcels, for [`Mesh::modes`] and [`Mesh::solve`]. `places` in cells, any image;
    /// each carries its value times the area of a cell. `values[i]` belongs to `places[i]`.
    pub fn spread(&mut self, places: &[[f64; 2]], values: &[f32]) {
        self.lay(places, values, spline);
        self.grid.par_iter_mut().zip(&self.amplitude).for_each(|(w, a)| *w *= a);
    }

    /// Vorticity of parcels on the nodes after it diffused for `nu t`, cut off where the mesh ends:
    /// `E(k)/b(k) exp(-nu k^2 t)`. `values[i]` belongs to `places[i]`, in cells, any image; one value a node comes back,
    /// row by row.
    pub fn vorticity(&mut self, places: &[[f64; 2]], values: &[f32], nu_t: f64) -> Vec<f32> {
        self.lay(places, values, quintic);
        let n = self.side;
        let cells = (n * n) as f32;
        self.grid.par_chunks_mut(n).enumerate().for_each(|(j, row)| {
            let ky = f64::from(wavenumber(j, n));
            for (i, w) in row.iter_mut().enumerate() {
                let k2 = f64::from(wavenumber(i, n)).powi(2) + ky * ky;
                let sharper = self.on_nodes[i] * self.on_nodes[j] / cells;
                *w *= sharper * (cut(k2, n as f64 * 5.0 / 12.0) * (-nu_t * k2).exp()) as f32;
            }
        });
        self.transform(false);
        self.grid.iter().map(|w| w.re).collect()
    }

    /// Amplitudes of a field given on the nodes. One value a node, row by row.
    pub fn sample(&mut self, field: &[f64]) {
        self.grid.iter_mut().zip(field).for_each(|(w, f)| *w = Complex32::new(*f as f32, 0.0));
        self.transform(true);
        let scale = 1.0 / field.len() as f32;
        self.grid.par_iter_mut().for_each(|w| *w *= scale);
    }

    /// Amplitudes `|kx|, |ky| <= radius` as a square, row ky; 0 where the mesh holds none.
    pub fn modes(&self, radius: i32) -> Vec<Complex64> {
        let n = self.side as i32;
        let held = |k: i32| 2 * k.abs() < n;
        let at = |kx: i32, ky: i32| match held(kx) && held(ky) {
            true => self.grid[wave_index(ky, self.side) * self.side + wave_index(kx, self.side)],
            false => Complex32::new(0.0, 0.0),
        };
        let square = (-radius..=radius).flat_map(|ky| (-radius..=radius).map(move |kx| (kx, ky)));
        square.map(|(kx, ky)| at(kx, ky)).map(|w| Complex64::new(f64::from(w.re), f64::from(w.im))).collect()
    }

    /// Adds a Hermitian square of modes, row ky.
    pub fn add_modes(&mut self, square: &[Complex64], radius: i32) {
        let n = self.side as i32;
        let side = 2 * radius + 1;
        for (cell, c) in (0_i32..).zip(square) {
            let (kx, ky) = (cell % side - radius, cell / side - radius);
            if 2 * kx.abs() < n && 2 * ky.abs() < n {
                let at = wave_index(ky, self.side) * self.side + wave_index(kx, self.side);
                self.grid[at] += Complex32::new(c.re as f32, c.im as f32);
            }
        }
    }

    /// Turns the amplitudes of vorticity into velocity on the nodes, for [`Mesh::at`].
    pub fn solve(&mut self) {
        let (green, n) = (&self.green, self.side);
        self.grid.par_chunks_mut(n).enumerate().for_each(|(j, row)| {
            let ky = wavenumber(j, n) as f32;
            for (i, w) in row.iter_mut().enumerate() {
                // u + i v has transform (i ky + kx) omega_hat/k^2.
                *w *= Complex32::new(wavenumber(i, n) as f32, ky) * green[j * n + i];
            }
        });
        self.transform(false);
    }

    /// Velocity on the nodes, `[u, v]` flat, after [`Mesh::solve`].
    pub fn nodes(&self) -> Vec<f64> {
        self.grid.iter().flat_map(|w| [f64::from(w.re), f64::from(w.im)]).collect()
    }

    /// Velocity over cores (places and core radii in cells), after [`Mesh::solve`]: the mean under each Gaussian, by
    /// the two Gauss-Hermite nodes `-eps, eps` along each axis. In the order of `cores`.
    pub fn over(&self, cores: &[([f64; 2], f64)]) -> Vec<[f64; 2]> {
        let corners = |(x, eps): &([f64; 2], f64)| {
            [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]].map(|c| [x[0] + eps * c[0], x[1] + eps * c[1]])
        };
        let all: Vec<[f64; 2]> = cores.iter().flat_map(corners).collect();
        let mean = |four: &[[f64; 2]]| [0, 1].map(|k| 0.25 * four.iter().map(|u| u[k]).sum::<f64>());
        self.at(&all).chunks_exact(4).map(mean).collect()
    }

    /// Velocity at places (in cells), after [`Mesh::solve`]. In the order of `places`.
    pub fn at(&self, places: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let n = self.side;
        let one = |p: &[f64; 2]| {
            let ((i, wx), (j, wy)) = (stencil(p[0], n, spline), stencil(p[1], n, spline));
            let mut sum = Complex32::new(0.0, 0.0);
            for (b, wy) in wy.iter().enumerate() {
                let row = ((j + b) & (n - 1)) * n;
                for (a, wx) in wx.iter().enumerate() {
                    sum += self.grid[row + ((i + a) & (n - 1))] * (wy * wx);
                }
            }
            [f64::from(sum.re), f64::from(sum.im)]
        };
        places.par_iter().with_min_len(512).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vorticity_comes_back_and_decays_as_its_wave_does() {
        let n = 64;
        let at = |c: usize| [(c % n) as f64, (c / n) as f64];
        let wave = |c: usize| (BOX / n as f64 * (5.0 * at(c)[0] - 3.0 * at(c)[1])).cos();
        let places: Vec<[f64; 2]> = (0..n * n).map(at).collect();
        let values: Vec<f32> = (0..n * n).map(|c| wave(c) as f32).collect();
        let mut mesh = Mesh::new(n);
        for nu_t in [0.0, 0.01] {
            let back = mesh.vorticity(&places, &values, nu_t);
            let decay = (-34.0 * nu_t).exp();
            let worst = (0..n * n).map(|c| (f64::from(back[c]) - decay * wave(c)).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-5, "{worst:e}");
        }
    }

    #[test]
    fn velocity_of_parcels_on_their_lattice_is_that_of_the_field() {
        let (n, h) = (64, BOX / 64.0);
        let field: Vec<f64> = (0..n * n)
            .map(|c| {
                let (x, y) = ((c % n) as f64 * h, (c / n) as f64 * h);
                (3.0 * x - y).sin() + 0.5 * (7.0 * x).cos() * (5.0 * y + 0.3).sin()
            })
            .collect();
        let places: Vec<[f64; 2]> = (0..n * n).map(|c| [(c % n) as f64, (c / n) as f64]).collect();
        let values: Vec<f32> = field.iter().map(|w| *w as f32).collect();
        let mut mesh = Mesh::new(n);
        mesh.spread(&places, &values);
        mesh.solve();
        // Off the nodes too: psi of each mode is omega/k^2.
        let off: Vec<[f64; 2]> = places.iter().map(|p| [p[0] + 0.37, p[1] - 0.21]).collect();
        let mut error = 0.0_f64;
        for (p, got) in off.iter().zip(mesh.at(&off)) {
            let (x, y) = (p[0] * h, p[1] * h);
            // psi = omega/k^2, u = psi_y, v = -psi_x.
            let a = (3.0 * x - y).cos() / 10.0;
            // The second wave: psi = cos(7x) sin(5y + 0.3)/148.
            let (cx, sx) = ((7.0 * x).cos() / 148.0, (7.0 * x).sin() / 148.0);
            let (cy, sy) = ((5.0 * y + 0.3).cos(), (5.0 * y + 0.3).sin());
            let u = [-a + cx * cy * 5.0, -3.0 * a + 7.0 * sx * sy];
            error = error.max((got[0] - u[0]).abs()).max((got[1] - u[1]).abs());
        }
        assert!(error < 2e-4, "{error:e}");
    }
}
