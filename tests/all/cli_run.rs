//! `run` beside a reference: triptychs, trajectories, figures, and the flags of older scripts.

use std::{fs, path::Path};

use dashi_vortex::{io::read_traj, state::Basis};
use serde_json::Value;
use tempfile::tempdir;

use crate::cli::{output, succeeds, text};

/// A small learned kernel with its trajectory, in `out`.
fn learned(folder: &Path) {
    succeeds(folder, "learn --N 32 --steps 24 --topk-mid 40 --save-traj --out-dir out --quiet");
}

fn metrics(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeeds(folder, &format!("run {args} --backend cpu --quiet --json"))).unwrap()
}

fn refused(folder: &Path, args: &str, code: i32, words: &[&str]) {
    let output = output(folder, args);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args}: {said}");
    assert!(words.iter().all(|word| said.contains(word)) && !said.contains("panicked"), "{args}: {said}");
}

#[test]
fn a_trajectory_is_compared_picture_by_picture() {
    let folder = tempdir().unwrap();
    learned(folder.path());
    let common = "--traj-npz out/traj.npz --steps 24 --stride 12";
    let args = format!("{common} --z0-npz out/z0.npz --A-npz out/A.npz --out-dir r --metrics-csv r.csv");
    let run = metrics(folder.path(), &args);
    assert_eq!((&run["reference"], &run["N"], &run["step"]), (&"trajectory".into(), &32.into(), &24.into()));
    let [error, correlation] = ["rel_l2", "corr"].map(|key| run[key].as_f64().unwrap());
    assert!(error > 0.0 && error < 0.3 && correlation > 0.95, "relL2 {error}, correlation {correlation}");
    assert!(run["dE"].as_f64().unwrap().abs() < 0.1 && run["dZ"].as_f64().unwrap().abs() < 0.3, "{run:#}");
    // Three panels and a colour bar at 120 dots per inch.
    let picture = image::open(folder.path().join("r/dashi_t0024_compare.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (1680, 624));
    let table = fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), rows[0].len(), rows[0][4], rows[3][0]), (4, 8, "rel_l2", "24"));
    assert_eq!(rows[3][4].parse::<f64>().unwrap(), error);

    // The same kernel, fitted on the way, forecasts the same; the state is the first field's.
    let fitted = metrics(folder.path(), &format!("{common} --fit-A-from-traj --topk-mid 40 --out-dir f"));
    assert_eq!(fitted["hash"], run["hash"]);
    assert!(fitted["stages"].as_array().unwrap().iter().any(|stage| stage["name"] == "learn"));

    // Without a kernel the first field runs by galerkin; a short trajectory ends the run and says so.
    let output = output(folder.path(), "run --traj-npz out/traj.npz --steps 99 --stride 12 --backend cpu --out-dir g");
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("has 24 steps; the run takes these instead of 99"), "{said}");
    assert!(folder.path().join("g/dashi_t0024_compare.png").is_file());
}

