//! Ellipses that parcels carry: the device does what the CPU does, runs repeat, and a window never waits.

use dashi_vortex::{
    math::{BOX, nearness},
    params::{Every, Kernel, Most, Params, Switch},
    sim::{CpuSim, GpuSim, Simulator, decode, whole as whole_state},
    state::{Atom, Atoms, Background, Basis, Chart, Kind, Meta, Sign, State, Topology, impulse, owned},
};
use glam::DVec2;

use crate::device::{at_most, context};

/// Ellipses of both signs, a filament between them, and two waves in the background.
fn state(others: bool) -> State {
    let mut atoms: Vec<Atom> = (0..10)
        .map(|i| {
            let t = f64::from(i);
            let at = DVec2::new((1.3 + 2.1 * t) % BOX, (0.7 + 1.7 * t * t) % BOX);
            let sign = if i % 3 == 0 { Sign::Minus } else { Sign::Plus };
            Atom::ellipse(sign, 1.0 + 0.2 * t, 0.2 + 0.02 * t, 1.2 + 0.2 * t, 0.9 * t, at)
        })
        .collect();
    let basis = Basis::new(2, 2, 0, vec![]).unwrap();
    let mut background = Background::zero(basis);
    if others {
        let line = (0..12).map(|i| DVec2::new(1.0 + 0.2 * f64::from(i), 5.6)).collect();
        atoms.insert(3, Atom::polyline(Topology::Open, Sign::Plus, 1.5, 0.15, line));
        let mut dense = background.dense();
        let radius = background.basis().radius();
        for ([kx, ky], value) in [([1, 0], 0.3), ([-1, 0], 0.3), ([0, 2], -0.2), ([0, -2], -0.2)] {
            dense[((ky + radius) * (2 * radius + 1) + kx + radius) as usize].re = value;
        }
        background.set_dense(&dense);
    }
    State::new(Atoms::try_from_iter(atoms).unwrap(), background, Meta::default())
}

fn params() -> Params {
    Params {
        dt: 0.02,
        refit_every: Every::Steps(10),
        nu: 1e-4,
        tracers: 0,
        max_vertices: 500,
        n: 64,
        ..Params::default()
    }
}

fn field(state: &State) -> Vec<f64> {
    decode(state, 64)
}

/// What is read in the middle of a cycle goes on with its parcels, and a stroke drawn there stays a filament until the
/// cycle ends; edits change the field by what they add and take.
#[test]
fn an_edit_in_the_middle_of_a_cycle_goes_on_with_the_parcels() {
    goes_on_with_the_parcels(&state(false));
}

/// The same where the parcels carry a background, too: it is left out of what is read, and taken in again.
#[test]
fn a_background_that_parcels_carry_goes_on_with_them() {
    goes_on_with_the_parcels(&State { background: state(true).background, ..state(false) });
}

fn goes_on_with_the_parcels(state: &State) {
    let params = Params { refit_every: Every::Auto, parcels: Most::Side(128), ..params() };
    let mut whole = GpuSim::new(context(), state, &params).unwrap();
    whole.advance(25).unwrap();
    let read = whole.glance().unwrap();
    let seen = Simulator::snapshot(&mut whole).unwrap();
    let lattice = read.parcels.clone().expect("it was in the middle of a cycle");
    assert_eq!((lattice.side, lattice.atoms.len()), (128, read.atoms.len()));
    whole.advance(25).unwrap();
    let exact = field(&Simulator::snapshot(&mut whole).unwrap());
    let on = |state: &State| {
        let mut sim = GpuSim::new(context(), state, &params).unwrap();
        sim.advance(25).unwrap();
        Simulator::snapshot(&mut sim).unwrap()
    };
    let resumed = on(&read);
    at_most("relL2 of a run that went on from what was read", nearness(&field(&resumed), &exact).rel_l2, 5e-3);
    let mut cpu = CpuSim::new(&read, &params).unwrap();
    cpu.advance(25).unwrap();
    at_most("the same on the CPU", nearness(&field(&cpu.snapshot().unwrap()), &exact).rel_l2, 5e-3);
    // Riders alone are far from it.
    let riders = on(&State { parcels: None, ..read.clone() });
    assert!(nearness(&field(&riders), &exact).rel_l2 > 2.0 * nearness(&field(&resumed), &exact).rel_l2);

    let mut drawn = read.clone();
    let line = (0..8).map(|i| DVec2::new(0.5 + 0.1 * f64::from(i), 5.9)).collect();
    drawn.atoms.push(Atom::polyline(Topology::Open, Sign::Plus, 1e-6, 0.12, line)).unwrap();
    let stroke = on(&drawn);
    let kept = stroke.atoms.iter().filter(|atom| atom.topology == Topology::Open).count();
    assert_eq!(kept, 1, "a stroke stays a filament until the cycle ends");
    at_most("relL2 with a weak stroke", nearness(&field(&stroke), &exact).rel_l2, 5e-3);

    // One ellipse less: the parcels lose its vorticity, at once.
    let mut fewer = read.clone();
    let gone = fewer.atoms.get(0);
    fewer.atoms = Atoms::try_from_iter(read.atoms.iter().skip(1)).unwrap();
    let mut sim = GpuSim::new(context(), &fewer, &params).unwrap();
    let left = field(&Simulator::snapshot(&mut sim).unwrap());
    let mut before = GpuSim::new(context(), &read, &params).unwrap();
    let alone = State::new(Atoms::try_from_iter([gone]).unwrap(), Background::empty(), Meta::default());
    let without: Vec<f64> = field(&Simulator::snapshot(&mut before).unwrap())
        .iter()
        .zip(field(&alone))
        .map(|(all, one)| all - one)
        .collect();
    at_most("relL2 without an ellipse", nearness(&left, &without).rel_l2, 0.03);

    // A file holds what the parcels say, not the riders.
    let saved = whole_state(&read, &params).unwrap();
    assert_eq!(saved.parcels, None);
    let exact = field(&seen);
    let on_device = resumed_at_once(&read, &params);
    at_most("relL2 of a refit of what was read", nearness(&field(&on_device), &exact).rel_l2, 5e-3);
    at_most("relL2 of what a file holds", nearness(&field(&saved), &exact).rel_l2, 5e-3);
}

