//! Reference: see the module above.

use rayon::prelude::*;

use super::{
    Pyramid,
    near::Near,
    spread::{gather, spread},
};
use crate::{
    math::{BOX, Complex, Real, wave_index, wavenumber},
    ops::{biot_savart::cpu::Target, quadrature::cpu::Blob},
    primitives::fft::plane::Plane,
};

/// A mesh with its transforms planned.
#[derive(Clone)]
pub struct Mesh<R: Real> {
    pyramid: Pyramid,
    planes: Vec<Plane<R>>,
    /// `exp(-(k shared h)^2/2)` of each level for `|k| <= N/2`.
    factors: Vec<Vec<R>>,
}

impl<R: Real> Mesh<R> {
    /// Plans the transforms of a pyramid.
    pub fn new(pyramid: Pyramid) -> Self {
        let factor = |level: usize| {
            let width = pyramid.accuracy.shared * pyramid.spacing(level);
            (0..=pyramid.side(level) / 2).map(|k| R::of((-0.5 * (k as f64 * width).powi(2)).exp())).collect()
        };
        Self {
            pyramid,
            planes: (0..pyramid.levels).map(|level| Plane::new(pyramid.side(level))).collect(),
            factors: (0..pyramid.levels).map(factor).collect(),
        }
    }

    /// The grids that the mesh goes through.
    pub fn pyramid(&self) -> &Pyramid {
        &self.pyramid
    }

    /// Velocity at every target, `[u, v]`. Parallel, summed in a fixed order.
    pub fn velocity(&self, targets: &[Target<R>], blobs: &[Blob<R>]) -> Vec<[R; 2]> {
        if blobs.is_empty() {
            return vec![[R::zero(); 2]; targets.len()];
        }
        let mut asked = vec![false; self.pyramid.levels];
        targets.iter().for_each(|t| asked[self.pyramid.standing(t.eps2.f64()).level] = true);
        let spectrum = self.spectrum(blobs);
        let grid = |level: usize| if asked[level] { self.grid(&spectrum, level) } else { Vec::new() };
        let grids: Vec<Vec<Complex<R>>> = (0..self.pyramid.levels).map(grid).collect();
        let eta2 = self.pyramid.eta() * self.pyramid.eta();
        let near = Near::new(&self.pyramid, blobs, targets.iter().any(|t| t.eps2.f64() < eta2));
        let at = |work: &mut [Vec<R>; 2], target: &Target<R>| {
            let standing = self.pyramid.standing(target.eps2.f64());
            let n = self.pyramid.side(standing.level);
            let (width, reach) = (R::of(standing.width), R::of(self.pyramid.accuracy.reach));
            let far = gather(&grids[standing.level], n, target.x, width, reach, work);
            let [u, v] = if near.is_empty() { [R::zero(); 2] } else { near.velocity(target) };
            [far.re + u, far.im + v]
        };
        targets.par_iter().map_init(Default::default, at).collect()
    }

    /// Amplitudes of the blobs, each at least `eta` wide, columns `[kx][ky]` of the finest level, kx from 0.
    fn spectrum(&self, blobs: &[Blob<R>]) -> Vec<Complex<R>> {
        let n = self.pyramid.n;
        let mut sum = vec![Complex::new(R::zero(), R::zero()); (n / 2 + 1) * n];
        let scale = R::of(1.0 / (BOX * BOX));
        let grids = spread(&self.pyramid, blobs);
        for (level, grid) in grids.iter().enumerate().filter(|(_, grid)| !grid.is_empty()) {
            let (side, factor) = (self.pyramid.side(level), &self.factors[level]);
            let columns = self.planes[level].forward(grid);
            // The highest wavenumber of a grid is left out: it has no sign.
            let pairs = sum.par_chunks_mut(n).zip(columns.par_chunks(side)).take(side / 2);
            pairs.enumerate().for_each(|(kx, (sum, column))| {
                for (j, value) in column.iter().enumerate().filter(|(j, _)| 2 * j != side) {
                    let ky = wavenumber(j, side);
                    let smooth = scale * factor[kx] * factor[ky.unsigned_abs() as usize];
                    let sum = &mut sum[wave_index(ky, n)];
                    *sum = *sum + *value * smooth;
                }
            });
        }
        sum
    }

