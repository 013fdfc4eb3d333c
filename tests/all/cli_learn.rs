//! `learn` and `validate` as scripts meet them.

use std::{fs, path::Path};

use dashi_vortex::io::{propagator_file::read_propagator, read_state, read_traj};
use serde_json::Value;
use tempfile::tempdir;

use crate::{
    cli::{output, program, succeeds, text},
    python::python,
};

/// A kernel that is learned in no time.
const SMALL: &str = "--N 48 --steps 30 --topk-mid 40 --quiet --json";

fn learned(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeeds(folder, &format!("learn {args}"))).unwrap()
}

#[test]
fn learning_writes_what_numpy_reads_and_a_trajectory_gives_the_same() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let summary = learned(folder.path(), &format!("{SMALL} --seed 3 --out-dir out --save-traj"));
    assert_eq!((&summary["D"], &summary["steps"]), (&478.into(), &30.into()));
    assert!(summary["normal_residual"].as_f64().unwrap() < 1e-12);
    assert!(summary["spectral_radius"].as_f64().unwrap() <= 1.0 + 1e-9);
    assert!(
        summary["one_step_relL2"].as_f64().unwrap() < 0.5 * summary["one_step_relL2_persistence"].as_f64().unwrap()
    );
    let printed = python(
        "
for path in sys.argv[1:]:
    with np.load(path) as f:
        print(*[f'{k}:{f[k].dtype}{list(f[k].shape)}' for k in sorted(f)])
with np.load(sys.argv[2]) as a, np.load(sys.argv[1]) as z:
    N, k = int(z['N']), a['anchor_k']
    assert ((k[:, 1] % N)*N + k[:, 0] % N == z['anchor_idx']).all() and a['ridge_lambda'] == 0.01
",
        &[&at("out/z0.npz"), &at("out/A.npz"), &at("out/traj.npz")],
    );
    for part in [
        "z:float64[478]",
        "mask_low:bool[2304]",
        "anchor_idx:int64[40]",
        "A:float64[478, 478]",
        "traj:float32[31, 48, 48]",
        "Cs:float64[] N:int64[] dt:float64[] nu0:float64[] scheme:int64[] traj",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let state = read_state(&at("out/z0.npz")).unwrap();
    let a = read_propagator(&at("out/A.npz")).unwrap();
    a.fits(state.background.basis()).unwrap();
    assert_eq!((state.meta.seed, a.origin.seed, a.origin.dt), (3, Some(3), Some(0.01)));

    let options = "--traj-npz out/traj.npz --steps 100 --topk-mid 40 --json --out-dir again";
    let run = output(folder.path(), &format!("learn {options}"));
    assert!(run.status.success() && text(&run.stderr).contains("has 30 steps"), "{}", text(&run.stderr));
    let again = read_propagator(&at("again/A.npz")).unwrap();
    assert_eq!((again.matrix(), again.origin.seed), (a.matrix(), None));
    assert_eq!(read_state(&at("again/z0.npz")).unwrap().background, state.background);
}

/// A trajectory knows how far apart its fields are: what is learned from it and compared with it goes by that.
#[test]
fn a_trajectory_keeps_its_time_step_and_an_old_one_is_not_guessed_at_in_silence() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    learned(folder.path(), &format!("{SMALL} --dt 0.02 --nu0 1e-4 --les-scheme rk3 --save-traj"));
    let says = "
with np.load(sys.argv[1]) as f:
    print(*[f[k].item() for k in ('dt', 'nu0', 'Cs', 'scheme', 'N')])
    kept = {k: f[k] for k in f if k == 'traj'}
