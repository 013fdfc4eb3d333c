//! Reference: see the module above. Values and sums in f32, as on the device; every sum has one order.

use rayon::prelude::*;

use super::{Ellipse, Quadratic, REACH, Samples};

/// Samples taken at once.
pub(super) const LANES: usize = 8;

/// `exp(-q)` for `q >= 0`, to 2e-7 relative; below 2^-126 it stays there.
#[inline(always)]
pub(super) fn bell(q: f32) -> f32 {
    let t = (-q * std::f32::consts::LOG2_E).max(-126.0);
    // Adding and taking away 1.5 * 2^23 rounds to the nearest integer, which stands in the last bits in between.
    let shifted = t + 12_582_912.0;
    let f = t - (shifted - 12_582_912.0);
    let p = 1.0
        + f * (std::f32::consts::LN_2
            + f * (0.240_226_5 + f * (0.055_504_11 + f * (0.009_618_13 + f * (0.001_333_55 + f * 0.000_154_03)))));
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// What the loops over samples read of an ellipse.
pub(super) struct Bell {
    center: [f32; 2],
    /// Half of the precision: `q = a dx^2 + b dx dy + c dy^2`.
    pub form: [f32; 3],
    /// Rows it reaches.
    rows: [i32; 2],
}

impl Bell {
    pub fn new(e: &Ellipse, side: usize) -> Self {
        let [xx, xy, yy] = e.precision();
        let n = side as f64;
        let center = e.center.map(|x| x.rem_euclid(n));
        let reach = (REACH * e.covariance[2].sqrt()).min(0.5 * n - 1.0);
        Self {
            center: center.map(|x| x as f32),
            form: [0.5 * xx, xy, 0.5 * yy].map(|x| x as f32),
            rows: [(center[1] - reach).floor() as i32, (center[1] + reach).floor() as i32],
        }
    }

    /// Columns it reaches in the row of cells that begins at offset `below` from its centre.
    fn columns(&self, below: f32, side: usize) -> Option<[i32; 2]> {
        let [a, b, c] = self.form;
        let above = below + 1.0;
        let near = if below <= 0.0 && above >= 0.0 { 0.0 } else { below.abs().min(above.abs()) };
        let limit = 0.5 * (REACH * REACH) as f32;
        // The form at fixed dy has its least value (c - b^2/4a) dy^2 at dx = -b dy/2a.
        let left = limit - (c - b * b / (4.0 * a)) * near * near;
        if left <= 0.0 {
            return None;
        }
        let (width, [p, q]) = ((left / a).sqrt(), [below, above].map(|dy| -0.5 * b * dy / a));
        let x = self.center[0];
        let (low, high) = ((x + p.min(q) - width).floor() as i32, (x + p.max(q) + width).floor() as i32);
        let middle = x.floor() as i32;
        let most = side as i32 / 2 - 1;
        Some([low.max(middle - most), high.min(middle + most)])
    }

    /// Calls `run` for each contiguous range of samples in reach within rows `within`, with the centre
    /// moved to their image.
    pub fn ranges(
        &self,
        samples: &Samples,
        within: std::ops::Range<usize>,
        mut run: impl FnMut(std::ops::Range<usize>, [f32; 2]),
    ) {
        let side = samples.side() as i32;
        // Images of the box that rows in reach may lie in.
        for image in [-side, 0, side] {
            let (first, last) = (within.start as i32 + image, within.end as i32 - 1 + image);
            for row in first.max(self.rows[0])..=last.min(self.rows[1]) {
                let Some([low, high]) = self.columns(row as f32 - self.center[1], side as usize) else { continue };
                let y = self.center[1] - image as f32;
                let mut at = low;
                while at <= high {
                    let first = at.rem_euclid(side);
                    let count = (high - at + 1).min(side - first);
                    let x = self.center[0] - (at - first) as f32;
                    run(samples.cells((row - image) as usize, first as usize, (first + count) as usize), [x, y]);
                    at += count;
                }
            }
        }
    }
}

/// Rows of cells that one task owns.
pub(super) const BAND: usize = 8;

/// The sum of all ellipses' quadratics times bells at every sample, in the samples' order.
pub fn field(ellipses: &[Ellipse], quadratics: &[Quadratic], samples: &Samples) -> Vec<f32> {
    let side = samples.side();
    let bells: Vec<Bell> = ellipses.iter().map(|e| Bell::new(e, side)).collect();
    let quadratics: Vec<[f32; 6]> = quadratics.iter().map(|q| q.map(|x| x as f32)).collect();
    let bands: Vec<Vec<f32>> = samples
        .bands(BAND)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|rows| {
            let own = samples.rows(rows.start, rows.end);
            let mut out = vec![0.0_f32; own.len()];
            for (bell, q) in bells.iter().zip(&quadratics) {
                bell.ranges(samples, rows.clone(), |range, center| {
                    let out = &mut out[range.start - own.start..range.end - own.start];
                    add(bell, center, q, &samples.x[range.clone()], &samples.y[range], out);
                });
            }
            out
        })
        .collect();
    bands.concat()
}

