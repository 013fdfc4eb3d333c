//! What every run keeps, whatever the state: bits, finite numbers, budgets, and dye that goes where the flow does.

use std::f64::consts::TAU;

use bytemuck::cast_slice;
use dashi_vortex::{
    genesis,
    gpu::readback,
    math::{BOX, Complex64, from_turns, nearest},
    ops::{device::DeviceAtoms, tracers},
    params::{Integrator, Kernel, Params, Switch},
    sim::{GpuSim, Simulator},
    state::{Atom, Atoms, Background, Basis, Meta, Sign, State, Topology},
};
use glam::DVec2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::device::{at_most, context};

/// Seeds of the random states.
const STATES: u64 = 16;
/// Steps each of them runs.
const STEPS: u64 = 50;
/// Dye against an f64 integration of the analytic flow, in radians: bilinear interpolation on 128 cells.
const DYE_TOLERANCE: f64 = 5e-3;

/// Every byte of the atoms on the device.
fn bytes(device: &DeviceAtoms) -> Vec<u8> {
    [cast_slice(&device.atoms), cast_slice(&device.vertices), cast_slice(&device.places)].concat()
}

fn run(name: &str, steps: u64) -> (Vec<u8>, State, Vec<u32>) {
    let mut params = Params { n: 128, tracers: 0, max_vertices: 1024, ..Default::default() };
    let state = genesis::make(name, &mut params).unwrap();
    let mut sim = GpuSim::new(context(), &state, &params).unwrap();
    sim.advance(steps).unwrap();
    let atoms = bytes(&sim.held().buffers().download(context()).unwrap());
    let field = sim.decode(128).unwrap().iter().map(|w| w.to_bits()).collect();
    (atoms, Simulator::snapshot(&mut sim).unwrap(), field)
}

#[test]
fn equal_runs_give_equal_bits() {
    for (name, steps) in [("default", 24), ("cells", 24), ("lattice", 60)] {
        let (a, b) = (run(name, steps), run(name, steps));
        assert!(a.0 == b.0, "{name}: the atoms differ");
        assert!(a.1 == b.1, "{name}: the states differ");
        assert!(a.2 == b.2, "{name}: the decoded fields differ");
    }
}

/// The batching of `advance` must not show in the result.
#[test]
fn steps_do_not_depend_on_how_they_are_batched() {
    let mut params = Params { n: 64, tracers: 0, max_vertices: 1024, ..Default::default() };
    let state = genesis::make("pair", &mut params).unwrap();
    let mut at_once = GpuSim::new(context(), &state, &params).unwrap();
    let mut singly = GpuSim::new(context(), &state, &params).unwrap();
    at_once.advance(40).unwrap();
    (0..40).for_each(|_| singly.advance(1).unwrap());
    let read = |sim: &GpuSim| bytes(&sim.held().buffers().download(context()).unwrap());
    assert!(read(&at_once) == read(&singly));
    assert_eq!((at_once.step(), at_once.time()), (singly.step(), singly.time()));
}

