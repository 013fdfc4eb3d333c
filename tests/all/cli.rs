//! The program as people and scripts meet it: what it prints, what it writes, how it ends.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use dashi_vortex::{
    io::{Array, read_state, write_state},
    state::{Atoms, Background, Basis, Meta, State},
};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::npz;

/// The program in a folder of its own; `XDG_RUNTIME_DIR` keeps Mesa from complaining on stderr.
pub fn program(folder: &Path, args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
    command.args(args.split_whitespace()).current_dir(folder).env("XDG_RUNTIME_DIR", folder);
    // Settings and presets of whoever runs the tests are none of their business.
    command.env("DASHI_VORTEX_CONFIG", folder.join("config"));
    // No window may open here, whatever is refused.
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(name);
    }
    command
}

pub fn output(folder: &Path, args: &str) -> Output {
    program(folder, args).output().expect("the program starts")
}

/// Runs, demands success and gives stdout.
pub fn succeeds(folder: &Path, args: &str) -> String {
    let output = output(folder, args);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "dashi-vortex {args}: {}\n{out}\n{err}", output.status);
    out
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A run of a few steps into `out`, with metrics.
fn small_run(args: &str) -> (TempDir, Value) {
    let folder = tempdir().unwrap();
    let common = "--N 40 --steps 12 --stride 5 --out-dir out --metrics-json out/metrics.json --quiet";
    succeeds(folder.path(), &format!("run {args} {common}"));
    let metrics = json(&folder.path().join("out/metrics.json"));
    (folder, metrics)
}

const KEYS: &str = "backend fft_backend bytes_to_gpu bytes_from_gpu gpu_mem_peak_mb support_frac resid_mid_E \
    resid_high_E energy enstrophy alloc_peak_mb hashes wall_time_s ns_per_step steps_per_sec decode_ms_per_snap \
    rss_max_mb nan_inf_count max_abs l2_norm_z hash hash_z parity dtype N k_cut resid_mid_cut topk_mid decode_stride seed \
    backend_parity_hash intent_gpu intent_gpu_fft active_backend adapter software_adapter fft_device dominant_stage \
    stages perf_flags atoms vertices time step circulation impulse hash_every_k max_abs_of ended error energy_growth \
    enstrophy_growth spectral_radius_fitted eigenvalues_moved clamp";

#[test]
fn scenes_are_listed_for_people_and_for_programs() {
    let folder = tempdir().unwrap();
    let listed = succeeds(folder.path(), "scenes");
    let entries: Value = serde_json::from_str(&succeeds(folder.path(), "scenes --json")).unwrap();
    let scenes = dashi_vortex::genesis::scenes();
    assert_eq!(entries.as_array().unwrap().len(), scenes.len());
    for (scene, entry) in scenes.iter().zip(entries.as_array().unwrap()) {
        assert!(listed.contains(scene.title) && listed.contains(scene.physics), "{listed}");
        assert_eq!(entry["name"], scene.name);
        assert!(entry["atoms"].as_u64().unwrap() > 0 && entry["vertices"].as_u64() >= entry["atoms"].as_u64());
    }
}

#[test]
fn help_names_every_parameter_and_the_exit_codes() {
    let folder = tempdir().unwrap();
    let top = succeeds(folder.path(), "--help");
    assert!(top.contains("Examples:") && top.contains("Exit codes:") && top.contains("130"), "{top}");
    let help = succeeds(folder.path(), "run --help");
    for flag in ["--dt ", "--nu ", "--k-cut ", "--topk-mid ", "--kernel ", "--integrator ", "--N ", "--seed "] {
        assert!(help.contains(flag), "{flag} is missing:\n{help}");
    }
    assert!(!help.contains("--tracers"), "dye belongs to the window");
    assert!(succeeds(folder.path(), "--version").starts_with("dashi-vortex "));
}

