//! Parity: what the device computes is what the references compute.

use dashi_vortex::{
    gpu::{buffer::filled, readback},
    math::BOX,
    ops::{
        biot_savart::cpu::{Target, velocity_textbook},
        quadrature::{
            cpu::{Blob, blobs},
            legendre, node_count,
        },
    },
    params::{Kernel, Params, Velocity},
    primitives::scan,
    sim::{CpuSim, GpuSim, Simulator, parity, prepared},
    state::{Atom, Atoms, Background, Basis, Chart, Meta, Propagator, Sign, State, Topology},
};
use glam::DVec2;

use crate::device::{at_most, context};

/// The f32 reference may round this much worse than the device is allowed to.
const F32_TOLERANCE: f64 = 5e-5;
/// Velocity of a segment at its own vertices against many nodes, relative to its largest speed.
const QUADRATURE_TOLERANCE: f64 = 1e-5;
/// Places after steps with resampling between, in radians.
const RESAMPLED_PLACES: f64 = 1e-5;
/// Places after steps through the mesh, in radians: 1e-4 of the way of the fastest vertex.
const MESH_PLACES: f64 = 1e-4;

#[test]
fn every_operator_agrees_with_its_reference() {
    let rows = parity::table(context()).unwrap();
    let mut text = format!("{:<28} {:>7} {:>9} {:>9} {:>9}\n", "operator", "count", "cpu f32", "device", "at most");
    for row in &rows {
        let single = row.cpu_f32.map_or("-".into(), |e| format!("{e:.1e}"));
        let verdict = if row.passed { String::new() } else { format!("  FAILED, worst at {}", row.worst) };
        text += &format!(
            "{:<28} {:>7} {single:>9} {:>9.1e} {:>9.0e}{verdict}\n",
            row.name, row.count, row.gpu, row.tolerance
        );
    }
    println!("{text}");
    assert!(rows.iter().all(|r| r.passed), "{text}");
    assert!(rows.iter().all(|r| r.cpu_f32.is_none_or(|e| e <= F32_TOLERANCE)), "the f32 reference is off\n{text}");
    for operator in [
        "quadrature",
        "biot_savart",
        "mesh",
        "parcels",
        "mode_velocity",
        "atom_modes",
        "kernel_galerkin",
        "raster",
        "low_k",
        "compose",
        "poisson",
        "potential",
        "pressure",
        "sample",
        "tracers",
        "frozen",
        "linear",
        "galerkin, rk4",
        "rk2",
        "cores",
        "stretch",
        "twist",
        "resample",
    ] {
        assert!(rows.iter().any(|r| r.name.contains(operator)), "no row compares {operator}\n{text}");
    }
    assert!(rows.iter().all(|r| r.count > 0), "a row compares nothing\n{text}");
}