/// Any state the checks let through, and any parameters.
fn random(seed: u64) -> (State, Params) {
    let mut r = ChaCha8Rng::seed_from_u64(seed);
    let mut atoms = Atoms::default();
    for _ in 0..r.random_range(1..12) {
        let at = DVec2::new(r.random_range(-9.0..15.0), r.random_range(-9.0..15.0));
        let sign = if r.random_bool(0.5) { Sign::Plus } else { Sign::Minus };
        let gamma = r.random_range(0.0..4.0);
        let eps: f64 = 0.03 * 40.0_f64.powf(r.random_range(0.0..1.0));
        let curve = |n: usize, r: &mut ChaCha8Rng| -> Vec<DVec2> {
            let (size, wave) = (r.random_range(0.1..1.5), r.random_range(0.0..0.5));
            let shape = |t: f64| size * (1.0 + wave * (3.0 * t).sin()) * DVec2::from_angle(t);
            (0..n).map(|i| at + shape(i as f64 * TAU / n as f64)).collect()
        };
        let mut atom = match r.random_range(0..4) {
            0 => Atom::point(sign, gamma, eps, at),
            1 => {
                let aspect = r.random_range(1.0..(1.5 / eps).clamp(1.001, 4.0));
                Atom::ellipse(sign, gamma, eps.min(1.2), aspect, r.random_range(-3.0..3.0), at)
            }
            2 => {
                let n = r.random_range(3..40);
                Atom::polyline(Topology::Closed, sign, gamma, eps, curve(n, &mut r))
            }
            _ => {
                let n = r.random_range(2..40);
                Atom::polyline(Topology::Open, sign, gamma, eps, curve(n.max(3), &mut r))
            }
        };
        atom.support = r.random_bool(0.9);
        // Shares and cores of any size, some shares zero.
        if atom.weight.len() > 1 {
            atom.weight.iter_mut().for_each(|w| *w *= r.random_range(-0.2_f64..1.0).max(0.0));
            atom.weight[0] += 1e-3;
            let sum: f64 = atom.weight.iter().sum();
            atom.weight.iter_mut().for_each(|w| *w /= sum);
            atom.core.iter_mut().for_each(|c| *c = r.random_range(0.5..1.2));
            atom.twist.iter_mut().for_each(|t| *t = r.random_range(-3.0..3.0));
        }
        atoms.push(atom).unwrap();
    }
    let basis = Basis::new(r.random_range(1..6), 9, 4, vec![[7, 0], [0, 7], [-5, 6]]).unwrap();
    let size = if r.random_bool(0.6) { 0.2 } else { 0.0 };
    let z: Vec<f64> = (0..basis.dimension()).map(|_| size * r.random_range(-1.0..1.0)).collect();
    let mut background = Background::from_z(basis, &z).unwrap();
    background.header.k_keep = r.random_range(0.0..4.0);
    let params = Params {
        n: 64,
        tracers: 500,
        max_vertices: 600,
        dt: r.random_range(0.001..0.01),
        nu: if r.random_bool(0.5) { r.random_range(0.0..0.02) } else { 0.0 },
        kernel: [Kernel::Frozen, Kernel::Linear, Kernel::Galerkin][r.random_range(0..3)],
        integrator: if r.random_bool(0.5) { Integrator::Rk2 } else { Integrator::Rk4 },
        drift_x: r.random_range(-2.0..2.0),
        drift_y: r.random_range(-2.0..2.0),
        spin: r.random_range(-1.0..1.0),
        resample: u32::from(r.random_bool(0.75)),
        segment_bound: r.random_range(0.8..2.25),
        ..Default::default()
    };
    (State::new(atoms, background, Meta::default()), params)
}

#[test]
fn any_valid_state_survives() {
    for seed in 0..STATES {
        let (state, params) = random(seed);
        state.validate().unwrap();
        let say = |what: String| format!("random state {seed} ({params:?}): {what}");
        let mut sim = GpuSim::new(context(), &state, &params).unwrap();
        let ran = sim.advance(STEPS);
        assert!(ran.is_ok(), "{}", say(format!("{ran:?}")));
        let field = sim.decode(64).unwrap();
        assert!(field.iter().all(|w| w.is_finite()), "{}", say("the field is not finite".into()));
        assert_eq!(
            sim.probes().counters().nan_inf,
            Some(0),
            "{}",
            say("the device counts cells that are not finite".into())
        );
        let after = Simulator::snapshot(&mut sim).unwrap_or_else(|e| panic!("{}", say(e.to_string())));
        after.validate().unwrap_or_else(|e| panic!("{}", say(e.to_string())));
        assert_eq!(after.atoms.len(), state.atoms.len(), "{}", say("atoms were lost".into()));
        assert_eq!((after.step, after.time), (STEPS, sim.time()), "{}", say("the clock is off".into()));
        let capacity = (params.max_vertices as usize).max(state.atoms.vertex_count());
        assert!(after.atoms.vertex_count() <= capacity, "{}", say("over the vertex budget".into()));
    }
}

