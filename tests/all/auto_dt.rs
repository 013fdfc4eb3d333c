//! `--dt auto`: a step by the winding, taken once, and a number from there on.

use std::{fs, path::Path};

use dashi_vortex::{
    math::{BOX, nearness},
    params::{Integrator, Most, Params, Switch},
    sim::{CpuSim, Simulator, auto_dt, decode},
    spectral::{EqualFloats, equal_floats::Options},
    state::{Atom, Atoms, Background, Meta, Sign, State},
};
use glam::DVec2;
use serde_json::Value;
use tempfile::tempdir;

use crate::cli::{output, succeeds, text};

/// A run on the CPU of a few steps: its metrics, and what it said.
fn run(folder: &Path, args: &str) -> (Value, String) {
    let args = format!("run {args} --no-decode --backend cpu --json");
    let output = output(folder, &args);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{args}: {said}");
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

#[test]
fn the_default_scene_takes_a_longer_step_and_says_so() {
    let folder = tempdir().unwrap();
    let (auto, said) = run(folder.path(), "--scene default --dt auto --steps 4 --out-dir a");
    // Its own steps are 0.02 with rk2.
    assert!(said.contains("dt auto is 0.05 with rk4: max |omega| is 5.1"), "{said}");
    assert_eq!((&auto["dt"], &auto["step"]), (&0.05.into(), &4.into()));
    assert!((auto["time"].as_f64().unwrap() - 0.2).abs() < 1e-12);
    let (again, _) = run(folder.path(), "--scene default --dt auto --steps 4 --out-dir b");
    let (number, silent) = run(folder.path(), "--scene default --dt 0.05 --integrator rk4 --steps 4 --out-dir c");
    assert!(auto["hash"].is_string() && auto["hash"] == again["hash"] && auto["hash"] == number["hash"]);
    assert!(!silent.contains("dt auto"), "{silent}");
    let quiet = output(folder.path(), "run --dt auto --steps 1 --no-decode --backend cpu --quiet --out-dir d");
    assert!(quiet.status.success() && !text(&quiet.stderr).contains("dt auto"));

    // The file holds the number; the word beats it, as another number would.
    let (on, said) = run(folder.path(), "--z0-npz a/z0.npz --steps 1 --out-dir e");
    assert!(on["dt"] == 0.05 && !said.contains("dt auto"), "{said}");
    let (slow, _) = run(folder.path(), "--z0-npz a/z0.npz --dt 0.02 --steps 1 --out-dir f");
    let (anew, said) = run(folder.path(), "--z0-npz f/z0.npz --dt auto --steps 1 --out-dir g");
    assert!(slow["dt"] == 0.02 && anew["dt"] == 0.05 && said.contains("dt auto is 0.05"), "{said}");
}

#[test]
fn sessions_presets_and_the_bench_hear_the_word() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("s.toml", "dashi_session = 1\nscene = \"default\"\n[parameters]\ndt = \"auto\"\n");
    write("p.toml", "dashi_preset = 1\nabout = \"Long steps.\"\n[parameters]\ndt = \"auto\"\n");
    for args in ["--session s.toml", "--preset p.toml", "--session s.toml --dt auto"] {
        let (metrics, said) = run(folder.path(), &format!("{args} --steps 1 --out-dir out"));
        assert!(metrics["dt"] == 0.05 && said.contains("dt auto is 0.05"), "{args}: {said}");
    }
    // A flag's number beats the session's word.
    let (metrics, said) = run(folder.path(), "--session s.toml --dt 0.02 --steps 1 --out-dir out");
    assert!(metrics["dt"] == 0.02 && !said.contains("dt auto"), "{said}");
    let bench = "bench scenes --scene default --dt auto --n 64 --times 0.2 --backend cpu --json --quiet";
    let output = output(folder.path(), bench);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["rows"][0]["live"]["dt"], 0.05, "{report:#}");
    assert!(text(&output.stderr).contains("default: dt auto is 0.05"), "{}", text(&output.stderr));
}