#[test]
fn the_sample_holds_what_it_claims() {
    let state = parity::sample_state().unwrap();
    state.validate().unwrap();
    let a = state.atoms.view();
    let any = |what: &str, is: &dyn Fn(usize) -> bool| {
        assert!((0..state.atoms.len()).any(is), "the parity sample has no {what}");
    };
    any("thin point", &|i| a.topology[i] == Topology::Point && a.eps[i] <= 0.05);
    any("core wide enough for image sums", &|i| a.eps[i] * a.eps[i] > dashi_vortex::ops::biot_savart::WIDE_EPS2);
    any("open filament", &|i| a.topology[i] == Topology::Open);
    any("ellipse", &|i| a.chart[i] == Chart::Ellipse && a.aspect[i] > 1.5);
    any("atom without support", &|i| !a.support[i] && a.gamma[i] > 0.0);
    any("clockwise atom", &|i| a.sign[i] == Sign::Minus);
    let closed = |around: bool| {
        move |i: usize| {
            let turn: DVec2 = (0..a.segment_count(i)).map(|s| a.segment_vector(i, s)).sum();
            a.topology[i] == Topology::Closed && (turn.length() > 1.0) == around
        }
    };
    any("loop", &closed(false));
    any("filament around the torus", &closed(true));
    let edge = |x: f64| x.rem_euclid(BOX).min(BOX - x.rem_euclid(BOX));
    assert!(a.vertex.iter().any(|v| edge(v.x) < 0.05 && edge(v.y) < 0.1), "no vertex near the corner of the box");
    let background = &state.background;
    assert!(background.k_keep() > 0 && background.modes().all(|(k, c)| k == [0, 0] || c.norm() > 0.0));
    // Raster's expansion for short segments, and several rows of the quadrature table.
    let places: Vec<[f64; 2]> = a.vertex.iter().map(|v| v.to_array()).collect();
    let mut counts = std::collections::BTreeSet::new();
    for i in 0..state.atoms.len() {
        counts.extend((0..a.segment_count(i)).map(|s| dashi_vortex::ops::quadrature::cpu::count(a, &places, i, s)));
    }
    println!("quadrature counts of the sample: {counts:?}");
    assert!(counts.len() >= 4, "the sample uses only the quadrature counts {counts:?}");
}

#[test]
fn prefix_sums_agree_bit_for_bit() {
    let context = context();
    for n in [1, 255, 256, 257, 70_000] {
        let items: Vec<[u32; 2]> =
            (0..n as u32).map(|i| [i.wrapping_mul(2_654_435_761), (i ^ (i >> 3)).wrapping_mul(40_503)]).collect();
        let buffer = filled(context, "items", &items).unwrap();
        let device = scan::gpu::Scan::new(context, &buffer, n).unwrap();
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        device.passes().iter().for_each(|d| d.encode(&mut pass));
        drop(pass);
        context.queue.submit([encoder.finish()]);
        let prefix: Vec<[u32; 2]> = readback::read(context, &device.prefix, n).unwrap();
        let total: Vec<[u32; 2]> = readback::read(context, &device.total, 1).unwrap();
        let (expected, sum) = scan::cpu::exclusive(&items);
        let wrong = (0..n).find(|i| prefix[*i] != expected[*i]);
        assert_eq!(wrong.map(|i| (i, prefix[i], expected[i])), None, "{n} items: (index, device, expected)");
        assert_eq!(total[0], sum, "{n} items: the total");
    }
}

#[test]
fn a_segments_own_velocity_is_integrated_well() {
    let eps: f64 = 0.05;
    let mut worst = (0.0, 0.0);
    for ratio in (1..=50).map(|i| 0.05 * f64::from(i)).filter(|r| *r >= 0.1 - 1e-9) {
        let length = ratio * eps;
        let at = DVec2::new(3.0, 3.0);
        let along = length * DVec2::from_angle(0.4);
        let row = |nodes: Vec<(f64, f64)>| -> Vec<Blob<f64>> {
            let blob = |(x, w): &(f64, f64)| Blob { x: (at + along * *x).to_array(), circulation: *w, eps2: eps * eps };
            nodes.iter().map(blob).collect()
        };
        let target = |place: DVec2| Target { x: place.to_array(), eps2: eps * eps };
        let ends = [target(at - 0.5 * along), target(at + 0.5 * along)];
        let (few, many) = (row(legendre(node_count(ratio))), row(legendre(60)));
        // The segment's largest speed: across its middle.
        let across: Vec<_> = (1..80).map(|i| target(at + along.perp() / length * 0.1 * eps * f64::from(i))).collect();
        let top = velocity_textbook(&across, &many).iter().map(|v| v[0].hypot(v[1])).fold(0.0, f64::max);
        for (a, b) in velocity_textbook(&ends, &few).iter().zip(velocity_textbook(&ends, &many)) {
            let error = (a[0] - b[0]).hypot(a[1] - b[1]) / top;
            if error > worst.0 {
                worst = (error, ratio);
            }
        }
    }
    at_most(&format!("quadrature at l/eps = {:.2}, the worst of 0.1 to 2.5", worst.1), worst.0, QUADRATURE_TOLERANCE);
}