/// A refit of what was read, on the device's own road.
fn resumed_at_once(read: &State, params: &Params) -> State {
    Simulator::snapshot(&mut GpuSim::new(context(), read, params).unwrap()).unwrap()
}

#[test]
fn strokes_become_ellipses_at_the_end_of_a_cycle() {
    let params = Params { refit_every: Every::Auto, parcels: Most::Side(128), ..params() };
    let line: Vec<DVec2> = (0..8).map(|i| DVec2::new(2.0 + 0.1 * f64::from(i), 3.0)).collect();
    let stroke = Atom::polyline(Topology::Open, Sign::Plus, 0.8, 0.15, line);
    let state = State::new(Atoms::try_from_iter([stroke]).unwrap(), Background::empty(), Meta::default());
    let ellipses = |state: &State| state.atoms.iter().filter(|atom| atom.chart == Chart::Ellipse).count();
    let (mut cpu, mut gpu) = (CpuSim::new(&state, &params).unwrap(), GpuSim::new(context(), &state, &params).unwrap());
    let sims: [&mut dyn Simulator; 2] = [&mut cpu, &mut gpu];
    for sim in sims {
        sim.advance(63).unwrap();
        assert_eq!(ellipses(&sim.snapshot().unwrap()), 0, "alone it waits for step 64");
        sim.advance(1).unwrap();
        let now = sim.snapshot().unwrap();
        assert!(ellipses(&now) > 2 && ellipses(&now) == now.atoms.len(), "{}", now.atoms.len());
        let lost = (impulse(&now.atoms).circulation - 0.8).abs();
        at_most("circulation lost by becoming ellipses", lost, 1e-6);
        let ledger = sim.ledger().unwrap();
        let chart = ledger.kind(Kind::Chart);
        assert_eq!((chart.events, chart.count, ledger.passes()), (1, 1, 0), "{chart:?}");
        let event = ledger.events().next().unwrap();
        assert!((event.kind, event.voluntary, event.step) == (Kind::Chart, false, 64), "{event:?}");
        at_most("circulation that the event took", event.circulation.abs(), 1e-12);
    }
}

