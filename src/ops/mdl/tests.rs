//! Properties of a pass over random states, and one crafted state for each edit.

use glam::DVec2;
use rand::{RngExt, SeedableRng};

use super::cpu::{Outcome, pass};
use crate::{
    math::BOX,
    ops::{compose, window::Window},
    params::{Params, Switch},
    state::{Atom, Atoms, Background, Chart, Event, Kind, Meta, Sign, State, Topology, impulse},
};

/// A state after its first step, so that a pass is due.
fn state(atoms: Vec<Atom>) -> State {
    State { step: 1, ..State::new(Atoms::try_from_iter(atoms).unwrap(), Background::empty(), Meta::default()) }
}

fn params() -> Params {
    Params { mdl: Switch::On, mdl_every: 1, ..Params::default() }
}

/// Thresholds that are given: a state of one weak atom is judged by them and not in a unit of its own.
fn given() -> Params {
    let usual = params();
    Params { gamma_min: usual.gamma_min * (1.0 + 1e-12), ..usual }
}

fn done(atoms: Vec<Atom>, params: &Params) -> Outcome {
    pass(&state(atoms), params).unwrap()
}

fn only(outcome: &Outcome, reason: &str) -> Event {
    let found: Vec<&Event> = outcome.events.iter().filter(|e| e.reason == reason).collect();
    assert_eq!(found.len(), 1, "{reason}: {:?}", outcome.events);
    *found[0]
}

fn field(state: &State, n: u32) -> Vec<f64> {
    compose::cpu::field(&state.atoms, &state.background, &Window::full(n))
}

/// `integral of (a - b)^2` from both fields on a grid.
fn distance(a: &State, b: &State) -> f64 {
    let n = 192;
    let sum: f64 = field(a, n).iter().zip(field(b, n)).map(|(a, b)| (a - b).powi(2)).sum();
    sum * (BOX / f64::from(n)).powi(2)
}

fn line(n: usize, at: impl Fn(f64) -> DVec2) -> Vec<DVec2> {
    (0..=n).map(|i| at(i as f64 / n as f64)).collect()
}

/// Blobs, ellipses and wavy filaments of both signs, many of them near one another.
fn random(seed: u64) -> Vec<Atom> {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut atoms = vec![];
    for _ in 0..14 {
        let at = DVec2::new(r.random_range(0.0..3.0), r.random_range(5.0..8.0));
        let sign = if r.random_bool(0.5) { Sign::Plus } else { Sign::Minus };
        let (gamma, eps) = (r.random_range(0.001..1.0_f64).powi(2), r.random_range(0.09..0.25));
        atoms.push(match r.random_range(0..4) {
            0 => Atom::point(sign, gamma, eps, at),
            1 => Atom::ellipse(sign, gamma, eps, r.random_range(1.0..3.0), r.random_range(0.0..3.0), at),
            kind => {
                let (turn, length) = (r.random_range(0.0..9.0), r.random_range(0.3..2.0));
                let along = DVec2::from_angle(r.random_range(0.0..6.0)) * length;
                let curve = |t: f64| at + along * t + DVec2::from_angle(turn * t) * 0.2;
                let topology = if kind == 2 { Topology::Open } else { Topology::Closed };
                Atom::polyline(topology, sign, gamma, eps, line(16, curve))
            }
        });
    }
    atoms
}

#[test]
fn voluntary_edits_never_raise_the_length() {
    let mut edits = 0;
    for seed in 0..30 {
        // Bits for bits: the same edits matter at very different tolerances.
        let tol = [0.001, 0.01, 0.05][seed as usize % 3];
        let before = state(random(seed));
        let after = pass(&before, &Params { tol, ..params() }).unwrap();
        let report = after.report;
        assert!(report.bits_voluntary <= report.bits_before, "seed {seed}: {report:?}");
        edits += after.events.len();
        for event in after.events.iter().filter(|e| e.voluntary) {
            assert!(event.bits < 0.0, "seed {seed}: {event:?}");
        }
        let sum: f64 = after.events.iter().map(|e| e.bits).sum();
        assert!((report.bits_after - report.bits_before - sum).abs() < 1e-6, "seed {seed}");
        // The error that was booked is that of the decoded fields, all cross terms in it.
        let (booked, seen) = (report.error, distance(&before, &after.state));
        assert!((booked - seen).abs() < 0.03 * seen + 2e-6, "seed {seed}: {booked} {seen}");
        let bits = |s: &State| 96.0 * s.atoms.len() as f64 + 64.0 * s.atoms.vertex_count() as f64;
        let length = bits(&after.state) + seen / (2.0 * std::f64::consts::LN_2 * tol * tol);
        assert!(after.events.iter().any(|e| !e.voluntary) || length <= bits(&before), "seed {seed}: {length}");
    }
    assert!(edits > 100, "{edits}");
}

