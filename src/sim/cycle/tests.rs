use std::ops::ControlFlow;

use super::{
    length::{TURNOVER, WINDING},
    *,
};
use crate::{
    encode::{Budget, Options, atoms, encode, on_cpu},
    math::nearness,
    sim::{CpuSim, Simulator},
    spectral::{
        RandomField,
        les::{Les, LesOptions},
    },
    state::{Atom, Background, Kind, Meta, Sign},
};

fn ellipses() -> Vec<Ellipse> {
    [(1.0, [20.0, 30.0], 3.0, 5.0, 0.3), (-1.3, [42.0, 28.0], 2.5, 4.0, 1.2), (0.8, [33.0, 45.0], 2.0, 6.0, 2.2)]
        .map(|(peak, at, minor, major, angle)| Ellipse::from_axes(8.0 * peak, at, minor, major, angle))
        .to_vec()
}

fn alone(atoms: &Atoms) -> State {
    State::new(atoms.clone(), Background::empty(), Meta::default())
}

/// Eddies of a background that an ellipse stirs, against the LES of the field they decode to: what leaves the modes
/// of the background is found in the atoms. A cycle of a length that was asked for moves the background by itself and
/// loses it.
/// The same cycle, remeshed every four steps.
fn remeshed(cycle: Cycle) -> Cycle {
    Cycle { pace: Pace { remesh: Some(4), ..cycle.pace }, ..cycle }
}

#[test]
fn what_a_background_hands_on_to_smaller_scales_is_not_lost() {
    let mut params = Params::default();
    let mut state = crate::genesis::make("cells", &mut params).unwrap();
    let at = glam::DVec2::new(2.2, 3.4);
    state.atoms = Atoms::try_from_iter([Atom::ellipse(Sign::Plus, 3.0, 0.3, 1.5, 0.4, at)]).unwrap();
    (state.meta.nu, state.meta.dt) = (1e-4, 0.02);
    let params = Params { mdl: Switch::On, nu: 1e-4, dt: 0.02, max_atoms: 200, ..params };
    let run = |refit_every: Every| {
        let mut sim = CpuSim::new(&state, &Params { refit_every, ..params }).unwrap();
        sim.advance(150).unwrap();
        sim.decode(128).unwrap().iter().map(|w| f64::from(*w)).collect::<Vec<_>>()
    };
    let options = LesOptions { n: 128, nu0: 1e-4, cs: 0.0, dt: 0.01, substeps: 4, ..LesOptions::default() };
    let mut les = Les::new(&options, &crate::sim::decode(&state, 128)).unwrap();
    for _ in 0..300 {
        les.step().unwrap();
    }
    let [carried, apart] = [Every::Auto, Every::Steps(50)].map(|every| nearness(&run(every), &les.field()).rel_l2);
    assert!(carried < 0.02 && carried < 0.2 * apart, "{carried} carried, {apart} apart");
}

#[test]
fn a_background_that_was_taken_in_is_left_out_to_the_bit_of_its_modes() {
    let state = crate::genesis::make("cells", &mut Params::default()).unwrap();
    let mut cycle = Cycle::new(ellipses(), 64);
    let before = cycle.parcels.values.clone();
    cycle.take_in(&state.background);
    assert!(cycle.carries_background());
    let taken: Vec<f32> = cycle.parcels.values.iter().zip(&before).map(|(a, b)| a - b).collect();
    let held = scales::modes(&taken, 64, state.background.basis().radius());
    let twice = background::with_rest(&state.background, |k| held.at(k));
    for (a, b) in twice.dense().iter().zip(state.background.dense()) {
        assert!((a - b * 2.0).norm() < 1e-5, "{a} {b}");
    }
    cycle.leave_out(&state.background);
    assert!(cycle.parcels.values.iter().zip(&before).all(|(a, b)| (a - b).abs() < 1e-5) && !cycle.carries_background());
}

#[test]
fn a_translation_and_a_shear_are_followed_exactly() {
    let mut cycle = Cycle::new(ellipses(), 64);
    // x -> x + 3 + 0.4 (y - 32): the lattice's own shear, away from the seam.
    let moved = cycle.parcels.places().iter().map(|p| [p[0] + 3.0 + 0.4 * (p[1] - 32.0), p[1] - 1.0]).collect();
    cycle.parcels.move_to(moved);
    for (e, got) in ellipses().iter().zip(cycle.carried(limits(64))) {
        let [xx, xy, yy] = e.covariance;
        let exact = [xx + 0.8 * xy + 0.16 * yy, xy + 0.4 * yy, yy];
        let center = [e.center[0] + 3.0 + 0.4 * (e.center[1] - 32.0), e.center[1] - 1.0];
        for k in 0..3 {
            assert!((got.covariance[k] - exact[k]).abs() < 0.01 * exact[0], "{:?} {exact:?}", got.covariance);
        }
        assert!((0..2).all(|k| (got.center[k] - center[k]).abs() < 0.02));
    }
}

