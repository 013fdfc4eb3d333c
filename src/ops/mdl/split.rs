//! Split: a filament at a kink or a crossing of itself, an elongated core in two.
//!
//! Cutting a filament at a vertex, or at a crossing into a closed loop and the rest, changes no vorticity at
//! all; it costs bits. A core of variance `lambda` along its long axis becomes two at `+-0.6 sqrt(lambda)` with
//! `0.64 lambda` each: circulation, centroid and second moment are kept. These edits are forced.

use glam::DVec2;

use super::{
    collapse::{atom_of, remainder},
    gauss::{Gauss, axes},
    nodes::{Run, blob},
    weigh::{Edit, Pass},
};
use crate::state::{Atom, Chart, Kind, Topology};

/// Most splits of one pass.
const MOST: usize = 16;
/// Least turn of a kink, radians: a fine polyline is no kink however short its segments.
const TURN: f64 = 1.2;
/// Longest filament that is searched for crossings.
const LONGEST: usize = 400;

/// Two cores for an elongated one.
pub fn halves(atom: &Atom) -> Option<[Atom; 2]> {
    let one = blob(atom);
    let (long, short, angle) = axes(one.s);
    let along = DVec2::from_angle(angle);
    let less = 0.36 * long;
    let s =
        [one.s[0] - less * along.x * along.x, one.s[1] - less * along.x * along.y, one.s[2] - less * along.y * along.y];
    let half = |side: f64| {
        let part = Gauss { x: one.x + along * (side * 0.6 * long.sqrt()), g: 0.5 * one.g, s };
        atom_of(&part, false, (long / short).sqrt())
    };
    Some([half(1.0)?, half(-1.0)?])
}

/// The vertex of the sharpest kink of an open filament, ends and their neighbours left out.
fn kink(run: &Run, kappa_max: f64) -> Option<usize> {
    let vector = |s: usize| run.path[s + 1] - run.path[s];
    let bend = |v: usize| {
        let (a, b) = (vector(v - 1), vector(v));
        let turn = libm::atan2(a.perp_dot(b), a.dot(b)).abs();
        (turn > TURN).then(|| 2.0 * turn / (a.length() + b.length()).max(1e-9))
    };
    let bends = (2..run.g.len().saturating_sub(1)).filter_map(|v| Some((v, bend(v)?)));
    bends.filter(|(_, k)| *k > kappa_max).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(v, _)| v)
}

/// Where segments `s < t` cross: their shares.
fn crossing(run: &Run) -> Option<(usize, usize, f64, f64)> {
    let vector = |s: usize| run.path[s + 1] - run.path[s];
    for s in 0..run.g.len() {
        let a = vector(s);
        for t in s + 2..run.g.len() {
            let (b, d) = (vector(t), run.path[t] - run.path[s]);
            let reach = a.abs() + b.abs();
            if d.x.abs() > reach.x || d.y.abs() > reach.y {
                continue;
            }
            let det = a.perp_dot(b);
            let (p, q) = (d.perp_dot(b) / det, d.perp_dot(a) / det);
            let inside = |x: f64| (0.0..=1.0).contains(&x);
            if det != 0.0 && inside(p) && inside(q) {
                return Some((s, t, p, q));
            }
        }
    }
    None
}

/// An open filament that crosses itself once, as a loop and the rest.
fn parted(atom: &Atom, run: &Run) -> Option<Vec<Atom>> {
    let (s, t, p, q) = crossing(run)?;
    let at = run.path[s] + (run.path[s + 1] - run.path[s]) * p;
    // The same filament with the crossing as a vertex on both segments.
    let mut cut = Atom { vertices: vec![], weight: vec![], core: vec![], twist: vec![], ..atom.clone() };
    for v in 0..atom.vertices.len() {
        cut.vertices.push(atom.vertices[v]);
        if v >= atom.weight.len() {
            continue;
        }
        let share = if v == s { Some(p) } else { (v == t).then_some(q) };
        let parts: &[f64] = &share.map_or(vec![1.0], |share| vec![share, 1.0 - share]);
        for (i, part) in parts.iter().enumerate() {
            if i == 1 {
                cut.vertices.push(at);
            }
            cut.weight.push(atom.weight[v] * part);
            cut.core.push(atom.core[v]);
            cut.twist.push(atom.twist[v]);
        }
    }
    // Segments s+1 .. t+2 are the loop.
    let (from, to) = (s + 1, t + 2);
    let mut rest = remainder(&cut, from, to);
    let share: f64 = cut.weight[from..to].iter().sum();
    if share <= 0.0 || to - from < 3 {
        return None;
    }
    if let [first, second] = rest.as_slice() {
        // Before and behind the loop meet at the crossing.
        let gamma = first.gamma + second.gamma;
        let joined = |a: &[f64], b: &[f64]| a.iter().chain(b).copied().collect::<Vec<f64>>();
        let scaled = |atom: &Atom| atom.weight.iter().map(|w| w * atom.gamma / gamma).collect::<Vec<f64>>();
        rest = vec![Atom {
            gamma,
            vertices: first.vertices.iter().chain(&second.vertices[1..]).copied().collect(),
            weight: joined(&scaled(first), &scaled(second)),
            core: joined(&first.core, &second.core),
            twist: joined(&first.twist, &second.twist),
            ..first.clone()
        }];
    }
    rest.push(Atom {
        gamma: cut.gamma * share / cut.weight.iter().sum::<f64>(),
        topology: Topology::Closed,
        vertices: cut.vertices[from..to].to_vec(),
        weight: cut.weight[from..to].iter().map(|w| w / share).collect(),
        core: cut.core[from..to].to_vec(),
        twist: cut.twist[from..to].to_vec(),
        ..atom.clone()
    });
    Some(rest)
}

/// The parts of an atom that must be split, and why.
fn parts(pass: &mut Pass<'_>, id: usize) -> Option<(Vec<Atom>, &'static str)> {
    let atom = pass.work.get(id);
    if atom.chart == Chart::Ellipse {
        let long = atom.aspect > pass.rules.aspect_max;
        return Some((halves(&atom).filter(|_| long)?.to_vec(), "an elongated core"));
    }
    if atom.topology != Topology::Open {
        return None;
    }
    let run = Run::of(&atom);
    if let Some(v) = kink(&run, pass.rules.kappa_max) {
        let ends = [remainder(&atom, v, run.g.len()), remainder(&atom, 0, v)];
        return Some((ends.concat(), "curvature above kappa_max"));
    }
    let n = run.g.len();
    if n <= LONGEST && pass.spend(n * n / 8) {
        return Some((parted(&atom, &run)?, "it crosses itself"));
    }
    None
}

/// Every atom in turn, within the budget of atoms.
pub fn run(pass: &mut Pass<'_>) {
    let able = |id: usize| pass.work.is_filament(id) || pass.work.aspect(id) > pass.rules.aspect_max;
    let mut done = 0;
    for id in pass.order(able) {
        if done == MOST || pass.work.atoms >= pass.rules.max_atoms {
            break;
        }
        let Some((give, reason)) = parts(pass, id) else { continue };
        // A cut changes no vorticity; two halves of a core are not quite that core.
        let delta = if reason == "an elongated core" { pass.difference(&[id], &give) } else { vec![] };
        pass.force(Edit { take: vec![id], give, delta, fed: false, shift: DVec2::ZERO }, Kind::Split, reason);
        done += 1;
    }
}
