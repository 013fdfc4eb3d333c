//! Merge: a run of a filament that is wound up tighter than its core becomes one blob.
//!
//! Runs of 4, 8, 16 ... segments at half-overlapping places, runs at both ends and whole filaments are
//! looked at. A run is a candidate where its arc length is well above the length of a straight
//! line of the same second moment (it is wound up), or where it is short as a whole. The blob keeps
//! circulation, centroid and second moment: their trace if round, all of it if elliptical.

use rayon::prelude::*;

use glam::DVec2;

use super::{
    WIDEST,
    gauss::{Gauss, axes, inner, moments, product, square},
    nodes::{Run, blob},
    weigh::{Edit, Pass},
};
use crate::state::{Atom, Kind, Sign, Topology};

/// Arc length over the length of a straight line of the same second moment, from which a run is wound up.
const WOUND: f64 = 1.6;
/// Most Gaussians of a run.
const LONGEST: usize = 700;
/// Bits by which an ellipse must be better than a round blob of the same moments.
const SHAPE: f64 = 8.0;

/// A run and what became of it.
struct Candidate {
    id: usize,
    from: usize,
    to: usize,
    blob: Atom,
    bits: f64,
    reason: &'static str,
}

/// A blob of given moments, round or elliptical; `None` where no atom has them.
pub fn atom_of(one: &Gauss, round: bool, aspect_max: f64) -> Option<Atom> {
    let (long, short, angle) = axes(one.s);
    if !(short > 1e-7 && long.is_finite()) {
        return None;
    }
    let sign = if one.g < 0.0 { Sign::Minus } else { Sign::Plus };
    if round {
        let eps = (0.5 * (long + short)).sqrt();
        return (eps <= WIDEST).then(|| Atom::point(sign, one.g.abs(), eps, one.x));
    }
    let (eps, aspect) = (short.sqrt(), (long / short).sqrt());
    let fits = aspect <= aspect_max && long.sqrt() <= WIDEST;
    fits.then(|| Atom::ellipse(sign, one.g.abs(), eps, aspect.max(1.0), angle, one.x))
}

/// The better of the round and the elliptical blob for a field of known norm: blob and `|new - old|^2`.
pub fn best_blob(all: &[Gauss], norm: f64, pass: &super::Rules) -> Option<(Atom, f64)> {
    let one = moments(all)?;
    let mut best: Option<(Atom, f64)> = None;
    for round in [true, false] {
        let Some(atom) = atom_of(&one, round, pass.aspect_max) else { continue };
        let new = blob(&atom);
        let error = (norm + inner(&new, &new) - 2.0 * product(&[new], all)).max(0.0);
        let better = |old: f64| pass.error_bits(old - error) > SHAPE;
        if best.as_ref().is_none_or(|(_, old)| better(*old)) {
            best = Some((atom, error));
        }
    }
    best
}

/// Sums of a filament up to each vertex: arc length, circulation, first and second moments.
fn prefix(run: &Run) -> Vec<[f64; 6]> {
    let mut sums = vec![[0.0; 6]];
    let origin = run.path[0];
    for (s, g) in run.g.iter().enumerate() {
        let (vector, mid) = (run.path[s + 1] - run.path[s], 0.5 * (run.path[s] + run.path[s + 1]) - origin);
        let last = sums[s];
        let spread = g * (mid.length_squared() + vector.length_squared() / 12.0);
        sums.push([
            last[0] + vector.length(),
            last[1] + g,
            last[2] + g * mid.x,
            last[3] + g * mid.y,
            last[4] + spread,
            last[5] + g * run.eps2[s],
        ]);
    }
    sums
}

/// Why a run may become a blob, from its sums alone.
fn reason(a: &[f64; 6], b: &[f64; 6], whole: bool, length_min: f64) -> Option<&'static str> {
    let d: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
    let (length, g) = (d[0], d[1]);
    if g == 0.0 {
        return None;
    }
    let spread = (d[4] / g - (d[2] / g).powi(2) - (d[3] / g).powi(2)).max(0.0);
    let core = (d[5] / g).sqrt();
    if length > WOUND * (12.0 * spread).sqrt() && length > 2.0 * core {
        Some("wound up tighter than its core")
    } else if whole && (length < length_min || length < 4.0 * core) {
        Some("shorter than its core resolves")
    } else {
        None
    }
}

/// Runs of a filament that are worth a look, the longest first.
fn runs(run: &Run, length_min: f64, closed: bool) -> Vec<(usize, usize, &'static str)> {
    let (n, sums) = (run.g.len(), prefix(run));
    let mut found = vec![];
    // A curve that closes around the torus has no centroid.
    let around = closed && (run.path[n] - run.path[0]).length() > 1e-6;
    let mut look = |a: usize, b: usize| {
        let whole = b - a == n;
        if !(whole && around)
            && let Some(why) = reason(&sums[a], &sums[b], whole, length_min)
        {
            found.push((a, b, why));
        }
    };
    look(0, n);
    let mut size = 4;
    while size < n {
        (0..=(n - size) / (size / 2)).map(|i| i * (size / 2)).for_each(|a| look(a, a + size));
        if (n - size) % (size / 2) != 0 {
            look(n - size, n);
        }
        size *= 2;
    }
    found.sort_by_key(|(a, b, _)| std::cmp::Reverse(b - a));
    found
}

