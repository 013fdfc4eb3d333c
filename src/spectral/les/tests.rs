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
    LesOptions { n, cs: 0.0, nu0: 0.0, substeps: 1, dtype: Precision::F64, ..Default::default() }
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
        for scheme in LesScheme::ALL {
            let omega = grid(48, |x, y| 2.0 * k * (k * x).cos() * (k * y).cos());
            let mut les = Les::new(&LesOptions { nu0, dt, scheme, ..options(48) }, &omega).unwrap();
            (0..100).for_each(|_| les.step().unwrap());
            let factor = (-2.0 * nu0 * k * k * les.time()).exp();
            let exact: Vec<f64> = omega.iter().map(|w| w * factor).collect();
            // A scheme of order p is off by (2 nu k^2 dt)^(p + 1) / (p + 1)! a step.
            let p = scheme.stages() as i32;
            let bound = 100.0 * (2.0 * nu0 * k * k * dt).powi(p + 1) / f64::from((1..=p + 1).product::<i32>());
            let error = relative(&les.field(), &exact);
            assert!(error < 1.01 * bound + 1e-13, "{scheme:?}, k = {k}: {error:e}, bound {bound:e}");
        }
    }
}

#[test]
fn the_truncated_euler_equation_keeps_energy_and_enstrophy() {
    let drift = |scheme: LesScheme, dt: f64| {
        let mut les = Les::new(&LesOptions { dt, scheme, ..options(64) }, &busy(64, 0.2)).unwrap();
        let (e, z) = les.energy_enstrophy();
        (0..(0.2 / dt) as u32).for_each(|_| les.step().unwrap());
        let (e2, z2) = les.energy_enstrophy();
        ((e2 / e - 1.0).abs(), (z2 / z - 1.0).abs())
    };
    // What is left is the scheme's, third order in time for the midpoint rule, fifth for rk4.
    for (scheme, most, ratio) in [(LesScheme::Rk2, 1e-5, 6.0), (LesScheme::Rk4, 1e-8, 24.0)] {
        let (coarse, fine) = (drift(scheme, 0.02), drift(scheme, 0.01));
        assert!(fine.0 < most && fine.1 < most, "{scheme:?} {fine:?}");
        assert!(coarse.0 > ratio * fine.0 && coarse.1 > ratio * fine.1, "{scheme:?} {coarse:?} {fine:?}");
    }
}

#[test]
fn each_scheme_has_its_order() {
    // Smooth and strongly nonlinear; the eddy viscosity is left out, as |S| is not smooth.
    let run = |scheme: LesScheme, steps: u32| {
        let options = LesOptions { dt: 0.4 / f64::from(steps), nu0: 1e-3, scheme, ..options(32) };
        let omega = grid(32, |x, y| 3.0 * (x + 0.4 * y.sin()).sin() * (2.0 * y).cos() + 2.0 * (2.0 * x - y).cos());
        let mut les = Les::new(&options, &omega).unwrap();
        (0..steps).for_each(|_| les.step().unwrap());
        les.field()
    };
    let exact = run(LesScheme::Rk4, 640);
    for scheme in LesScheme::ALL {
        let errors = [10, 20, 40, 80].map(|steps| relative(&run(scheme, steps), &exact));
        let orders: Vec<f64> = errors.windows(2).map(|e| (e[0] / e[1]).log2()).collect();
        println!("{}: errors {errors:?}, orders {orders:.2?}", scheme.name());
        let expected = f64::from(scheme.stages());
        assert!((orders[2] - expected).abs() < 0.1, "{scheme:?}: {orders:?}");
    }
}

/// Decaying turbulence as the commands start it.
fn random(n: usize) -> Vec<f64> {
    crate::spectral::RandomField::default().field(n).unwrap()
}