/// Filaments both too coarse and too fine for their cores, in a shear that keeps resampling busy.
fn coarse_and_fine() -> State {
    let circle = |n: usize, radius: f64, at: DVec2| -> Vec<DVec2> {
        (0..n).map(|i| at + radius * DVec2::from_angle(i as f64 * BOX / n as f64)).collect()
    };
    let line = |n: usize, from: DVec2, to: DVec2| -> Vec<DVec2> {
        (0..=n).map(|i| from.lerp(to, i as f64 / n as f64)).collect()
    };
    let atoms = Atoms::try_from_iter([
        Atom::polyline(Topology::Closed, Sign::Plus, 2.0, 0.11, circle(13, 0.8, DVec2::new(2.0, 2.0))),
        Atom::polyline(Topology::Closed, Sign::Minus, 1.0, 0.12, circle(90, 0.5, DVec2::new(6.2, 4.0))),
        Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, line(70, DVec2::new(0.5, 5.0), DVec2::new(2.9, 5.4))),
        Atom::point(Sign::Minus, 1.5, 0.2, DVec2::new(3.0, 3.0)),
    ])
    .unwrap();
    State::new(atoms, Background::empty(), Meta::default())
}

#[test]
fn steps_with_resampling_between_agree() {
    let state = coarse_and_fine();
    let params = Params { dt: 1e-4, nu: 0.0, n: 64, tracers: 0, max_vertices: 512, ..Default::default() };
    let (mut gpu, mut cpu) = (GpuSim::new(context(), &state, &params).unwrap(), CpuSim::new(&state, &params).unwrap());
    let mut counts = vec![state.atoms.vertex_count()];
    for _ in 0..8 {
        gpu.advance(4).unwrap();
        cpu.advance(4).unwrap();
        let (a, b) = (gpu.snapshot().unwrap(), cpu.snapshot().unwrap());
        assert_eq!(a.atoms.view().start, b.atoms.view().start, "vertex offsets after step {}", cpu.step());
        let far = a.atoms.view().vertex.iter().zip(b.atoms.view().vertex).map(|(a, b)| (*a - *b).length());
        at_most(&format!("places after step {}", cpu.step()), far.fold(0.0, f64::max), RESAMPLED_PLACES);
        let off = a.atoms.view().weight.iter().zip(b.atoms.view().weight).map(|(a, b)| (a - b).abs());
        at_most("  and weights", off.fold(0.0, f64::max), 1e-6);
        counts.push(b.atoms.vertex_count());
    }
    println!("vertices: {counts:?}");
    let first = cpu.snapshot().unwrap();
    assert!(first.atoms.get(0).vertices.len() > 13, "the coarse circle was not refined");
    assert!(first.atoms.get(1).vertices.len() < 90, "the fine circle was not thinned");
}

#[test]
fn steps_through_the_mesh_repeat_and_follow_the_direct_sum() {
    let state = prepared(&coarse_and_fine(), &Params::default()).unwrap();
    let params = |velocity| Params { dt: 0.01, n: 64, tracers: 0, max_vertices: 1024, velocity, ..Default::default() };
    let run = |velocity| {
        let mut sim = GpuSim::new(context(), &state, &params(velocity)).unwrap();
        sim.advance(12).unwrap();
        sim.snapshot().unwrap()
    };
    let through = run(Velocity::Mesh);
    assert_eq!(run(Velocity::Mesh), through, "two runs through the mesh differ");
    let mut reference = CpuSim::new(&state, &params(Velocity::Mesh)).unwrap();
    reference.advance(12).unwrap();
    for (what, other) in [("the direct sum", run(Velocity::Direct)), ("the CPU", reference.snapshot().unwrap())] {
        assert_eq!(through.atoms.view().start, other.atoms.view().start, "vertex offsets against {what}");
        let far = through.atoms.view().vertex.iter().zip(other.atoms.view().vertex).map(|(a, b)| (*a - *b).length());
        at_most(&format!("places after 12 steps against {what}"), far.fold(0.0, f64::max), MESH_PLACES);
    }
}