np.savez(sys.argv[2], **kept)
";
    assert_eq!(python(says, &[&at("out/traj.npz"), &at("old.npz")]), "0.02 0.0001 0.17 3 48");

    let common = "--steps 30 --topk-mid 40 --quiet --json";
    let again = learned(folder.path(), &format!("--traj-npz out/traj.npz {common} --out-dir again"));
    assert_eq!((&again["dt"], &again["dt_from"], &again["les_scheme"]), (&0.02.into(), &"file".into(), &Value::Null));
    let (a, z0) = (read_propagator(&at("again/A.npz")).unwrap(), read_state(&at("again/z0.npz")).unwrap());
    assert_eq!((a.origin.dt, z0.meta.dt, z0.meta.nu), (Some(0.02), 0.02, 1e-4));
    let refused = |args: &str, parts: &[&str]| {
        let run = output(folder.path(), args);
        let said = text(&run.stderr);
        assert!(run.status.code() == Some(2) && parts.iter().all(|part| said.contains(part)), "{args}: {said}");
    };
    refused("learn --traj-npz out/traj.npz --dt 0.01", &["--dt 0.01", "out/traj.npz, 0.02", "leave it out"]);
    refused("learn --traj-npz out/traj.npz --nu0 1e-3", &["--nu0 0.001", "0.0001"]);
    refused("encode out/traj.npz --dt 0.5 --out e.npz --z-only", &["--dt 0.5", "0.02"]);
    refused("run --traj-npz out/traj.npz --dt 0.01 --steps 2 --backend cpu", &["--dt 0.01", "0.02"]);
    // Another state's clock does not fit either, in whatever order they come.
    learned(folder.path(), &format!("{SMALL} --out-dir other"));
    let other = "run --z0-npz other/z0.npz --traj-npz out/traj.npz --steps 2 --backend cpu";
    refused(other, &["other/z0.npz has steps of dt 0.01", "0.02 apart"]);

    // The run's times are the trajectory's, and so is the dt of what is fitted on the way.
    let run = |args: &str| -> Value {
        let fixed = "--steps 30 --stride 30 --topk-mid 40 --backend cpu --json --quiet";
        serde_json::from_str(&succeeds(folder.path(), &format!("run {args} {fixed}"))).unwrap()
    };
    let fitted = run("--traj-npz out/traj.npz --fit-A-from-traj --out-dir f");
    let near = |value: &Value, x: f64| (value.as_f64().unwrap() - x).abs() < 1e-12;
    assert!(near(&fitted["dt"], 0.02) && near(&fitted["time"], 0.6) && near(&fitted["nu"], 1e-4), "{fitted:#}");
    let by_z0 = run("--z0-npz again/z0.npz --A-npz again/A.npz --traj-npz out/traj.npz --out-dir z");
    assert_eq!((&by_z0["rel_l2"], &by_z0["dt"]), (&fitted["rel_l2"], &fitted["dt"]));
    let encoded = succeeds(folder.path(), "encode out/traj.npz --frame 3 --z-only --out e.npz --quiet");
    assert!(encoded.lines().count() > 1, "{encoded}");
    let encoded = read_state(&at("e.npz")).unwrap().meta;
    assert_eq!((encoded.dt, encoded.nu), (0.02, 1e-4));

    // A file without it: --dt, or a warning and a flag.
    let assumed = run("--traj-npz old.npz --out-dir o");
    assert!(assumed["perf_flags"].as_array().unwrap().contains(&"TRAJECTORY_DT_ASSUMED".into()), "{assumed:#}");
    let told = run("--traj-npz old.npz --dt 0.02 --out-dir o");
    assert!(!told["perf_flags"].as_array().unwrap().contains(&"TRAJECTORY_DT_ASSUMED".into()));
    let learned = output(folder.path(), &format!("learn --traj-npz old.npz {common} --out-dir o"));
    let (said, summary) = (text(&learned.stderr), text(&learned.stdout));
    assert!(said.contains("old.npz does not say how far apart its fields are: 0.01 is assumed"), "{said}");
    assert!(summary.contains("\"dt_from\": \"assumed\"") && summary.contains("TRAJECTORY_DT_ASSUMED"), "{summary}");
}