#[test]
fn a_cpu_run_leaves_pictures_a_state_and_metrics_with_every_key() {
    let (folder, metrics) = small_run("--scene pair --backend cpu --apng --bare --hash-every 4");
    let out = folder.path().join("out");
    for step in ["0000", "0005", "0010", "0012"] {
        let picture = image::open(out.join(format!("dashi_t{step}_compare.png"))).unwrap();
        assert_eq!((picture.width(), picture.height()), (520, 520), "13 pixels for each of 40 cells");
    }
    assert_eq!(fs::read_dir(&out).unwrap().count(), 4 + 3, "pictures, animation, state, metrics");
    assert!(fs::read(out.join("dashi.apng")).unwrap().windows(4).any(|chunk| chunk == b"acTL"));
    let state = read_state(&out.join("z0.npz")).unwrap();
    assert_eq!((state.step, state.meta.n), (12, 40));

    for key in KEYS.split_whitespace() {
        assert!(metrics.get(key).is_some(), "{key} is missing in {metrics:#}");
    }
    for absent in ["adapter", "software_adapter", "gpu_mem_peak_mb", "bytes_to_gpu", "support_frac"] {
        assert!(metrics[absent].is_null(), "{absent} was not measured and must be null: {}", metrics[absent]);
    }
    for measured in
        ["alloc_peak_mb", "energy", "enstrophy", "ns_per_step", "wall_time_s", "decode_ms_per_snap", "max_abs"]
    {
        assert!(metrics[measured].as_f64().is_some_and(|x| x > 0.0), "{measured}: {}", metrics[measured]);
    }
    assert_eq!(metrics["hashes"].as_array().unwrap().len(), 3);
    let hashes = dashi_vortex::io::Hashes::of(&state);
    assert_eq!((&metrics["hash"], &metrics["hash_z"]), (&hashes.state.as_str().into(), &hashes.z.as_str().into()));
    assert_eq!(metrics["hashes"][2], metrics["hash"], "step 12 is the last");
    let distinct: std::collections::BTreeSet<_> =
        metrics["hashes"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), 3, "atoms that move have another hash at every look");
    assert!(metrics["backend_parity_hash"].is_null() && metrics["parity"].is_null(), "nobody asked for it");
    assert_eq!((&metrics["step"], &metrics["dtype"]), (&12.into(), &"float64".into()));
    assert_eq!(metrics["vertices"], state.atoms.vertex_count());
}

#[test]
fn without_decode_there_are_no_pictures_and_its_measurements_are_null() {
    let (folder, metrics) = small_run("--scene dipole --backend numpy --no-decode");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 2);
    for absent in ["decode_ms_per_snap", "max_abs", "decode_stride"] {
        assert!(metrics[absent].is_null(), "{absent}: {}", metrics[absent]);
    }
    // The state itself is counted all the same.
    assert_eq!(metrics["nan_inf_count"], 0);
    let decode = metrics["stages"].as_array().unwrap().iter().find(|s| s["name"] == "decode").unwrap();
    assert!(decode["ms"].is_null());
}

#[test]
fn equal_runs_give_equal_states_and_two_halves_make_a_whole() {
    let folder = tempdir().unwrap();
    let file = |name: &str| fs::read(folder.path().join(name).join("z0.npz")).unwrap();
    let run = |args: &str| succeeds(folder.path(), &format!("run --backend cpu --no-decode --quiet {args}"));
    for flags in ["", "--ellipses off"] {
        for name in ["a", "b"] {
            run(&format!("--scene turbulence --seed 3 --steps 12 --out-dir {name} {flags}"));
        }
        assert_eq!(file("a"), file("b"));
        run(&format!("--scene turbulence --seed 4 --steps 12 --out-dir other {flags}"));
        assert_ne!(file("a"), file("other"));
    }
    // In the middle of a cycle a file holds a refit, from which another cycle begins.
    run("--scene turbulence --seed 3 --steps 7 --ellipses off --out-dir half");
    run("--z0-npz half/z0.npz --steps 5 --ellipses off --out-dir half");
    run("--scene turbulence --seed 3 --steps 12 --ellipses off --out-dir a");
    assert_eq!(file("a"), file("half"));
}

#[test]
fn a_flag_beats_the_file_and_the_file_beats_the_default() {
    let folder = tempdir().unwrap();
    let run = |args: &str| -> Value {
        let common = "run --backend cpu --no-decode --steps 1 --quiet --json --out-dir out";
        serde_json::from_str(&succeeds(folder.path(), &format!("{common} {args}"))).unwrap()
    };
    let made = run("--scene cells --dt 0.004 --nu 0.002 --seed 9 --N 96 --k-cut 5 --resid-mid-cut 7 --topk-mid 3");
    for (key, value) in [("dt", 0.004), ("nu", 0.002), ("seed", 9.0), ("N", 96.0), ("k_cut", 5.0), ("topk_mid", 3.0)] {
        assert_eq!(made[key].as_f64(), Some(value), "{key}");
    }
    let again = run("--z0-npz out/z0.npz");
    for key in ["dt", "nu", "seed", "N", "k_cut", "resid_mid_cut", "topk_mid"] {
        assert_eq!(again[key], made[key], "{key} of the file holds");
    }
    let changed = run("--z0-npz out/z0.npz --dt 0.02 --N 32 --k-cut 2");
    assert_eq!(
        (changed["dt"].as_f64(), changed["N"].as_u64(), changed["k_cut"].as_u64()),
        (Some(0.02), Some(32), Some(2))
    );
    assert_eq!(changed["seed"], 9);
    // The cells are modes (1, 1): under a cut of 1 they survive as anchors.
    let narrow = run("--scene cells --k-cut 1 --resid-mid-cut 2 --topk-mid 4");
    assert!(narrow["l2_norm_z"].as_f64().unwrap() > 1.0, "{}", narrow["l2_norm_z"]);
}

