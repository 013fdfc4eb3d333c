//! Ellipses fitted to samples of a field by damped Gauss-Newton steps.
//!
//! ```text
//! misfit   E = sum_s (t_s - f_s + mean(f - t))^2                  t: values, f: sum of ellipses
//!            = sum_s (t_s - f_s)^2                                where the mean counts (`Samples::with_mean`)
//! step     (J^T J + Lambda) c = J^T r,   a few conjugate gradients, J and J^T applied without a matrix
//! ```
//!
//! The unknowns of an ellipse are the coefficients of its six normalised Hermite functions
//! `phi_k = h_k(u) exp(-u^2/2)`, which are orthonormal over the plane: J^T J has ones on its diagonal and
//! couples only ellipses that overlap, so few gradients suffice. With peak A and `nu = pi det F` a step is
//!
//! ```text
//! delta A = (c0 - (c3 + c5)/sqrt 2)/sqrt nu,   delta c = F xi,  xi = sqrt 2 (c1, c2)/(A sqrt nu)
//! S <- F exp(E) F^T,   E11 = 2 sqrt 2 c3/(A sqrt nu),  E12 = 2 c4/(A sqrt nu),  E22 = 2 sqrt 2 c5/(A sqrt nu)
//! ```
//!
//! Levenberg and Marquardt's damping is raised where a step does not lower E. Shape coefficients of
//! weak ellipses are damped more, as if `xi` had a prior of variance [`PRIOR`]: a bell that is hardly there
//! says little of where it should go.

use rayon::prelude::*;

use crate::ops::ellipse_fit::{Ellipse, Kept, Quadratic, Samples, cpu};

/// Variance of the prior on a shift, in core radii squared.
const PRIOR: f64 = 0.1;
/// Largest shift of a centre in one step, in core radii.
const MAX_SHIFT: f64 = 0.7;
/// Largest logarithmic change of a variance in one step.
const MAX_STRAIN: f64 = 0.8;

/// Bounds on standard deviations, in cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Least minor one.
    pub least: f64,
    /// Largest major one.
    pub most: f64,
}

/// Ellipses under refinement.
pub struct Fit {
    samples: Samples,
    bounds: Bounds,
    ellipses: Vec<Ellipse>,
    /// Their bells, unless they are too many.
    bells: Option<Kept>,
    /// Values less the model, without what the fit does not see.
    residual: Vec<f32>,
    misfit: f64,
    /// Sum of squares of the values, mean removed.
    energy: f64,
    damping: f64,
}

/// Coefficients of the Hermite functions of one ellipse.
type Coefficients = [f64; 6];

/// Change between offsets and core radii: `u1 = s dx`, `u2 = p dx + q dy`, and `1/sqrt nu`.
#[derive(Clone, Copy)]
struct Frame {
    s: f64,
    p: f64,
    q: f64,
    norm: f64,
}

impl Frame {
    fn new(e: &Ellipse) -> Self {
        let [a, b, c] = e.factor();
        Self { s: 1.0 / a, p: -b / (a * c), q: 1.0 / c, norm: 1.0 / (std::f64::consts::PI * a * c).sqrt() }
    }

    /// The sum of Hermite functions as a quadratic in the offset.
    fn quadratic(&self, c: &Coefficients) -> Quadratic {
        let Self { s, p, q, norm } = *self;
        let root = std::f64::consts::SQRT_2;
        let [b11, b12, b22] = [root * c[3] * norm, 2.0 * c[4] * norm, root * c[5] * norm];
        let b0 = c[0] * norm - 0.5 * (b11 + b22);
        let (b1, b2) = (root * c[1] * norm, root * c[2] * norm);
        [
            b0,
            b1 * s + b2 * p,
            b2 * q,
            b11 * s * s + b12 * s * p + b22 * p * p,
            b12 * s * q + 2.0 * b22 * p * q,
            b22 * q * q,
        ]
    }

    /// Inner products with the Hermite functions from moments in the offset: the transpose of the above.
    fn products(&self, m: &Quadratic) -> Coefficients {
        let Self { s, p, q, norm } = *self;
        let root = std::f64::consts::SQRT_2;
        let (u1, u2) = (s * m[1], p * m[1] + q * m[2]);
        let u11 = s * s * m[3];
        let u12 = s * p * m[3] + s * q * m[4];
        let u22 = p * p * m[3] + 2.0 * p * q * m[4] + q * q * m[5];
        [
            m[0] * norm,
            root * u1 * norm,
            root * u2 * norm,
            root * (u11 - 0.5 * m[0]) * norm,
            2.0 * u12 * norm,
            root * (u22 - 0.5 * m[0]) * norm,
        ]
    }
}

fn dot(a: &[Coefficients], b: &[Coefficients]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>()).sum()
}

/// `a + scale b` in place.
fn axpy(a: &mut [Coefficients], scale: f64, b: &[Coefficients]) {
    for (a, b) in a.iter_mut().zip(b) {
        a.iter_mut().zip(b).for_each(|(x, y)| *x += scale * y);
    }
}