/// Wide ellipses that turn and deform one another, against the LES of the field they decode to.
#[test]
fn ellipses_stay_near_the_flow_they_stand_for() {
    let h = BOX / 64.0;
    let meta = Meta { nu: 1e-4, ..Meta::default() };
    let state = State::new(atoms(&ellipses(), h).unwrap(), Background::empty(), meta);
    let distance = |refit_every: u32| {
        let params = Params { refit_every: Every::Steps(refit_every), nu: 1e-4, dt: 0.02, ..Params::default() };
        let mut sim = CpuSim::new(&state, &params).unwrap();
        sim.advance(50).unwrap();
        let got: Vec<f64> = sim.decode(128).unwrap().iter().map(|w| f64::from(*w)).collect();
        let options = LesOptions { n: 128, nu0: 1e-4, cs: 0.0, dt: 0.01, substeps: 4, ..LesOptions::default() };
        let mut les = Les::new(&options, &crate::sim::decode(&state, 128)).unwrap();
        for _ in 0..100 {
            les.step().unwrap();
        }
        nearness(&got, &les.field()).rel_l2
    };
    let (carried, rigid) = (distance(10), distance(0));
    // Three ellipses cannot draw the arms that the LES draws; rigid ones do not even lean.
    assert!(carried < 0.25 && carried < 0.5 * rigid, "{carried} carried, {rigid} rigid");
}

/// Room is filled where the parcels hold what the ellipses do not say, and that brings them nearer.
#[test]
fn a_refit_sows_as_many_ellipses_as_there_is_room_for() {
    let mut cycle = Cycle::new(ellipses(), 64);
    let bent = cycle.parcels.places().iter().map(|p| [p[0] + 6.0 * (0.2 * p[1]).sin(), p[1]]).collect();
    cycle.parcels.move_to(bent);
    let few = cycle.refit(&on_cpu, cycle.budget(), &|_| false).unwrap();
    let many = cycle.refit(&on_cpu, 12, &|_| false).unwrap();
    assert_eq!((few.ellipses.len(), many.ellipses.len()), (3, 12));
    assert!(many.rel_l2 < 0.6 * few.rel_l2, "{} with room, {} without", many.rel_l2, few.rel_l2);
    assert_eq!(
        cycle.refit(&on_cpu, 1, &|_| false).unwrap().ellipses,
        few.ellipses,
        "a budget below what is there asks for nothing"
    );
    let sum = |all: &[Ellipse]| all.iter().map(circulation).sum::<f64>();
    let scale: f64 = cycle.ellipses.iter().map(|e| circulation(e).abs()).sum();
    assert!((sum(&many.ellipses) - sum(&cycle.ellipses)).abs() < 1e-12 * scale);
}

/// Whatever the parcels have drawn and however few the ellipses are: their energy is that of the parcels.
#[test]
fn a_refit_keeps_energy() {
    let mut cycle = remeshed(Cycle::new(ellipses(), 64));
    let wave = |y: f64| 9.0 * (2.0 * BOX / 64.0 * y).sin();
    let bent = cycle.parcels.places().iter().map(|p| [p[0] + wave(p[1]), p[1]]).collect();
    cycle.parcels.move_to(bent);
    cycle.pace.stepped(4, 0.0);
    cycle.remesh();
    let energy = |field: &[f64]| crate::sim::Transforms::Cpu.energies(field, 64).unwrap().0;
    let parcels = energy(&cycle.parcels.values().iter().map(|w| f64::from(*w)).collect::<Vec<_>>());
    // Three peaks are all taken by circulation and impulse.
    for budget in [6, 12, 24] {
        let refit = cycle.refit(&on_cpu, budget, &|_| false).unwrap();
        let ours = energy(&crate::sim::decode(&alone(&atoms(&refit.ellipses, BOX / 64.0).unwrap()), 64));
        assert!((ours / parcels - 1.0).abs() < 2e-3, "{budget}: {ours} of {parcels}");
    }
}

