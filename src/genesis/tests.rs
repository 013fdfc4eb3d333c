//! What the sentences of scenes claim, measured.

use std::f64::consts::{PI, TAU};

use glam::DVec2;

use super::*;
use crate::{
    sim::{CpuSim, Simulator, measure},
    state::{Atom, Sign, Topology},
};

/// A scene as filaments and points, whose vertices are followed.
fn made(name: &str) -> (State, Params) {
    let mut params = Params { ellipses: Switch::Off, ..Params::default() };
    let state = make(name, &mut params).unwrap();
    (state, params)
}

/// Sum of signed circulations.
fn net(state: &State) -> f64 {
    let a = state.atoms.view();
    a.sign.iter().zip(a.gamma).map(|(sign, gamma)| sign.value() * gamma).sum()
}

/// Only the atoms that `keep`, without passes.
fn only(state: &State, params: &Params, keep: impl Fn(&Atom) -> bool) -> (State, Params) {
    let mut atoms = Atoms::default();
    for i in 0..state.atoms.len() {
        let atom = state.atoms.get(i);
        if keep(&atom) {
            atoms.push(atom).unwrap();
        }
    }
    let params = Params { mdl: Switch::Off, nu: 0.0, ..*params };
    (State::new(atoms, Background::empty(), state.meta), params)
}

fn points(state: &State) -> Vec<DVec2> {
    state.atoms.view().vertex.to_vec()
}

#[test]
fn pairs_leapfrog_with_loves_period() {
    let (state, params) = made("leapfrog");
    let (state, mut params) = only(&state, &params, |atom| atom.topology == Topology::Point);
    let expected = leapfrog::PERIOD * leapfrog::WIDTH.powi(2) / leapfrog::GAMMA;
    params.dt = expected / 400.0;
    let mut sim = CpuSim::new(&state, &params).unwrap();
    let across = |v: &[DVec2]| v[0] - v[1];
    let (mut turned, mut before, mut period) = (0.0, across(&points(&state)), None);
    for step in 1..=600_u32 {
        sim.advance(1).unwrap();
        let now = across(&points(sim.state()));
        turned += before.angle_to(now);
        before = now;
        if period.is_none() && turned >= TAU {
            period = Some(f64::from(step) * params.dt);
        }
    }
    // The box's images and the cores cost a little.
    let period = period.unwrap();
    assert!((period / expected - 1.0).abs() < 0.05, "{period} instead of {expected}");
}

#[test]
fn the_collapse_has_both_invariants_zero_and_shrinks_as_it_should() {
    let corner = |i: usize| {
        let (sign, gamma, x, y) = collapse::CORNERS[i];
        (sign.value() * gamma, DVec2::new(x, y))
    };
    let (mut products, mut weighted) = (0.0, 0.0);
    for (i, j) in [(0, 1), (1, 2), (2, 0)] {
        let ((a, p), (b, q)) = (corner(i), corner(j));
        (products, weighted) = (products + a * b, weighted + a * b * (p - q).length_squared());
    }
    assert!(products.abs() < 1e-12 && weighted.abs() < 1e-12, "{products} {weighted}");

    let (state, params) = made("collapse");
    let (state, params) = only(&state, &params, |atom| atom.topology == Topology::Point);
    let sides = |v: &[DVec2]| [(0, 1), (1, 2), (2, 0)].map(|(i, j)| (v[i] - v[j]).length());
    let first = sides(&points(&state));
    let mut sim = CpuSim::new(&state, &params).unwrap();
    // T = 3 sqrt2 pi for unit length and circulation.
    let end = 3.0 * 2f64.sqrt() * PI * (first[0] / 2.0).powi(2) / 1.5;
    let steps = (0.4 * end / params.dt).round();
    sim.advance(steps as u64).unwrap();
    let now = sides(&points(sim.state()));
    let expected = (1.0 - steps * params.dt / end).sqrt();
    for (a, b) in now.iter().zip(first) {
        assert!((a / b / expected - 1.0).abs() < 0.04, "{} instead of {expected}", a / b);
    }
}

#[test]
fn jet_tripole_and_wake_carry_no_net_circulation() {
    for name in ["jet", "tripole", "wing", "gas", "street", "default"] {
        let (state, _) = made(name);
        let size: f64 = state.atoms.view().gamma.iter().sum();
        assert!(net(&state).abs() < 1e-12 * size, "{name}: {}", net(&state));
    }
}

#[test]
fn the_jet_has_its_speed_between_its_layers_and_the_same_behind() {
    // A sheet jumps by its circulation over its length; all of one side together by U.
    let (state, _) = made("jet");
    let a = state.atoms.view();
    let jump: f64 = (0..state.atoms.len()).filter(|i| a.sign[*i] == Sign::Plus).map(|i| a.gamma[i] / BOX).sum();
    assert!((jump / jet::SPEED - 1.0).abs() < 1e-12, "{jump}");
}

