//! How long a cycle is, and how long its lattice stays whole.

use rayon::prelude::*;

use crate::{
    ops::ellipse_fit::{Ellipse, REACH},
    params::{Every, Params},
};

/// Winding `max |omega| t` between remeshes of a cycle whose length the program chooses: a shear flow of that vorticity
/// has moved neighbours on the lattice by that many cells. Jet on an H200, correlation at t = 4 and 8 with 1.5, 1 and .75:
/// .9992 .9973, .9993 .9983, .9993 .9983.
pub(super) const WINDING: f64 = 1.0;
/// Winding of the root mean square of vorticity in such a cycle: every refit and every description-length pass costs a
/// little of what it compresses. Correlation at t = 8 on an H200 (parcels on 512^2, a grid of 1024^2) with 16 and with 8:
/// gas .882 and .856, the lattice .935 and .931 (32: .948), the ring .984 and .988, ten others within .001; young
/// turbulence encoded in 1,966 numbers .852 and .841 after three units of time, and .736 with 4. A unit of time takes
/// half as long where compact cores ask for many refits: the dipole 41 ms for 73, gas 45 for 75, the wing 37 for 105.
pub(super) const TURNOVER: f64 = 16.0;

/// Cells by which one must be out of reach to be passed over unlooked at: more than rounding.
const FAR: f64 = 1e-3;

/// Largest power of two of steps of `dt` within a time.
fn steps_within(time: f64, dt: f64, most: f64) -> u32 {
    1 << (time / dt).clamp(1.0, most).log2().floor() as u32
}

/// Steps of a cycle and between its remeshes, where the fastest vorticity is this: as many as were asked for and none, or the largest powers of two within [`TURNOVER`], [`WINDING`] and
/// `most`. The root of the mean square is that of `values`, where the ellipses sum to on the lattice.
pub(super) fn lengths(fastest: f64, values: &[f32], most: f64, params: &Params) -> (u32, Option<u32>) {
    if let Every::Steps(steps) = params.refit_every {
        return (steps.max(1), None);
    }
    let square = values.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>() / values.len() as f64;
    let turnover = steps_within(TURNOVER / square.sqrt(), params.dt, most);
    let remesh = steps_within(WINDING / fastest, params.dt, most);
    (turnover.max(remesh), Some(remesh))
}

/// Largest vorticity of ellipses (lengths in cells of a lattice of `side`) at their centres, in double precision, so that
/// every backend finds the same.
pub(super) fn fastest(ellipses: &[Ellipse], side: usize) -> f64 {
    let forms: Vec<_> = ellipses.iter().map(|e| (e.center, e.precision(), e.peak, e.axes().1 * REACH)).collect();
    let at = |x: [f64; 2]| {
        let bell = |(center, [xx, xy, yy], peak, reach): &([f64; 2], [f64; 3], f64, f64)| {
            // Most are: no rounding to the nearest image for them.
            let far = |k: usize| {
                let (d, far) = ((x[k] - center[k]).abs(), reach + FAR);
                far < d && d < side as f64 - far
            };
            if far(0) || far(1) {
                return 0.0;
            }
            let [dx, dy] = [0, 1].map(|k| {
                let d = x[k] - center[k];
                d - side as f64 * (d / side as f64).round()
            });
            if dx.abs().max(dy.abs()) > *reach {
                return 0.0;
            }
            peak * (-0.5 * (xx * dx * dx + 2.0 * xy * dx * dy + yy * dy * dy)).exp()
        };
        forms.iter().map(bell).sum::<f64>()
    };
    ellipses.par_iter().map(|e| at(e.center).abs()).reduce(|| 0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_is_found_though_most_are_passed_over() {
        let side = 64;
        let one = |i: i32| {
            let t = f64::from(i);
            let at = [(17.3 * t) % 90.0 - 13.0, (29.1 * t + 3.0 * t * t) % 90.0 - 10.0];
            Ellipse::from_axes((1.3 * t).sin(), at, 0.8 + 0.01 * t, 1.0 + 0.05 * t, 0.7 * t)
        };
        let ellipses: Vec<Ellipse> = (0..120).map(one).collect();
        let n = side as f64;
        let at = |x: [f64; 2]| {
            let bell = |e: &Ellipse| {
                let [dx, dy] = [0, 1].map(|k| x[k] - e.center[k] - n * ((x[k] - e.center[k]) / n).round());
                let [xx, xy, yy] = e.precision();
                let seen = dx.abs().max(dy.abs()) <= e.axes().1 * REACH;
                let bell = e.peak * (-0.5 * (xx * dx * dx + 2.0 * xy * dx * dy + yy * dy * dy)).exp();
                if seen { bell } else { 0.0 }
            };
            ellipses.iter().map(bell).sum::<f64>().abs()
        };
        assert_eq!(fastest(&ellipses, side), ellipses.iter().map(|e| at(e.center)).fold(0.0, f64::max));
    }
}