#[test]
fn a_kernel_that_stands_still_or_only_decodes_is_named() {
    let (_folder, metrics) = small_run("--scene cells --backend cpu --kernel linear --nu 0");
    assert!(metrics["perf_flags"].as_array().unwrap().contains(&"KERNEL_COLLAPSED".into()), "{metrics:#}");
    let folder = tempdir().unwrap();
    // So many modes, on a grid that does not hold them, and so small a picture that decoding dominates anywhere.
    let basis = Basis::new(64, 64, 0, vec![]).unwrap();
    let z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64).sin()).collect();
    let modes = Background::from_z(basis, &z).unwrap();
    let state = State::new(Atoms::default(), modes, Meta { n: 256, ..Meta::default() });
    write_state(&folder.path().join("modes.npz"), &state).unwrap();
    let args = "run --z0-npz modes.npz --backend cpu --kernel frozen --N 120 --steps 10 --stride 1 --json \
        --pix-width 64 --pix-height 64";
    let output = output(folder.path(), args);
    let metrics: Value = serde_json::from_slice(&output.stdout).unwrap();
    let flag = "KERNEL_ONLY_DOMINATED_BY_CPU_DECODE";
    assert!(metrics["perf_flags"].as_array().unwrap().contains(&flag.into()), "{metrics:#}");
    assert!(text(&output.stderr).contains(&format!("[PERF WARNING] {flag}: ")));
    assert_eq!(metrics["energy_from"], "modes");
    assert!(metrics["support_frac"].is_number(), "a file brings its encoder's statistics");
}

/// Ends with `code`, one clear sentence on stderr, nothing on stdout.
pub fn refuses(folder: &Path, args: &str, code: i32, says: &str) {
    let output = output(folder, args);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "dashi-vortex {args}\n{out}\n{err}");
    assert!(err.starts_with("error: ") && err.lines().count() == 1 && !err.contains("panicked"), "{args}\n{err}");
    assert!(err.contains(says), "dashi-vortex {args} should say {says:?}:\n{err}");
    assert_eq!(out, "", "dashi-vortex {args}");
}

#[test]
fn what_cannot_be_run_is_refused_in_one_sentence_with_its_exit_code() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(at.join(name), bytes).unwrap();
    let whole = npz::archive(&npz::entries());
    write("whole.npz", &whole);
    write("short.npz", &whole[..whole.len() / 2]);
    write("float32.npz", &npz::with("z", Array::vector(&[0.0_f32; 16])));
    write("nan.npz", &npz::with("z", Array::vector(&[f64::NAN; 16])));
    write("slow.npz", &npz::with("dt", Array::scalar(7.0)));
    write("text.npz", b"not an archive");
    for (args, code, says) in [
        ("run --scene maelstrom", 2, "maelstrom"),
        ("--scene maelstrom", 2, "maelstrom"),
        ("run --z0-npz missing.npz", 5, "missing.npz"),
        ("--z0-npz missing.npz", 5, "missing.npz"),
        ("--scene pair", 1, "`dashi-vortex run` computes without one"),
        ("run --z0-npz short.npz", 5, "short.npz"),
        ("run --z0-npz text.npz", 5, "text.npz"),
        ("run --z0-npz float32.npz", 5, "z: expected float64"),
        ("run --z0-npz nan.npz", 5, "z[0]: expected a finite number"),
        ("run --z0-npz slow.npz", 5, "--dt overrides it"),
        ("run --z0-npz .", 5, "."),
        ("run --N 0", 2, "from 16 to 8192"),
        ("run --N 1000000000", 2, "from 16 to 8192"),
        ("run --N many", 2, "from 16 to 8192"),
        ("run --dt nan", 2, "--dt"),
        ("run --dt -0.01", 2, "--dt"),
        ("run --kernel magic", 2, "one of frozen, linear, galerkin"),
        ("run --k-cut 20", 2, "resid-mid-cut"),
        ("run --steps -1", 2, "-1"),
        ("run --stride 0", 2, "above 0"),
        ("run --colormap jet", 2, "RdBu_r"),
        ("run --prefix ../x", 2, "path separator"),
        ("run --backend quantum", 2, "quantum"),
        ("run --backend cpu --require-gpu", 2, "--require-gpu"),
        ("run --no-decode --apng", 2, "--apng"),
        ("run --movie a.webm", 2, ".mp4, .gif, .png or .apng"),
        ("run --turbo", 2, "--turbo"),
        ("swim", 2, "swim"),
        ("run --scene pair --z0-npz whole.npz", 2, "cannot be used with"),
        ("--scene pair --z0-npz whole.npz", 2, "cannot be used with"),
        ("run --out-dir text.npz/below --backend cpu", 1, "text.npz/below"),
        ("run --out-dir text.npz --backend cpu", 1, "text.npz"),
        ("run --backend cpu --metrics-json nowhere/m.json", 1, "nowhere/m.json"),
        ("check --adapter no-such-adapter", 4, "no suitable GPU"),
        ("run --require-gpu --adapter no-such-adapter", 4, "no suitable GPU"),
    ] {
        refuses(at, args, code, says);
    }
}