#[test]
fn a_full_budget_is_reported_and_kept() {
    let mut params =
        Params { n: 32, tracers: 0, max_vertices: 64, nu: 0.0, ellipses: Switch::Off, ..Default::default() };
    // A strong vortex winds a thin filament up: it wants ever more vertices.
    let line = (0..30).map(|i| DVec2::new(1.5 + 0.1 * f64::from(i), 3.2)).collect();
    let atoms = Atoms::try_from_iter([
        Atom::point(Sign::Plus, 8.0, 0.2, DVec2::new(3.0, 3.0)),
        Atom::polyline(Topology::Open, Sign::Plus, 0.1, 0.06, line),
    ])
    .unwrap();
    let state = State::new(atoms, Background::empty(), Meta::default());
    let mut sim = GpuSim::new(context(), &state, &params).unwrap();
    assert!(!sim.probes().counters().at_capacity);
    let mut most = 0;
    for _ in 0..20 {
        sim.advance(8).unwrap();
        most = most.max(sim.probes().counters().vertices);
    }
    println!("at most {most} of 64 vertices, at capacity: {}", sim.probes().counters().at_capacity);
    assert!(most <= 64 && sim.probes().counters().at_capacity);
    let held = Simulator::snapshot(&mut sim).unwrap();
    held.validate().unwrap();
    assert_eq!(held.atoms.vertex_count(), sim.probes().counters().vertices as usize);
    // With room again, insertion goes on.
    params.max_vertices = 2048;
    let mut roomy = GpuSim::new(context(), &held, &params).unwrap();
    roomy.advance(8).unwrap();
    assert!(!roomy.probes().counters().at_capacity && roomy.probes().counters().vertices > most);
}

#[test]
fn a_state_comes_back_from_the_device_as_it_went() {
    let check = |what: &str, state: &State, params: &Params| {
        let mut sim = GpuSim::new(context(), state, params).unwrap();
        let again = Simulator::snapshot(&mut sim).unwrap();
        if again != *state {
            for (i, (a, b)) in state.atoms.iter().zip(again.atoms.iter()).enumerate() {
                assert_eq!(a, b, "{what}: atom {i} went, came back");
            }
            assert_eq!(state.background, again.background, "{what}: the background went, came back");
            assert_eq!(*state, again, "{what}: scalars");
        }
    };
    for name in ["default", "cells", "turbulence"] {
        let mut params = Params { n: 64, tracers: 0, max_vertices: 2048, ..Default::default() };
        let state = genesis::make(name, &mut params).unwrap();
        let mut sim = GpuSim::new(context(), &state, &params).unwrap();
        sim.advance(12).unwrap();
        check(name, &Simulator::snapshot(&mut sim).unwrap(), &params);
    }
    for seed in 0..STATES {
        let (state, params) = random(seed);
        let mut sim = GpuSim::new(context(), &state, &params).unwrap();
        sim.advance(5).unwrap();
        check(&format!("random state {seed}"), &Simulator::snapshot(&mut sim).unwrap(), &params);
    }
}

fn dye(sim: &GpuSim) -> Vec<[u32; 2]> {
    let dye = &sim.views().flow().expect("tracers were asked for").dye;
    readback::read(context(), &dye.places, dye.count as usize).unwrap()
}

fn move_dye(sim: &mut GpuSim, moves: u32, dt: f64) {
    for _ in 0..moves {
        let mut encoder = context().device.create_command_encoder(&Default::default());
        sim.encode_tracers(&mut encoder, dt);
        context().queue.submit([encoder.finish()]);
    }
    context().wait().unwrap();
}