#[test]
fn where_the_rule_does_not_hold_it_is_refused_in_one_sentence() {
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "learn --N 32 --steps 12 --topk-mid 40 --save-traj --out-dir out --quiet");
    for (args, word) in [
        ("--scene default --refit-every 50", "refit_every auto"),
        ("--scene default --ellipses off", "(ellipses off)"),
        ("--scene default --twist on", "act along filaments"),
        ("--scene default --kernel linear", "kernel galerkin"),
        ("--z0-npz out/z0.npz --A-npz out/A.npz", "--A-npz: a matrix is made for one time step"),
        ("--traj-npz out/traj.npz", "--traj-npz: its fields are one time step apart"),
    ] {
        let output = output(folder.path(), &format!("run {args} --dt auto --steps 1 --no-decode --backend cpu"));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args}: {said}");
        assert!(said.contains(word) && said.trim_end().lines().count() == 1, "{args}: {said}");
    }
    let wrong = text(&output(folder.path(), "run --dt soon").stderr);
    assert!(wrong.contains("expected auto, or a number from 0.000001 to 0.5"), "{wrong}");
}

#[test]
fn a_carried_flow_with_steps_by_its_winding_is_as_near_to_a_fine_grid_as_with_a_tenth_of_them() {
    // Two like vortices that wind round each other, and a weaker one of the other sign.
    let atom = |sign, peak: f64, eps: f64, x: f64, y: f64| {
        Atom::ellipse(sign, BOX * eps * eps * peak, eps, 1.0, 0.0, DVec2::new(x, y))
    };
    let atoms = [
        atom(Sign::Plus, 4.9, 0.3, 2.6, 3.1),
        atom(Sign::Plus, 4.5, 0.3, 3.6, 3.2),
        atom(Sign::Minus, 2.0, 0.4, 3.0, 4.6),
    ];
    let state = State::new(Atoms::try_from_iter(atoms).unwrap(), Background::empty(), Meta::default());
    // Refits may sow ellipses beside passes, which never come.
    let (mdl, mdl_every, parcels) = (Switch::On, 1_000_000, Most::Side(256));
    let params = Params { nu: 5e-4, max_atoms: 150, parcels, mdl, mdl_every, tracers: 0, ..Params::default() };
    let (n, end) = (128, 2.0);
    let start = decode(&state, n as u32);
    let mut fine = EqualFloats::new(&Options { cut: 60, nu: params.nu, cs: 0.0 }, &start, n).unwrap();
    fine.advance(end, &mut |_| Ok(())).unwrap();
    let truth = fine.field(n);
    let error = |params: &Params| {
        let steps = (end / params.dt).round() as u64;
        let mut sim = CpuSim::new(&state, params).unwrap();
        sim.advance(steps).unwrap();
        assert!((sim.time() - end).abs() < 1e-9);
        nearness(&decode(&sim.snapshot().unwrap(), n as u32), &truth).rel_l2
    };
    let chosen = auto_dt(&state, &params).unwrap();
    assert_eq!(chosen.dt, 0.1, "{chosen:?}");
    let rk2 = Params { integrator: Integrator::Rk2, ..params };
    let second = auto_dt(&state, &rk2).unwrap();
    assert_eq!(second.dt, 0.01, "{second:?}");
    let [long, short, midpoint] = [
        error(&Params { dt: chosen.dt, ..params }),
        error(&Params { dt: 0.1 * chosen.dt, ..params }),
        error(&Params { dt: second.dt, ..rk2 }),
    ];
    println!("relL2 at t = {end}: dt {} {long:.5}, a tenth of it {short:.5}, rk2 {midpoint:.5}", chosen.dt);
    assert!(long < short + 2e-3 && long < 0.02 && midpoint < short + 2e-3, "{long} {short} {midpoint}");
}