/// What a run of ellipses changed beside motion is in the book: refits, a stroke that became ellipses, passes.
#[test]
fn the_book_of_refits_balances_with_passes_and_without() {
    for (mdl, refit_every) in [(Switch::Off, Every::Auto), (Switch::On, Every::Auto), (Switch::On, Every::Steps(10))] {
        // Filaments become rows in cycles of the program's length alone.
        let params = Params { mdl, mdl_every: 16, refit_every, parcels: Most::Side(128), max_atoms: 60, ..params() };
        let state = state(true);
        let scale = state.atoms.iter().map(|atom| atom.gamma).sum::<f64>();
        let mut cpu = CpuSim::new(&state, &params).unwrap();
        let mut gpu = GpuSim::new(context(), &state, &params).unwrap();
        let sims: [(&mut dyn Simulator, f64); 2] = [(&mut cpu, 1e-12), (&mut gpu, 1e-5)];
        for (sim, rounding) in sims {
            sim.advance(96).unwrap();
            let now = sim.snapshot().unwrap();
            let ledger = sim.ledger().unwrap();
            let (refit, chart) = (ledger.kind(Kind::Refit), ledger.kind(Kind::Chart));
            assert!(refit.events > 0 && (ledger.passes() > 0) == (mdl == Switch::On), "{refit:?}");
            assert!((chart.events > 0) == (refit_every == Every::Auto), "{chart:?}");
            let forced: Vec<_> = ledger.events().filter(|event| event.kind.is_of_transport()).collect();
            assert!(forced.len() > 1 && forced.iter().all(|event| !event.voluntary));
            let lost = forced.iter().map(|event| event.circulation.abs()).fold(0.0, f64::max);
            // A device holds circulations to its precision, a refit what the cycle began with.
            at_most("circulation of a forced event", lost / scale, rounding);
            let drift = ledger.drift(&now.atoms);
            at_most("circulation the book misses", drift.unaccounted_circulation.abs() / scale, 1e-12);
            let missed = drift.unaccounted_impulse.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            at_most("impulse the book misses", missed / scale, 1e-9);
            let of = |name: &str| drift.causes.iter().find(|c| c.cause == name).unwrap();
            for cause in ["advection", "rounding", "refit", "chart"] {
                at_most(cause, of(cause).circulation.abs() / scale, rounding);
            }
            let took = of("refit").impulse.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            // Ten ellipses, refitted up to ten times, say it no better.
            at_most("impulse that refits took", took / scale, 2e-2);
        }
    }
}

/// A stroke drawn in a window goes on as a curve that the flow carries, for the picture and for editing alone.
#[test]
fn a_stroke_that_became_ellipses_leaves_a_curve_that_the_flow_carries() {
    let params = Params { refit_every: Every::Auto, parcels: Most::Side(128), dt: 0.05, ..params() };
    // Around a wide vortex, at whose distance the flow goes around by gamma/(2 pi r^2), less the uniform background.
    let (center, r, gamma) = (DVec2::splat(3.1), 1.2, 6.0);
    let round = Atom::ellipse(Sign::Plus, gamma, 0.3, 1.0, 0.0, center);
    let arc: Vec<DVec2> = (0..9).map(|i| center + r * DVec2::from_angle(0.1 * f64::from(i))).collect();
    let stroke = Atom::polyline(Topology::Open, Sign::Plus, 1e-3, 0.15, arc);
    let state = State::new(Atoms::try_from_iter([round, stroke]).unwrap(), Background::empty(), Meta::default());
    let mut gpu = GpuSim::new(context(), &state, &params).unwrap();
    gpu.between_mut().work_beside_frames();
    let frame = |gpu: &mut GpuSim| {
        let mut encoder = context().device.create_command_encoder(&Default::default());
        let steps = gpu.between().steps_allowed(gpu.held()).min(1);
        gpu.encode_steps(&mut encoder, steps);
        gpu.encode_strokes(&mut encoder, steps);
        gpu.encode_decode(&mut encoder);
        gpu.encode_readbacks(&mut encoder);
        context().queue.submit([encoder.finish()]);
        gpu.harvest();
    };
    let mut frames = 0;
    while gpu.views().strokes().is_none() {
        frame(&mut gpu);
        frames += 1;
        assert!(frames < 20_000, "it becomes ellipses at the end of a cycle");
    }
    let then = gpu.glance().unwrap();
    let (begun, curve) = (then.time, then.strokes[0].clone());
    assert!((begun - curve.since).abs() < 1e-9 && then.atoms.iter().all(|atom| atom.chart == Chart::Ellipse));
    assert!(owned(&then.atoms, &then.strokes, curve.id).len() >= 2, "its ellipses lie along it");
    while gpu.time() < begun + 1.0 {
        frame(&mut gpu);
    }
    let now = gpu.glance().unwrap();
    let turned = |p: DVec2| (p - center).to_angle();
    let rate = gamma / (2.0 * std::f64::consts::PI * r * r) - gamma / (2.0 * BOX * BOX);
    let went = turned(now.strokes[0].points[100]) - turned(curve.points[100]);
    assert!((went / (rate * (now.time - begun)) - 1.0).abs() < 0.03, "{went} of {}", rate * (now.time - begun));
    // It has no say in the state, and goes on in another simulation of it: undo, rewind, a lost device.
    assert_eq!(now.floats(), State { strokes: vec![], ..now.clone() }.floats());
    let again = GpuSim::new(context(), &now, &params).unwrap().glance().unwrap();
    let off = again.strokes[0].points.iter().zip(&now.strokes[0].points).map(|(a, b)| (*a - *b).length());
    at_most("points that come back", off.fold(0.0, f64::max), 1e-6);
    assert_eq!(again.strokes[0].id, now.strokes[0].id);
}

