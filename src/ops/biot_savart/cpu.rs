//! Reference: the series form in any precision, and the row sums in f64 as an independent check.

use rayon::prelude::*;

use super::{LATTICE, WIDE_EPS2};
use crate::{
    math::{BOX, Complex, Real, nearest},
    ops::quadrature::cpu::Blob,
};

/// Where a velocity is asked for, and the core radius squared that is asked with.
#[derive(Clone, Copy, Debug)]
pub struct Target<R> {
    /// Where the velocity is asked for.
    pub x: [R; 2],
    /// Core radius squared of the asking atom; 0 for a tracer.
    pub eps2: R,
}

/// `(1 - exp(-x)) / x`.
fn filled<R: Real>(x: R) -> R {
    if x == R::zero() { R::one() } else { -(-x).exp_m1() / x }
}

/// `2 pi i (u - i v)` of a unit circulation at the nearest-image offset `z`.
fn kernel<R: Real>(z: Complex<R>, eps2: R) -> Complex<R> {
    let r2 = z.norm_sqr();
    let k = R::of(0.5) / eps2;
    let z2 = z * z;
    let z4 = z2 * z2;
    let terms = if size_of::<R>() == 4 { 8 } else { LATTICE.len() };
    let series = LATTICE[..terms].iter().rev().fold(Complex::new(R::zero(), R::zero()), |p, c| p * z4 + R::of(*c));
    let mut w = z.conj() * (k * filled(k * r2) - R::of(0.5 / BOX)) - z2 * z * series;
    if eps2 > R::of(WIDE_EPS2) {
        for n in (0..9).filter(|n| *n != 4) {
            let shift = Complex::new(R::of(f64::from(n % 3 - 1) * BOX), R::of(f64::from(n / 3 - 1) * BOX));
            let image = z + shift;
            let square = image.norm_sqr();
            w = w - image.conj() * ((-k * square).exp() / square);
        }
    }
    w
}

/// Velocity at every target, `[u, v]`. O(targets x blobs), parallel over targets, summed in order.
pub fn velocity<R: Real>(targets: &[Target<R>], blobs: &[Blob<R>]) -> Vec<[R; 2]> {
    let scale = R::of(1.0 / BOX);
    let at = |target: &Target<R>| {
        let mut sum = Complex::new(R::zero(), R::zero());
        for blob in blobs {
            let z = Complex::new(nearest(target.x[0] - blob.x[0]), nearest(target.x[1] - blob.x[1]));
            sum = sum + kernel(z, target.eps2 + blob.eps2) * blob.circulation;
        }
        [sum.im * scale, sum.re * scale]
    };
    targets.par_iter().map(at).collect()
}

/// The same velocity from the row sums of the textbook kernel, rows -4 to 4: good to 2e-11.
pub fn velocity_textbook(targets: &[Target<f64>], blobs: &[Blob<f64>]) -> Vec<[f64; 2]> {
    let pi = std::f64::consts::PI;
    let pair = |x: f64, y: f64, eps2: f64| {
        let (mut u, mut v) = (y / (4.0 * pi * pi), 0.0);
        for m in -4..=4 {
            let ym = y - BOX * f64::from(m);
            // cosh Y - cos X without cancellation.
            let bottom = 2.0 * ((0.5 * ym).sinh().powi(2) + (0.5 * x).sin().powi(2));
            if bottom > 0.0 {
                u -= ym.sinh() / bottom / (4.0 * pi);
                v += x.sin() / bottom / (4.0 * pi);
            }
        }
        let images = if eps2 > WIDE_EPS2 { -1..=1 } else { 0..=0 };
        for a in images.clone() {
            for b in images.clone() {
                let (xi, yi) = (x + BOX * f64::from(a), y + BOX * f64::from(b));
                let r2 = xi * xi + yi * yi;
                if r2 > 0.0 {
                    let core = (-0.5 * r2 / eps2).exp() / (2.0 * pi * r2);
                    u += yi * core;
                    v -= xi * core;
                }
            }
        }
        [u, v]
    };
    let at = |t: &Target<f64>| {
        blobs.iter().fold([0.0, 0.0], |sum, b| {
            let [u, v] = pair(nearest(t.x[0] - b.x[0]), nearest(t.x[1] - b.x[1]), t.eps2 + b.eps2);
            [sum[0] + b.circulation * u, sum[1] + b.circulation * v]
        })
    };
    targets.par_iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(eps: f64) -> (Vec<Target<f64>>, Vec<Blob<f64>>) {
        let place = |i: usize| [(i as f64 * 2.399) % BOX, (i as f64 * 1.618 + 0.3) % BOX];
        let targets = (0..200).map(|i| Target { x: place(7 * i + 3), eps2: eps * eps }).collect();
        let blobs =
            (0..40).map(|i| Blob { x: place(i), circulation: 1.0 - 0.05 * i as f64, eps2: eps * eps }).collect();
        (targets, blobs)
    }

    #[test]
    fn series_and_row_sums_agree() {
        for eps in [0.01, 0.1, 0.27, 0.3, 0.8] {
            let (targets, blobs) = spread(eps);
            let (a, b) = (velocity(&targets, &blobs), velocity_textbook(&targets, &blobs));
            let scale = b.iter().flatten().fold(0.0_f64, |m, x| m.max(x.abs()));
            let error = a.iter().flatten().zip(b.iter().flatten()).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
            assert!(error < 2e-9 * scale, "eps {eps}: {:e}", error / scale);
        }
    }

    #[test]
    fn a_vortex_does_not_move_itself() {
        let blob = Blob { x: [1.0, 2.0], circulation: 3.0, eps2: 0.01 };
        assert_eq!(velocity(&[Target { x: blob.x, eps2: 0.01 }], &[blob]), [[0.0, 0.0]]);
    }
}
