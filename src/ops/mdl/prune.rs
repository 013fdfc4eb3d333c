//! Prune and feed: what does not pay for its bits, and what the background can carry, leaves the atoms.
//!
//! Candidates are atoms weaker than `gamma_min`, atoms so wide that `k_cut eps >= 3`, and atoms and runs of
//! filaments whose norm, taken as straight and alone, is about worth their bits. The true norm decides: without
//! the part that goes to the background's modes, where the background moves by itself.

use glam::DVec2;

use super::{
    FEED,
    collapse::{remainder, saved},
    gauss::Gauss,
    nodes::{self, Run},
    weigh::{Edit, Pass},
};
use crate::state::Kind;

/// How far above its bits the plain norm of a candidate may be: the background takes most of it.
const PLAIN: f64 = 6.0;

/// An atom, or a run of it, and about what it would save.
struct Candidate {
    id: usize,
    run: Option<(usize, usize)>,
    bits: f64,
    kind: Kind,
    reason: &'static str,
}

/// The run of a filament that costs most bits above its worth, by its plain norm.
fn weak_run(pass: &Pass<'_>, id: usize) -> Option<(usize, usize, f64)> {
    let atom = pass.work.get(id);
    let run = Run::of(&atom);
    let n = run.g.len();
    let root = std::f64::consts::PI.sqrt();
    let mut sums = vec![0.0];
    for s in 0..n {
        let (l, eps) = ((run.path[s + 1] - run.path[s]).length(), run.eps2[s].sqrt());
        sums.push(sums[s] + run.g[s].powi(2) / (2.0 * root * eps * (l + 1e-9)));
    }
    let mut best: Option<(usize, usize, f64)> = None;
    let mut size = 4;
    while size < n {
        for a in (0..=(n - size)).step_by(size / 2) {
            let (atoms, vertices) = saved(&atom, a, a + size);
            let bits = pass.rules.error_bits(sums[a + size] - sums[a])
                + pass.rules.c_atom * atoms as f64
                + pass.rules.c_vertex * vertices as f64;
            if best.is_none_or(|(_, _, old)| bits < old) {
                best = Some((a, a + size, bits));
            }
        }
        size *= 2;
    }
    best.filter(|(.., bits)| *bits < -super::MARGIN)
}

fn candidate(pass: &Pass<'_>, id: usize, wide: f64) -> Option<Candidate> {
    let (gamma, eps) = pass.work.strength(id);
    let bits = pass.rules.error_bits(pass.work.norm(id)) - pass.rules.bits(pass.work.len(id));
    let plain = if pass.rules.feed { PLAIN } else { 1.0 };
    let (kind, reason) = if eps >= wide && pass.rules.feed {
        (Kind::Feed, "wide enough for the background")
    } else if gamma < pass.rules.gamma_min {
        (Kind::Prune, "weaker than gamma_min")
    } else if bits < (plain - 1.0) * pass.rules.bits(pass.work.len(id)) {
        (Kind::Prune, "not worth its bits")
    } else if pass.work.is_filament(id) {
        let (a, b, bits) = weak_run(pass, id)?;
        return Some(Candidate {
            id,
            run: Some((a, b)),
            bits,
            kind: Kind::Prune,
            reason: "a stretch not worth its bits",
        });
    } else {
        return None;
    };
    Some(Candidate { id, run: None, bits, kind, reason })
}

/// The weakest first.
pub fn run(pass: &mut Pass<'_>) {
    let wide = FEED / f64::from(pass.k_cut());
    let ids = pass.order(|_| true);
    let mut all: Vec<Candidate> = ids.into_iter().filter_map(|id| candidate(pass, id, wide)).collect();
    all.sort_by(|a, b| a.bits.total_cmp(&b.bits).then(a.id.cmp(&b.id)));
    for one in all {
        let atom = pass.work.get(one.id);
        let (nodes, give) = match one.run {
            Some((a, b)) => (Run::of(&atom).part(a, b).nodes(), remainder(&atom, a, b)),
            None => (nodes::of(&atom), vec![]),
        };
        if !pass.spend(nodes.len() * (nodes.len() / 2 + 100)) {
            break;
        }
        let delta: Vec<Gauss> = nodes.into_iter().map(Gauss::negated).collect();
        pass.offer(Edit { take: vec![one.id], give, delta, fed: true, shift: DVec2::ZERO }, one.kind, one.reason);
    }
}
