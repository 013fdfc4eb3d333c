//! Merge: near-coincident blobs become one, opposite ones cancel.
//!
//! Of the same sign: circulations add, centroid and second moment are kept (the trace for a round core,
//! `eps^2 = sum w_i eps_i^2 + 1/2 sum w_i |x_i - x_c|^2`, the whole covariance for an ellipse). Of opposite signs: the
//! sign is that of the signed sum, the place lies between both in the ratio of their strengths, the core is
//! the stronger's; the dipole that is lost goes to the ledger and to the background. Equal and opposite ones
//! vanish.

use glam::DVec2;

use super::{
    cells::Cells,
    gauss::{Gauss, inner, offset, product, square},
    nodes::blob,
    weigh::{Edit, Pass},
};
use crate::state::{Atom, Kind, Sign};

/// Largest distance of centres in joint cores.
const NEAR: f64 = 2.0;

/// Inner products that a look at a pair takes.
const PRICE: usize = 12;

/// Two blobs and what their fusion alone changes L by.
struct Pair {
    a: usize,
    b: usize,
    bits: f64,
}

/// The atom that two become, and `b` as seen from `a`; `None` as atom where they cancel.
fn fused(pass: &Pass<'_>, a: &Gauss, b: &Gauss, core: [&Atom; 2]) -> Option<(Option<Atom>, f64)> {
    let b = Gauss { x: a.x + offset(b.x, a.x), ..*b };
    let pair = [*a, b];
    let norm = square(&pair);
    if a.g * b.g > 0.0 {
        return super::collapse::best_blob(&pair, norm, &pass.rules).map(|(atom, error)| (Some(atom), error));
    }
    let (strong, weak) = if a.g.abs() >= b.g.abs() { (0, 1) } else { (1, 0) };
    let g = a.g + b.g;
    if g.abs() <= 1e-9 * a.g.abs() {
        return Some((None, norm));
    }
    let share = pair[weak].g.abs() / (a.g.abs() + b.g.abs());
    let x = pair[strong].x + (pair[weak].x - pair[strong].x) * share;
    let sign = if g < 0.0 { Sign::Minus } else { Sign::Plus };
    let atom = Atom { sign, gamma: g.abs(), vertices: vec![x], ..core[strong].clone() };
    let new = blob(&atom);
    let error = norm + inner(&new, &new) - 2.0 * product(&[new], &pair);
    Some((Some(atom), error))
}

/// The first `most` pairs of blobs close enough to be looked at, by a cell list.
fn near(pass: &Pass<'_>, ids: &[usize], blobs: &[Gauss], most: usize) -> Vec<(usize, usize)> {
    let reach = |a: &Gauss, b: &Gauss| {
        let cores = NEAR * (0.5 * (a.trace() + b.trace())).sqrt();
        cores.max(pass.rules.merge_dist.min(2.0 * cores))
    };
    let widest = blobs.iter().map(Gauss::trace).fold(0.0, f64::max);
    let farthest = (2.0 * NEAR * widest.sqrt()).max(0.05);
    let cells = Cells::new(blobs.iter().map(|a| a.x), farthest);
    let mut pairs = vec![];
    for (i, a) in blobs.iter().enumerate() {
        for j in cells.around(a.x, DVec2::splat(farthest)).filter(|j| *j > i) {
            if offset(blobs[j].x, a.x).length_squared() < reach(a, &blobs[j]).powi(2) {
                pairs.push((ids[i], ids[j]));
                if pairs.len() == most {
                    return pairs;
                }
            }
        }
    }
    pairs
}

/// Every blob fuses once at most, the best pairs first.
pub fn run(pass: &mut Pass<'_>) {
    let ids = pass.order(|id| !pass.work.is_filament(id));
    let atoms: Vec<Atom> = ids.iter().map(|id| pass.work.get(*id)).collect();
    let blobs: Vec<Gauss> = atoms.iter().map(blob).collect();
    let mut pairs = vec![];
    let index: std::collections::BTreeMap<usize, usize> = ids.iter().enumerate().map(|(i, id)| (*id, i)).collect();
    for (a, b) in near(pass, &ids, &blobs, pass.left / PRICE + 1) {
        if !pass.spend(PRICE) {
            break;
        }
        let (i, j) = (index[&a], index[&b]);
        let Some((atom, error)) = fused(pass, &blobs[i], &blobs[j], [&atoms[i], &atoms[j]]) else { continue };
        let gone = if atom.is_some() { 1.0 } else { 2.0 };
        let bits = pass.rules.error_bits(error) - gone * pass.rules.bits(1);
        // What opposite ones lose may still be fed to the background.
        let worth = bits < -super::MARGIN || blobs[i].g * blobs[j].g < 0.0;
        if worth {
            pairs.push(Pair { a, b, bits });
        }
    }
    pairs.sort_by(|p, q| p.bits.total_cmp(&q.bits).then((p.a, p.b).cmp(&(q.a, q.b))));
    for Pair { a, b, .. } in pairs {
        if !(pass.work.is_alive(a) && pass.work.is_alive(b)) {
            continue;
        }
        let (first, second) = (&atoms[index[&a]], &atoms[index[&b]]);
        let (g, h) = (&blobs[index[&a]], &blobs[index[&b]]);
        let Some((atom, _)) = fused(pass, g, h, [first, second]) else { continue };
        let delta: Vec<Gauss> = atom.iter().map(blob).chain([g.negated(), h.negated()]).collect();
        let same = g.g * h.g > 0.0;
        let (kind, reason) = match (&atom, same) {
            (_, true) => (Kind::Merge, "coincident blobs"),
            (Some(_), false) => (Kind::Merge, "opposite blobs cancel in part"),
            (None, false) => (Kind::Merge, "opposite blobs annihilate"),
        };
        let shift = g.x + offset(h.x, g.x) - h.x;
        let edit = Edit { take: vec![a, b], give: atom.into_iter().collect(), delta, fed: !same, shift };
        pass.offer(edit, kind, reason);
    }
}
