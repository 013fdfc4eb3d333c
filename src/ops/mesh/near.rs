//! Near pairs: what the mesh lacks between cores narrower than `eta` and their neighbours.

use super::Pyramid;
use crate::{
    math::{BOX, Real, nearest},
    ops::{
        biot_savart::{WIDE_EPS2, cpu::Target},
        quadrature::cpu::Blob,
    },
};

/// Most bins along a side.
const MOST_BINS: usize = 256;

/// Blobs of one class sorted into square bins.
struct Bins<R> {
    side: usize,
    start: Vec<usize>,
    /// Blob and its `S^2`.
    sorted: Vec<(Blob<R>, R)>,
    /// Largest `S^2`.
    widest: f64,
}

fn bin(x: f64, side: usize) -> usize {
    ((x.rem_euclid(BOX) / BOX * side as f64) as usize).min(side - 1)
}

impl<R: Real> Bins<R> {
    fn new(members: &[(Blob<R>, R)], reach: f64, narrow: f64) -> Self {
        let widest = members.iter().fold(0.0_f64, |m, (_, s2)| m.max(s2.f64()));
        let side = ((BOX / (reach * (narrow + widest).sqrt())) as usize).clamp(1, MOST_BINS);
        let cell = |b: &Blob<R>| bin(b.x[1].f64(), side) * side + bin(b.x[0].f64(), side);
        let mut start = vec![0; side * side + 1];
        members.iter().for_each(|(b, _)| start[cell(b) + 1] += 1);
        (0..side * side).for_each(|c| start[c + 1] += start[c]);
        let (mut next, mut sorted) = (start.clone(), members.to_vec());
        for member in members {
            let slot = &mut next[cell(&member.0)];
            sorted[*slot] = *member;
            *slot += 1;
        }
        Self { side, start, sorted, widest }
    }

    /// Calls `each` for every member in the bins that a circle around `x` touches, in a fixed order.
    fn within(&self, x: [f64; 2], radius: f64, mut each: impl FnMut(&(Blob<R>, R))) {
        let line = |x: f64| {
            let (low, high) = (x - radius, x + radius);
            let cells = self.side as f64 / BOX;
            let first = (low * cells).floor() as i64;
            let count = ((high * cells).floor() as i64 - first + 1).clamp(1, self.side as i64);
            (first..first + count).map(|b| b.rem_euclid(self.side as i64) as usize)
        };
        for j in line(x[1]) {
            for i in line(x[0]) {
                let c = j * self.side + i;
                self.sorted[self.start[c]..self.start[c + 1]].iter().for_each(&mut each);
            }
        }
    }
}

/// `[exp(-r^2/2 s2) - exp(-r^2/2 e2)] / r^2`; a series near zero, where it would cancel.
fn difference<R: Real>(r2: R, s2: R, e2: R) -> R {
    let half = R::of(0.5);
    let (a, b) = (half / s2, half / e2);
    if b * r2 < R::of(1e-3) {
        return (b - a) * (R::one() - half * (a + b) * r2);
    }
    ((-a * r2).exp() - (-b * r2).exp()) / r2
}

/// The blobs that a near pair can have on its other side.
pub struct Near<R> {
    pyramid: Pyramid,
    /// Narrow blobs first, then the wide ones level by level.
    classes: Vec<Bins<R>>,
}

impl<R: Real> Near<R> {
    /// Sorts the blobs; the wide ones only if there is a narrow target to ask for them.
    pub fn new(pyramid: &Pyramid, blobs: &[Blob<R>], narrow_targets: bool) -> Self {
        let eta2 = pyramid.eta() * pyramid.eta();
        let mut members = vec![Vec::new(); 1 + pyramid.levels];
        for blob in blobs {
            let standing = pyramid.standing(blob.eps2.f64());
            let class = if blob.eps2.f64() < eta2 { 0 } else { 1 + standing.level };
            if class == 0 || narrow_targets {
                members[class].push((*blob, R::of(standing.smoothed)));
            }
        }
        let classes = members.iter().map(|m| Bins::new(m, pyramid.accuracy.reach, eta2)).collect();
        Self { pyramid: *pyramid, classes }
    }

    /// Whether no target has a near pair.
    pub fn is_empty(&self) -> bool {
        self.classes.iter().all(|bins| bins.sorted.is_empty())
    }

    /// Velocity to add at a target.
    pub fn velocity(&self, target: &Target<R>) -> [R; 2] {
        let own = self.pyramid.standing(target.eps2.f64()).smoothed;
        let narrow = target.eps2.f64() < own;
        let x = target.x.map(|x| x.f64());
        let mut sum = [R::zero(); 2];
        let asked = if narrow { &self.classes[..] } else { &self.classes[..1] };
        for bins in asked.iter().filter(|bins| !bins.sorted.is_empty()) {
            let radius = self.pyramid.accuracy.reach * (own + bins.widest).sqrt();
            bins.within(x, radius, |(blob, smoothed)| {
                let (s2, e2) = (R::of(own) + *smoothed, target.eps2 + blob.eps2);
                let most = R::of(self.pyramid.accuracy.reach.powi(2)) * s2;
                let offset = [nearest(target.x[0] - blob.x[0]), nearest(target.x[1] - blob.x[1])];
                let images = if s2.f64() > WIDE_EPS2 { 1 } else { 0 };
                for n in -images..=images {
                    for m in -images..=images {
                        let image = [offset[0] + R::of(BOX * f64::from(m)), offset[1] + R::of(BOX * f64::from(n))];
                        let r2 = image[0] * image[0] + image[1] * image[1];
                        if r2 < most && r2 > R::zero() {
                            let f = blob.circulation * difference(r2, s2, e2) * R::of(1.0 / BOX);
                            sum = [sum[0] - f * image[1], sum[1] + f * image[0]];
                        }
                    }
                }
            });
        }
        sum
    }
}