#[test]
fn dye_stays_put_without_flow() {
    let silent = Atom { support: false, ..Atom::point(Sign::Plus, 5.0, 0.2, DVec2::ONE) };
    let atoms = Atoms::try_from_iter([silent, Atom::point(Sign::Minus, 0.0, 0.2, DVec2::new(4.0, 3.0))]).unwrap();
    let state = State::new(atoms, Background::empty(), Meta::default());
    let params = Params { n: 32, tracers: 3000, ..Default::default() };
    let mut sim = GpuSim::new(context(), &state, &params).unwrap();
    let before = dye(&sim);
    assert!(before.iter().enumerate().all(|(i, p)| *p == tracers::start(i as u32)));
    move_dye(&mut sim, 20, 0.1);
    assert!(dye(&sim) == before, "dye moved in a fluid at rest");
    // A mean flow carries all of it: a whole turn around the torus and back to the same place.
    sim.set_params(&Params { drift_x: 0.5, drift_y: -1.0, ..params });
    move_dye(&mut sim, 128, 4.0 * std::f64::consts::PI / 128.0);
    let after = dye(&sim);
    let far = after.iter().zip(&before).flat_map(|(a, b)| [0, 1].map(|c| a[c].wrapping_sub(b[c]) as i32));
    at_most(
        "dye after whole turns with the mean flow, units of 2^-32 turns",
        far.map(|d| f64::from(d).abs()).fold(0.0, f64::max),
        64.0 * 128.0,
    );
}

#[test]
fn dye_returns_after_a_turn() {
    // omega = 2 cos x cos y: psi = cos x cos y. About (pi, pi) and its like the fluid turns once in
    // 4 K(k), k^2 = 1 - psi^2: 2 pi at the centre, 2.2 % more at a distance 0.3.
    let basis = Basis::new(2, 3, 0, vec![]).unwrap();
    let mut z = vec![0.0; basis.dimension()];
    for (i, k) in basis.low().iter().enumerate() {
        if k[0].abs() == 1 && k[1].abs() == 1 {
            z[i] = 0.5;
        }
    }
    let background = Background::from_z(basis, &z).unwrap();
    assert!(background.modes().any(|(_, c)| c == Complex64::new(0.5, 0.0)));
    let state = State::new(Atoms::default(), background, Meta::default());
    let params = Params { n: 32, tracers: 4000, kernel: Kernel::Frozen, ..Default::default() };
    let mut sim = GpuSim::new(context(), &state, &params).unwrap();
    let before = dye(&sim);
    let turns = 200;
    move_dye(&mut sim, turns, TAU / f64::from(turns));
    let cell = BOX / f64::from(sim.views().flow().unwrap().target.window().size[0]);
    let radians = |p: &[u32; 2]| DVec2::new(from_turns(p[0], 0), from_turns(p[1], 0));
    let away = |a: DVec2, b: DVec2| DVec2::new(nearest(a.x - b.x), nearest(a.y - b.y));
    let flow = |x: DVec2| DVec2::new(-x.x.cos() * x.y.sin(), x.x.sin() * x.y.cos());
    let (mut seen, mut returned, mut exact) = (0, 0.0_f64, 0.0_f64);
    for (a, b) in before.iter().zip(&dye(&sim)) {
        let (start, end) = (radians(a), radians(b));
        if away(start, DVec2::splat(BOX / 2.0)).length() > 0.3 {
            continue;
        }
        seen += 1;
        returned = returned.max(away(end, start).abs().max_element());
        let mut x = start;
        for _ in 0..400 {
            let h = TAU / 400.0;
            let k1 = flow(x);
            let k2 = flow(x + 0.5 * h * k1);
            let k3 = flow(x + 0.5 * h * k2);
            x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + flow(x + h * k3));
        }
        exact = exact.max(away(end, x).length());
    }
    println!("{seen} particles within 0.3 of the centre");
    assert!(seen > 20);
    at_most("largest distance from the start after one turn, in cells", returned / cell, 1.0);
    at_most("largest distance from the exact trajectory", exact, DYE_TOLERANCE);
}
