//! Resample: a vertex goes that the curve does not need.
//!
//! The two segments at a vertex become their chord, with the sum of their circulations and the mean of
//! their cores squared. It stays shorter than the bound that resampling keeps, and no corner becomes sharper
//! than resampling leaves alone, so that no vertex comes and goes.

use glam::DVec2;

use super::{MARGIN, gauss::Gauss, nodes::Run, weigh::Pass};
use crate::{
    ops::resample::TURN_COS,
    state::{Atom, Event, Kind},
};

/// Filaments of this many vertices or fewer keep them.
const FEWEST: usize = 4;
/// Cells of both fields, in cores.
const CELL: f64 = 0.5;
/// Share of the bound that a chord may take: it will be stretched before the next pass.
const SHARE: f64 = 0.9;

/// Whether the vertex between segments `a` and `b` may be looked at.
fn may_go(run: &Run, a: usize, b: usize, bound: f64) -> bool {
    let vector = |s: usize| run.path[s + 1] - run.path[s];
    let chord = vector(a) + vector(b);
    let eps = run.eps2[a].min(run.eps2[b]).sqrt();
    let blunt = |p: DVec2, q: DVec2| p.dot(q) >= TURN_COS * p.length() * q.length();
    chord.length() <= SHARE * bound * eps
        && vector(a).dot(vector(b)) > 0.0
        && (a == 0 || blunt(vector(a - 1), chord))
        && (b + 1 == run.g.len() || blunt(chord, vector(b + 1)))
}

/// The run of both segments, and of their chord.
fn both(run: &Run, a: usize) -> (Run, Run) {
    let old = run.part(a, a + 2);
    let g = old.g[0] + old.g[1];
    let share = if g == 0.0 { 0.5 } else { old.g[0] / g };
    let eps2 = share * old.eps2[0] + (1.0 - share) * old.eps2[1];
    (Run { path: vec![old.path[0], old.path[2]], g: vec![g], eps2: vec![eps2] }, old)
}

/// Drops what one filament can spare; nothing next to a vertex that went.
fn filament(pass: &mut Pass<'_>, id: usize) {
    let atom = pass.work.get(id);
    let run = Run::of(&atom);
    let n = run.g.len();
    let mut gone = vec![false; atom.vertices.len()];
    let (mut count, mut saved, mut enstrophy) = (0_u32, 0.0, Some(0.0));
    let (mut before, mut a) = (DVec2::ZERO, 0);
    let parity = (pass.turn % 2) as usize;
    while a + 1 < n && atom.vertices.len() - count as usize > FEWEST {
        let vertex = a + 1;
        if (vertex + parity).is_multiple_of(2) || !may_go(&run, a, a + 1, pass.rules.segment_bound) || !pass.spend(60) {
            a += 1;
            continue;
        }
        let (new, old) = both(&run, a);
        let delta: Vec<Gauss> =
            new.cells(CELL).into_iter().chain(old.cells(CELL).into_iter().map(Gauss::negated)).collect();
        let weight = pass.weigh(&delta, false);
        let bits = pass.price(&weight, 0, -1);
        if bits > -MARGIN || pass.relaxed() {
            a += 1;
            continue;
        }
        saved += pass.logged(&weight, 0, -1);
        let more = pass.enstrophy(&delta, &weight, false);
        enstrophy = enstrophy.zip(more).map(|(a, b)| a + b);
        pass.absorb(&delta, &weight, false);
        before += delta.iter().map(|d| (d.x - run.path[0]) * d.g).sum::<DVec2>();
        gone[vertex] = true;
        count += 1;
        a += 2;
    }
    if count == 0 {
        return;
    }
    let kind = if pass.forced { Kind::Budget } else { Kind::Resample };
    pass.events.push(Event {
        step: pass.step(),
        kind,
        reason: "vertices within tolerance",
        voluntary: !pass.forced,
        count,
        bits: saved,
        circulation: 0.0,
        impulse: [before.y, -before.x],
        enstrophy,
    });
    pass.work.replace(&[id], vec![without(&atom, &gone)]);
}

/// A filament without some of its vertices, no two of them neighbours.
pub fn without(atom: &Atom, gone: &[bool]) -> Atom {
    let mut new = Atom { vertices: vec![], weight: vec![], core: vec![], twist: vec![], ..atom.clone() };
    let n = atom.weight.len();
    for v in (0..atom.vertices.len()).filter(|v| !gone[*v]) {
        new.vertices.push(atom.vertices[v]);
        if v >= n {
            continue;
        }
        let next = v + 1;
        if next < n && gone[next] {
            let sum = atom.weight[v] + atom.weight[next];
            let share = if sum > 0.0 { atom.weight[v] / sum } else { 0.5 };
            new.weight.push(sum);
            new.core.push((share * atom.core[v].powi(2) + (1.0 - share) * atom.core[next].powi(2)).sqrt());
            new.twist.push(share * atom.twist[v] + (1.0 - share) * atom.twist[next]);
        } else {
            new.weight.push(atom.weight[v]);
            new.core.push(atom.core[v]);
            new.twist.push(atom.twist[v]);
        }
    }
    new
}

/// Every filament in turn.
pub fn run(pass: &mut Pass<'_>) {
    let least = |id: usize| pass.work.is_filament(id) && pass.work.len(id) > FEWEST;
    for id in pass.order(least) {
        if pass.left == 0 {
            break;
        }
        filament(pass, id);
    }
}