#[test]
fn the_device_carries_ellipses_as_the_cpu_does() {
    for (others, kernel) in [(false, Kernel::Galerkin), (true, Kernel::Galerkin), (true, Kernel::Frozen)] {
        let params = Params { kernel, ..params() };
        let state = state(others);
        let mut cpu = CpuSim::new(&state, &params).unwrap();
        let mut gpu = GpuSim::new(context(), &state, &params).unwrap();
        assert!(gpu.parcels() == 64 * 64, "{}", gpu.parcels());
        // The end of a cycle, and the middle of the next.
        for steps in [10, 5] {
            cpu.advance(steps).unwrap();
            gpu.advance(steps).unwrap();
            let (a, b) = (cpu.snapshot().unwrap(), Simulator::snapshot(&mut gpu).unwrap());
            b.validate().unwrap();
            assert_eq!((a.step, a.atoms.len()), (b.step, b.atoms.len()));
            let still = nearness(&field(&state), &field(&a)).rel_l2;
            assert!(still > 0.1, "the flow has moved: {still}");
            at_most("relL2 of the device's field", nearness(&field(&b), &field(&a)).rel_l2, 1e-3);
            let decoded: Vec<f64> = gpu.decode(64).unwrap().into_iter().map(f64::from).collect();
            at_most("relL2 of its own decode", nearness(&decoded, &field(&b)).rel_l2, 1e-5);
            let (before, after) = (impulse(&state.atoms), impulse(&b.atoms));
            at_most("drift of circulation", (after.circulation - before.circulation).abs(), 1e-5);
        }
    }
}

#[test]
fn runs_of_ellipses_repeat_on_the_device_and_looking_changes_nothing() {
    let state = state(true);
    let mut alone = GpuSim::new(context(), &state, &params()).unwrap();
    let mut looked = GpuSim::new(context(), &state, &params()).unwrap();
    alone.advance(23).unwrap();
    for _ in 0..23 {
        looked.advance(1).unwrap();
        looked.glance().unwrap().validate().unwrap();
        if looked.step().is_multiple_of(6) {
            Simulator::snapshot(&mut looked).unwrap();
            looked.decode(32).unwrap();
        }
    }
    assert_eq!(Simulator::snapshot(&mut alone).unwrap(), Simulator::snapshot(&mut looked).unwrap());
}

#[test]
fn ellipses_ride_on_their_parcels_for_the_picture() {
    let state = state(false);
    let params = Params { refit_every: Every::Steps(100), ..params() };
    let mut gpu = GpuSim::new(context(), &state, &params).unwrap();
    gpu.advance(12).unwrap();
    let refitted = field(&Simulator::snapshot(&mut gpu).unwrap());
    let riding = gpu.glance().unwrap();
    let still = nearness(&field(&state), &refitted).rel_l2;
    let shown = nearness(&field(&riding), &refitted).rel_l2;
    assert!(still > 0.1 && shown < 0.6 * still, "{shown} from the refit, the start is {still} from it");
    for (a, b) in state.atoms.iter().zip(riding.atoms.iter()) {
        assert!((a.gamma - b.gamma).abs() < 1e-6, "circulations ride unchanged");
        let area = (b.eps * b.eps * b.aspect) / (a.eps * a.eps * a.aspect + 2.0 * params.nu * 0.24);
        assert!((area - 1.0).abs() < 0.1, "areas nearly so: {area}");
    }
}

#[test]
fn a_window_draws_frames_while_a_refit_runs() {
    let state = state(true);
    let mut headless = GpuSim::new(context(), &state, &params()).unwrap();
    headless.advance(25).unwrap();
    let mut live = GpuSim::new(context(), &state, &params()).unwrap();
    live.between_mut().work_beside_frames();
    let (mut waited, mut longest) = (0, 0.0_f64);
    for _ in 0..5000 {
        let left = 25 - live.step() as u32;
        if left == 0 && live.between().steps_allowed(live.held()) > 0 {
            break;
        }
        let begun = std::time::Instant::now();
        let steps = live.between().steps_allowed(live.held()).min(1).min(left);
        waited += u32::from(steps == 0);
        let mut encoder = context().device.create_command_encoder(&Default::default());
        live.encode_steps(&mut encoder, steps);
        live.encode_decode(&mut encoder);
        live.encode_readbacks(&mut encoder);
        context().queue.submit([encoder.finish()]);
        live.harvest();
        longest = longest.max(begun.elapsed().as_secs_f64());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    println!("{waited} frames drawn while time waited, longest {:.1} ms", 1e3 * longest);
    assert!(live.step() == 25 && waited > 0 && live.between_mut().take_fault().is_none());
    assert_eq!(Simulator::snapshot(&mut live).unwrap(), Simulator::snapshot(&mut headless).unwrap());
}