#[test]
fn an_les_runs_only_where_it_is_asked_for_and_leaves_its_fields() {
    let folder = tempdir().unwrap();
    let common = "--scene cells --N 48 --steps 6 --stride 3";
    let run = metrics(folder.path(), &format!("{common} --ground-truth --save-traj --out-dir out --nu0 1e-3"));
    assert_eq!((&run["reference"], &run["fft_device"], &run["nu"]), (&"LES".into(), &"CPU".into(), &1e-3.into()));
    // The LES keeps modes up to N/3, the kernel those up to k_cut and round cores: near, not equal.
    assert!(run["rel_l2"].as_f64().unwrap() < 0.2 && run["corr"].as_f64().unwrap() > 0.98, "{run:#}");
    let frames = read_traj(&folder.path().join("out/traj.npz"), |traj| Ok((traj.frames(), traj.n()))).unwrap();
    assert_eq!(frames, (7, 48));
    assert_eq!(
        (&run["les_scheme"], &run["les_parts_max"], &run["les_enstrophy_growth"]),
        (&"rk4".into(), &1.into(), &0.0.into())
    );
    assert!(run["les_cfl_max"].as_f64().unwrap() > 0.0);
    // A step that is too long for the grid is divided; the midpoint rule without viscosity is found out.
    let long =
        metrics(folder.path(), "--scene cells --N 128 --steps 3 --stride 3 --dt 0.2 --ground-truth --out-dir long");
    let (cfl, parts) = (long["les_cfl_max"].as_f64().unwrap(), long["les_parts_max"].as_u64().unwrap());
    assert!(cfl > 1.2 && parts > 1, "{long:#}");
    let grows = "--scene cells --N 64 --steps 30 --stride 30 --dt 0.05 --nu0 0 --Cs 0 --ground-truth --out-dir grows";
    let flagged = |scheme: &str| {
        let run = metrics(folder.path(), &format!("{grows} --les-scheme {scheme}"));
        run["perf_flags"].as_array().unwrap().contains(&"LES_ENSTROPHY_GROWS".into())
    };
    assert!(flagged("rk2") && !flagged("rk4"));
    let plain = metrics(folder.path(), &format!("{common} --no-ground-truth --out-dir plain"));
    assert!(plain["les_scheme"].is_null() && plain["les_cfl_max"].is_null());
    assert!(plain["reference"].is_null() && plain["rel_l2"].is_null(), "{plain:#}");

    // One that blows up ends the run with its sentence, the state saved and no trajectory.
    let wild = "run --scene default --N 64 --dt 0.5 --steps 9 --stride 3 --ground-truth --substeps 1 --save-traj --out-dir wild";
    refused(folder.path(), &format!("{wild} --backend cpu --quiet"), 1, &["CFL", "dt"]);
    let left: Vec<_> = fs::read_dir(folder.path().join("wild")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("traj")), "{left:?}");
}

#[test]
fn without_ground_truth_a_trajectory_is_a_start_and_no_judge() {
    let folder = tempdir().unwrap();
    learned(folder.path());
    let common = "--traj-npz out/traj.npz --steps 24 --stride 12 --fit-A-from-traj --topk-mid 40";
    let judged = metrics(folder.path(), &format!("{common} --out-dir a"));
    let plain = metrics(folder.path(), &format!("{common} --no-ground-truth --out-dir b"));
    // The same flow, one panel instead of three, and nothing that a comparison would have measured.
    assert_eq!(judged["hash"], plain["hash"]);
    for key in ["reference", "rel_l2", "corr", "dE", "dZ"] {
        assert!(plain[key].is_null() && !judged[key].is_null(), "{key}");
    }
    let stages =
        |run: &Value| run["stages"].as_array().unwrap().iter().map(|s| s["name"].to_string()).collect::<String>();
    assert!(stages(&judged).contains("reference") && !stages(&plain).contains("reference"));
    let width = |name: &str| image::open(folder.path().join(name)).unwrap().width();
    assert_eq!((width("a/dashi_t0024_compare.png"), width("b/dashi_t0024_compare.png")), (1680, 720));
}

#[test]
fn a_trajectory_to_save_runs_its_les_and_the_les_counts_its_time() {
    let folder = tempdir().unwrap();
    let args = "run --scene cells --N 64 --steps 40 --stride 20 --backend cpu --save-traj t.npz --json";
    let run = output(folder.path(), args);
    let said = text(&run.stderr);
    assert!(run.status.success() && said.contains("--save-traj runs the reference LES"), "{said}");
    let metrics: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(metrics["reference"], "LES");
    assert_eq!(read_traj(&folder.path().join("t.npz"), |traj| Ok(traj.frames())).unwrap(), 41);
    let stages = metrics["stages"].as_array().unwrap();
    let reference = stages.iter().find(|stage| stage["name"] == "reference").unwrap();
    // Every field is counted, whoever waits for it.
    assert!(reference["calls"] == 41 && reference["ms"].as_f64().unwrap() > 0.0, "{reference}");
}