/// Takes off what the fit does not see.
fn seen(f: &mut [f32], samples: &Samples) {
    let mean = samples.unseen(f) as f32;
    f.iter_mut().for_each(|x| *x -= mean);
}

fn square(f: &[f32]) -> f64 {
    f.par_chunks(4096)
        .map(|c| c.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>())
        .collect::<Vec<_>>()
        .iter()
        .sum()
}

impl Fit {
    /// Starts from some ellipses, or none.
    pub fn new(samples: Samples, ellipses: Vec<Ellipse>, bounds: Bounds) -> Self {
        let mean = samples.value.iter().map(|x| f64::from(*x)).sum::<f64>() / samples.len().max(1) as f64;
        let varied: Vec<f32> = samples.value.iter().map(|x| x - mean as f32).collect();
        let energy = square(&varied);
        let (bells, residual) = (None, vec![]);
        let mut fit = Self { samples, bounds, ellipses: vec![], bells, residual, misfit: 0.0, energy, damping: 0.1 };
        fit.set(ellipses);
        fit
    }

    /// Other ellipses for the same values.
    pub fn set(&mut self, ellipses: Vec<Ellipse>) {
        (self.bells, self.residual) = self.residual_of(&ellipses);
        self.misfit = square(&self.residual);
        self.ellipses = ellipses;
    }