#[test]
fn enstrophy_of_an_unforced_run_never_grows() {
    for (n, steps) in [(64, 100), (128, 40), (256, 12)] {
        for cs in [0.0, 0.17] {
            for scheme in [LesScheme::Rk4, LesScheme::SspRk3] {
                let options = LesOptions { n, cs, scheme, ..Default::default() };
                let mut les = Les::new(&options, &random(n)).unwrap();
                let (_, first) = les.energy_enstrophy();
                let mut last = first;
                for step in 1..=steps {
                    les.step().unwrap();
                    let (_, now) = les.energy_enstrophy();
                    assert!(now <= last, "N = {n}, Cs = {cs}, {scheme:?}, step {step}: {last} to {now}");
                    last = now;
                }
                assert!(!les.grew() && les.growth() == 0.0 && last > 0.5 * first);
            }
        }
    }
}

/// What the midpoint rule makes of a smooth flow without viscosity, and rk4 does not.
#[test]
fn the_midpoint_rule_grows_and_is_known_to_and_rk4_goes_on_as_it_should() {
    // At half of its limit of 1; both see the same field.
    let omega = random(128);
    let run = |scheme: LesScheme| {
        let options = LesOptions { n: 128, dt: 0.02, scheme, substeps: 16, ..options(128) };
        let mut les = Les::new(&options, &omega).unwrap();
        let (_, first) = les.energy_enstrophy();
        (0..60).for_each(|_| les.step().unwrap());
        (les.energy_enstrophy().1 / first - 1.0, les.grew(), les.growth())
    };
    let (midpoint, fourth) = (run(LesScheme::Rk2), run(LesScheme::Rk4));
    println!("growth of enstrophy at t = 1.2: rk2 {midpoint:?}, rk4 {fourth:?}");
    assert!(midpoint.0 > 1e-4 && midpoint.1 && midpoint.2 >= midpoint.0, "{midpoint:?}");
    assert!(fourth.0 <= 0.0 && !fourth.1, "{fourth:?}");
}

#[test]
fn growth_ends_the_run_with_one_sentence_and_the_field_before_stays() {
    for (dtype, single) in [(Precision::F64, false), (Precision::F32, true)] {
        let options = LesOptions { dtype, ..options(64) };
        let field = busy(64, 0.1);
        // As if the flow had once held a little less.
        let lower = |les: &mut Les| match &mut les.0 {
            Inner::F32(s) => {
                s.floor = watch::Floor::new({
                    let (e, z) = s.energy_enstrophy();
                    (e, z * 0.99)
                })
            }
            Inner::F64(s) => {
                s.floor = watch::Floor::new({
                    let (e, z) = s.energy_enstrophy();
                    (e, z * 0.99)
                })
            }
        };
        let mut les = Les::new(&options, &field).unwrap();
        les.step().unwrap();
        let before = les.field();
        lower(&mut les);
        let error = les.step().unwrap_err();
        let message = error.to_string();
        for part in ["N = 64, step 2, t = 0.0100", "enstrophy grew by 1.01e-2", "CFL", "lower dt (now 0.01)"] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!((error.exit_code(), message.contains("float64")), (1, single), "{message}");
        assert_eq!((les.step_count(), les.field()), (1, before));
        // rk2 goes on.
        let mut les = Les::new(&LesOptions { scheme: LesScheme::Rk2, ..options }, &field).unwrap();
        lower(&mut les);
        les.step().unwrap();
        assert!(les.grew() && (les.growth() - 1.0 / 99.0).abs() < 1e-4);
    }
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
    assert!(les.remark().is_none(), "nothing was divided");
    let few = LesOptions { dt: 0.02, substeps: 16, ..options(64) };
    let mut les = Les::new(&few, &omega).unwrap();
    les.step().unwrap();
    let parts = les.parts().unwrap();
    assert!(parts > 1 && f64::from(parts) >= 0.02 / 0.5 * cfl / 1.2, "{parts} {cfl}");
    let said = les.remark().unwrap();
    assert!(said.contains("divides its steps of dt 0.02") && said.contains("16 at most"), "{said}");
    assert!(les.remark().is_none(), "once");
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
        LesOptions { substeps: MAX_SUBSTEPS + 1, ..options(16) },
    ] {
        assert_eq!(Les::new(&bad, &[0.0; 256]).unwrap_err().exit_code(), 2);
    }
    assert!(Les::new(&options(16), &[0.0; 255]).is_err());
    assert!(!Precision::Auto.is_f64(1024) && Precision::Auto.is_f64(1026));
}