#[test]
fn a_fitted_kernel_says_how_it_was_made_stable() {
    let folder = tempdir().unwrap();
    // Waves that grow by half a per cent a step.
    crate::python::python(
        "
x = 2*np.pi*np.arange(32)/32
t = 0.02*np.arange(61)[:, None, None]
grow = 1.005**np.arange(61)[:, None, None]
np.savez(sys.argv[1], traj=grow*np.sin(x[None, None, :] - t) + 0.5*np.cos(2*x[None, :, None] + t))
",
        &[&folder.path().join("t.npz")],
    );
    let args = "run --traj-npz t.npz --fit-A-from-traj --steps 60 --stride 30 --topk-mid 0 --dt 0.02 --backend cpu";
    let run = output(folder.path(), args);
    let (out, said) = (text(&run.stdout), text(&run.stderr));
    let moved = "2 eigenvalues moved onto the unit circle";
    assert!(run.status.success() && out.contains(moved) && said.contains(moved), "{out}{said}");
    let metrics = metrics(folder.path(), &args.replace("run ", "").replace("--backend cpu", ""));
    let [fitted, now] = ["spectral_radius_fitted", "spectral_radius"].map(|key| metrics[key].as_f64().unwrap());
    // The ridge takes some of the 1.005.
    assert!((1.001..1.005).contains(&fitted) && (now - 1.0).abs() < 1e-9, "{fitted} {now}");
    assert_eq!((&metrics["eigenvalues_moved"], &metrics["clamp"]), (&2.into(), &moved[2..].into()));
}

#[test]
fn figures_have_the_size_asked_for() {
    let folder = tempdir().unwrap();
    for (args, size) in [
        ("", (720, 648)),
        ("--figsize 4,3 --dpi 100", (400, 300)),
        ("--figsize 4 --dpi 50", (200, 180)),
        ("--pix-width 333 --pix-height 222", (333, 222)),
        ("--bare", (512, 512)),
    ] {
        metrics(folder.path(), &format!("--scene dipole --N 32 --steps 0 --out-dir out {args}"));
        let picture = image::open(folder.path().join("out/dashi_t0000_compare.png")).unwrap();
        assert_eq!((picture.width(), picture.height()), size, "{args}");
    }
}

#[test]
fn flags_of_older_scripts_are_taken() {
    let folder = tempdir().unwrap();
    let args = "run --scene dipole --N 32 --steps 2 --out-dir out --backend numpy --fft-backend vkfft-vulkan \
        --residual-seed 3 --graphic-every 5 --no-ground-truth --progress-every 1 --timing --dtype AUTO";
    let output = output(folder.path(), args);
    let (out, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("--residual-seed does nothing") && said.contains("--graphic-every does nothing"), "{said}");
    assert!(said.contains("step 1 of 2"), "{said}");
    for stage in ["[timing] encode=", "[timing] rollout ", "[timing] picture "] {
        assert!(out.contains(stage), "{stage} is missing:\n{out}");
    }
}

#[test]
fn references_that_cannot_be_are_refused() {
    let folder = tempdir().unwrap();
    learned(folder.path());
    let run = |args: &str| format!("run --steps 2 --backend cpu --quiet {args}");
    refused(folder.path(), &run("--ground-truth --traj-npz out/traj.npz"), 2, &["--ground-truth", "--traj-npz"]);
    for other in ["--no-ground-truth", "--traj-npz out/traj.npz", "--no-decode"] {
        refused(folder.path(), &run(&format!("--save-traj {other}")), 2, &["--save-traj", &other[..10]]);
    }
    refused(
        folder.path(),
        &run("--kernel-only --z0-npz out/z0.npz --A-npz out/A.npz --ground-truth"),
        2,
        &["--kernel-only"],
    );
    refused(folder.path(), &run("--fit-A-from-traj"), 2, &["--traj-npz"]);
    refused(folder.path(), &run("--traj-npz out/traj.npz --N 64"), 2, &["--N", "32"]);
    refused(folder.path(), &run("--out-dir other --traj-npz out/z0.npz"), 5, &["out/z0.npz", "traj"]);
    refused(folder.path(), &run("--traj-npz none.npz"), 5, &["none.npz"]);
    refused(folder.path(), &run("--ground-truth --N 33 --scene dipole"), 2, &["even"]);
    refused(folder.path(), "run --fft-backend gpu --require-gpu --adapter no-such-adapter", 4, &["no suitable GPU"]);
    refused(folder.path(), &run("--figsize 0,3"), 2, &["inches"]);
    // Other anchors than the trajectory's own do not take the fitted kernel.
    let other = dashi_vortex::state::Background::zero(Basis::new(8, 12, 128, vec![[9, 0], [-9, 0]]).unwrap());
    let state = dashi_vortex::state::State::new(Default::default(), other, Default::default());
    dashi_vortex::io::write_state(&folder.path().join("other.npz"), &state).unwrap();
    refused(folder.path(), &run("--traj-npz out/traj.npz --fit-A-from-traj --z0-npz other.npz"), 5, &["other.npz"]);
}
