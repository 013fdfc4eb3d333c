//! Where parcels carried the ellipses: the affine map of each, without a refit.

use rayon::prelude::*;

use super::Cycle;
use crate::{
    encode::{Bounds, bounded},
    math::BOX,
    ops::ellipse_fit::{self, Ellipse, Samples},
};

impl Cycle {
    /// The ellipses where the parcels are: each moved by the affine map that its parcels made of its surroundings,
    /// `x -> x + <d>, d -> (I + <d delta^T> S^-1) delta`, averages under its own bell at the start; between remeshes
    /// by what became of its centre and its axes.
    pub(super) fn carried(&self, bounds: Bounds) -> Vec<Ellipse> {
        if self.pace.remesh.is_some() {
            if self.rode || self.pace.since == 0 {
                return self.ellipses.clone();
            }
            let (cells, side) = (self.pace.spread * (self.parcels.side as f64 / BOX).powi(2), self.parcels.side);
            let ride = |e: &Ellipse| bounded(wider(&ridden(e, &self.parcels.places, side), cells), bounds);
            return self.ellipses.par_iter().map(ride).collect();
        }
        let lattice = Samples::grid(&vec![0.0; self.parcels.side * self.parcels.side], self.parcels.side);
        let shift = |axis: usize| -> Vec<f32> {
            self.parcels
                .places
                .iter()
                .enumerate()
                .map(|(p, x)| (x[axis] - node(p, self.parcels.side)[axis]) as f32)
                .collect()
        };
        let moments = ellipse_fit::cpu::first_moments(&self.ellipses, [&shift(0), &shift(1)], &lattice);
        self.ellipses.iter().zip(&moments).map(|(e, [x, y])| bounded(mapped(e, x, y), bounds)).collect()
    }
}

/// An ellipse whose variances have grown by `spread`, circulation kept.
pub(super) fn wider(e: &Ellipse, spread: f64) -> Ellipse {
    let [xx, xy, yy] = e.covariance;
    let wide = Ellipse { covariance: [xx + spread, xy, yy + spread], ..*e };
    Ellipse { peak: e.peak * (e.determinant() / wide.determinant()).sqrt(), ..wide }
}

/// An ellipse as it rides on parcels at these places, which began on the nodes: at the place of its centre, with half
/// axes `a = (x(c + major) - x(c - major))/2` and b likewise, `S = a a^T + b b^T`, circulation kept.
fn ridden(e: &Ellipse, places: &[[f64; 2]], side: usize) -> Ellipse {
    let carried = |x: [f64; 2]| {
        let (low, n) = (x.map(f64::floor), side as i64);
        let shift = |i: i64, j: i64| {
            let [i, j] = [low[0] as i64 + i, low[1] as i64 + j].map(|i| i.rem_euclid(n) as usize);
            let (p, at) = (places[j * side + i], node(j * side + i, side));
            [p[0] - at[0], p[1] - at[1]]
        };
        let (four, t) = ([shift(0, 0), shift(1, 0), shift(0, 1), shift(1, 1)], [x[0] - low[0], x[1] - low[1]]);
        [0, 1].map(|k| {
            let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
            x[k] + mix(mix(four[0][k], four[1][k], t[0]), mix(four[2][k], four[3][k], t[0]), t[1])
        })
    };
    let (minor, major, angle) = e.axes();
    let (s, c) = libm::sincos(angle);
    let drawn = |axis: [f64; 2]| {
        let [from, to] = [-1.0, 1.0].map(|sign| carried([0, 1].map(|k| e.center[k] + sign * axis[k])));
        [0.5 * (to[0] - from[0]), 0.5 * (to[1] - from[1])]
    };
    let (a, b) = (drawn([major * c, major * s]), drawn([-minor * s, minor * c]));
    let covariance = [a[0] * a[0] + b[0] * b[0], a[0] * a[1] + b[0] * b[1], a[1] * a[1] + b[1] * b[1]];
    let moved = Ellipse { peak: e.peak, center: carried(e.center), covariance };
    Ellipse { peak: e.peak * (e.determinant() / moved.determinant().max(1e-6)).sqrt(), ..moved }
}

/// Place of a node.
pub(super) fn node(p: usize, side: usize) -> [f64; 2] {
    [(p % side) as f64, (p / side) as f64]
}

/// An ellipse under the affine map of its parcels, from the moments of their displacements.
fn mapped(e: &Ellipse, x: &[f64; 3], y: &[f64; 3]) -> Ellipse {
    let mass = BOX * e.determinant().sqrt();
    let [pxx, pxy, pyy] = e.precision();
    let slope = |m: &[f64; 3]| [(m[1] * pxx + m[2] * pxy) / mass, (m[1] * pxy + m[2] * pyy) / mass];
    let (gx, gy) = (slope(x), slope(y));
    let (a, b, c, d) = (1.0 + gx[0], gx[1], gy[0], 1.0 + gy[1]);
    let [xx, xy, yy] = e.covariance;
    let covariance = [
        a * a * xx + 2.0 * a * b * xy + b * b * yy,
        a * c * xx + (a * d + b * c) * xy + b * d * yy,
        c * c * xx + 2.0 * c * d * xy + d * d * yy,
    ];
    let center = [e.center[0] + x[0] / mass, e.center[1] + y[0] / mass];
    let moved = Ellipse { covariance, center, ..*e };
    Ellipse { peak: e.peak * (e.determinant() / moved.determinant().max(1e-6)).sqrt(), ..moved }
}
