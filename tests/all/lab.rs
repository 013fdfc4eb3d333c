//! The laboratory's verdicts, on the CPU and on the device, and what the cases promise besides.

use dashi_vortex::{
    Error,
    lab::{self, Lowk, Place, Report, Setup},
};

/// Runs a case; every verdict holds, and relative errors stay below `bound`, which is tighter.
fn holds(name: &str, place: Place, bound: f64) -> Report {
    let mut last = 0.0;
    let setup = Setup { place, quick: true, lowk: Lowk { sides: vec![64], ..Lowk::default() }, ..Setup::default() };
    let case = lab::case(name).unwrap();
    let report = case
        .run(&setup, &mut |share| {
            assert!((last..=1.0).contains(&share), "{name}: progress went from {last} to {share}");
            last = share;
            true
        })
        .unwrap();
    println!("{name} on {}, {:.1} s\n{}", report.on, report.seconds, lab::table(&report.rows));
    assert!(last > 0.99, "{name}: progress ended at {last}");
    assert_ne!(report.passed(), Some(false), "{name} on {}", report.on);
    for row in report.rows.iter().filter(|row| row.relative) {
        assert!(row.error.unwrap() <= bound, "{name}, {}: {:?} above {bound:e}", row.name, row.error);
    }
    report
}

/// Of the pair and the dipole 0.19 % is the Gaussian core at eps = d/5.
const BOUNDS: [(&str, f64); 13] = [
    ("lamb-oseen", 2e-3),
    ("pair", 2e-3),
    ("dipole", 2e-3),
    ("kirchhoff", 5e-3),
    ("leapfrog", 1e-4),
    ("collapse", 1e-4),
    ("krasny", 0.0),
    ("shear-layer", 1e-3),
    ("taylor-green", 1e-5),
    ("two-mode", 1e-5),
    ("merger", 0.1),
    ("turbulence-decay", 0.0),
    ("lowk", 0.12),
];

/// The cases in two halves, so that they share the cores.
fn on_the_cpu(which: impl Fn(usize) -> bool) {
    for (i, (name, bound)) in BOUNDS.into_iter().enumerate() {
        if which(i) {
            holds(name, Place::Cpu, bound);
        }
    }
}

#[test]
fn vortices_do_what_is_known_of_them_on_the_cpu() {
    on_the_cpu(|i| i < 6);
}

#[test]
fn fields_do_what_is_known_of_them_on_the_cpu() {
    on_the_cpu(|i| i >= 6);
}

#[test]
fn no_case_is_left_out() {
    assert!(lab::CASES.iter().map(|case| case.name).eq(BOUNDS.iter().map(|(name, _)| *name)));
}

#[cfg(feature = "gpu")]
#[test]
fn the_device_does_what_is_known_too() {
    let context = crate::device::context();
    for (name, bound) in BOUNDS {
        if lab::case(name).unwrap().on_device {
            let report = holds(name, Place::Device(context.clone()), bound);
            assert_eq!(report.on, context.report.name);
        }
    }
}

#[test]
fn a_case_that_is_told_to_stop_stops() {
    for case in lab::CASES {
        let mut asked = 0;
        let end = case.run(&Setup::default(), &mut |_| {
            asked += 1;
            false
        });
        assert!(matches!(end, Err(Error::Interrupted(_))), "{}: {end:?}", case.name);
        assert_eq!(asked, 1, "{} went on after it was told to stop", case.name);
    }
}

#[test]
fn equal_cases_give_equal_numbers() {
    let setup = Setup { quick: true, ..Setup::default() };
    let rows = || lab::case("taylor-green").unwrap().run(&setup, &mut |_| true).unwrap().rows;
    assert_eq!(rows(), rows());
}

#[test]
fn the_velocity_of_every_scene_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let printed = crate::cli::succeeds(folder.path(), "check --velocity --steps 3 --json");
    let whole: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let rows: Vec<_> = whole["rows"].as_array().unwrap().iter().filter(|row| row["path"] != "cpu parcels").collect();
    let paths = if cfg!(feature = "gpu") { 2 } else { 1 };
    assert_eq!(rows.len(), paths * dashi_vortex::genesis::scenes().len());
    assert_eq!((&whole["passed"], whole["adapter"].is_string()), (&true.into(), paths == 2));
    for row in rows {
        let (max, rms) = (row["max_error"].as_f64().unwrap(), row["rms_error"].as_f64().unwrap());
        assert!(rms <= max && max <= row["tolerance"].as_f64().unwrap() && row["passed"] == true, "{row}");
        assert!(row["samples"].as_u64() <= row["vertices"].as_u64(), "{row}");
    }
    let table = crate::cli::succeeds(folder.path(), "check --velocity --steps 1 --scene ring --backend cpu");
    assert!(table.contains("ring") && table.contains("rms") && !table.contains("FAILED"), "{table}");
    let run = crate::cli::output(folder.path(), "check --scene ring");
    assert_eq!(run.status.code(), Some(2), "a scene without --velocity is refused");
}

/// The default scene, one of modes alone, one of ellipses that parcels carry, one of long filaments.
#[cfg(feature = "gpu")]
#[test]
fn states_that_have_run_are_the_same_on_the_device_and_on_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let scenes = ["default", "gas", "ring", "tripole"];
    let asked = scenes.map(|scene| format!("--scene {scene}")).join(" ");
    let printed = crate::cli::succeeds(folder.path(), &format!("check --velocity --evolved 60 --N 64 {asked} --json"));
    let whole: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((&whole["passed"], &whole["steps"]), (&true.into(), &60.into()));
    let states = whole["states"].as_array().unwrap();
    assert_eq!(states.len(), scenes.len());
    for state in states {
        let rows = state["rows"].as_array().unwrap();
        let named = |name: &str| rows.iter().any(|row| row["name"] == name && row["passed"] == true);
        assert!(state["step"] == 60 && named("decode"), "{state:#}");
        let sums = ["direct sum, as for few pairs", "direct sum, as for many pairs", "mesh"];
        assert!(state["blobs"] == 0 || sums.into_iter().all(named), "{state:#}");
    }
    let table = crate::cli::succeeds(folder.path(), "check --velocity --evolved 5 --N 32 --scene ring");
    assert!(table.contains("after 5 steps") && !table.contains("FAILED"), "{table}");
    for wrong in ["check --evolved 5", "check --velocity --evolved 5 --steps 3", "check --velocity --N 64"] {
        assert_eq!(crate::cli::output(folder.path(), wrong).status.code(), Some(2), "{wrong}");
    }
}

#[cfg(feature = "gpu")]
#[test]
fn asking_for_the_truth_changes_nothing() {
    use dashi_vortex::{
        params::Params,
        sim::{GpuSim, Simulator},
    };
    let run = |ask: bool| {
        let ellipses = dashi_vortex::params::Switch::Off;
        let mut params = Params { n: 32, tracers: 0, max_vertices: 1024, ellipses, ..Params::default() };
        let state = dashi_vortex::genesis::make("cells", &mut params).unwrap();
        let mut sim = GpuSim::new(crate::device::context(), &state, &params).unwrap();
        for _ in 0..3 {
            sim.advance(5).unwrap();
            if ask {
                let truth = dashi_vortex::sim::truth_of(&mut sim).unwrap();
                assert!(truth.passed() == Some(true) && !sim.probes().check.is_asked(), "{truth:?}");
            }
        }
        Simulator::snapshot(&mut sim).unwrap()
    };
    assert!(run(true) == run(false), "the states differ");
}
