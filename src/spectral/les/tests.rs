//! What nature and algebra say of the LES.

use super::*;
use crate::math::BOX;

fn grid(n: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let x = |i: usize| BOX * i as f64 / n as f64;
    (0..n * n).map(|cell| f(x(cell % n), x(cell / n))).collect()
}

fn relative(a: &[f64], b: &[f64]) -> f64 {
    let square = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    square(&mut a.iter().zip(b).map(|(a, b)| a - b)) / square(&mut b.iter().copied())
}

fn options(n: usize) -> LesOptions {
    LesOptions { n, cs: 0.0, nu0: 0.0, dtype: Precision::F64, ..Default::default() }
}

/// Vortices of many sizes, every mode below 8 with a phase of its own.
fn busy(n: usize, scale: f64) -> Vec<f64> {
    grid(n, |x, y| {
        let mut w = 0.0;
        for k in 1..8 {
            for l in -7..8 {
                let (kx, ky) = (f64::from(k), f64::from(l));
                w += (kx * x + ky * y + (f64::from(k * 31 + l * 17)).sin() * 9.0).cos();
            }
        }
        scale * w
    })
}

#[test]
fn a_field_goes_in_and_comes_out() {
    for n in [16, 18, 50, 64, 130] {
        let k = f64::from(slope::band(n) as u32);
        let field = grid(n, |x, y| (3.0 * x - 2.0 * y).sin() + 0.5 * (k * x + k * y).cos() + (4.0 * y).cos());
        let mut les = Les::new(&options(n), &field).unwrap();
        assert!(relative(&les.field(), &field) < 1e-14, "N = {n}");
        assert!(les.dropped() < 1e-14);
        let beyond = grid(n, |x, _| ((k + 1.0) * x).cos() + 2.0);
        let mut les = Les::new(&options(n), &beyond).unwrap();
        assert!((les.dropped() - 1.0).abs() < 1e-12 && les.field().iter().all(|w| w.abs() < 1e-12));
    }
}

#[test]
fn two_wave_flow_has_its_exact_energy_and_enstrophy() {
    // psi = sin 2x cos 2y + 2 sin x cos 3y
    let omega = grid(32, |x, y| 8.0 * (2.0 * x).sin() * (2.0 * y).cos() + 20.0 * x.sin() * (3.0 * y).cos());
    for (dtype, tolerance) in [(Precision::F64, 1e-12), (Precision::F32, 1e-6)] {
        let les = Les::new(&LesOptions { dtype, ..options(32) }, &omega).unwrap();
        let (energy, enstrophy) = les.energy_enstrophy();
        assert!(
            (energy - 6.0).abs() < tolerance && (enstrophy - 58.0).abs() < 10.0 * tolerance,
            "{energy} {enstrophy}"
        );
    }
}

#[test]
fn taylor_green_decays_as_it_should() {
    for (k, nu0, dt) in [(1.0, 0.1, 0.01), (3.0, 0.02, 0.005)] {
        let omega = grid(48, |x, y| 2.0 * k * (k * x).cos() * (k * y).cos());
        let mut les = Les::new(&LesOptions { nu0, dt, ..options(48) }, &omega).unwrap();
        (0..100).for_each(|_| les.step().unwrap());
        let factor = (-2.0 * nu0 * k * k * les.time()).exp();
        let exact: Vec<f64> = omega.iter().map(|w| w * factor).collect();
        // The midpoint rule is off by (2 nu k^2 dt)^3 / 6 a step.
        let bound = 100.0 * (2.0 * nu0 * k * k * dt).powi(3) / 6.0;
        let error = relative(&les.field(), &exact);
        assert!(error < 1.01 * bound + 1e-13, "k = {k}: {error:e}, bound {bound:e}");
    }
}

#[test]
fn the_truncated_euler_equation_keeps_energy_and_enstrophy() {
    let drift = |dt: f64| {
        let mut les = Les::new(&LesOptions { dt, ..options(64) }, &busy(64, 0.2)).unwrap();
        let (e, z) = les.energy_enstrophy();
        (0..(0.2 / dt) as u32).for_each(|_| les.step().unwrap());
        let (e2, z2) = les.energy_enstrophy();
        ((e2 / e - 1.0).abs(), (z2 / z - 1.0).abs())
    };
    // What is left is the midpoint rule's: fourth order a step in a quadratic invariant.
    let (coarse, fine) = (drift(0.02), drift(0.01));
    assert!(fine.0 < 1e-5 && fine.1 < 1e-5, "{fine:?}");
    assert!(coarse.0 > 6.0 * fine.0 && coarse.1 > 6.0 * fine.1, "{coarse:?} {fine:?}");
}