#[test]
fn the_wake_of_a_wing_sinks_evenly() {
    let (state, params) = made("wing");
    let (state, params) = only(&state, &params, |_| true);
    let before = points(&state);
    let mut sim = CpuSim::new(&state, &Params { resample: 0, ..params }).unwrap();
    sim.advance(2).unwrap();
    // Impulse over twice the area is what the images of the box push it up with; the core takes a twentieth.
    let impulse = 0.5 * PI * wing::GAMMA * wing::SPAN;
    let expected = -wing::GAMMA / (2.0 * wing::SPAN) + impulse / (2.0 * BOX * BOX);
    let inner = before.iter().zip(points(sim.state())).filter(|(p, _)| (p.x - CENTRE.x).abs() < 0.6 * wing::SPAN);
    let speeds: Vec<f64> = inner.map(|(p, q)| (q.y - p.y) / (2.0 * params.dt)).collect();
    assert!(speeds.len() > 10);
    for speed in &speeds {
        assert!((speed / expected - 1.0).abs() < 0.12, "{speed} instead of {expected}: {speeds:?}");
    }
}

#[test]
fn kirchhoffs_ellipse_turns_at_its_rate_and_keeps_its_shape() {
    let (state, params) = made("ellipse");
    let (state, params) = only(&state, &params, |atom| atom.topology == Topology::Closed);
    // Second moments of the vertices of the outermost filament.
    let shape = |state: &State| {
        let a = state.atoms.view();
        let last = state.atoms.len() - 1;
        let v: Vec<DVec2> = a.vertex[a.start[last]..a.start[last + 1]].iter().map(|v| *v - CENTRE).collect();
        let sum = |f: &dyn Fn(&DVec2) -> f64| v.iter().map(f).sum::<f64>();
        let (xx, xy, yy) = (sum(&|v| v.x * v.x), sum(&|v| v.x * v.y), sum(&|v| v.y * v.y));
        let (mean, off) = (0.5 * (xx + yy), (0.5 * (xx - yy)).hypot(xy));
        (0.5 * (2.0 * xy).atan2(xx - yy), ((mean + off) / (mean - off)).sqrt())
    };
    let [a, b] = ellipse::AXES;
    let gamma = ellipse::OMEGA * PI * a * b;
    // The neutralising background turns it back.
    let rate = ellipse::OMEGA * a * b / (a + b).powi(2) - gamma / (2.0 * BOX * BOX);
    let steps = (0.8 / rate / params.dt).round();
    let mut sim = CpuSim::new(&state, &params).unwrap();
    let before = shape(sim.state());
    sim.advance(steps as u64).unwrap();
    let now = shape(sim.state());
    let measured = (now.0 - before.0) / (steps * params.dt);
    assert!((measured / rate - 1.0).abs() < 0.12, "{measured} instead of {rate}");
    assert!((now.1 / before.1 - 1.0).abs() < 0.15, "{} instead of {}", now.1, before.1);
}

#[test]
fn the_gas_has_more_energy_than_the_same_places_with_signs_at_random() {
    let (state, _) = made("gas");
    let energy = measure(&state).0.energy.unwrap();
    // As many of each, in twos, threes and sixes of the list, which knows nothing of places.
    let a = state.atoms.view();
    let n = state.atoms.len();
    for run in [2, 3, 6] {
        let sign = |i: usize| if (i / run).is_multiple_of(2) { Sign::Plus } else { Sign::Minus };
        let other = |i: usize| Atom::point(sign(i), a.gamma[i], a.eps[i], a.vertex[i]);
        let atoms = Atoms::try_from_iter((0..n).map(other)).unwrap();
        let shuffled = measure(&State::new(atoms, Background::empty(), state.meta)).0.energy.unwrap();
        assert!(energy > 1.3 * shuffled, "{energy} against {shuffled}");
    }
}

#[test]
fn galaxy_and_merger_are_symmetric_about_the_centre() {
    for name in ["galaxy", "merger", "tripole"] {
        let (state, _) = made(name);
        let a = state.atoms.view();
        let mut centre = DVec2::ZERO;
        for i in 0..state.atoms.len() {
            let v = &a.vertex[a.start[i]..a.start[i + 1]];
            centre += a.sign[i].value() * a.gamma[i] * (v.iter().sum::<DVec2>() / v.len() as f64 - CENTRE);
        }
        assert!(centre.length() < 1e-9, "{name}: {centre}");
    }
}

#[test]
fn there_are_many_scenes_and_each_says_something_of_its_own() {
    assert!(scenes().len() >= 14);
    for (i, scene) in scenes().iter().enumerate() {
        assert!(
            scene.physics.ends_with('.') && scene.physics.len() > 40 && scene.physics.len() < 160,
            "{}",
            scene.name
        );
        let twin = |other: &Scene| other.name == scene.name || other.title == scene.title;
        assert!(!scenes()[..i].iter().any(twin), "{}", scene.name);
    }
}