#[test]
fn events_account_for_circulation_impulse_and_enstrophy() {
    for seed in 30..50 {
        let before = state(random(seed));
        let after = pass(&before, &Params { max_atoms: 6, ..params() }).unwrap();
        let (a, b) = (impulse(&before.atoms), impulse(&after.state.atoms));
        let circulation: f64 = after.events.iter().map(|e| e.circulation).sum();
        assert!((b.circulation - a.circulation - circulation).abs() < 1e-12, "seed {seed}");
        let sum = |i: usize| after.events.iter().map(|e| e.impulse[i]).sum::<f64>() + after.report.winding[i];
        assert!((b.impulse_x - a.impulse_x - sum(0)).abs() < 1e-10, "seed {seed}");
        assert!((b.impulse_y - a.impulse_y - sum(1)).abs() < 1e-10, "seed {seed}");
        let enstrophy = |s: &State| {
            let f = field(s, 192);
            f.iter().map(|w| 0.5 * w * w).sum::<f64>() / f.len() as f64
        };
        let (drift, logged) = (
            enstrophy(&after.state) - enstrophy(&before),
            after.events.iter().filter_map(|e| e.enstrophy).sum::<f64>(),
        );
        assert!((drift - logged).abs() < 2e-3 * enstrophy(&before), "seed {seed}: {drift} {logged}");
        for event in after.events.iter().filter(|e| e.kind == Kind::Merge && !e.reason.contains("opposite")) {
            assert!(event.circulation.abs() < 1e-13, "{event:?}");
            assert!(event.impulse.iter().all(|x| x.abs() < 1e-12), "{event:?}");
        }
        assert!(after.state.atoms.len() <= 6);
    }
}

#[test]
fn a_pass_repeats() {
    for seed in 0..5 {
        let (a, b) = (done(random(seed), &params()), done(random(seed), &params()));
        assert_eq!((a.state, a.events), (b.state, b.events));
    }
}

#[test]
fn coincident_blobs_fuse_and_keep_three_moments() {
    // Across the edge of the box, and in another winding.
    let a = Atom::point(Sign::Plus, 1.0, 0.2, DVec2::new(0.01, 1.0));
    let b = Atom::point(Sign::Plus, 0.5, 0.22, DVec2::new(BOX - 0.02, 1.03 + BOX));
    let after = done(vec![a.clone(), b.clone()], &params());
    let event = only(&after, "coincident blobs");
    assert_eq!((event.kind, after.state.atoms.len()), (Kind::Merge, 1));
    assert!(event.circulation.abs() < 1e-15 && event.impulse.iter().all(|x| x.abs() < 1e-13), "{event:?}");
    let (one, near) = (after.state.atoms.get(0), b.vertices[0] - DVec2::splat(BOX));
    assert!((one.gamma - 1.5).abs() < 1e-15);
    assert!((one.vertices[0] * 1.5 - a.vertices[0] - near * 0.5).length() < 1e-14);
    let second = |atom: &Atom, at: DVec2| {
        atom.gamma * (at.length_squared() + atom.eps * atom.eps * (1.0 + atom.aspect * atom.aspect))
    };
    let sum = second(&a, a.vertices[0]) + second(&b, near);
    assert!((second(&one, one.vertices[0]) - sum).abs() < 1e-13);
    assert!(after.report.winding != [0.0; 2]);
}