#[test]
fn blobs_carry_the_circulation_of_their_atoms() {
    let params = Params::default();
    let state = prepared(&coarse_and_fine(), &params).unwrap();
    let a = state.atoms.view();
    let places: Vec<[f64; 2]> = a.vertex.iter().map(|v| v.to_array()).collect();
    let sum: f64 = blobs(a, &places).iter().map(|b| b.circulation).sum();
    at_most("circulation of the blobs against the atoms'", (sum - state.atoms.circulation()).abs(), 1e-13);
}

/// Modes after learned steps on the device against the same steps in f64, relative to the largest mode.
const LEARNED_TOLERANCE: f64 = 1e-5;

#[test]
fn a_learned_kernel_moves_the_background_on_the_device() {
    // Each number of z turns a little into the next one; the header is kept.
    let basis = Basis::new(3, 5, 4, vec![[4, 0], [-4, 0], [0, 4], [0, -4]]).unwrap();
    let side = basis.dimension();
    let header = 2 * basis.low().len();
    let mut a = vec![0.0; side * side];
    for i in 0..side {
        let turns = !(header..header + 4).contains(&i);
        a[i * side + i] = if turns { 0.96 } else { 1.0 };
        let next = (i + 1) % side;
        if turns && !(header..header + 4).contains(&next) {
            a[i * side + next] = 0.2;
        }
    }
    let mut z: Vec<f64> = (0..side).map(|i| ((i as f64 * 0.37).sin() as f32).into()).collect();
    z[header + 3] = 3.0;
    let propagator = Propagator::new(side, a.clone(), Default::default()).unwrap();
    let background = Background::from_z(basis.clone(), &z).unwrap();
    let state = State::new(Atoms::default(), background, Meta::default());
    let params = Params { kernel: Kernel::Linear, nu: 0.3, tracers: 0, n: 64, ..Params::default() };
    let mut sim = GpuSim::with_kernel(context(), &state, &params, Some(&propagator)).unwrap();
    sim.advance(7).unwrap();
    for _ in 0..7 {
        z = (0..side).map(|j| (0..side).map(|i| z[i] * a[i * side + j]).sum()).collect();
    }
    let after = sim.snapshot().unwrap();
    let largest = z.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let worst = after.background.to_z().iter().zip(&z).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    at_most("z after 7 learned steps", worst / largest, LEARNED_TOLERANCE);

    // What is decoded is the field of z, its fourth anchor left out.
    let truth = CpuSim::new(&after, &params).unwrap().decode(64).unwrap();
    let field = sim.decode(64).unwrap();
    let scale = truth.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    let worst = field.iter().zip(&truth).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    at_most("decoded field", f64::from(worst / scale), LEARNED_TOLERANCE);

    // Other kernels take over where it stands, and hand back.
    sim.set_params(&Params { kernel: Kernel::Frozen, ..params });
    sim.advance(3).unwrap();
    let frozen = sim.snapshot().unwrap().background.dense();
    let worst = frozen.iter().zip(after.background.dense()).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    at_most("modes after 3 frozen steps", worst / largest, LEARNED_TOLERANCE);
    sim.set_params(&params);
    sim.advance(1).unwrap();
    assert_ne!(sim.snapshot().unwrap().background.dense(), frozen);

    let wrong = Propagator::new(2, vec![1.0; 4], Default::default()).unwrap();
    let refused = GpuSim::with_kernel(context(), &state, &params, Some(&wrong)).err().unwrap();
    assert!(refused.to_string().contains("the length of z"), "{refused}");
}
