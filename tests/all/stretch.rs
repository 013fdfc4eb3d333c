//! Stretch and twist of filaments against flows whose gradients are known, on both backends.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use dashi_vortex::{
    math::Complex64,
    params::{Kernel, Params, Switch, Velocity},
    state::{Atom, Sign, State, Topology},
};
use glam::DVec2;

use crate::{
    device::{at_most, near},
    physics::{DEVICE, of_atoms, on_each, simulator, waves},
};

fn params() -> Params {
    let kernel = Kernel::Frozen;
    Params { n: 32, tracers: 0, max_vertices: 256, nu: 0.0, resample: 0, kernel, dt: 0.01, ..Default::default() }
}

fn all_on() -> Params {
    Params { stretch: Switch::On, twist: Switch::On, alpha: 0.5, ..params() }
}

fn line(from: DVec2, to: DVec2, segments: u32, gamma: f64, eps: f64) -> Atom {
    let at = |i: u32| from.lerp(to, f64::from(i) / f64::from(segments));
    Atom::polyline(Topology::Open, Sign::Plus, gamma, eps, (0..=segments).map(at).collect())
}

/// `omega = 2 cos x cos y`, so `u = -cos x sin y`, `v = sin x cos y`: around (pi/2, pi/2) a strain that stretches
/// x and squeezes y at rate 1. On its axis `tan(xi/2)` of the distance xi grows as `exp(t)`.
fn in_strain(atoms: impl IntoIterator<Item = Atom>) -> State {
    let half = Complex64::new(0.5, 0.0);
    State { background: waves(8, &[([1, 1], half), ([1, -1], half)]), ..of_atoms(atoms) }
}

const STAGNATION: DVec2 = DVec2::splat(FRAC_PI_2);

/// Half length of a segment across the stagnation point after time `t`.
fn half_length(a: f64, t: f64) -> f64 {
    2.0 * ((0.5 * a).tan() * t.exp()).atan()
}

#[test]
fn a_core_thins_by_the_length_that_a_pure_strain_gives() {
    let (a, t) = (0.05, 1.0);
    let along = line(STAGNATION - a * DVec2::X, STAGNATION + a * DVec2::X, 1, 1e-9, 0.1);
    let squeezed = half_length(a, 1.0);
    let across = line(STAGNATION - squeezed * DVec2::Y, STAGNATION + squeezed * DVec2::Y, 1, 1e-9, 0.05);
    let state = in_strain([along, across]);
    on_each(&state, &Params { stretch: Switch::On, ..params() }, |on, sim| {
        sim.advance(100).unwrap();
        let after = sim.snapshot().unwrap().atoms;
        near(&format!("{on}: length along the strain"), after.view().segment_vector(0, 0).x, 2.0 * squeezed, 1e-6);
        near(&format!("{on}: core factor along the strain"), after.view().core[0], a / half_length(a, t), 2e-5);
        near(&format!("{on}: core factor across it"), after.view().core[1], half_length(a, t) / a, 2e-5);
    });
}

#[test]
fn a_strained_core_ends_as_thick_as_burgers_layer() {
    // d(eps^2)/dt = 2 nu - 2 sigma eps^2 ends at nu / sigma, whatever it starts from.
    let (nu, dt) = (4e-4, 0.005);
    let a = 1e-3;
    for eps in [0.01, 0.05] {
        let state = in_strain([line(STAGNATION - a * DVec2::X, STAGNATION + a * DVec2::X, 1, 1e-9, eps)]);
        on_each(&state, &Params { stretch: Switch::On, nu, dt, eps_min: 1e-3, ..params() }, |on, sim| {
            sim.advance(1000).unwrap();
            let after = sim.snapshot().unwrap().atoms;
            let thick = (after.view().eps[0] * after.view().core[0]).powi(2);
            near(&format!("{on}: eps^2 from {eps}, sigma/nu"), thick / nu, 1.0, 2.0 * dt);
        });
    }
}