#[test]
fn a_dipole_that_annihilates_goes_to_ledger_and_background() {
    let (gamma, gap) = (0.5, DVec2::new(0.02, 0.0));
    let at = DVec2::new(2.0, 3.0);
    let pair = vec![Atom::point(Sign::Plus, gamma, 0.2, at), Atom::point(Sign::Minus, gamma, 0.2, at + gap)];
    let before = state(pair);
    let after = pass(&before, &params()).unwrap();
    let event = only(&after, "opposite blobs annihilate");
    assert!(after.state.atoms.is_empty() && event.circulation == 0.0);
    // sum Gamma y and -sum Gamma x of the dipole, gone.
    assert!(event.impulse[0].abs() < 1e-13 && (event.impulse[1] + gamma * gap.x).abs() < 1e-13, "{event:?}");
    assert!(!after.state.background.is_zero());
    let nothing = State { atoms: Atoms::default(), ..before.clone() };
    assert!(distance(&before, &after.state) < 0.5 * distance(&before, &nothing));
}

#[test]
fn unequal_opposite_blobs_leave_the_difference() {
    let at = DVec2::new(2.0, 3.0);
    let pair = vec![Atom::point(Sign::Plus, 0.2, 0.2, at), Atom::point(Sign::Minus, 0.5, 0.2, at + DVec2::X * 0.01)];
    let after = done(pair, &params());
    only(&after, "opposite blobs cancel in part");
    let one = after.state.atoms.get(0);
    assert!((one.gamma - 0.3).abs() < 1e-15 && one.sign == Sign::Minus);
    assert!(one.vertices[0].x >= at.x && one.vertices[0].x <= at.x + 0.01);
}

#[test]
fn a_weak_atom_is_pruned_into_the_background() {
    let weak = Atom::point(Sign::Plus, 1e-3, 0.2, DVec2::splat(2.0));
    let strong = Atom::point(Sign::Plus, 1.0, 0.2, DVec2::splat(5.0));
    let after = done(vec![weak, strong.clone()], &given());
    let event = only(&after, "weaker than gamma_min");
    assert_eq!((event.kind, event.circulation), (Kind::Prune, -1e-3));
    assert!(!after.state.background.is_zero() && after.state.atoms.get(0) == strong);
    // Without a background that moves by itself nothing is put there.
    let frozen = Params { kernel: crate::params::Kernel::Frozen, ..given() };
    let weak = Atom::point(Sign::Plus, 1e-4, 0.2, DVec2::splat(2.0));
    let after = done(vec![weak], &frozen);
    only(&after, "weaker than gamma_min");
    assert!(after.state.background.is_zero());
}

#[test]
fn a_wide_core_is_fed_without_a_visible_change() {
    let before = state(vec![Atom::point(Sign::Plus, 1.0, 0.6, DVec2::splat(2.0))]);
    let after = pass(&before, &params()).unwrap();
    assert_eq!(only(&after, "wide enough for the background").kind, Kind::Feed);
    assert!(after.state.atoms.is_empty());
    let nothing = State { atoms: Atoms::default(), ..before.clone() };
    assert!(distance(&before, &after.state) < 1e-6 * distance(&before, &nothing));
}

#[test]
fn a_wound_up_spiral_becomes_a_blob() {
    let spiral = |t: f64| DVec2::splat(3.0) + DVec2::from_angle(25.0 * t) * (0.05 + 0.15 * t);
    let atom = Atom::polyline(Topology::Open, Sign::Minus, 0.3, 0.12, line(60, spiral));
    let after = done(vec![atom.clone()], &given());
    let event = only(&after, "wound up tighter than its core");
    assert!(event.bits < -3000.0 && event.impulse.iter().all(|x| x.abs() < 1e-12), "{event:?}");
    assert_eq!((after.state.atoms.len(), after.state.atoms.vertex_count()), (1, 1));
    assert!((after.state.atoms.get(0).gamma - atom.gamma).abs() < 1e-15);
}

#[test]
fn ends_in_line_join() {
    let part = |from: f64| Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, line(8, |t| DVec2::new(from + t, 2.0)));
    let after = done(vec![part(1.0), part(2.02)], &params());
    let event = only(&after, "ends in line");
    assert!(event.impulse.iter().all(|x| x.abs() < 1e-12) && event.circulation.abs() < 1e-15);
    assert_eq!(after.state.atoms.len(), 1);
    // Not around a corner.
    let up = Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, line(8, |t| DVec2::new(2.02, 2.0 + t)));
    let corner = done(vec![part(1.0), up], &params());
    assert!(corner.events.iter().all(|e| e.reason != "ends in line"));
}