/// A field of random eddies in as many ellipses as a budget of a tenth has, and in fewer than a refit has equations for
/// its large scales: nothing feeds it, and energy was twice as large after three units of time.
#[test]
fn a_young_field_does_not_gain_energy() {
    let field = RandomField::default().field(64).unwrap();
    let energy = |state: &State| crate::sim::Transforms::Cpu.energies(&crate::sim::decode(state, 128), 128).unwrap().0;
    for floats in [405, 9 + 6 * 20] {
        let meta = Meta { nu: 5e-5, dt: 0.02, ..Meta::default() };
        let options = Options { budget: Budget::Floats(floats), cuts: Options::least_cuts(), effort: 0.3, meta };
        let state = encode(&field, 64, &options, &mut |_| ControlFlow::Continue(())).unwrap().state;
        let mut sim = CpuSim::new(&state, &Params { nu: 5e-5, dt: 0.02, ..Params::default() }).unwrap();
        let start = energy(&state);
        for _ in 0..5 {
            sim.advance(60).unwrap();
            let now = sim.snapshot().unwrap();
            let change = energy(&now) / start - 1.0;
            assert!(change < 2e-3 && change > -0.08, "{} ellipses at step {}: {change}", now.atoms.len(), now.step);
        }
        assert!(sim.ledger().unwrap().kind(Kind::Refit).events >= 1);
    }
}

#[test]
fn vorticity_sets_the_lengths_of_a_cycle_and_between_remeshes() {
    let one = |gamma: f64| Atom::ellipse(Sign::Plus, gamma, 0.2, 1.0, 0.0, glam::DVec2::splat(2.0));
    let params = Params { dt: 0.01, mdl: Switch::On, mdl_every: 20, ..Params::default() };
    let peak = |gamma: f64| gamma / (BOX * 0.04);
    for gamma in [0.5, 2.0, 12.0] {
        let atoms = Atoms::try_from_iter([one(gamma)]).unwrap();
        let cycle = Cycle::start(&alone(&atoms), &params, true).unwrap();
        let (steps, remesh) = (f64::from(cycle.left(&params)), f64::from(cycle.pace.remesh_every().unwrap()));
        assert!(steps.log2().fract() == 0.0 && remesh.log2().fract() == 0.0 && steps >= remesh);
        let winding = remesh * params.dt * peak(gamma);
        assert!(winding <= WINDING && 2.0 * winding > WINDING, "{gamma}: {remesh} {winding}");
        // A Gaussian's mean square over the box is Gamma^2/(4 pi s^2) over its area.
        let rms = gamma / (4.0 * std::f64::consts::PI * 0.04).sqrt() / BOX;
        let turned = steps * params.dt * rms;
        assert!(turned <= TURNOVER && (2.0 * turned > TURNOVER || steps == LONGEST), "{gamma}: {steps} {turned}");
        assert_eq!(cycle.pace.too_fast(&params), None);
        let long = Params { dt: 2.1 / peak(gamma), ..params };
        assert!(cycle.pace.too_fast(&long).is_some_and(|winding| (winding - 2.1).abs() < 0.01));
        assert!(passes_wait(Some(&cycle), &params) && !pass_is_due(20, Some(&cycle), &params));
        let fixed = Params { refit_every: Every::Steps(50), ..params };
        assert!(cycle.left(&fixed) == 50 && pass_is_due(20, Some(&cycle), &fixed));
    }
    // A slow ellipse beside a filament neither winds for long nor keeps passes from the filament.
    let line = vec![glam::DVec2::splat(4.0), glam::DVec2::new(4.1, 4.0)];
    let filament = Atom::polyline(crate::state::Topology::Open, Sign::Plus, 1.0, 0.1, line);
    let cycle = Cycle::start(&alone(&Atoms::try_from_iter([one(1e-3), filament]).unwrap()), &params, true).unwrap();
    assert_eq!(cycle.left(&params), 64);
    assert!(pass_is_due(20, Some(&cycle), &params));
}

/// Lamb and Oseen: a Gaussian stays one, `s^2 = s0^2 + 2 nu t`, through remeshes and a refit.
#[test]
fn a_vortex_spreads_by_viscosity_in_a_cycle() {
    let one = Atom::ellipse(Sign::Plus, 2.0, 0.3, 1.0, 0.0, glam::DVec2::splat(3.0));
    let meta = Meta { nu: 4e-3, ..Meta::default() };
    let state = State::new(Atoms::try_from_iter([one]).unwrap(), Background::empty(), meta);
    let params = Params { nu: 4e-3, dt: 0.2, ..Params::default() };
    let mut sim = CpuSim::new(&state, &params).unwrap();
    // The first refit comes at step 256; the look after it is in the middle of a cycle.
    assert_eq!(Cycle::start(&state, &params, true).unwrap().left(&params), 256);
    for steps in [256, 7] {
        sim.advance(steps).unwrap();
        let atoms = sim.snapshot().unwrap().atoms;
        let view = atoms.view();
        let exact = 0.09 + 2.0 * 4e-3 * 0.2 * sim.step() as f64;
        assert_eq!(atoms.len(), 1, "beside no passes a refit keeps the number");
        let (minor, major) = (view.eps[0], view.eps[0] * view.aspect[0]);
        assert!((minor * major / exact - 1.0).abs() < 2e-3 && major / minor < 1.02, "{minor} {major} {exact}");
    }
}