#[inline(always)]
fn add(b: &Bell, center: [f32; 2], p: &[f32; 6], x: &[f32], y: &[f32], out: &mut [f32]) {
    let one = |x: f32, y: f32| {
        let (dx, dy) = (x - center[0], y - center[1]);
        let g = bell(b.form[0] * dx * dx + b.form[1] * dx * dy + b.form[2] * dy * dy);
        g * (p[0] + dx * (p[1] + p[3] * dx + p[4] * dy) + dy * (p[2] + p[5] * dy))
    };
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out += one(*x, *y);
    }
}

/// The six moments of `residual` (in the samples' order) under each ellipse's bell.
pub fn moments(ellipses: &[Ellipse], residual: &[f32], samples: &Samples) -> Vec<Quadratic> {
    ellipses
        .par_iter()
        .with_min_len(16)
        .map(|e| {
            let bell = Bell::new(e, samples.side());
            let mut sums = [[0.0_f32; LANES]; 6];
            bell.ranges(samples, 0..samples.side(), |range, center| {
                collect(
                    &bell,
                    center,
                    &samples.x[range.clone()],
                    &samples.y[range.clone()],
                    &residual[range],
                    &mut sums,
                );
            });
            sums.map(|lanes| lanes.iter().map(|x| f64::from(*x)).sum())
        })
        .collect()
}

#[inline(always)]
fn collect(b: &Bell, center: [f32; 2], x: &[f32], y: &[f32], r: &[f32], sums: &mut [[f32; LANES]; 6]) {
    let mut block = |x: &[f32; LANES], y: &[f32; LANES], r: &[f32; LANES]| {
        for l in 0..LANES {
            let (dx, dy) = (x[l] - center[0], y[l] - center[1]);
            let g = r[l] * bell(b.form[0] * dx * dx + b.form[1] * dx * dy + b.form[2] * dy * dy);
            let (gx, gy) = (g * dx, g * dy);
            sums[0][l] += g;
            sums[1][l] += gx;
            sums[2][l] += gy;
            sums[3][l] += gx * dx;
            sums[4][l] += gx * dy;
            sums[5][l] += gy * dy;
        }
    };
    let (xs, ys, rs) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>(), r.as_chunks::<LANES>());
    for ((x, y), r) in xs.0.iter().zip(ys.0).zip(rs.0) {
        block(x, y, r);
    }
    if !rs.1.is_empty() {
        let padded = |tail: &[f32], fill: f32| {
            let mut lanes = [fill; LANES];
            lanes[..tail.len()].copy_from_slice(tail);
            lanes
        };
        block(&padded(xs.1, center[0]), &padded(ys.1, center[1]), &padded(rs.1, 0.0));
    }
}

/// Moments of order 0 and 1 of two fields under each ellipse's bell, each bell taken once: the same bits as
/// [`moments`] of each.
pub fn first_moments(ellipses: &[Ellipse], fields: [&[f32]; 2], samples: &Samples) -> Vec<[[f64; 3]; 2]> {
    let one = |e: &Ellipse| {
        let bell = Bell::new(e, samples.side());
        let mut sums = [[[0.0_f32; LANES]; 3]; 2];
        bell.ranges(samples, 0..samples.side(), |range, center| {
            let (x, y) = (&samples.x[range.clone()], &samples.y[range.clone()]);
            collect_first(&bell, center, x, y, fields.map(|f| &f[range.clone()]), &mut sums);
        });
        sums.map(|sums| sums.map(|lanes| lanes.iter().map(|x| f64::from(*x)).sum()))
    };
    ellipses.par_iter().with_min_len(16).map(one).collect()
}

