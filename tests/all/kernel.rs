//! The kernel alone on a device: as its references on the CPU, and to the bit in whole numbers.

use dashi_vortex::{
    error::Error,
    io::hash_z,
    sim::{
        KernelSim, Simulator,
        kernel::{Form, Plan, Precision},
    },
    state::{Atoms, Background, Basis, Meta, Origin, Propagator, State},
};

use crate::device::{at_most, context};

/// A state of 197 low modes and some anchors, every number different.
fn state() -> State {
    let anchors: Vec<[i32; 2]> = (9..=12).flat_map(|k| [[k, 0], [-k, 0], [0, k], [0, -k]]).collect();
    let basis = Basis::new(8, 12, 16, anchors).unwrap();
    let mut z: Vec<f64> = (0..basis.dimension()).map(|i| ((i * i) as f64 * 0.7 + 0.3).sin()).collect();
    z[2 * basis.low().len() + 3] = 16.0;
    State::new(Atoms::default(), Background::from_z(basis, &z).unwrap(), Meta::default())
}

/// A full matrix near a rotation, its columns' sums of moduli a few units; it grows by `rho` a step.
fn propagator(side: usize, rho: f64) -> Propagator {
    // Three reflections 1 - 2 v v^T and a small rotation of neighbours between them.
    let mut a: Vec<f64> = (0..side * side).map(|n| if n % (side + 1) == 0 { rho } else { 0.0 }).collect();
    for turn in [0.3, 0.3, 1.1, 1.1] {
        let mut v: Vec<f64> = (0..side).map(|i| ((i * i) as f64 * turn + turn * a[i]).sin()).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= norm);
        for row in a.chunks_exact_mut(side) {
            let along: f64 = 2.0 * row.iter().zip(&v).map(|(x, v)| x * v).sum::<f64>();
            row.iter_mut().zip(&v).for_each(|(x, v)| *x -= along * v);
        }
    }
    Propagator::new(side, a, Origin::default()).unwrap()
}

fn sim(form: Form, rho: f64, on_device: bool) -> KernelSim {
    let state = state();
    let plan = Plan { device: on_device.then(context), ..Plan::cpu(form, 0.01) };
    KernelSim::new(&state, propagator(state.background.basis().dimension(), rho), plan).unwrap()
}

/// Relative Euclidean distance.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
}

#[test]
fn single_precision_follows_the_reference() {
    for (form, exact) in [
        (Form::Dense(Precision::F32), Form::Dense(Precision::F64)),
        (Form::Modal(Precision::F32), Form::Modal(Precision::F64)),
    ] {
        let (mut device, mut truth) = (sim(form, 0.9999, true), sim(exact, 0.9999, false));
        let (mut again, steps) = (sim(form, 0.9999, true), 300);
        device.advance(steps).unwrap();
        truth.advance(steps).unwrap();
        at_most(&format!("{form:?}, {steps} steps"), distance(&device.z().unwrap(), &truth.z().unwrap()), 1e-4);
        (0..3).for_each(|_| again.advance(steps / 3).unwrap());
        if form == Form::Dense(Precision::F32) {
            assert_eq!(hash_z(&again.z().unwrap()), hash_z(&device.z().unwrap()), "equal runs give equal bits");
        }
        let [a, b] = [&mut device, &mut truth].map(|sim| sim.decode(48).unwrap());
        let [a, b] = [a, b].map(|field| field.into_iter().map(f64::from).collect::<Vec<_>>());
        at_most("decoded field", distance(&a, &b), 1e-4);
    }
}

#[test]
fn whole_numbers_have_one_hash() {
    let (mut device, mut host) = (sim(Form::Fixed, 1.0, true), sim(Form::Fixed, 1.0, false));
    for steps in [1, 2, 3, 500] {
        device.advance(steps).unwrap();
        host.advance(steps).unwrap();
        assert_eq!(hash_z(&device.z().unwrap()), hash_z(&host.z().unwrap()), "at step {}", host.step());
    }
    assert_eq!(host.report().fixed_bits, device.report().fixed_bits);
    let mut float = sim(Form::Dense(Precision::F64), 1.0, false);
    float.advance(506).unwrap();
    let [mut a, mut b] = [host.z().unwrap(), float.z().unwrap()];
    // k_keep does not move in fixed point.
    let keep = 2 * 197 + 3;
    (a[keep], b[keep]) = (0.0, 0.0);
    println!("fixed point against float64 after 506 steps: {:.2e}", distance(&a, &b));
}

#[test]
fn leaving_the_range_stops_both_at_the_same_place() {
    let ends = [true, false].map(|on_device| {
        let mut sim = sim(Form::Fixed, 1.02, on_device);
        let error = sim.advance(5000).unwrap_err();
        assert!(matches!(error, Error::Run(_)), "{error}");
        (error.to_string(), sim.step(), hash_z(&sim.z().unwrap()))
    });
    println!("{}", ends[0].0);
    assert!(ends[0].1 > 10);
    assert_eq!(ends[0], ends[1]);
}

#[test]
fn a_growing_kernel_stops_the_device_with_the_last_finite_state() {
    let mut sim = sim(Form::Dense(Precision::F32), 1.5, true);
    let error = sim.advance(3000).unwrap_err().to_string();
    assert!(error.contains("no longer finite") && sim.step() > 100, "{error}");
    sim.snapshot().unwrap().validate().unwrap();
}