/// Without flow a remesh gives back what was there, and the ellipses ride nowhere.
#[test]
fn a_remesh_of_a_whole_lattice_changes_nothing() {
    let mut cycle = remeshed(Cycle::new(ellipses(), 64));
    let before = cycle.clone();
    cycle.pace.stepped(4, 0.0);
    assert!(cycle.pace.remesh_is_due());
    cycle.remesh();
    let most = before.parcels.values.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
    let off = cycle.parcels.values.iter().zip(&before.parcels.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 1e-3 * most && !cycle.pace.remesh_is_due(), "{off} of {most}");
    for (now, then) in cycle.ellipses.iter().zip(&before.ellipses) {
        assert!((now.peak / then.peak - 1.0).abs() < 1e-9 && (now.center[0] - then.center[0]).abs() < 1e-9);
    }
}

/// Each refit keeps the circulation to rounding and the impulse of what the parcels carried, and the book of the run
/// balances, in cycles of either kind.
#[test]
fn a_refit_keeps_circulation_and_impulse_and_stands_in_the_book() {
    // Across the edges of the box, where an unwrapped impulse may jump.
    let far = Ellipse::from_axes(6.0, [63.0, 1.0], 2.5, 4.0, 0.7);
    let with_far = ellipses().into_iter().chain([far]).collect();
    for (ellipses, refit_every, off) in
        // Three ellipses, refitted to what they wound in 64 steps, reach half around the box.
        [(ellipses(), Every::Steps(5), 1e-3), (ellipses(), Every::Auto, 5e-3), (with_far, Every::Auto, 1e-2)]
    {
        let state = State::new(atoms(&ellipses, BOX / 64.0).unwrap(), Background::empty(), Meta::default());
        let scale = state.atoms.view().gamma.iter().sum::<f64>();
        let params = Params { refit_every, dt: 0.02, ..Params::default() };
        let steps = 2 * u64::from(Cycle::start(&state, &params, true).unwrap().left(&params));
        let mut sim = CpuSim::new(&state, &params).unwrap();
        sim.advance(steps).unwrap();
        let ledger = sim.ledger().unwrap().clone();
        let sums = ledger.kind(Kind::Refit);
        assert!(sums.events >= 2 && sums.unmeasured == sums.events && ledger.passes() == 0, "{sums:?}");
        for event in ledger.events() {
            assert!(event.kind == Kind::Refit && !event.voluntary && event.bits == 0.0, "{event:?}");
            assert_eq!(event.count as usize, ellipses.len());
            assert!(event.circulation.abs() <= 1e-12 * scale, "{event:?}");
            assert!(event.impulse.iter().all(|change| change.abs() < off * scale), "{event:?} {scale}");
        }
        let after = sim.snapshot().unwrap().atoms;
        let drift = ledger.drift(&after);
        assert!(drift.unaccounted_circulation.abs() < 1e-12 * scale, "{drift:?}");
        assert!(drift.unaccounted_impulse.iter().all(|x| x.abs() < 1e-9 * scale), "{drift:?}");
        // A free flow keeps both. Long cycles draw arms around the torus, on which an impulse has no meaning: there only the
        // sum of all causes is tight.
        let of = |name: &str| drift.causes.iter().find(|c| c.cause == name).unwrap();
        assert!(of("advection").circulation.abs() < 1e-12 * scale, "{drift:?}");
        if refit_every != Every::Auto {
            assert!(of("advection").impulse.iter().all(|x| x.abs() < 2.0 * off * scale), "{drift:?}");
        }
    }
}

#[test]
fn looking_changes_nothing_and_runs_repeat() {
    let state = State::new(atoms(&ellipses(), BOX / 64.0).unwrap(), Background::empty(), Meta::default());
    let params = Params { refit_every: Every::Steps(4), dt: 0.02, ..Params::default() };
    let mut looked = CpuSim::new(&state, &params).unwrap();
    let mut alone = CpuSim::new(&state, &params).unwrap();
    for _ in 0..9 {
        looked.advance(1).unwrap();
        let seen = looked.snapshot().unwrap();
        seen.validate().unwrap();
        assert_eq!(seen.step, looked.step());
    }
    alone.advance(9).unwrap();
    assert_eq!(looked.snapshot().unwrap(), alone.snapshot().unwrap());
}