#[test]
fn core_times_length_is_kept_and_the_floor_holds() {
    let ring = |i: i32| DVec2::new(3.0, 2.5) + DVec2::new(0.7, 0.5) * DVec2::from_angle(f64::from(i) * TAU / 40.0);
    let ring = Atom::polyline(Topology::Closed, Sign::Plus, 2.0, 0.1, (0..40).map(ring).collect());
    let state = in_strain([ring, line(DVec2::new(1.0, 1.0), DVec2::new(2.0, 1.8), 12, 1.0, 0.08)]);
    let area = |state: &State| -> Vec<f64> {
        let a = state.atoms.view();
        let each = |i: usize| {
            (0..a.segment_count(i))
                .map(move |s| a.eps[i] * a.core[a.segment_start[i] + s] * a.segment_vector(i, s).length())
        };
        (0..2).flat_map(each).collect()
    };
    on_each(&state, &Params { stretch: Switch::On, eps_min: 1e-3, ..params() }, |on, sim| {
        sim.advance(100).unwrap();
        let after = sim.snapshot().unwrap();
        let most = after.atoms.view().core.iter().fold(1.0_f64, |m, c| m.max(c.max(1.0 / c)));
        assert!(most > 1.5, "{on}: nothing was stretched");
        let worst = area(&after).iter().zip(area(&state)).fold(0.0_f64, |m, (a, b)| m.max((a / b - 1.0).abs()));
        at_most(&format!("{on}: change of eps l, 100 steps"), worst, 2e-5);
    });
    on_each(&state, &Params { stretch: Switch::On, eps_min: 0.09, ..params() }, |on, sim| {
        sim.advance(100).unwrap();
        let after = sim.snapshot().unwrap().atoms;
        let cores: Vec<f64> = after.iter().flat_map(|a| a.core.into_iter().map(move |c| a.eps * c)).collect();
        // The ring stops at the floor; the line was thinner from the start and never thins.
        let least = |cores: &[f64]| cores.iter().copied().fold(f64::INFINITY, f64::min);
        near(&format!("{on}: thinnest core of the ring"), least(&cores[..40]), 0.09, 1e-5);
        near(&format!("{on}: thinnest core of the line"), least(&cores[40..]), 0.08, 1e-5);
    });
}

#[test]
fn twist_sums_the_shear_of_a_kolmogorov_flow() {
    // omega = A cos 2y: u = -(A/2) sin 2y, so a line along x stays and its shear is du/dy = -A cos 2y.
    let (amplitude, y) = (0.8, 0.4);
    let at = |y: f64| line(DVec2::new(1.0, y), DVec2::new(1.5, y), 6, 1e-9, 0.04);
    let background = waves(8, &[([0, 2], Complex64::new(0.5 * amplitude, 0.0))]);
    let state = State { background, ..of_atoms([at(y), at(FRAC_PI_2 + y)]) };
    on_each(&state, &Params { twist: Switch::On, ..params() }, |on, sim| {
        sim.advance(50).unwrap();
        let after = sim.snapshot().unwrap().atoms;
        let exact = -amplitude * (2.0 * y).cos() * 0.5;
        near(&format!("{on}: twist after 0.5"), after.view().twist[2], exact, 2e-4);
        near(&format!("{on}: twist half a wave further"), after.view().twist[8], -exact, 2e-4);
    });
}