#[test]
fn steps_are_divided_by_default_and_the_midpoint_rule_is_found_out() {
    let folder = tempdir().unwrap();
    // The default, and what it says.
    let run = output(folder.path(), "learn --N 128 --dt 0.1 --steps 3 --topk-mid 0 --k-cut 2 --resid-mid-cut 3 --json");
    let said = text(&run.stderr);
    let summary: Value = serde_json::from_str(&text(&run.stdout)).unwrap();
    let once = said.lines().filter(|line| line.contains("divides its steps of dt 0.1: CFL")).count();
    assert!(run.status.success() && once == 1 && said.contains("256 at most"), "{said}");
    let (cfl, parts) = (summary["cfl_max"].as_f64().unwrap(), summary["substeps_max"].as_u64().unwrap());
    assert!(cfl > 1.2 && parts >= (cfl / 1.2).ceil() as u64, "{summary:#}");
    assert_eq!((&summary["les_scheme"], &summary["enstrophy_growth"]), (&"rk4".into(), &0.0.into()), "{summary:#}");
    assert_eq!(summary["perf_flags"], serde_json::json!([]));

    // Without any viscosity the midpoint rule gains enstrophy, and rk4 does not.
    let inviscid = "--N 64 --dt 0.05 --steps 12 --Cs 0 --nu0 0 --topk-mid 0 --k-cut 2 --resid-mid-cut 3 --quiet --json";
    let run = output(folder.path(), &format!("learn {inviscid} --les-scheme rk2"));
    let said = text(&run.stderr);
    let summary: Value = serde_json::from_str(&text(&run.stdout)).unwrap();
    assert!(said.contains("warning: enstrophy of the LES grew by") && said.contains("--les-scheme rk4"), "{said}");
    assert!(summary["enstrophy_growth"].as_f64().unwrap() > 1e-4, "{summary:#}");
    assert_eq!(summary["perf_flags"], serde_json::json!(["LES_ENSTROPHY_GROWS"]));
    let stable = learned(folder.path(), inviscid);
    assert!(stable["enstrophy_growth"].as_f64().unwrap() < 1e-6 && stable["perf_flags"] == serde_json::json!([]));
}

#[test]
fn what_numpy_saves_compressed_is_learned_from_too() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t.npz");
    python(
        "
x = 2*np.pi*np.arange(32)/32
t = 0.02*np.arange(41)[:, None, None]
np.savez_compressed(sys.argv[1], traj=np.sin(x[None, None, :] - t) + 0.5*np.cos(2*x[None, :, None] + t))
",
        &[&path],
    );
    assert_eq!(read_traj(&path, |traj| Ok((traj.frames(), traj.n()))).unwrap(), (41, 32));
    let summary =
        learned(folder.path(), "--traj-npz t.npz --steps 40 --topk-mid 0 --ridge 1e-8 --dt 0.02 --json --quiet");
    assert!(summary["forecast_relL2"].as_f64().unwrap() < 1e-3, "{summary}");
    assert_eq!((&summary["cfl_max"], &summary["dtype"]), (&Value::Null, &"float64".into()));
}