#[test]
fn parallel_filaments_fuse() {
    let part = |y: f64, gamma: f64| {
        Atom::polyline(Topology::Open, Sign::Plus, gamma, 0.1, line(12, |t| DVec2::new(1.0 + 1.5 * t, y)))
    };
    let after = done(vec![part(2.0, 0.3), part(2.03, 0.2)], &Params { tol: 0.004, ..params() });
    let event = only(&after, "parallel filaments");
    assert!(event.impulse.iter().all(|x| x.abs() < 1e-12) && event.circulation.abs() < 1e-15, "{event:?}");
    let one = after.state.atoms.get(0);
    assert!((one.gamma - 0.5).abs() < 1e-15 && (one.vertices[0].y - 2.012).abs() < 1e-12, "{one:?}");
}

#[test]
fn vertices_that_a_straight_line_does_not_need_go() {
    let atom = Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, line(60, |t| DVec2::new(1.0 + t, 2.0 + 0.3 * t)));
    let before = state(vec![atom]);
    let after = pass(&before, &params()).unwrap();
    let event = only(&after, "vertices within tolerance");
    assert!(event.count > 20 && event.kind == Kind::Resample);
    assert!(distance(&before, &after.state) < 1e-9);
}

#[test]
fn kinks_crossings_and_long_cores_are_split() {
    let strong = |v: Vec<DVec2>| Atom::polyline(Topology::Open, Sign::Plus, 3.0, 0.1, v);
    let kink = strong(
        line(8, |t| DVec2::new(1.0 + t, 1.0))
            .into_iter()
            .chain((1..9).map(|i| DVec2::new(2.0 - 0.02 * f64::from(i), 1.02 + 0.1 * f64::from(i))))
            .collect(),
    );
    let before = state(vec![kink]);
    let after = pass(&before, &Params { kappa_max: 5.0, tol: 1e-5, ..params() }).unwrap();
    let event = only(&after, "curvature above kappa_max");
    assert!(!event.voluntary && event.bits > 0.0 && after.state.atoms.len() == 2);
    assert!(distance(&before, &after.state) < 1e-9);

    // A trochoid around one of its loops.
    let turn = |t: f64| 5.0 * t - 2.5;
    let crossing = |t: f64| DVec2::new(3.0 + 0.5 * turn(t) - 1.2 * turn(t).sin(), 3.0 - 1.2 * turn(t).cos());
    let before = state(vec![strong(line(60, crossing))]);
    let after = pass(&before, &Params { tol: 1e-5, ..params() }).unwrap();
    only(&after, "it crosses itself");
    assert_eq!(after.state.atoms.view().topology, [Topology::Open, Topology::Closed]);
    assert!(distance(&before, &after.state) < 1e-9);

    let long = Atom::ellipse(Sign::Minus, 1.0, 0.1, 6.0, 0.7, DVec2::splat(3.0));
    let before = state(vec![long]);
    let after = pass(&before, &Params { tol: 0.001, aspect_max: 4.0, ..params() }).unwrap();
    let event = only(&after, "an elongated core");
    assert!(event.circulation == 0.0 && event.impulse.iter().all(|x| x.abs() < 1e-12), "{event:?}");
    let a = after.state.atoms.view();
    assert!(a.aspect.iter().all(|x| (x - 4.8).abs() < 1e-9) && a.chart == [Chart::Ellipse; 2]);
}

#[test]
fn a_budget_takes_the_weakest() {
    let atoms: Vec<Atom> = (0..9)
        .map(|i| Atom::point(Sign::Plus, 0.5 + 0.1 * f64::from(i), 0.1, DVec2::new(0.6 * f64::from(i), 3.0)))
        .collect();
    let after = done(atoms, &Params { max_atoms: 4, tol: 1e-6, ..params() });
    assert_eq!(after.state.atoms.len(), 4);
    assert!(after.state.atoms.view().gamma.iter().all(|g| *g > 0.95), "{:?}", after.state.atoms.view().gamma);
    assert!(after.events.iter().all(|e| e.kind == Kind::Budget && !e.voluntary) && after.events.len() == 5);
    let sum: f64 = after.events.iter().map(|e| e.circulation).sum();
    assert!((sum + 0.5 + 0.6 + 0.7 + 0.8 + 0.9).abs() < 1e-12);
}