#[test]
fn eddy_viscosity_drains_enstrophy_and_single_precision_follows_double() {
    let run = |dtype| {
        let mut les = Les::new(&LesOptions { dtype, n: 64, ..Default::default() }, &busy(64, 0.1)).unwrap();
        let (_, z) = les.energy_enstrophy();
        (0..100).for_each(|_| les.step().unwrap());
        assert!(les.energy_enstrophy().1 < 0.999 * z);
        les.field()
    };
    let difference = relative(&run(Precision::F32), &run(Precision::F64));
    assert!(difference < 3e-5, "{difference:e}");
    println!("f32 against f64 after 100 steps at N = 64: relL2 {difference:.2e}");
}

#[test]
fn threads_do_not_change_a_bit() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut les = Les::new(&LesOptions { n: 130, ..Default::default() }, &busy(130, 0.1)).unwrap();
            (0..3).for_each(|_| les.step().unwrap());
            les.field()
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn a_step_that_is_too_long_ends_the_run_or_is_divided() {
    let omega = busy(64, 1.0);
    let mut les = Les::new(&LesOptions { dt: 0.5, ..options(64) }, &omega).unwrap();
    let before = les.field();
    let error = les.step().unwrap_err();
    assert_eq!(error.exit_code(), 1);
    let message = error.to_string();
    for part in ["step 1", "CFL", "stage 1", "lower dt to", "substeps"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!((les.step_count(), les.field()), (0, before));
    let (cfl, advice) = (les.cfl().unwrap(), message.split("lower dt to ").nth(1).unwrap());
    let advised: f64 = advice.split(',').next().unwrap().parse().unwrap();
    Les::new(&LesOptions { dt: advised, ..options(64) }, &omega).unwrap().step().unwrap();

    // Divided, it arrives where as many steps of its parts do.
    let few = LesOptions { dt: 0.02, substeps: 16, ..options(64) };
    let mut les = Les::new(&few, &omega).unwrap();
    les.step().unwrap();
    let parts = les.parts().unwrap();
    assert!(parts > 1 && f64::from(parts) >= 0.02 / 0.5 * cfl, "{parts} {cfl}");
    let mut fine = Les::new(&LesOptions { dt: 0.02 / f64::from(parts), ..options(64) }, &omega).unwrap();
    (0..parts).for_each(|_| fine.step().unwrap());
    assert!(relative(&les.field(), &fine.field()) < 1e-3);

    // Not even the most parts may do; then the field before the step stays.
    let mut les = Les::new(&LesOptions { dt: 0.5, substeps: 3, ..options(64) }, &omega).unwrap();
    let before = les.field();
    assert!(les.step().unwrap_err().to_string().contains("more than 3 substeps"));
    assert_eq!(les.field(), before);
}

#[test]
fn what_is_not_finite_is_named_and_not_stepped_over() {
    let mut solver = Solver::<f32>::new(&LesOptions { dtype: Precision::F32, ..options(64) }, &busy(64, 0.1)).unwrap();
    solver.poison();
    let message = solver.step().unwrap_err().to_string();
    for part in ["step 1", "not finite in stage 1", "CFL", "lower dt (now 0.01)", "raise Cs", "float64"] {
        assert!(message.contains(part), "{message}");
    }
    let mut field = busy(16, 0.1);
    field[20] = f64::NAN;
    assert!(Les::new(&options(16), &field).unwrap_err().to_string().contains("[1, 4]"));
    field[20] = 1e30;
    assert!(Les::new(&LesOptions { dtype: Precision::F32, ..options(16) }, &field).is_err());
}

#[test]
fn options_are_checked() {
    for bad in [
        LesOptions { n: 15, ..options(16) },
        LesOptions { n: 17, ..options(16) },
        LesOptions { n: 8194, ..options(16) },
        LesOptions { dt: 0.0, ..options(16) },
        LesOptions { dt: f64::NAN, ..options(16) },
        LesOptions { nu0: -1.0, ..options(16) },
        LesOptions { cs: f64::INFINITY, ..options(16) },
        LesOptions { substeps: 0, ..options(16) },
    ] {
        assert_eq!(Les::new(&bad, &[0.0; 256]).unwrap_err().exit_code(), 2);
    }
    assert!(Les::new(&options(16), &[0.0; 255]).is_err());
    assert!(!Precision::Auto.is_f64(1024) && Precision::Auto.is_f64(1026));
}