/// Waits for the first picture, so that the run is under way, then sends a signal.
#[cfg(unix)]
#[test]
fn a_signal_saves_the_state_and_ends_with_its_code() {
    use std::{process::Stdio, thread::sleep, time::Duration};
    for (signal, code, word) in [("-INT", 130, "interrupted"), ("-TERM", 143, "terminated")] {
        let folder = tempdir().unwrap();
        let args = "run --scene dipole --backend cpu --steps 1000000000 --out-dir out --metrics-json m.json --quiet";
        let mut child = program(folder.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let picture = folder.path().join("out/dashi_t0000_compare.png");
        for _ in 0..600 {
            if picture.exists() || child.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        sleep(Duration::from_millis(200));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.starts_with(&format!("error: {word}: ")) && err.lines().count() == 1, "{err}");
        let state = read_state(&folder.path().join("out/z0.npz")).unwrap();
        assert!(state.step > 0 && json(&folder.path().join("m.json"))["step"] == state.step);
    }
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::*;

    #[test]
    fn a_gpu_run_repeats_bit_for_bit_and_says_where_it_ran() {
        let (a, metrics) = small_run("--scene cells --backend vulkan");
        let (b, _) = small_run("--scene cells --backend gpu");
        let file = |folder: &TempDir| fs::read(folder.path().join("out/z0.npz")).unwrap();
        assert_eq!(file(&a), file(&b));
        assert!(image::open(a.path().join("out/dashi_t0012_compare.png")).is_ok());
        assert_eq!((&metrics["active_backend"], &metrics["intent_gpu"]), (&"gpu".into(), &true.into()));
        assert!(metrics["adapter"].is_string() && metrics["gpu_mem_peak_mb"].as_f64().unwrap() > 0.0);
        let flags = metrics["perf_flags"].as_array().unwrap();
        assert!(flags.contains(&"GPU_UNDERSIZED_PROBLEM".into()), "{flags:?}");
        assert_eq!(flags.contains(&"SOFTWARE_ADAPTER".into()), metrics["software_adapter"] == true);
        // What was required must be hardware.
        let args = "run --scene pair --backend gpu --require-gpu --steps 1 --quiet";
        if metrics["software_adapter"] == true {
            refuses(a.path(), args, 4, "--require-gpu asks for hardware");
        } else {
            succeeds(a.path(), args);
        }
    }

    #[test]
    fn a_gpu_that_is_not_there_is_replaced_aloud() {
        let folder = tempdir().unwrap();
        let run = |backend: &str| {
            let args = format!("run --backend {backend} --adapter no-such-adapter --steps 1 --json");
            let output = output(folder.path(), &args);
            assert!(output.status.success());
            (serde_json::from_slice::<Value>(&output.stdout).unwrap(), text(&output.stderr))
        };
        let (metrics, err) = run("gpu");
        assert_eq!(metrics["perf_flags"], serde_json::json!(["GPU_BACKEND_FALLBACK"]));
        assert_eq!((&metrics["active_backend"], &metrics["intent_gpu"]), (&"cpu".into(), &true.into()));
        assert!(err.contains("[PERF ERROR] GPU_BACKEND_FALLBACK: "), "{err}");
        let (metrics, err) = run("auto");
        assert_eq!(metrics["perf_flags"], serde_json::json!([]));
        assert!(err.contains("[PERF INFO] auto chose the CPU: "), "{err}");
    }

    #[test]
    fn check_prints_every_row_and_passes() {
        let folder = tempdir().unwrap();
        let printed = succeeds(folder.path(), "check");
        let report: Value = serde_json::from_str(&succeeds(folder.path(), "check --json")).unwrap();
        let rows = report["rows"].as_array().unwrap();
        assert!(rows.len() >= 20 && report["passed"] == true, "{report:#}");
        for row in rows {
            let name = row["name"].as_str().unwrap();
            let line =
                printed.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}\n{printed}"));
            assert!(line.ends_with("  ok") && line.contains(&row["count"].to_string()), "{line}");
        }
        assert!(printed.contains(report["adapter"]["name"].as_str().unwrap()));
        for pass in report["passes"].as_array().unwrap() {
            assert!(pass["ms"].is_null() || pass["ms"].as_f64().unwrap() > 0.0, "{pass}");
        }
        assert!(printed.contains("biot_savart") && (printed.contains(" ms\n") || printed.contains("not measured")));
    }
}
