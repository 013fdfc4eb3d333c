//! Merge: ends of open filaments of the same sign that meet in line become one filament.
//!
//! Both ends become one vertex at the mean of their places, weighted by the circulations of the segments that
//! move with it: so the linear impulse stays.

use glam::DVec2;

use super::{
    cells::Cells,
    gauss::{Gauss, offset},
    nodes::Run,
    weigh::{Edit, Pass},
};
use crate::state::{Atom, Kind, Topology};

/// An end of an open filament.
#[derive(Clone, Copy)]
struct End {
    id: usize,
    /// Whether this end is the filament's last vertex.
    last: bool,
    at: DVec2,
    /// Unit tangent, outwards.
    out: DVec2,
    sign: f64,
}

fn ends(pass: &Pass<'_>) -> Vec<End> {
    let mut ends = vec![];
    for id in pass.order(|id| pass.work.topology(id) == Topology::Open) {
        let atom = pass.work.get(id);
        let v = &atom.vertices;
        let n = v.len() - 1;
        for (last, from, to) in [(false, v[1], v[0]), (true, v[n - 1], v[n])] {
            let out = (to - from).normalize_or_zero();
            ends.push(End { id, last, at: to, out, sign: atom.sign.value() });
        }
    }
    ends
}

/// Pairs of ends that may join, the nearest first.
fn pairs(pass: &Pass<'_>, ends: &[End]) -> Vec<(f64, usize, usize)> {
    let (far, cos) = (pass.rules.merge_dist, pass.rules.merge_angle_cos);
    let cells = Cells::new(ends.iter().map(|end| end.at), far.max(0.05));
    let mut pairs = vec![];
    for (i, a) in ends.iter().enumerate() {
        for j in cells.around(a.at, DVec2::splat(far)).filter(|j| *j > i) {
            let b = &ends[j];
            let gap = offset(b.at, a.at).length();
            if a.id != b.id && a.sign == b.sign && gap < far && a.out.dot(b.out) < -cos {
                pairs.push((gap, i, j));
            }
        }
    }
    pairs.sort_by(|p, q| p.0.total_cmp(&q.0).then((p.1, p.2).cmp(&(q.1, q.2))));
    pairs
}

/// A filament turned around.
fn reversed(atom: &Atom) -> Atom {
    let back = |column: &[f64]| column.iter().rev().copied().collect::<Vec<f64>>();
    Atom {
        vertices: atom.vertices.iter().rev().copied().collect(),
        weight: back(&atom.weight),
        core: back(&atom.core),
        twist: back(&atom.twist),
        ..atom.clone()
    }
}

/// The last vertex of `a` and the first of `b` become one; the new filament and the change of the field.
fn joined(a: &Atom, b: &Atom) -> Option<(Atom, Vec<Gauss>, DVec2)> {
    let end = a.vertices[a.vertices.len() - 1];
    let shift = end + offset(b.vertices[0], end) - b.vertices[0];
    let (n, gamma) = (a.weight.len(), a.gamma + b.gamma);
    let (g, h) = (a.gamma * a.weight[n - 1], b.gamma * b.weight[0]);
    if g + h <= 0.0 || gamma <= 0.0 {
        return None;
    }
    let start = b.vertices[0] + shift;
    let meet = end + (start - end) * (h / (g + h));
    let mut vertices = a.vertices.clone();
    vertices[n] = meet;
    vertices.extend(b.vertices[1..].iter().map(|v| *v + shift));
    let eps2 = (a.gamma * a.eps * a.eps + b.gamma * b.eps * b.eps) / gamma;
    let eps = eps2.sqrt();
    let both = |f: &dyn Fn(&Atom, usize) -> f64| {
        (0..n).map(|s| f(a, s)).chain((0..b.weight.len()).map(|s| f(b, s))).collect::<Vec<f64>>()
    };
    let atom = Atom {
        gamma,
        eps,
        vertices,
        weight: both(&|x, s| x.weight[s] * x.gamma / gamma),
        core: both(&|x, s| x.core[s] * x.eps / eps),
        twist: both(&|x, s| x.twist[s]),
        ..a.clone()
    };
    // Only the two segments at the joint move.
    let (old_a, old_b, new) = (Run::of(a), Run::of(b), Run::of(&atom));
    let gone = [old_a.part(n - 1, n), old_b.part(0, 1)];
    let delta = new.part(n - 1, n + 1).nodes().into_iter();
    let delta = delta.chain(gone.iter().flat_map(Run::nodes).map(Gauss::negated)).collect();
    Some((atom, delta, shift))
}

/// The nearest ends first; a filament joins at one end in a pass.
pub fn run(pass: &mut Pass<'_>) {
    let ends = ends(pass);
    for (_, i, j) in pairs(pass, &ends) {
        let (p, q) = (ends[i], ends[j]);
        let alive = pass.work.is_alive(p.id) && pass.work.is_alive(q.id);
        if !alive || !pass.spend(40) {
            continue;
        }
        let (a, b) = (pass.work.get(p.id), pass.work.get(q.id));
        let a = if p.last { a } else { reversed(&a) };
        let b = if q.last { reversed(&b) } else { b };
        if let Some((atom, delta, shift)) = joined(&a, &b) {
            let edit = Edit { take: vec![p.id, q.id], give: vec![atom], delta, fed: false, shift };
            pass.offer(edit, Kind::Merge, "ends in line");
        }
    }
}
