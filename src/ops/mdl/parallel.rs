//! Merge: two filaments that lie along one another within their cores become one.
//!
//! The longer one keeps its curve; each Gaussian of the other adds its circulation to the nearest segment. Then
//! the curve is moved as a whole to the joint centroid, and its core takes up what the second moment lacks.
//! Signs may differ as long as every segment keeps the sign of the sum.

use glam::DVec2;

use super::{
    cells::Cells,
    gauss::{Gauss, moments, offset, product, square},
    nodes::{self, Run},
    weigh::{Edit, Pass},
};
use crate::state::{Atom, Kind, Sign};

/// Most Gaussians of a filament here.
const LONGEST: usize = 200;

/// Box of a filament's nodes around its first vertex, widened by `far`.
struct Frame {
    id: usize,
    length: f64,
    center: DVec2,
    half: DVec2,
}

fn frame(pass: &Pass<'_>, id: usize, far: f64) -> Frame {
    let run = Run::of(&pass.work.get(id));
    let (low, high) = run.path.iter().fold((run.path[0], run.path[0]), |(l, h), p| (l.min(*p), h.max(*p)));
    Frame { id, length: run.length(), center: 0.5 * (low + high), half: 0.5 * (high - low) + DVec2::splat(far) }
}

/// Nearest segment of a run to a place: its index and the distance vector from it, and its unit tangent.
fn foot(run: &Run, at: DVec2) -> (usize, f64, DVec2) {
    let mut best = (0, f64::INFINITY, DVec2::X);
    for s in 0..run.g.len() {
        let (from, vector) = (run.path[s], run.path[s + 1] - run.path[s]);
        let l2 = vector.length_squared().max(1e-18);
        let t = ((at - from).dot(vector) / l2).clamp(0.0, 1.0);
        let d = (at - from - vector * t).length();
        if d < best.1 {
            best = (s, d, vector / l2.sqrt());
        }
    }
    best
}

/// The filament that carries both, or nothing where they do not lie along one another.
fn fused(pass: &Pass<'_>, long: &Atom, short: &Atom) -> Option<(Atom, Vec<Gauss>, DVec2)> {
    let (base, own, far) = (Run::of(long), nodes::of(long), pass.rules.merge_dist);
    let reach = far.min(1.5 * long.eps.max(short.eps));
    let shift = own[0].x + offset(short.vertices[0], own[0].x) - short.vertices[0];
    let other: Vec<Gauss> = nodes::of(short).into_iter().map(|n| Gauss { x: n.x + shift, ..n }).collect();
    let mut g = base.g.clone();
    for (i, node) in other.iter().enumerate() {
        let (s, d, tangent) = foot(&base, node.x);
        let along = other[(i + 1).min(other.len() - 1)].x - other[i.saturating_sub(1)].x;
        let cos = along.normalize_or_zero().dot(tangent).abs();
        if d > reach || (other.len() > 1 && cos < pass.rules.merge_angle_cos) {
            return None;
        }
        g[s] += node.g;
    }
    let sum: f64 = g.iter().sum();
    if g.iter().any(|x| x * sum < 0.0) || sum == 0.0 {
        return None;
    }
    let old: Vec<Gauss> = own.iter().chain(&other).copied().collect();
    let atom = Atom {
        sign: if sum < 0.0 { Sign::Minus } else { Sign::Plus },
        gamma: sum.abs(),
        weight: g.iter().map(|x| x / sum).collect(),
        ..long.clone()
    };
    // Centroid, then the trace of the second moment.
    let (want, have) = (moments(&old)?, moments(&nodes::of(&atom))?);
    let vertices = atom.vertices.iter().map(|v| *v + want.x - have.x).collect();
    let mean: f64 = atom.weight.iter().zip(&atom.core).map(|(w, c)| w * c * c).sum();
    let eps2 = atom.eps * atom.eps + 0.5 * (want.trace() - have.trace()) / mean;
    if eps2 < 0.25 * atom.eps * atom.eps || eps2.sqrt() > super::WIDEST / 4.0 {
        return None;
    }
    let atom = Atom { vertices, eps: eps2.sqrt(), ..atom };
    Some((atom, old, shift))
}

/// Width of a cell in which frames are looked up.
const CELL: f64 = 0.1;

/// Every filament fuses once at most.
pub fn run(pass: &mut Pass<'_>) {
    let far = pass.rules.merge_dist;
    let ids = pass.order(|id| pass.work.is_filament(id) && pass.work.len(id) <= LONGEST);
    let mut frames: Vec<Frame> = ids.into_iter().map(|id| frame(pass, id, far)).collect();
    frames.sort_by(|a, b| b.length.total_cmp(&a.length).then(a.id.cmp(&b.id)));
    let cells = Cells::new(frames.iter().map(|frame| frame.center), CELL);
    for (i, a) in frames.iter().enumerate() {
        let near = cells.around(a.center, a.half + DVec2::splat(far));
        let mut shorter: Vec<usize> = near.filter(|j| *j > i).collect();
        shorter.sort_unstable();
        for b in shorter.into_iter().map(|j| &frames[j]) {
            // The shorter one must lie inside the box of the longer.
            let d = offset(b.center, a.center).abs() + b.half;
            let inside = d.x <= a.half.x + far && d.y <= a.half.y + far;
            if !inside || !pass.work.is_alive(a.id) || !pass.work.is_alive(b.id) || b.length < 0.05 * a.length {
                continue;
            }
            let (long, short) = (pass.work.get(a.id), pass.work.get(b.id));
            if !pass.spend(long.vertices.len() * short.vertices.len() / 4) {
                return;
            }
            let Some((atom, old, shift)) = fused(pass, &long, &short) else { continue };
            let new = nodes::of(&atom);
            if !pass.spend((old.len() + new.len()).pow(2) / 2) {
                return;
            }
            // Far from worth it: not even weighed against what was done before.
            let alone = square(&old) + square(&new) - 2.0 * product(&old, &new);
            if pass.rules.error_bits(alone) > 2.0 * pass.rules.bits(short.vertices.len()) {
                continue;
            }
            let delta = new.into_iter().chain(old.into_iter().map(Gauss::negated)).collect();
            let edit = Edit { take: vec![a.id, b.id], give: vec![atom], delta, fed: false, shift };
            pass.offer(edit, Kind::Merge, "parallel filaments");
        }
    }
}