#[test]
fn failures_name_their_cause_and_leave_nothing() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("bad.npz"), b"no archive").unwrap();
    for (args, code, parts) in [
        ("--N 256 --dt 0.5 --substeps 1", 1, &["N = 256, step 1", "CFL", "> 1.2", "lower dt to", "substeps"][..]),
        ("--N 256 --dt 0.5 --substeps 1 --les-scheme rk3", 1, &["> 0.75", "by rk3"]),
        ("--les-scheme euler", 2, &["rk4, rk3, rk2"]),
        ("--traj-npz bad.npz --les-scheme rk3", 2, &["--les-scheme"]),
        ("--N 256 --dt 0.5 --substeps 4 --save-traj", 1, &["more than 4 substeps"]),
        ("--N 16", 2, &["k_cut", "grid side N = 16"]),
        ("--N 33", 2, &["even number"]),
        ("--N 20 --k-cut 4 --spectrum 12", 2, &["peak"]),
        ("--ridge -1", 2, &["--ridge"]),
        ("--dt 0", 2, &["dt"]),
        ("--steps 0", 2, &["--steps"]),
        ("--traj-npz none.npz", 5, &["none.npz"]),
        ("--traj-npz bad.npz", 5, &["bad.npz", "archive"]),
    ] {
        let run = output(folder.path(), &format!("learn {args} --quiet --out-dir out"));
        let message = text(&run.stderr);
        assert_eq!(run.status.code(), Some(code), "{args}: {message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{args}: {message}");
        assert!(message.starts_with("error: ") && message.trim_end().lines().count() == 1, "{args}: {message}");
        let left = fs::read_dir(folder.path().join("out")).map_or(0, |folder| folder.count());
        assert_eq!(left, 0, "{args}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_learning_and_leaves_nothing() {
    use std::{process::Command, process::Stdio, thread::sleep, time::Duration};
    let folder = tempdir().unwrap();
    let args = "learn --N 64 --steps 100000000 --save-traj --out-dir out";
    let mut child = program(folder.path(), args).stderr(Stdio::piped()).spawn().unwrap();
    // The temporary trajectory shows that the loop has begun.
    let begun = || {
        fs::read_dir(folder.path().join("out"))
            .is_ok_and(|mut files| files.any(|f| f.is_ok_and(|f| f.metadata().is_ok_and(|m| m.len() > 100_000))))
    };
    (0..200).take_while(|_| !begun()).for_each(|_| sleep(Duration::from_millis(50)));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
}

#[test]
fn validation_prints_rows_and_verdicts() {
    let folder = tempdir().unwrap();
    learned(folder.path(), "--N 64 --steps 40 --quiet --json");
    let printed = succeeds(folder.path(), "validate lowk --N 64 --steps 100 --A-npz out/A.npz --json --quiet");
    let whole: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(whole["passed"], true);
    let rows = whole["cases"][0]["rows"].as_array().unwrap();
    assert!(
        rows.iter().any(|row| row["name"] == "N = 64, galerkin: correlation after 100 steps" && row["passed"] == true)
    );
    assert!(
        rows.iter()
            .any(|row| row["name"] == "N = 64, linear A: correlation after 100 steps" && row["passed"].is_null())
    );
    let kernels = whole["cases"][0]["details"][0]["kernels"].as_array().unwrap();
    assert!(kernels.iter().all(|kernel| kernel["spectrum"].as_array().unwrap().len() == 8));

    // Far beyond what is judged a verdict on the energy still stands, and it may fail.
    let run = output(folder.path(), "validate lowk --N 64 --steps 1200 --quiet");
    assert_eq!(run.status.code(), Some(3), "{}", text(&run.stdout));
    assert!(text(&run.stdout).contains("FAILED") && text(&run.stderr).contains("energy at low k"));
}

#[test]
fn validation_runs_cases_by_name_and_lists_them() {
    let folder = tempdir().unwrap();
    let printed = succeeds(folder.path(), "validate two-mode collapse --json --quiet");
    let whole: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(whole["passed"], true);
    let cases = whole["cases"].as_array().unwrap();
    assert_eq!(cases.iter().map(|case| case["case"].as_str().unwrap()).collect::<Vec<_>>(), ["two-mode", "collapse"]);
    for case in cases {
        assert!(case["on"] == "cpu" && case["seconds"].as_f64().unwrap() >= 0.0);
        for row in case["rows"].as_array().unwrap() {
            for key in ["expected", "measured", "error", "threshold"] {
                assert!(row[key].is_number(), "{key} of {row}");
            }
            assert!(row["passed"] == true && row["relative"] == true && row["name"].is_string(), "{row}");
        }
    }
    let table = succeeds(folder.path(), "validate two-mode --quiet");
    assert!(
        table.contains("expected") && table.contains("58.0000") && table.contains("8 of 8 verdicts are ok"),
        "{table}"
    );

    let listed: Value = serde_json::from_str(&succeeds(folder.path(), "validate --list --json")).unwrap();
    assert!(listed.as_array().unwrap().len() == 13 && listed[0]["name"] == "lamb-oseen", "{listed}");
    let run = output(folder.path(), "validate magic");
    let said = text(&run.stderr);
    assert!(run.status.code() == Some(2) && said.contains("magic") && said.contains("krasny"), "{said}");
}

/// k_keep is held by A itself: NumPy's powers of the file say so, and every form of a rollout keeps it to the bit.
#[test]
fn k_keep_outlives_a_million_steps_in_every_form() {
    let folder = tempdir().unwrap();
    let small = "--N 48 --steps 60 --k-cut 3 --resid-mid-cut 8 --topk-mid 50 --quiet --json";
    for (more, out, forms) in [
        ("", "plain", &["--dtype float64", "--dtype float32", "--modal", "--dtype fixed"][..]),
        ("--residual-rank 8", "basis", &["--modal"]),
        ("--no-clamp", "wild", &["--modal --dt 0.02"]),
        #[cfg(feature = "gpu")]
        ("", "device", &["--backend gpu", "--backend gpu --modal", "--backend gpu --dtype fixed"]),
    ] {
        let summary = learned(folder.path(), &format!("{small} {more} --out-dir {out}"));
        let printed = python(
            "
a, z = np.load(sys.argv[1])['A'], np.load(sys.argv[2])['z']
keep = 2*np.load(sys.argv[2])['mask_low'].sum() + 3
assert z[keep] == 50
assert (a[keep] == np.eye(len(a))[keep]).all() and (a[:, keep] == np.eye(len(a))[:, keep]).all()
if abs(np.linalg.eigvals(a)).max() < 1 + 1e-9:
    assert (z @ np.linalg.matrix_power(a, 10**6))[keep] == 50
print(abs(np.linalg.eigvals(a)).max())
",
            &[&folder.path().join(out).join("A.npz"), &folder.path().join(out).join("z0.npz")],
        );
        let radius = summary["spectral_radius"].as_f64().unwrap();
        assert!((printed.parse::<f64>().unwrap() - radius).abs() < 1e-9, "{out}: {printed} {radius}");
        for form in forms {
            let steps = if more == "--no-clamp" || form.contains("gpu") { "1000" } else { "1000000" };
            let backend = if form.contains("gpu") { "" } else { "--backend cpu" };
            let args = format!("run --z0-npz {out}/z0.npz --A-npz {out}/A.npz --kernel-only {backend} --no-decode");
            let run = output(folder.path(), &format!("{args} --steps {steps} --quiet {form} --out-dir end"));
            // Nothing is said of k_keep, because nothing happens to it; what grows without end is stopped before that.
            let (code, said) = (run.status.code(), text(&run.stderr));
            assert_eq!(code, Some(i32::from(more == "--no-clamp")), "{form}: {said}");
            assert!(!said.contains("k_keep") && (code == Some(0) || said.contains("(STATE_GROWS)")), "{form}: {said}");
            let end = read_state(&folder.path().join("end/z0.npz")).unwrap().background;
            assert_eq!((end.header.k_keep, end.k_keep()), (50.0, 50), "{out} {form}");
        }
    }
}

/// A file of an earlier version, whose ridge shrank k_keep.
#[test]
fn an_older_file_is_read_with_a_remark_on_what_it_does_to_k_keep() {
    let folder = tempdir().unwrap();
    learned(folder.path(), &format!("{SMALL} --out-dir out"));
    python(
        "
f = dict(np.load(sys.argv[1]))
keep = 2*np.load(sys.argv[2])['mask_low'].sum() + 3
f['A'][keep, keep] -= 1e-4
np.savez(sys.argv[3], **f)
",
        &["out/A.npz", "out/z0.npz", "old.npz"].map(|name| folder.path().join(name)).each_ref().map(|p| &**p),
    );
    let args = "run --z0-npz out/z0.npz --A-npz old.npz --kernel-only --backend cpu --no-decode --steps 1000";
    let run = output(folder.path(), args);
    let said = text(&run.stderr);
    assert!(run.status.success() && said.contains("old.npz: A does not hold k_keep"), "{said}");
    assert!(said.contains("40 becomes 39.996000000 in one step") && said.contains("some 126 steps"), "{said}");
    // exp(-0.1) of 40.
    assert_eq!(read_state(&folder.path().join("out/z0.npz")).unwrap().background.k_keep(), 36);
}

/// More numbers than the own iteration takes: eigenvalues of a matrix of low rank, by `faer`, against LAPACK's.
#[test]
fn the_eigenvalues_of_a_large_a_are_those_of_numpy_and_repeat_to_the_bit() {
    let folder = tempdir().unwrap();
    // Waves that run, grow and decay, each at its own pace.
    python(
        "
n, x, t = 64, 2*np.pi*np.arange(64)/64, np.arange(81)[:, None, None]
random, traj = np.random.default_rng(5), np.zeros((81, 64, 64))
for _ in range(24):
    kx, ky = random.integers(-9, 10, 2)
    speed, grow, phase = random.normal()*8, random.uniform(0.985, 1.015), random.uniform(0, 6)
    traj += grow**t*np.cos(kx*x[None, None, :] + ky*x[None, :, None] + phase - speed*0.01*t)
np.savez(sys.argv[1], traj=traj)
",
        &[&folder.path().join("t.npz")],
    );
    let large = "--traj-npz t.npz --steps 80 --dt 0.01 --topk-mid 330 --ridge 1e-6 --quiet --json";
    let clamped = learned(folder.path(), &format!("{large} --out-dir a"));
    let fitted = learned(folder.path(), &format!("{large} --out-dir b --no-clamp"));
    assert_eq!(clamped["D"], 1058);
    let printed = python(
        "
for path in sys.argv[1:]:
    a = np.load(path)['A']
    l = abs(np.linalg.eigvals(a))
    print(l.max(), (l > 1 + 1e-12).sum())
    # k_keep's row and column, whatever was moved beside them.
    assert (a[397] == np.eye(len(a))[397]).all() and (a[:, 397] == np.eye(len(a))[:, 397]).all()
",
        &[&folder.path().join("a/A.npz"), &folder.path().join("b/A.npz")],
    );
    let numbers: Vec<f64> = printed.split_whitespace().map(|x| x.parse().unwrap()).collect();
    let [now, before] = ["spectral_radius", "spectral_radius_fitted"].map(|key| clamped[key].as_f64().unwrap());
    assert!((now - numbers[0]).abs() < 1e-9 && (now - 1.0).abs() < 1e-9, "{now} {printed}");
    assert!((before - numbers[2]).abs() < 1e-9 && before > 1.0, "{before} {printed}");
    assert_eq!(before, fitted["spectral_radius"].as_f64().unwrap());
    assert_eq!(clamped["eigenvalues_moved"].as_f64().unwrap(), numbers[3], "{clamped:#} {printed}");
    assert!(numbers[3] > 0.0 && numbers[1] == 0.0, "{printed}");
    learned(folder.path(), &format!("{large} --out-dir c"));
    let file = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(file("a/A.npz") == file("c/A.npz"));
}

/// A factorisation cannot be interrupted; the program can.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_long_fit_at_once() {
    use std::{io::Read, process::Command, process::Stdio};
    let folder = tempdir().unwrap();
    let args = "learn --N 64 --steps 40 --topk-mid 2048 --out-dir out";
    let mut child = program(folder.path(), args).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !text(&said).contains("learning A, 4494 x 4494: ") {
        assert_eq!(stderr.read(&mut byte).unwrap(), 1, "the fit was over before it was told of: {}", text(&said));
        said.push(byte[0]);
    }
    Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    stderr.read_to_end(&mut said).unwrap();
    let (said, status) = (text(&said), child.wait().unwrap());
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("learning A, 4494 x 4494: while ") && said.contains("nothing was written"), "{said}");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
}
