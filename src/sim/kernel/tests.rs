use super::*;
use crate::state::{Atoms, Basis, Meta, Origin};

/// A state of 2 * 5 + 4 + 2 * 2 = 18 numbers that decode uses in full.
fn state() -> State {
    let basis = Basis::new(1, 3, 2, vec![[3, 0], [-3, 0]]).unwrap();
    let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 * 1.3 + 0.4).sin()).collect();
    z[2 * basis.low().len() + 3] = 2.0;
    State::new(Atoms::default(), Background::from_z(basis, &z).unwrap(), Meta::default())
}

/// Rotations by different angles in a skewed basis, all of modulus `rho`; k_keep stays.
fn propagator(side: usize, keep: usize, rho: f64) -> Propagator {
    let mut a = vec![0.0; side * side];
    let others: Vec<usize> = (0..side).filter(|i| *i != keep).collect();
    for (n, pair) in others.chunks(2).enumerate() {
        let (s, c) = (0.02 * (n + 1) as f64).sin_cos();
        match pair {
            [i, j] => {
                // Similar to a rotation by the scaling 1, 3.
                (a[i * side + i], a[j * side + j]) = (rho * c, rho * c);
                (a[i * side + j], a[j * side + i]) = (rho * s / 3.0, -rho * s * 3.0);
            }
            _ => a[pair[0] * side + pair[0]] = rho,
        }
    }
    a[keep * side + keep] = 1.0;
    Propagator::new(side, a, Origin::default()).unwrap()
}

fn sim(form: Form, rho: f64) -> KernelSim {
    let state = state();
    let (side, keep) = (state.background.basis().dimension(), 2 * state.background.basis().low().len() + 3);
    KernelSim::new(&state, propagator(side, keep, rho), Plan::cpu(form, 0.01)).unwrap()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn every_form_takes_the_same_steps() {
    let mut exact = sim(Form::Dense(Precision::F64), 1.0);
    exact.advance(5000).unwrap();
    let z = exact.z().unwrap();
    for (form, tolerance) in [
        (Form::Modal(Precision::F64), 1e-10),
        (Form::Dense(Precision::F32), 1e-2),
        (Form::Modal(Precision::F32), 1e-2),
        (Form::Fixed, 1e-3),
    ] {
        let mut other = sim(form, 1.0);
        other.advance(4999).unwrap();
        other.advance(1).unwrap();
        let error = largest_difference(&z, &other.z().unwrap());
        assert!(error < tolerance && other.form() == form, "{form:?}: {error:e}");
        assert_eq!((other.step(), other.time()), (5000, exact.time()));
    }
    assert!((exact.report().spectral_radius.unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn a_growing_kernel_stops_with_the_last_finite_state() {
    for form in [Form::Dense(Precision::F64), Form::Modal(Precision::F64), Form::Fixed] {
        let mut sim = sim(form, 1.5);
        let error = sim.advance(100_000).unwrap_err();
        assert!(matches!(error, Error::Run(_)), "{error}");
        assert!(error.to_string().starts_with(&format!("step {}: z[", sim.step() + 1)), "{form:?}: {error}");
        assert!(sim.step() > 5 && sim.snapshot().unwrap().validate().is_ok(), "{form:?}");
    }
}

#[test]
fn a_defective_matrix_falls_back_to_the_full_one_and_says_so() {
    let state = state();
    let side = state.background.basis().dimension();
    let mut a = vec![0.0; side * side];
    (0..side).for_each(|i| a[i * side + i] = 0.5);
    (1..side).for_each(|i| a[(i - 1) * side + i] = 0.1);
    let a = Propagator::new(side, a, Origin::default()).unwrap();
    let sim = KernelSim::new(&state, a, Plan::cpu(Form::Modal(Precision::F64), 0.01)).unwrap();
    assert_eq!(sim.form(), Form::Dense(Precision::F64));
    assert!(sim.report().fallback.as_ref().unwrap().contains("condition number"));
}

#[test]
fn another_dt_needs_the_modal_form_and_then_arrives_at_the_same_place() {
    let state = state();
    let (side, keep) = (state.background.basis().dimension(), 2 * state.background.basis().low().len() + 3);
    let at = |form, dt| {
        let mut a = propagator(side, keep, 0.999);
        a.origin.dt = Some(0.01);
        KernelSim::new(&state, a, Plan::cpu(form, dt))
    };
    let message = at(Form::Dense(Precision::F64), 0.02).err().unwrap().to_string();
    assert!(message.contains("dt: expected 0.01, the dt of A"), "{message}");
    let mut ends = Vec::new();
    for (dt, steps) in [(0.01, 300), (0.02, 150), (0.004, 750)] {
        let mut sim = at(Form::Modal(Precision::F64), dt).unwrap();
        sim.advance(steps).unwrap();
        ends.push(sim.z().unwrap());
    }
    assert!(largest_difference(&ends[0], &ends[1]) < 1e-11 && largest_difference(&ends[0], &ends[2]) < 1e-11);
}

#[test]
fn decoding_in_bands_is_the_whole_decode() {
    let mut sim = sim(Form::Dense(Precision::F64), 1.0);
    let background = sim.background().unwrap();
    let window = Window::full(100);
    let whole = low_k::cpu::field::<f64>(&background.dense(), background.basis().radius(), &window);
    let bands = sim.decode(100).unwrap();
    assert!(bands.iter().zip(&whole).all(|(a, b)| *a == *b as f32));
}

#[test]
fn a_million_steps_on_the_unit_circle_stay_on_it() {
    for form in [Form::Dense(Precision::F64), Form::Modal(Precision::F64)] {
        let mut sim = sim(form, 1.0);
        let norm = |z: &[f64]| z.iter().map(|x| x * x).sum::<f64>().sqrt();
        let before = norm(&sim.z().unwrap());
        sim.advance(1_000_000).unwrap();
        let after = norm(&sim.z().unwrap());
        // The basis is skewed by 3, so a length may change by that.
        assert!(after < 3.1 * before && after > before / 3.1, "{form:?}: {before} {after}");
    }
}

#[test]
fn spin_keeps_every_modulus() {
    let params = crate::params::Params {
        kernel: crate::params::Kernel::Linear,
        spin: 0.7,
        drift_x: 0.3,
        nu: 0.0,
        ..Default::default()
    };
    let state = state();
    let mut sim = super::super::CpuSim::new(&state, &params).unwrap();
    sim.advance(3000).unwrap();
    let after = sim.state().background.dense();
    for (a, b) in after.iter().zip(state.background.dense()) {
        assert!((a.norm() - b.norm()).abs() <= 1e-12, "{a} {b}");
    }
    assert!(after.iter().zip(state.background.dense()).any(|(a, b)| (a - b).norm() > 0.1));
}