#[inline(always)]
fn collect_first(
    b: &Bell,
    center: [f32; 2],
    x: &[f32],
    y: &[f32],
    fields: [&[f32]; 2],
    sums: &mut [[[f32; LANES]; 3]; 2],
) {
    let mut first = 0;
    while first < x.len() {
        let count = LANES.min(x.len() - first);
        let lanes = |of: &[f32], fill: f32| {
            let mut lanes = [fill; LANES];
            lanes[..count].copy_from_slice(&of[first..first + count]);
            lanes
        };
        let (x, y, r) = (lanes(x, center[0]), lanes(y, center[1]), fields.map(|f| lanes(f, 0.0)));
        for l in 0..LANES {
            let (dx, dy) = (x[l] - center[0], y[l] - center[1]);
            let bell = bell(b.form[0] * dx * dx + b.form[1] * dx * dy + b.form[2] * dy * dy);
            for (sums, r) in sums.iter_mut().zip(&r) {
                let g = r[l] * bell;
                sums[0][l] += g;
                sums[1][l] += g * dx;
                sums[2][l] += g * dy;
            }
        }
        first += LANES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Ellipse> {
        (0..9)
            .map(|i| {
                let t = f64::from(i);
                let place = [(t * 7.3) % 32.0 - 3.0, (t * 11.9) % 32.0 + 0.3];
                Ellipse::from_axes(1.0 - 0.3 * t, place, 1.0 + 0.1 * t, 1.5 + 0.3 * t, 0.7 * t)
            })
            .collect()
    }

    /// The sum straight from its definition, over the nearest image.
    fn textbook(ellipses: &[Ellipse], quadratics: &[Quadratic], places: &[[f64; 2]], n: f64) -> Vec<f64> {
        places
            .iter()
            .map(|at| {
                ellipses
                    .iter()
                    .zip(quadratics)
                    .map(|(e, p)| {
                        let d = [at[0] - e.center[0], at[1] - e.center[1]].map(|d| d - n * (d / n).round());
                        let [a, b, c] = e.precision();
                        let u2 = a * d[0] * d[0] + 2.0 * b * d[0] * d[1] + c * d[1] * d[1];
                        let terms = [1.0, d[0], d[1], d[0] * d[0], d[0] * d[1], d[1] * d[1]];
                        (-0.5 * u2).exp() * terms.iter().zip(p).map(|(t, p)| t * p).sum::<f64>()
                    })
                    .sum()
            })
            .collect()
    }

    #[test]
    fn sums_at_scattered_places_are_those_of_the_definition() {
        let (n, ellipses) = (32, some());
        let quadratics: Vec<Quadratic> =
            ellipses.iter().map(|e| [e.peak, 0.1, -0.2, 0.03, 0.05, -0.04].map(|x| x * e.peak)).collect();
        let places: Vec<[f64; 2]> =
            (0..1500).map(|i| [f64::from(i) * 0.617 % 40.0 - 4.0, f64::from(i) * 1.381 % 32.0]).collect();
        let samples = Samples::scattered(&places, &vec![0.0; places.len()], n);
        let sorted: Vec<[f64; 2]> =
            samples.x.iter().zip(&samples.y).map(|(x, y)| [f64::from(*x), f64::from(*y)]).collect();
        let exact = textbook(&ellipses, &quadratics, &sorted, n as f64);
        let scale = exact.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        for (a, b) in field(&ellipses, &quadratics, &samples).iter().zip(&exact) {
            assert!((f64::from(*a) - b).abs() < 1e-3 * scale, "{a} {b}");
        }
    }

    #[test]
    fn first_moments_of_two_fields_are_the_moments_of_each() {
        let (n, ellipses) = (32, some());
        let samples = Samples::grid(&vec![0.0; n * n], n);
        let field = |k: usize| (0..n * n).map(|i| ((i * i % 977 + k * i) as f32 * 0.37).sin()).collect::<Vec<f32>>();
        let [a, b] = [field(0), field(3)];
        let both = first_moments(&ellipses, [&a, &b], &samples);
        let each = [&a, &b].map(|f| moments(&ellipses, f, &samples));
        for (i, pair) in both.iter().enumerate() {
            for (got, m) in pair.iter().zip(&each) {
                assert_eq!(got[..], m[i][..3]);
            }
        }
    }

    #[test]
    fn moments_are_the_transpose_of_the_field() {
        let (n, ellipses) = (32, some());
        let samples = Samples::grid(&vec![0.0; n * n], n);
        let r: Vec<f32> = (0..n * n).map(|i| ((i * i % 977) as f32 * 0.37).sin()).collect();
        let m = moments(&ellipses, &r, &samples);
        for (a, moment) in m.iter().enumerate() {
            for k in 0..6 {
                let mut unit = vec![[0.0; 6]; ellipses.len()];
                unit[a][k] = 1.0;
                let column = field(&ellipses, &unit, &samples);
                let dot: f64 = column.iter().zip(&r).map(|(c, r)| f64::from(*c) * f64::from(*r)).sum();
                let norm = column.iter().map(|c| f64::from(*c).powi(2)).sum::<f64>().sqrt();
                assert!((dot - moment[k]).abs() < 1e-4 * (norm + 1.0), "{a} {k}: {dot} {}", moment[k]);
            }
        }
    }
}
