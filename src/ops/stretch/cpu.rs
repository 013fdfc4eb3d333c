//! Reference: see the module above.

use super::{PROBE, WIDEST_EPS2};
use crate::{
    math::Real,
    ops::{core_spread, quadrature::cpu::along},
    state::{Atoms, AtomsView, Topology},
};

/// What stretching does, beyond what the flow did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Whether cores thin.
    pub thin: bool,
    /// `2 nu dt`.
    pub growth: f64,
    /// Thinnest core.
    pub eps_min: f64,
    /// Power of the proxy.
    pub alpha: f64,
}

/// `l^2/l'^2` of a segment that is `now` after its ends moved apart by `apart`; 1 where one of the two has no
/// length, and so no direction.
pub fn shrink<R: Real>(now: [R; 2], apart: [R; 2]) -> R {
    let dot = |a: [R; 2], b: [R; 2]| a[0] * b[0] + a[1] * b[1];
    let after = dot(now, now);
    let ratio = R::one() - (R::of(2.0) * dot(now, apart) - dot(apart, apart)) / after;
    if after > R::zero() && ratio > R::zero() { ratio } else { R::one() }
}

/// The core factor after a step that shrank by `shrink`; `eps2` is the atom's before its growth, `grown` what it
/// will gain.
pub fn thinned<R: Real>(core: R, eps2: R, grown: R, shrink: R, rule: &Rule) -> R {
    let own = eps2 * core * core;
    let floor = (R::of(rule.eps_min * rule.eps_min) / own).min(R::one());
    let own_factor = shrink.max(floor) + R::of(rule.growth) / own;
    let next = core * (own_factor / (R::one() + grown / eps2)).sqrt();
    next.min((R::of(WIDEST_EPS2) / (eps2 + grown)).sqrt())
}

/// Thins cores and changes circulations after a step in which vertex `v` moved by `moved[v]`.
pub fn stretch(atoms: &mut Atoms, moved: &[[f64; 2]], rule: &Rule) {
    let places = places(atoms.view());
    for i in (0..atoms.len()).filter(|i| has_segments(atoms.view(), *i)).collect::<Vec<_>>() {
        let a = atoms.view();
        let (first, count) = (a.start[i], a.start[i + 1] - a.start[i]);
        let shrinks: Vec<f64> = (0..a.segment_count(i))
            .map(|s| {
                let (begin, end) = (moved[first + s], moved[first + (s + 1) % count]);
                shrink(along(a, &places, i, s), [end[0] - begin[0], end[1] - begin[1]])
            })
            .collect();
        let (gamma, eps2, limit) = (a.gamma[i], a.eps[i] * a.eps[i], core_spread::limit(a, i));
        let [weight, core, _] = atoms.segments_mut(i);
        if rule.thin {
            let grown = if eps2 + rule.growth <= limit { rule.growth } else { 0.0 };
            core.iter_mut().zip(&shrinks).for_each(|(core, s)| *core = thinned(*core, eps2, grown, *s, rule));
        }
        if rule.alpha != 0.0 {
            weight.iter_mut().zip(&shrinks).for_each(|(w, s)| *w *= s.powf(-0.5 * rule.alpha));
            let sum: f64 = weight.iter().sum();
            weight.iter_mut().for_each(|w| *w /= sum);
            atoms.set_gamma(i, gamma * sum);
        }
    }
}

/// Where the flow is asked: `PROBE` cores left of each segment's middle, then as far right of it; in vertex order,
/// a vertex without a segment at its own place.
pub fn probes<R: Real>(a: AtomsView<'_>, places: &[[R; 2]]) -> [Vec<[R; 2]>; 2] {
    let mut probes = [places.to_vec(), places.to_vec()];
    for i in (0..a.gamma.len()).filter(|i| has_segments(a, *i)) {
        for s in 0..a.segment_count(i) {
            let (v, d) = (a.start[i] + s, along(a, places, i, s));
            let h = distance(a, i, s) / length(d).f64();
            let aside = if h.is_finite() { [-R::of(h) * d[1], R::of(h) * d[0]] } else { [R::zero(); 2] };
            for (side, probes) in [R::one(), -R::one()].into_iter().zip(&mut probes) {
                probes[v] = [0, 1].map(|k| places[v][k] + R::of(0.5) * d[k] + side * aside[k]);
            }
        }
    }
    probes
}

/// `t.(grad u) n` of each segment, in segment order, from the velocities at the probes; 0 for points.
pub fn shear<R: Real>(a: AtomsView<'_>, places: &[[R; 2]], left: &[[R; 2]], right: &[[R; 2]]) -> Vec<R> {
    let mut shear = Vec::with_capacity(a.twist.len());
    for i in 0..a.gamma.len() {
        for s in 0..a.segment_count(i) {
            let (v, d) = (a.start[i] + s, along(a, places, i, s));
            let turn = d[0] * (left[v][0] - right[v][0]) + d[1] * (left[v][1] - right[v][1]);
            let rate = turn / (length(d) * R::of(2.0 * distance(a, i, s)));
            shear.push(if has_segments(a, i) && rate.is_finite() { rate } else { R::zero() });
        }
    }
    shear
}

/// Adds `dt shear` to every twist. `shear` holds one rate a segment, in the order of the segment columns.
pub fn twist(atoms: &mut Atoms, shear: &[f64], dt: f64) {
    for i in 0..atoms.len() {
        let first = atoms.view().segment_start[i];
        let [_, _, twist] = atoms.segments_mut(i);
        twist.iter_mut().zip(&shear[first..]).for_each(|(twist, shear)| *twist += dt * shear);
    }
}

/// Unwrapped coordinates of every vertex.
fn places(a: AtomsView<'_>) -> Vec<[f64; 2]> {
    a.vertex.iter().map(|v| v.to_array()).collect()
}

/// Whether atom `i` is a filament.
fn has_segments(a: AtomsView<'_>, i: usize) -> bool {
    a.topology[i] != Topology::Point
}

/// Of a probe from segment `s` of atom `i`.
fn distance(a: AtomsView<'_>, i: usize, s: usize) -> f64 {
    PROBE * a.eps[i] * a.core[a.segment_start[i] + s]
}

fn length<R: Real>(d: [R; 2]) -> R {
    (d[0] * d[0] + d[1] * d[1]).sqrt()
}