    /// Bells of ellipses, and what they leave.
    fn residual_of(&self, ellipses: &[Ellipse]) -> (Option<Kept>, Vec<f32>) {
        let peaks: Vec<Quadratic> = ellipses.iter().map(|e| [e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
        let bells = Kept::new(ellipses, &self.samples);
        let mut r = match &bells {
            Some(bells) => bells.field(&peaks, &self.samples),
            None => cpu::field(ellipses, &peaks, &self.samples),
        };
        r.iter_mut().zip(&self.samples.value).for_each(|(f, t)| *f = t - *f);
        seen(&mut r, &self.samples);
        (bells, r)
    }

    /// The sum of quadratics times the bells of the ellipses.
    fn sum(&self, quadratics: &[Quadratic]) -> Vec<f32> {
        match &self.bells {
            Some(bells) => bells.field(quadratics, &self.samples),
            None => cpu::field(&self.ellipses, quadratics, &self.samples),
        }
    }

    /// Moments of numbers, one a sample, under the bells of the ellipses.
    fn moments(&self, numbers: &[f32]) -> Vec<Quadratic> {
        match &self.bells {
            Some(bells) => bells.moments(numbers),
            None => cpu::moments(&self.ellipses, numbers, &self.samples),
        }
    }

    /// The ellipses.
    pub fn ellipses(&self) -> &[Ellipse] {
        &self.ellipses
    }

    /// The samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Values less the model, as the fit sees it, in the samples' order.
    pub fn residual(&self) -> &[f32] {
        &self.residual
    }

    /// The residual averaged over the samples of each cell; 0 where a cell has none. Cells are in row-major order.
    pub fn gridded(&self) -> Vec<f32> {
        self.samples.averaged(&self.residual)
    }

    /// Distance of the model from the values, relative to the values without their mean.
    pub fn rel_l2(&self) -> f64 {
        (self.misfit / self.energy).sqrt()
    }

    /// How much E would rise without an ellipse, the others unchanged. One an ellipse, in their order.
    pub fn gains(&self) -> Vec<f64> {
        let moments = self.moments(&self.residual);
        let gain = |(e, m): (&Ellipse, Quadratic)| {
            let nu = std::f64::consts::PI * e.determinant().sqrt();
            e.peak * e.peak * nu + 2.0 * e.peak * m[0]
        };
        self.ellipses.iter().zip(moments).map(gain).collect()
    }

    /// One damped step by at most `gradients` conjugate gradients. Whether E fell.
    pub fn step(&mut self, gradients: usize) -> bool {
        if self.ellipses.is_empty() || self.misfit <= 1e-12 * self.energy {
            return false;
        }
        let frames: Vec<Frame> = self.ellipses.iter().map(Frame::new).collect();
        let moments = self.moments(&self.residual);
        let slope: Vec<Coefficients> = frames.iter().zip(&moments).map(|(f, m)| f.products(m)).collect();
        let variance = self.misfit / self.samples.len() as f64;
        let diagonal: Vec<Coefficients> = self
            .ellipses
            .iter()
            .zip(&frames)
            .map(|(e, f)| {
                let prior = 2.0 * variance * f.norm * f.norm / (PRIOR * e.peak * e.peak + 1e-30);
                let shape = self.damping + prior.min(1e6);
                [self.damping, shape, shape, shape, shape, shape]
            })
            .collect();
        let change = self.solve(&frames, &diagonal, slope, gradients);
        let trial: Vec<Ellipse> =
            self.ellipses.iter().zip(&frames).zip(&change).map(|((e, f), c)| self.moved(e, f, c)).collect();
        let (bells, residual) = self.residual_of(&trial);
        let misfit = square(&residual);
        if misfit < self.misfit {
            (self.ellipses, self.bells, self.residual, self.misfit) = (trial, bells, residual, misfit);
            self.damping = (0.4 * self.damping).max(1e-4);
            true
        } else {
            self.damping = (4.0 * self.damping).min(1e4);
            false
        }
    }

    /// Conjugate gradients on the damped normal equations, preconditioned by their diagonal.
    fn solve(
        &self,
        frames: &[Frame],
        diagonal: &[Coefficients],
        slope: Vec<Coefficients>,
        gradients: usize,
    ) -> Vec<Coefficients> {
        let eased = |r: &[Coefficients]| -> Vec<Coefficients> {
            r.iter().zip(diagonal).map(|(r, d)| std::array::from_fn(|k| r[k] / (1.0 + d[k]))).collect()
        };
        let mut x = vec![[0.0; 6]; frames.len()];
        let mut r = slope;
        let mut z = eased(&r);
        let mut p = z.clone();
        let mut rz = dot(&r, &z);
        let enough = 1e-4 * rz;
        for _ in 0..gradients {
            let quadratics: Vec<Quadratic> = frames.iter().zip(&p).map(|(f, c)| f.quadratic(c)).collect();
            let mut image = self.sum(&quadratics);
            seen(&mut image, &self.samples);
            let moments = self.moments(&image);
            let mut ap: Vec<Coefficients> = frames.iter().zip(&moments).map(|(f, m)| f.products(m)).collect();
            for ((ap, p), d) in ap.iter_mut().zip(&p).zip(diagonal) {
                ap.iter_mut().zip(p).zip(d).for_each(|((ap, p), d)| *ap += d * p);
            }
            let curvature = dot(&p, &ap);
            if !(curvature > 0.0 && rz > 0.0) {
                break;
            }
            let alpha = rz / curvature;
            axpy(&mut x, alpha, &p);
            axpy(&mut r, -alpha, &ap);
            z = eased(&r);
            let next = dot(&r, &z);
            if next < enough {
                break;
            }
            let beta = next / rz;
            rz = next;
            for (p, z) in p.iter_mut().zip(&z) {
                p.iter_mut().zip(z).for_each(|(p, z)| *p = z + beta * *p);
            }
        }
        x
    }

    /// An ellipse after a step, inside the bounds.
    fn moved(&self, e: &Ellipse, f: &Frame, c: &Coefficients) -> Ellipse {
        let root = std::f64::consts::SQRT_2;
        let peak = e.peak + (c[0] - (c[3] + c[5]) / root) * f.norm;
        let scale = f.norm / e.peak;
        let mut xi = [root * c[1] * scale, root * c[2] * scale];
        let length = libm::hypot(xi[0], xi[1]);
        if !(length.is_finite()) {
            return Ellipse { peak, ..*e };
        }
        if length > MAX_SHIFT {
            xi = xi.map(|x| x * MAX_SHIFT / length);
        }
        let [fa, fb, fc] = e.factor();
        let center = [e.center[0] + fa * xi[0], e.center[1] + fb * xi[0] + fc * xi[1]];
        // exp of the symmetric E by its eigenvalues.
        let [e11, e12, e22] = [2.0 * root * c[3] * scale, 2.0 * c[4] * scale, 2.0 * root * c[5] * scale];
        let (mean, half) = (0.5 * (e11 + e22), 0.5 * (e11 - e22));
        let spread = libm::hypot(half, e12);
        let [high, low] = [mean + spread, mean - spread].map(|x| x.clamp(-MAX_STRAIN, MAX_STRAIN).exp());
        let (cos, sin) = if spread > 0.0 { (half / spread, e12 / spread) } else { (1.0, 0.0) };
        let [x11, x12, x22] = [
            0.5 * (high + low + (high - low) * cos),
            0.5 * (high - low) * sin,
            0.5 * (high + low - (high - low) * cos),
        ];
        // S' = F X F^T.
        let (a1, a2) = (fb * x11 + fc * x12, fb * x12 + fc * x22);
        let covariance = [fa * fa * x11, fa * a1, fb * a1 + fc * a2];
        bounded(Ellipse { peak, center, covariance }, self.bounds)
    }
}

/// The same with standard deviations inside the bounds, circulation kept.
pub fn bounded(e: Ellipse, bounds: Bounds) -> Ellipse {
    let (minor, major, angle) = e.axes();
    let (a, b) = (minor.clamp(bounds.least, bounds.most), major.clamp(bounds.least, bounds.most));
    if a == minor && b == major {
        return e;
    }
    let peak = e.peak * (minor.max(1e-6) * major) / (a * b);
    Ellipse::from_axes(peak, e.center, a, b, angle)
}
