//! New ellipses where a residual is largest: matching pursuit over scales, shapes from the Hessian.
//!
//! ```text
//! R_s = residual smoothed by a Gaussian of radius s,     gain = 4 pi s^2 R_s^2 at a peak of |R_s|
//! ```
//!
//! The gain is what a round bell of radius s there would take off the misfit. A bell of peak a and
//! covariance S smoothed by s has covariance `S' = S + s^2` and, at its centre, Hessian `-a' S'^-1`: its
//! shape is read off `S' = -a' H^-1`. Ridges give long ellipses along themselves. A seed stands only on
//! the support of the residual's carrier, `|R| > tau std(R)`, and takes its sign.

use rayon::prelude::*;

use crate::{
    math::{Complex, wavenumber},
    ops::ellipse_fit::Ellipse,
    primitives::fft::cpu::{Direction, transform},
};

use super::refine::{Bounds, bounded};

/// Radii of the pursuit, in cells.
const SCALES: [f32; 10] = [0.8, 1.2, 1.8, 2.7, 4.0, 6.0, 9.0, 13.5, 20.0, 30.0];
/// Threshold of the carrier, in standard deviations.
const TAU: f32 = 0.35;

/// Rows that a thread looks at, at least.
const ROWS: usize = 16;

struct Peak {
    gain: f32,
    scale: f32,
    at: usize,
    shape: Ellipse,
}

/// At most `count` ellipses for a residual on an `n x n` grid, strongest first, apart from one another.
pub fn seeds(residual: &[f32], n: usize, count: usize, bounds: Bounds) -> Vec<Ellipse> {
    let spectrum = {
        let mut f: Vec<Complex<f32>> = residual.iter().map(|r| Complex::new(*r, 0.0)).collect();
        transform(&mut f, n, Direction::Forward);
        f
    };
    let rms = (residual.iter().map(|r| f64::from(*r) * f64::from(*r)).sum::<f64>() / (n * n) as f64).sqrt() as f32;
    let pairs: Vec<[f32; 2]> =
        SCALES.chunks(2).map(|pair| [pair[0], pair[1]]).filter(|pair| f64::from(pair[0]) < 0.1 * n as f64).collect();
    let mut peaks: Vec<Peak> = pairs
        .par_iter()
        .map(|pair| peaks(&spectrum, residual, n, *pair, rms, bounds))
        .collect::<Vec<_>>()
        .into_iter()
        .flatten()
        .collect();
    peaks.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.at.cmp(&b.at)));
    let mut taken: Vec<&Peak> = Vec::with_capacity(count);
    for peak in &peaks {
        if taken.len() == count {
            break;
        }
        let apart = |other: &&Peak| {
            let wrapped = |d: f64| d - n as f64 * (d / n as f64).round();
            let d = [0, 1].map(|k| wrapped(peak.shape.center[k] - other.shape.center[k]));
            let near = f64::from(peak.scale + other.scale);
            d[0] * d[0] + d[1] * d[1] > near * near
        };
        if taken.iter().all(apart) {
            taken.push(peak);
        }
    }
    taken.iter().map(|peak| peak.shape).collect()
}

/// Peaks at two scales, made by one transform.
fn peaks(spectrum: &[Complex<f32>], residual: &[f32], n: usize, pair: [f32; 2], rms: f32, bounds: Bounds) -> Vec<Peak> {
    let h = std::f32::consts::TAU / n as f32;
    let factor = |s: f32| -> Vec<f32> {
        (0..n)
            .map(|i| {
                let k = wavenumber(i, n) as f32 * h * s;
                (-0.5 * k * k).exp()
            })
            .collect()
    };
    let [a, b] = pair.map(factor);
    let mut f: Vec<Complex<f32>> =
        spectrum.iter().enumerate().map(|(i, w)| w * Complex::new(a[i % n] * a[i / n], b[i % n] * b[i / n])).collect();
    transform(&mut f, n, Direction::Backward);
    let scale = 1.0 / (n * n) as f32;
    let mut all = Vec::new();
    for (part, s) in pair.iter().enumerate() {
        let smooth: Vec<f32> = f.iter().map(|w| scale * if part == 0 { w.re } else { w.im }).collect();
        all.extend(peaks_at(&smooth, residual, n, *s, rms, bounds));
    }
    all
}

fn peaks_at(smooth: &[f32], residual: &[f32], n: usize, s: f32, rms: f32, bounds: Bounds) -> Vec<Peak> {
    let at = |i: usize, j: usize| smooth[(j % n) * n + i % n];
    let peak = |i: usize, j: usize| {
        let value = at(i, j);
        let size = value.abs();
        // The carrier: support, and one sign for value and residual.
        let raw = residual[j * n + i];
        if raw.abs() <= TAU * rms || raw * value <= 0.0 {
            return None;
        }
        let mut around = (0..9).filter(|k| *k != 4).map(|k| at(i + n + k % 3 - 1, j + n + k / 3 - 1) * value.signum());
        if around.any(|other| other > size) {
            return None;
        }
        let gain = 4.0 * std::f32::consts::PI * s * s * value * value;
        Some(Peak { gain, scale: s, at: j * n + i, shape: shape(&at, [i, j], n, s, bounds) })
    };
    let peak = &peak;
    let rows = (0..n).into_par_iter().with_min_len(ROWS);
    rows.flat_map_iter(|j| (0..n).filter_map(move |i| peak(i, j))).collect()
}

/// The ellipse that would look like the smoothed field around a peak.
fn shape(at: &(impl Fn(usize, usize) -> f32 + Sync), [i, j]: [usize; 2], n: usize, s: f32, bounds: Bounds) -> Ellipse {
    let v = |di: usize, dj: usize| f64::from(at(i + n + di - 1, j + n + dj - 1));
    let (value, s2) = (v(1, 1), f64::from(s) * f64::from(s));
    let xx = v(2, 1) - 2.0 * value + v(0, 1);
    let yy = v(1, 2) - 2.0 * value + v(1, 0);
    let xy = 0.25 * (v(2, 2) - v(0, 2) - v(2, 0) + v(0, 0));
    // -H/a' = S'^-1, with eigenvalues brought where S = S' - s^2 lies between s^2/4 and 16 s^2.
    let [a, b, c] = [-xx / value, -xy / value, -yy / value];
    let (mean, half) = (0.5 * (a + c), 0.5 * (a - c));
    let spread = libm::hypot(half, b);
    let variance = |eigen: f64| (1.0 / eigen.clamp(1.0 / (17.0 * s2), 0.8 / s2) - s2).max(0.25 * s2);
    let [minor, major] = [variance(mean + spread), variance(mean - spread)];
    let angle = 0.5 * libm::atan2(b, half) + std::f64::consts::FRAC_PI_2;
    let peak = value * ((minor + s2) * (major + s2) / (minor * major)).sqrt();
    let e = Ellipse::from_axes(peak, [i as f64, j as f64], minor.sqrt(), major.sqrt(), angle);
    bounded(e, bounds)
}