#[test]
fn gains_do_not_depend_on_where_a_curve_is_cut() {
    // The same curve and circulation, with vertices on its segments.
    let curve = line(12, |t| DVec2::new(1.0 + 0.8 * t, 2.0 + 0.2 * (3.0 * t).sin()));
    let coarse = Atom::polyline(Topology::Open, Sign::Plus, 0.02, 0.15, curve);
    let mut fine =
        Atom { vertices: vec![coarse.vertices[0]], weight: vec![], core: vec![], twist: vec![], ..coarse.clone() };
    for s in 0..12 {
        let (a, b) = (coarse.vertices[s], coarse.vertices[s + 1]);
        let cut = 0.2 + 0.05 * s as f64;
        fine.vertices.extend([a + (b - a) * cut, b]);
        fine.weight.extend([coarse.weight[s] * cut, coarse.weight[s] * (1.0 - cut)]);
        fine.core.extend([1.0; 2]);
        fine.twist.extend([0.0; 2]);
    }
    let (a, b) = (state(vec![coarse]), state(vec![fine]));
    assert!(distance(&a, &b) < 1e-12);
    // Both whole filaments are pruned; vertices have no price, so that the gains can be compared.
    let free = Params { c_vertex: 0.0, c_atom: 500.0, segment_bound: 0.5, length_min: 0.0, ..given() };
    let event = |s: &State| *pass(s, &free).unwrap().events.last().unwrap();
    let (a, b) = (event(&a), event(&b));
    assert_eq!((a.reason, b.reason), ("not worth its bits", "not worth its bits"));
    assert!(
        (a.bits / b.bits - 1.0).abs() < 1e-6 && (a.enstrophy.unwrap() / b.enstrophy.unwrap() - 1.0).abs() < 1e-6,
        "{a:?} {b:?}"
    );
}

#[test]
fn relaxation_takes_a_share_of_the_edits() {
    let atoms: Vec<Atom> =
        (0..12).map(|i| Atom::point(Sign::Plus, 1e-3, 0.2, DVec2::new(0.5 * f64::from(i), 3.0))).collect();
    let count = |relaxation| done(atoms.clone(), &Params { relaxation, merge_dist: 0.0, ..given() }).events.len();
    let (all, half) = (count(1.0), count(0.5));
    assert!(half < all && half > 0, "{half} of {all}");
}

#[test]
fn a_weak_or_strong_flow_is_judged_in_its_own_unit() {
    let strong: Vec<Atom> = (0..12)
        .map(|i| {
            let at = DVec2::new(0.5 + f64::from(i % 4) * 1.5, 0.7 + f64::from(i / 4) * 2.0);
            Atom::point(if i % 2 == 0 { Sign::Plus } else { Sign::Minus }, 0.5 + 0.05 * f64::from(i), 0.2, at)
        })
        .collect();
    let scaled = |scale: f64| strong.iter().map(|a| Atom { gamma: a.gamma * scale, ..a.clone() }).collect::<Vec<_>>();
    let one = done(strong.clone(), &params()).state.atoms.len();
    assert_eq!(one, 12);
    for scale in [1e-5, 1e-9, 1e7] {
        assert_eq!(done(scaled(scale), &params()).state.atoms.len(), one, "{scale:e}");
    }
    // Thresholds that are given are in the unit of the flow.
    let given = Params { gamma_min: 0.02, ..params() };
    assert_eq!(done(scaled(1e-5), &given).state.atoms.len(), 0);
}

#[test]
fn thresholds_follow_the_flow_without_a_jump() {
    let tol = |rms: f64| super::Rules::new(&params()).in_unit_of(rms).tol / params().tol;
    for rms in [0.05, 1e-3, 1e3, 1e6] {
        assert!((tol(rms * (1.0 + 1e-9)) / tol(rms * (1.0 - 1e-9)) - 1.0).abs() < 1e-7, "{rms}");
    }
    let all: Vec<f64> = (-60..60).map(|i| tol(10_f64.powf(f64::from(i) / 5.0))).collect();
    assert!(all.windows(2).all(|pair| pair[0] <= pair[1]));
    assert_eq!((tol(0.3), tol(0.0), tol(f64::NAN)), (1.0, 1.0, 1.0));
    assert!((tol(1e-5) / 1e-5 - 1.0).abs() < 1e-12 && (tol(1e9) / 1e9 - 1.0).abs() < 1e-12);
}
