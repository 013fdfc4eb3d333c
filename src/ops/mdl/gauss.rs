//! A Gaussian of any covariance, and the closed form of the inner product of two.
//!
//! `integral w1 w2 = G1 G2/(2 pi sqrt det(S1 + S2)) exp(-1/2 d^T (S1 + S2)^-1 d)`, d between nearest images
//! and, for wide ones, over the images around.

use glam::DVec2;

use crate::math::{BOX, nearest};

/// Exponents beyond this are nothing: `exp(-24)` is 4e-11.
const DEEPEST: f64 = 24.0;

/// Vorticity `g N(x; centre, s)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauss {
    /// Centre, unwrapped.
    pub x: DVec2,
    /// Signed circulation.
    pub g: f64,
    /// Covariance: xx, xy, yy.
    pub s: [f64; 3],
}

impl Gauss {
    /// A round one.
    #[cfg(test)]
    pub fn round(x: DVec2, g: f64, eps2: f64) -> Self {
        Self { x, g, s: [eps2, 0.0, eps2] }
    }

    /// With the opposite sign.
    pub fn negated(self) -> Self {
        Self { g: -self.g, ..self }
    }

    /// Sum of both variances.
    pub fn trace(&self) -> f64 {
        self.s[0] + self.s[2]
    }

    /// Farthest centre, along each axis, of another one of this trace with which the product is not nothing.
    pub fn reach(&self, trace: f64) -> f64 {
        (2.0 * DEEPEST * (self.trace() + trace)).sqrt()
    }
}

/// `a - b` to the nearest image.
pub fn offset(a: DVec2, b: DVec2) -> DVec2 {
    DVec2::new(nearest(a.x - b.x), nearest(a.y - b.y))
}

/// `integral w_a w_b` over the box.
pub fn inner(a: &Gauss, b: &Gauss) -> f64 {
    let s = [a.s[0] + b.s[0], a.s[1] + b.s[1], a.s[2] + b.s[2]];
    let det = s[0] * s[2] - s[1] * s[1];
    let d = offset(a.x, b.x);
    let term = |d: DVec2| {
        let q = 0.5 * (s[2] * d.x * d.x - 2.0 * s[1] * d.x * d.y + s[0] * d.y * d.y) / det;
        if q > DEEPEST { 0.0 } else { libm::exp(-q) }
    };
    let widest = s[0].max(s[2]);
    // The nearest other image is at least half a box away.
    let images = if widest < 0.13 {
        0
    } else if widest < 1.2 {
        1
    } else {
        2
    };
    let mut sum = 0.0;
    for j in -images..=images {
        for i in -images..=images {
            sum += term(d + DVec2::new(f64::from(i), f64::from(j)) * BOX);
        }
    }
    sum * a.g * b.g / (BOX * det.sqrt())
}

/// `integral w^2` of a sum of Gaussians.
pub fn square(all: &[Gauss]) -> f64 {
    let row = |(i, a): (usize, &Gauss)| {
        let before: f64 = all[..i].iter().map(|b| inner(a, b)).sum();
        2.0 * before + inner(a, a)
    };
    all.iter().enumerate().map(row).sum()
}

/// `integral w v` of two sums.
pub fn product(a: &[Gauss], b: &[Gauss]) -> f64 {
    a.iter().map(|a| b.iter().map(|b| inner(a, b)).sum::<f64>()).sum()
}

/// The Gaussian of the same circulation, centroid and second moment as a sum that stands in one piece of
/// the unwrapped plane. `None` where the sum has no circulation.
pub fn moments(all: &[Gauss]) -> Option<Gauss> {
    let g: f64 = all.iter().map(|a| a.g).sum();
    let size: f64 = all.iter().map(|a| a.g.abs()).sum();
    if g.abs() <= 1e-12 * size || size == 0.0 {
        return None;
    }
    let origin = all[0].x;
    let x = all.iter().map(|a| (a.x - origin) * a.g).sum::<DVec2>() / g;
    let mut s = [0.0; 3];
    for a in all {
        let d = a.x - origin - x;
        let own = [a.s[0] + d.x * d.x, a.s[1] + d.x * d.y, a.s[2] + d.y * d.y];
        s.iter_mut().zip(own).for_each(|(s, own)| *s += a.g / g * own);
    }
    Some(Gauss { x: origin + x, g, s })
}

/// Larger and smaller eigenvalue of a covariance, and the angle of the long axis.
pub fn axes(s: [f64; 3]) -> (f64, f64, f64) {
    let (mean, half) = (0.5 * (s[0] + s[2]), 0.5 * (s[0] - s[2]));
    let spread = half.hypot(s[1]);
    (mean + spread, mean - spread, 0.5 * libm::atan2(s[1], half))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The product of two fields on a fine grid of the torus.
    fn by_grid(a: &Gauss, b: &Gauss) -> f64 {
        let n = 160;
        let h = BOX / f64::from(n);
        let field = |g: &Gauss, at: DVec2| {
            let det = g.s[0] * g.s[2] - g.s[1] * g.s[1];
            let mut sum = 0.0;
            for k in 0..49 {
                let d = offset(at, g.x) + DVec2::new(f64::from(k % 7 - 3), f64::from(k / 7 - 3)) * BOX;
                let q = (g.s[2] * d.x * d.x - 2.0 * g.s[1] * d.x * d.y + g.s[0] * d.y * d.y) / det;
                sum += (-0.5 * q).exp();
            }
            sum * g.g / (BOX * det.sqrt())
        };
        let mut sum = 0.0;
        for j in 0..n {
            for i in 0..n {
                let at = DVec2::new(f64::from(i), f64::from(j)) * h;
                sum += field(a, at) * field(b, at) * h * h;
            }
        }
        sum
    }

    #[test]
    fn the_closed_form_is_the_integral_over_the_torus() {
        let at = DVec2::new(0.2, 6.1);
        for (a, b) in [
            (Gauss { x: at, g: 1.5, s: [0.04, 0.01, 0.02] }, Gauss::round(at + DVec2::new(0.2, 0.3), -0.7, 0.03)),
            (Gauss { x: at, g: 1.0, s: [0.5, 0.1, 0.3] }, Gauss::round(at + DVec2::new(3.0, 2.0), 2.0, 0.4)),
            (Gauss::round(at, 1.0, 2.4), Gauss::round(at + DVec2::new(3.1, -3.0), 1.0, 2.4)),
        ] {
            let (closed, grid) = (inner(&a, &b), by_grid(&a, &b));
            assert!((closed / grid - 1.0).abs() < 1e-7, "{closed} {grid}");
        }
    }

    #[test]
    fn moments_are_kept_and_axes_turn() {
        let all = [
            Gauss { x: DVec2::new(1.0, 2.0), g: 1.0, s: [0.04, 0.01, 0.02] },
            Gauss::round(DVec2::new(1.3, 2.2), 0.5, 0.01),
        ];
        let one = moments(&all).unwrap();
        let second = |g: &Gauss| g.g * (g.x.length_squared() + g.trace());
        assert!((one.g - 1.5).abs() < 1e-15);
        assert!((one.x * 1.5 - all[0].x - all[1].x * 0.5).length() < 1e-14);
        assert!((second(&one) - second(&all[0]) - second(&all[1])).abs() < 1e-13);
        assert!(moments(&[all[0], all[0].negated()]).is_none());
        let (long, short, angle) = axes([0.25 + 0.0, 0.0, 1.0]);
        assert!((long - 1.0).abs() < 1e-15 && (short - 0.25).abs() < 1e-15);
        assert!((angle.cos().abs()) < 1e-12);
    }
}