#[test]
fn a_straight_filament_shears_itself_as_a_layer_does() {
    // Asked with its own core, the layer is sqrt 2 eps wide; the uniform opposite background takes part.
    // The thinner one has near pairs on a mesh.
    let gamma = 1.0;
    for (eps, vertices, velocity) in
        [(0.1, 80, Velocity::Direct), (0.1, 80, Velocity::Mesh), (0.02, 240, Velocity::Mesh)]
    {
        let around = (0..vertices).map(|i| DVec2::new(TAU * f64::from(i) / f64::from(vertices), PI)).collect();
        let state = of_atoms([Atom::polyline(Topology::Closed, Sign::Plus, gamma, eps, around)]);
        let peak = gamma / TAU / (TAU.sqrt() * 2.0_f64.sqrt() * eps) - gamma / (TAU * TAU);
        on_each(&state, &Params { twist: Switch::On, velocity, ..params() }, |on, sim| {
            sim.advance(1).unwrap();
            let twist = sim.snapshot().unwrap().atoms.view().twist[17];
            near(&format!("{on}, {velocity:?}: shear of a layer of {eps}"), twist / 0.01, -peak, 1e-2);
        });
    }
}

#[test]
fn circulation_stays_bit_for_bit_or_follows_the_length() {
    let (a, segments) = (0.3, 8);
    let state = in_strain([
        line(STAGNATION - a * DVec2::X, STAGNATION + a * DVec2::X, segments, 1e-3, 0.1),
        Atom::point(Sign::Minus, 2e-3, 0.1, DVec2::new(4.0, 4.0)),
    ]);
    on_each(&state, &Params { stretch: Switch::On, twist: Switch::On, ..params() }, |on, sim| {
        let before = sim.snapshot().unwrap().atoms;
        sim.advance(40).unwrap();
        let after = sim.snapshot().unwrap().atoms;
        assert_eq!((after.view().gamma, after.view().weight), (before.view().gamma, before.view().weight), "{on}");
    });
    on_each(&state, &Params { alpha: 1.0, ..params() }, |on, sim| {
        let before = sim.snapshot().unwrap().atoms;
        sim.advance(40).unwrap();
        let after = sim.snapshot().unwrap().atoms;
        let length =
            |s: usize| after.view().segment_vector(0, s).length() / before.view().segment_vector(0, s).length();
        let (a, b) = (after.get(0), before.get(0));
        assert!(length(4) > 1.4);
        for s in [0, 4] {
            let gain = a.gamma * a.weight[s] / (b.gamma * b.weight[s]);
            near(&format!("{on}: circulation of segment {s}"), gain, length(s), 1e-5);
        }
        at_most(&format!("{on}: sum of weights off 1"), (a.weight.iter().sum::<f64>() - 1.0).abs(), 3e-7);
        assert_eq!((a.sign, a.support, after.view().core), (b.sign, b.support, before.view().core), "{on}");
        assert_eq!(after.get(1).gamma, before.get(1).gamma, "{on}: a point has no length");
        // The uniform opposite background follows, and the book says who did it.
        let field = sim.decode(32).unwrap();
        let mean = field.iter().map(|w| f64::from(*w)).sum::<f64>() / 1024.0;
        at_most(&format!("{on}: mean vorticity"), mean.abs(), 1e-6);
        let drift = sim.ledger().unwrap().drift(&after);
        let cause = drift.causes.iter().find(|c| c.cause == "advection, stretch").expect("a row of its own");
        assert!(cause.circulation > 1e-4 && drift.unaccounted_circulation.abs() < 1e-12, "{on}: {drift:?}");
    });
}

#[test]
fn a_mesh_makes_room_for_circulation_that_grows() {
    // Lengths grow by e^1.8 and the circulation by the square of that, 37 times.
    let state = in_strain([line(STAGNATION - 0.02 * DVec2::X, STAGNATION + 0.02 * DVec2::X, 4, 1e-3, 0.2)]);
    let run = |velocity: Velocity| {
        let mut sim = simulator(DEVICE, &state, &Params { alpha: 2.0, velocity, ..params() });
        sim.advance(180).unwrap();
        sim.snapshot().unwrap().atoms
    };
    let (mesh, direct) = (run(Velocity::Mesh), run(Velocity::Direct));
    assert!(direct.view().gamma[0] > 30.0 * 1e-3, "{}", direct.view().gamma[0]);
    near("circulation with a mesh", mesh.view().gamma[0], direct.view().gamma[0], 1e-4);
}