    /// `u + i v` on the nodes of a level, smoothed by its shared width.
    fn grid(&self, spectrum: &[Complex<R>], level: usize) -> Vec<Complex<R>> {
        let (n, side, factor) = (self.pyramid.n, self.pyramid.side(level), &self.factors[level]);
        let mut whole = vec![Complex::new(R::zero(), R::zero()); side * side];
        whole.par_chunks_mut(side).enumerate().filter(|(i, _)| 2 * i != side).for_each(|(i, column)| {
            let kx = wavenumber(i, side);
            let from = &spectrum[kx.unsigned_abs() as usize * n..][..n];
            for (j, cell) in column.iter_mut().enumerate().filter(|(j, _)| 2 * j != side) {
                let ky = wavenumber(j, side);
                if (kx, ky) != (0, 0) {
                    let omega = if kx >= 0 { from[wave_index(ky, n)] } else { from[wave_index(-ky, n)].conj() };
                    let smooth = factor[kx.unsigned_abs() as usize] * factor[ky.unsigned_abs() as usize];
                    let k = Complex::new(R::of(f64::from(kx)), R::of(f64::from(ky)));
                    *cell = k * omega * (smooth / R::of(f64::from(kx * kx + ky * ky)));
                }
            }
        });
        self.planes[level].backward(&mut whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{
        biot_savart::cpu::velocity,
        mesh::{Accuracy, FINE, USUAL},
    };

    /// `count` places and cores: `clustered` puts them in two clumps, cores run from `low` to `high` cells.
    fn sample(count: usize, n: usize, clustered: bool, low: f64, high: f64) -> (Vec<Target<f64>>, Vec<Blob<f64>>) {
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut place = |i: usize| match clustered {
            false => [BOX * random(), BOX * random()],
            true => {
                let (angle, r) = (BOX * random(), 0.4 * random().sqrt());
                [6.1 + r * angle.cos() + 2.0 * (i % 2) as f64, 0.1 + r * angle.sin()]
            }
        };
        let places: Vec<[f64; 2]> = (0..count).map(&mut place).collect();
        let h = BOX / n as f64;
        let blobs: Vec<Blob<f64>> = (0..)
            .zip(places)
            .map(|(i, x)| {
                let eps = h * low * (high / low).powf((f64::from(i) * 0.618).fract());
                Blob { x, circulation: (f64::from(i) * 1.3).sin() + 0.3, eps2: eps * eps }
            })
            .collect();
        (blobs.iter().map(|b| Target { x: b.x, eps2: b.eps2 }).collect(), blobs)
    }

    fn error(a: &[[f64; 2]], b: &[[f64; 2]]) -> f64 {
        let scale = b.iter().fold(0.0_f64, |m, v| m.max(v[0].hypot(v[1])));
        a.iter().zip(b).fold(0.0_f64, |m, (a, b)| m.max((a[0] - b[0]).hypot(a[1] - b[1]))) / scale
    }

    fn at_most(accuracy: Accuracy, limit: f64) {
        let n = 128;
        let mesh = Mesh::<f64>::new(Pyramid::new(n, accuracy));
        for clustered in [false, true] {
            for (low, high) in [(0.3, 0.3), (1.0, 1.0), (1.5, 1.5), (2.4, 2.4), (5.0, 5.0), (0.3, 5.0)] {
                let (targets, blobs) = sample(10_000, n, clustered, low, high);
                let probe: Vec<_> = targets.iter().step_by(40).copied().collect();
                let error = error(&mesh.velocity(&probe, &blobs), &velocity(&probe, &blobs));
                println!("clustered {clustered}, eps {low} to {high} h: {error:.1e}");
                assert!(error <= limit, "clustered {clustered}, eps {low} to {high} h: {error:e}");
            }
        }
    }

    #[test]
    fn the_mesh_is_the_direct_sum_to_1e_4() {
        at_most(USUAL, 1e-4);
    }

    #[test]
    fn the_fine_mesh_is_the_direct_sum_to_1e_5() {
        at_most(FINE, 1e-5);
    }

    #[test]
    fn places_without_a_core_are_served_too() {
        let mesh = Mesh::<f64>::new(Pyramid::new(128, USUAL));
        let (mut targets, blobs) = sample(1000, 128, false, 1.5, 4.0);
        targets.iter_mut().for_each(|t| (t.x, t.eps2) = ([t.x[1] + 0.1, t.x[0]], 0.0));
        let error = error(&mesh.velocity(&targets, &blobs), &velocity(&targets, &blobs));
        assert!(error <= 1e-4, "{error:e}");
    }

    #[test]
    fn wide_cores_wrap_around_the_box() {
        let mesh = Mesh::<f64>::new(Pyramid::new(32, USUAL));
        let (mut targets, mut blobs) = sample(60, 32, false, 1.0, 1.0);
        for (i, (t, b)) in targets.iter_mut().zip(&mut blobs).enumerate() {
            b.eps2 = [0.04, 0.5, 1.0][i % 3];
            t.eps2 = [0.5, 0.01, 0.9, 0.0][i % 4];
        }
        let error = error(&mesh.velocity(&targets, &blobs), &velocity(&targets, &blobs));
        assert!(error <= 1e-4, "{error:e}");
    }

    #[test]
    fn the_result_does_not_depend_on_the_threads() {
        let mesh = Mesh::<f64>::new(Pyramid::new(64, USUAL));
        let (targets, blobs) = sample(3000, 64, true, 0.5, 4.0);
        let all = mesh.velocity(&targets, &blobs);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| mesh.velocity(&targets, &blobs)), all);
    }
}