/// The atom without segments `from..to`: what is left before and behind.
pub fn remainder(atom: &Atom, from: usize, to: usize) -> Vec<Atom> {
    let n = atom.weight.len();
    let whole: f64 = atom.weight.iter().sum();
    let mut parts = vec![];
    let mut path = Run::of(atom).path;
    let mut segments: Vec<usize> = (0..n).collect();
    let mut ranges = [0..from, to..n];
    if atom.topology == Topology::Closed && from > 0 && to < n {
        // One piece: from the end of the run around to its start.
        let around = path[n] - path[0];
        segments = (to..n).chain(0..from).collect();
        path = (to..n).map(|v| path[v]).chain((0..=from).map(|v| path[v] + around)).collect();
        ranges = [0..segments.len(), 0..0];
    }
    for range in ranges.into_iter().filter(|r| !r.is_empty()) {
        let own = &segments[range.clone()];
        let share: f64 = own.iter().map(|s| atom.weight[*s]).sum();
        if share <= 0.0 {
            continue;
        }
        parts.push(Atom {
            gamma: atom.gamma * share / whole,
            topology: Topology::Open,
            vertices: path[range.start..=range.end].to_vec(),
            weight: own.iter().map(|s| atom.weight[*s] / share).collect(),
            core: own.iter().map(|s| atom.core[*s]).collect(),
            twist: own.iter().map(|s| atom.twist[*s]).collect(),
            ..atom.clone()
        });
    }
    parts
}

/// Change of atoms and vertices when segments `from..to` leave a filament.
pub fn saved(atom: &Atom, from: usize, to: usize) -> (i64, i64) {
    let left = remainder_shape(atom, from, to);
    (left.0 as i64 - 1, left.1 as i64 - atom.vertices.len() as i64)
}

/// Atoms and vertices of [`remainder`].
fn remainder_shape(atom: &Atom, from: usize, to: usize) -> (usize, usize) {
    let n = atom.weight.len();
    if atom.topology == Topology::Closed && from > 0 && to < n {
        return (1, n - (to - from) + 1);
    }
    let parts = [from, n - to].into_iter().filter(|s| *s > 0);
    (parts.clone().count(), parts.map(|s| s + 1).sum())
}

/// All runs that can be evaluated with the work at hand, weighed alone.
fn candidates(pass: &mut Pass<'_>) -> Vec<Candidate> {
    let mut jobs = vec![];
    for id in pass.order(|id| pass.work.is_filament(id)) {
        let atom = pass.work.get(id);
        let run = Run::of(&atom);
        // The best two, so that one filament does not take the whole allowance.
        for (from, to, why) in runs(&run, pass.rules.length_min, atom.topology == Topology::Closed).into_iter().take(24)
        {
            let part = run.part(from, to).nodes();
            if part.len() <= LONGEST && pass.spend(part.len() * part.len() / 2) {
                let (atoms, vertices) = saved(&atom, from, to);
                jobs.push((id, from, to, why, part, atoms + 1, vertices + 1));
            }
        }
    }
    let rules = pass.rules;
    let weigh =
        |(id, from, to, why, part, atoms, vertices): (usize, usize, usize, &'static str, Vec<Gauss>, i64, i64)| {
            let (blob, error) = best_blob(&part, square(&part), &rules)?;
            let bits = rules.error_bits(error) + rules.c_atom * atoms as f64 + rules.c_vertex * vertices as f64;
            (bits < -super::MARGIN).then_some(Candidate { id, from, to, blob, bits, reason: why })
        };
    jobs.into_par_iter().filter_map(weigh).collect()
}

/// One run a filament at most, the best first.
pub fn run(pass: &mut Pass<'_>) {
    let mut all = candidates(pass);
    all.sort_by(|a, b| a.bits.total_cmp(&b.bits).then((a.id, a.from).cmp(&(b.id, b.from))));
    for one in all {
        if !pass.work.is_alive(one.id) {
            continue;
        }
        let atom = pass.work.get(one.id);
        let old = Run::of(&atom).part(one.from, one.to).nodes();
        let delta = old.into_iter().map(Gauss::negated).chain([blob(&one.blob)]).collect();
        let mut give = remainder(&atom, one.from, one.to);
        give.push(one.blob);
        pass.offer(Edit { take: vec![one.id], give, delta, fed: false, shift: DVec2::ZERO }, Kind::Merge, one.reason);
    }
}