#[test]
fn off_changes_nothing_and_twist_alone_only_twists() {
    let state = in_strain([line(DVec2::new(1.0, 1.0), DVec2::new(2.0, 1.8), 12, 1.0, 0.08)]);
    for on in ["cpu f64", DEVICE] {
        let run = |params: Params| {
            let mut sim = simulator(on, &state, &Params { nu: 1e-3, kernel: Kernel::Galerkin, resample: 1, ..params });
            sim.advance(12).unwrap();
            sim.snapshot().unwrap()
        };
        let plain = run(params());
        assert_eq!(run(Params { eps_min: 0.5, ..params() }), plain, "{on}: a floor alone acts on nothing");
        let twisted = run(Params { twist: Switch::On, ..params() });
        assert!(twisted.atoms.view().twist.iter().all(|t| *t != 0.0), "{on}");
        assert_eq!(twisted.background, plain.background, "{on}");
        let without = |state: &State| -> Vec<Atom> {
            state.atoms.iter().map(|a| Atom { twist: vec![0.0; a.twist.len()], ..a }).collect()
        };
        assert_eq!(without(&twisted), without(&plain), "{on}");
        assert_eq!(run(all_on()), run(all_on()), "{on}: runs repeat");
    }
}

#[test]
fn points_and_ellipses_are_left_alone() {
    let state = in_strain([
        Atom::point(Sign::Plus, 1.0, 0.1, DVec2::new(1.2, 1.4)),
        Atom::ellipse(Sign::Minus, 1.0, 0.2, 2.0, 0.4, DVec2::new(4.2, 2.4)),
    ]);
    on_each(&state, &params(), |on, plain| {
        let mut sim = simulator(on, &state, &all_on());
        sim.advance(10).unwrap();
        plain.advance(10).unwrap();
        assert_eq!(sim.snapshot().unwrap(), plain.snapshot().unwrap(), "{on}");
    });
}

#[test]
fn a_stretched_filament_stays_valid_through_resampling() {
    let state = in_strain([line(STAGNATION - DVec2::new(0.5, 0.02), STAGNATION + DVec2::new(0.5, 0.02), 10, 0.3, 0.1)]);
    let params = Params { resample: 1, nu: 1e-4, ..all_on() };
    on_each(&state, &params, |on, sim| {
        sim.advance(150).unwrap();
        let after = sim.snapshot().unwrap().atoms;
        after.validate().unwrap_or_else(|e| panic!("{on}: {e}"));
        assert!(after.vertex_count() > 11, "{on}: nothing was inserted");
    });
}

#[test]
fn ellipses_that_parcels_carry_shear_a_filament_too() {
    let ellipse = Atom::ellipse(Sign::Plus, 2.0, 0.3, 1.5, 0.4, STAGNATION + DVec2::new(0.0, 0.8));
    let filament = line(STAGNATION - DVec2::new(0.5, 0.02), STAGNATION + DVec2::new(0.5, 0.02), 10, 0.3, 0.1);
    let state = in_strain([filament, ellipse]);
    let twist = |on: &str, refit_every: u32| {
        let mut sim = simulator(
            on,
            &state,
            &Params { refit_every: dashi_vortex::params::Every::Steps(refit_every), twist: Switch::On, ..params() },
        );
        sim.advance(2).unwrap();
        sim.snapshot().unwrap().atoms.view().twist[..10].to_vec()
    };
    let apart = |a: &[f64], b: &[f64]| {
        let most = b.iter().fold(0.0_f64, |m, t| m.max(t.abs()));
        a.iter().zip(b).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs())) / most
    };
    let (carried, rigid) = (twist("cpu f64", 25), twist("cpu f64", 0));
    // Rigid ones act with the symmetric core, a tenth wider.
    at_most("twist by carried ellipses against rigid ones, over the largest", apart(&carried, &rigid), 0.1);
    at_most("device against cpu, carried", apart(&twist(DEVICE, 25), &carried), 1e-3);
}
