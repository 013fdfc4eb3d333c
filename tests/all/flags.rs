//! Every performance flag, raised by its real condition in a real run.

use std::process::Output;

use serde_json::Value;
use tempfile::tempdir;

use crate::cli::{program, succeeds};

/// Runs `dashi-vortex run ... --json` in a folder of its own, where z0.npz holds modes alone, with more
/// environment; metrics and the console.
fn run(args: &str, environment: &[(&str, &str)]) -> (Value, String) {
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "genesis --spectrum 4 --rms 1 --seed 1 --out z0.npz");
    let mut command = program(folder.path(), &format!("run --json {args}"));
    let Output { stdout, stderr, status } = command.envs(environment.iter().copied()).output().unwrap();
    let console = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "run {args}: {console}");
    (serde_json::from_slice(&stdout).unwrap(), console)
}

/// Whether metrics and console both name a flag, or neither does.
fn raised(metrics: &Value, console: &str, flag: &str) -> bool {
    let listed = metrics["perf_flags"].as_array().unwrap().iter().any(|f| f == flag);
    assert_eq!(listed, console.contains(&format!("] {flag}: ")), "{flag} in metrics and on the console:\n{console}");
    listed
}

/// A place without drivers.
#[cfg(feature = "gpu")]
const NO_DRIVERS: [(&str, &str); 3] =
    [("VK_DRIVER_FILES", "/nonexistent"), ("VK_ICD_FILENAMES", "/nonexistent"), ("WGPU_BACKEND", "vulkan")];

#[cfg(feature = "gpu")]
#[test]
fn a_missing_driver_is_an_error_line_and_auto_says_what_it_chose() {
    let (metrics, console) = run("--scene pair --backend gpu --steps 2", &NO_DRIVERS);
    assert!(raised(&metrics, &console, "GPU_BACKEND_FALLBACK"), "{console}");
    assert!(console.contains("[PERF ERROR] GPU_BACKEND_FALLBACK: a GPU was asked for"), "{console}");
    assert_eq!((&metrics["active_backend"], &metrics["intent_gpu"]), (&"cpu".into(), &true.into()));
    let (metrics, console) = run("--scene pair --backend auto --steps 2", &NO_DRIVERS);
    assert!(!raised(&metrics, &console, "GPU_BACKEND_FALLBACK"));
    assert!(console.contains("[PERF INFO] auto chose the CPU: "), "{console}");
}

#[cfg(feature = "gpu")]
#[test]
fn a_software_adapter_is_named_and_hardware_is_not() {
    let (metrics, console) = run("--scene turbulence --backend gpu --steps 2", &[]);
    let software = metrics["software_adapter"] == true;
    assert_eq!(raised(&metrics, &console, "SOFTWARE_ADAPTER"), software, "{console}");
    // Asked for by name it is an error, as a missing one is; found by auto it is a warning.
    assert_eq!(console.contains("[PERF ERROR] SOFTWARE_ADAPTER"), software, "{console}");
    let (_, console) = run("--scene turbulence --steps 2 --no-decode", &[]);
    assert_eq!(console.contains("[PERF WARNING] SOFTWARE_ADAPTER"), software, "{console}");
    // Transforms alone on it are named, too.
    let args = "--scene cells --backend cpu --fft-backend gpu --ground-truth --N 64 --steps 4 --stride 2";
    let (metrics, console) = run(args, &[]);
    assert_eq!(raised(&metrics, &console, "SOFTWARE_ADAPTER"), software, "{console}");
    let on = if software { "software GPU" } else { "GPU" };
    assert_eq!((&metrics["fft_device"], &metrics["active_backend"]), (&on.into(), &"cpu".into()));
    assert!(!raised(&metrics, &console, "GPU_FFT_REQUESTED_BUT_CPU_EXECUTED"));
}

#[cfg(feature = "gpu")]
#[test]
fn transforms_that_had_to_run_on_the_cpu_are_named_where_they_dominate() {
    let args = "--z0-npz z0.npz --kernel frozen --backend cpu --fft-backend gpu --ground-truth --N 256 --steps 400 \
        --stride 400 --pix-width 64 --pix-height 64";
    let (metrics, console) = run(args, &NO_DRIVERS);
    assert!(raised(&metrics, &console, "GPU_FFT_REQUESTED_BUT_CPU_EXECUTED"), "{console}\n{metrics:#}");
    assert_eq!((&metrics["fft_device"], &metrics["intent_gpu_fft"]), (&"CPU".into(), &true.into()));
    assert!(console.contains("transforms run on the CPU: "), "{console}");
    // Asked for on the CPU there is nothing to say.
    let (metrics, console) = run(&args.replace("--fft-backend gpu", "--fft-backend cpu"), &[]);
    assert!(!raised(&metrics, &console, "GPU_FFT_REQUESTED_BUT_CPU_EXECUTED"));
}

#[cfg(feature = "gpu")]
#[test]
fn gpu_work_that_hardly_counts_is_named() {
    // One large picture by the CPU and one step of two vortices.
    let args = "--scene pair --ellipses off --backend gpu --N 64 --steps 1 --stride 1 --pix-width 7000 \
                --pix-height 7000";
    let (metrics, console) = run(args, &[]);
    assert!(raised(&metrics, &console, "GPU_BACKEND_NEGLIGIBLE_IMPACT"), "{console}\n{metrics:#}");
    assert!(raised(&metrics, &console, "GPU_UNDERSIZED_PROBLEM"), "{console}");
    let (metrics, console) = run("--scene turbulence --backend gpu --N 256 --steps 20 --no-decode", &[]);
    assert!(!raised(&metrics, &console, "GPU_BACKEND_NEGLIGIBLE_IMPACT"), "{console}\n{metrics:#}");
    assert!(!raised(&metrics, &console, "GPU_UNDERSIZED_PROBLEM"), "{console}");
}

#[test]
fn a_kernel_that_comes_to_rest_is_named_and_one_that_moves_is_not() {
    let (metrics, console) = run("--scene cells --backend cpu --kernel linear --nu 0 --steps 20", &[]);
    assert!(raised(&metrics, &console, "KERNEL_COLLAPSED"), "{console}");
    let (metrics, console) = run("--scene cells --backend cpu --steps 20", &[]);
    assert!(!raised(&metrics, &console, "KERNEL_COLLAPSED"), "{console}");
}

#[test]
fn decoding_on_the_cpu_that_dominates_a_kernel_is_named() {
    let args = "--z0-npz z0.npz --backend cpu --kernel frozen --N 1024 --steps 10 --stride 5 --pix-width 64 \
        --pix-height 64";
    let (metrics, console) = run(args, &[]);
    assert!(raised(&metrics, &console, "KERNEL_ONLY_DOMINATED_BY_CPU_DECODE"), "{console}\n{metrics:#}");
    let (metrics, console) = run("--z0-npz z0.npz --backend cpu --kernel frozen --steps 10 --no-decode", &[]);
    assert!(!raised(&metrics, &console, "KERNEL_ONLY_DOMINATED_BY_CPU_DECODE"), "{console}");
}

#[cfg(feature = "gpu")]
#[test]
fn a_small_kernel_is_called_small_by_its_own_size_and_pictures_that_dominate_are_named() {
    let args = "--z0-npz z0.npz --A-npz A.npz --kernel-only --backend gpu --N 512 --steps 4 --stride 2";
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "genesis --spectrum 4 --rms 1 --seed 1 --out z0.npz");
    crate::python::python("np.savez(sys.argv[1], A=0.999*np.eye(398))", &[&folder.path().join("A.npz")]);
    let output = program(folder.path(), &format!("run --json {args} --pix-width 3000 --pix-height 3000")).output();
    let Output { stdout, stderr, .. } = output.unwrap();
    let (metrics, console): (Value, _) = (serde_json::from_slice(&stdout).unwrap(), String::from_utf8_lossy(&stderr));
    assert!(raised(&metrics, &console, "GPU_UNDERSIZED_PROBLEM"), "{console}");
    assert!(console.contains("the 398 numbers of z leave most of a GPU idle"), "{console}");
    assert!(raised(&metrics, &console, "DOMINATED_BY_CPU_STAGE"), "{console}\n{metrics:#}");
}

#[cfg(feature = "gpu")]
#[test]
fn double_precision_runs_on_the_cpu_aloud_whatever_was_asked_for() {
    let line = "--N 64 --steps 4 --stride 2 --backend vulkan --fft-backend vkfft-vulkan --scene cells --ground-truth";
    for dtype in ["--dtype float64", "--float64"] {
        let (metrics, console) = run(&format!("{line} {dtype}"), &[]);
        assert!(raised(&metrics, &console, "GPU_BACKEND_FALLBACK"), "{console}");
        assert!(console.contains("[PERF ERROR] GPU_BACKEND_FALLBACK: "), "{console}");
        assert!(console.contains("[PERF ERROR] transforms run on the CPU: "), "{console}");
        assert!(
            console.contains("float64 runs on the CPU, a device computes in float32; --dtype float32"),
            "{console}"
        );
        for (key, expected) in
            [("dtype", "float64"), ("active_backend", "cpu"), ("fft_backend", "cpu"), ("fft_device", "CPU")]
        {
            assert_eq!(metrics[key], expected, "{key}");
        }
        assert!(metrics["intent_gpu"] == true && metrics["intent_gpu_fft"] == true, "{metrics:#}");
    }
    let folder = tempdir().unwrap();
    let says = "leave --require-gpu out, or give --dtype float32";
    crate::cli::refuses(folder.path(), &format!("run {line} --dtype float64 --require-gpu --quiet"), 4, says);
}

#[cfg(feature = "gpu")]
#[test]
fn learning_on_the_cpu_is_told_where_transforms_on_the_gpu_were_asked_for() {
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "learn --N 64 --steps 60 --out-dir out --save-traj --quiet");
    let args = "run --traj-npz out/traj.npz --fit-A-from-traj --steps 60 --stride 60 --no-decode --backend cpu \
        --fft-backend gpu --json";
    let Output { stdout, stderr, .. } = program(folder.path(), args).output().unwrap();
    let (metrics, console): (Value, _) = (serde_json::from_slice(&stdout).unwrap(), String::from_utf8_lossy(&stderr));
    assert!(raised(&metrics, &console, "GPU_FFT_REQUESTED_BUT_CPU_EXECUTED"), "{console}\n{metrics:#}");
    assert_eq!(metrics["fft_device"], "CPU");
    assert!(metrics["fft_backend"] == "gpu" || metrics["fft_backend"] == "cpu", "{metrics:#}");
}

/// A = `rho` times a turn of every mode, k_keep held, as A.npz beside z0.npz.
fn turning(folder: &std::path::Path, rho: f64) {
    succeeds(folder, "genesis --spectrum 4 --rms 1 --seed 1 --out z0.npz");
    crate::python::python(
        "
rho, d = float(np.load(sys.argv[2])), 398
a = rho*np.eye(d)
a[397, 397] = 1
np.savez(sys.argv[1], A=a)
",
        &[&folder.join("A.npz"), &{
            let path = folder.join("rho.npy");
            let array = dashi_vortex::io::Array::scalar(rho);
            dashi_vortex::io::write_npy(&path, &array).unwrap();
            path
        }],
    );
}

#[test]
fn a_state_that_grows_is_named_in_every_form() {
    let folder = tempdir().unwrap();
    turning(folder.path(), 1.5);
    let forms = [
        "",
        "--modal",
        "--dtype float32",
        "--dtype fixed --steps 8",
        #[cfg(feature = "gpu")]
        "--backend gpu",
    ];
    for form in forms {
        let backend = if form.contains("gpu") { "" } else { "--backend cpu" };
        let steps = if form.contains("--steps") { "" } else { "--steps 50" };
        let args =
            format!("run --z0-npz z0.npz --A-npz A.npz --kernel-only --no-decode --json {form} {steps} {backend}");
        let Output { stdout, stderr, status } = program(folder.path(), &args).output().unwrap();
        let console = String::from_utf8_lossy(&stderr);
        assert!(status.code() == Some(1) && console.contains("the run stops (STATE_GROWS)"), "{form}: {console}");
        let metrics: Value = serde_json::from_slice(&stdout).unwrap();
        assert!(raised(&metrics, &console, "STATE_GROWS"), "{form}: {console}");
        assert!(console.contains("[PERF ERROR] STATE_GROWS: the en"), "{form}: {console}");
        assert!(metrics["ended"] == "failed" && metrics["error"].as_str().unwrap().contains("times that of the start"));
        // Energy is quadratic: 1.5 to the power of twice the steps.
        let steps = metrics["steps"].as_f64().unwrap();
        let expected = 1.5_f64.powf(2.0 * steps);
        for key in ["energy_growth", "enstrophy_growth"] {
            assert!((metrics[key].as_f64().unwrap() / expected - 1.0).abs() < 1e-3, "{form}: {metrics:#}");
        }
    }
    // A little is a warning, nothing is none.
    for (rho, raises) in [(1.01, true), (1.0, false), (0.99, false)] {
        turning(folder.path(), rho);
        let args = "run --z0-npz z0.npz --A-npz A.npz --kernel-only --no-decode --json --steps 50 --backend cpu";
        let Output { stdout, stderr, status } = program(folder.path(), args).output().unwrap();
        let console = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{console}");
        assert_eq!(raised(&serde_json::from_slice(&stdout).unwrap(), &console, "STATE_GROWS"), raises, "{console}");
        assert!(!console.contains("[PERF ERROR]"), "{console}");
    }
}

/// Atoms are measured on the way, too: a run is told of growth when it is seen, and ends when nothing is left of it.
#[test]
fn a_flow_with_atoms_is_watched_on_the_way_and_stopped() {
    use dashi_vortex::{
        io::{read_state, write_state},
        state::{Atom, Atoms, Sign, State},
    };
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    turning(folder.path(), 1.02);
    let atom = Atom::point(Sign::Plus, 0.1, 0.3, glam::DVec2::splat(2.0));
    let modes = read_state(&at("z0.npz")).unwrap();
    write_state(&at("both.npz"), &State { atoms: Atoms::try_from_iter([atom]).unwrap(), ..modes }).unwrap();
    let backends: &[&str] = if cfg!(feature = "gpu") { &["cpu", "gpu"] } else { &["cpu"] };
    for backend in backends {
        let args = format!(
            "run --z0-npz both.npz --A-npz A.npz --steps 200 --stride 10 --N 32 --backend {backend} --json \
             --metrics-csv m.csv --save-z-history h.npy --out-dir {backend}"
        );
        let Output { stdout, stderr, status } = program(folder.path(), &args).output().unwrap();
        let console = String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(1), "{console}");
        let metrics: Value = serde_json::from_slice(&stdout).unwrap();
        assert!(raised(&metrics, &console, "STATE_GROWS"), "{console}");
        // 1.02 to the power of twice the steps is 10 after 59.
        let told = console.find("warning: the en").unwrap();
        assert!(told < console.find("error: step 60: the en").unwrap(), "{console}");
        assert_eq!((&metrics["steps"], &metrics["ended"]), (&60.into(), &"failed".into()), "{console}");
        let growth = metrics["energy_growth"].as_f64().unwrap();
        assert!((10.0..11.0).contains(&growth), "{growth}");
        // What is left is of the step that it says, pictures and rows up to it.
        assert_eq!(read_state(&at(backend).join("z0.npz")).unwrap().step, 60);
        assert!(at(backend).join("dashi_t0060_compare.png").is_file());
        assert_eq!(std::fs::read_to_string(at("m.csv")).unwrap().lines().count(), 8);
        assert_eq!(dashi_vortex::io::read_npy(&at("h.npy")).unwrap().shape()[0], 7);
    }
    // Where something drives the flow it may grow.
    let driven = "run --z0-npz both.npz --A-npz A.npz --steps 200 --no-decode --backend cpu --alpha 0.5 --json";
    let Output { stdout, stderr, status } = program(folder.path(), driven).output().unwrap();
    let console = String::from_utf8_lossy(&stderr);
    assert!(
        status.success() && !raised(&serde_json::from_slice(&stdout).unwrap(), &console, "STATE_GROWS"),
        "{console}"
    );
}

#[test]
fn scenes_that_run_as_they_should_do_not_grow() {
    for scene in ["pair", "merger", "cells", "dipole"] {
        let (metrics, console) = run(&format!("--scene {scene} --backend cpu --N 64 --steps 60 --no-decode"), &[]);
        assert!(!raised(&metrics, &console, "STATE_GROWS"), "{scene}: {console}");
        let growth = metrics["energy_growth"].as_f64().unwrap();
        assert!((1.0..1.02).contains(&growth), "{scene}: {growth}");
    }
}

#[cfg(unix)]
#[test]
fn a_movie_that_fails_does_not_cost_the_metrics() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let fake = folder.path().join("ffmpeg");
    // It has an encoder, and ends at the first frame.
    let script =
        "#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V..... libx264 x';; *) echo broken >&2; exit 1;; esac\n";
    std::fs::write(&fake, script).unwrap();
    std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
    let args = "run --scene dipole --backend cpu --N 32 --steps 4 --stride 2 --movie a.mp4 --metrics-json m.json";
    let mut command = program(folder.path(), args);
    let Output { stderr, status, .. } = command.env("DASHI_VORTEX_FFMPEG", &fake).output().unwrap();
    assert_eq!(status.code(), Some(1), "{}", String::from_utf8_lossy(&stderr));
    let metrics = crate::cli::json(&folder.path().join("m.json"));
    assert_eq!((&metrics["ended"], &metrics["steps"]), (&"failed".into(), &4.into()));
    assert!(metrics["error"].as_str().unwrap().contains("ffmpeg"), "{metrics:#}");
    assert!(metrics["energy"].is_number() && folder.path().join("out/z0.npz").is_file());
}

#[test]
fn without_a_decode_z_is_counted() {
    let args = "--z0-npz z0.npz --kernel frozen --backend cpu --steps 20 --no-decode --hash-every 10";
    let (metrics, _) = run(args, &[]);
    assert_eq!((&metrics["nan_inf_count"], &metrics["max_abs_of"]), (&0.into(), &"z".into()));
    assert!(metrics["max_abs"].as_f64().unwrap() > 0.0 && metrics["hash_every_k"] == 10, "{metrics:#}");
    assert_eq!((&metrics["fft_backend"], metrics["hashes"].as_array().unwrap().len()), (&"cpu".into(), 2));
    // Beside atoms z is not the flow; with a decode the field is looked at.
    let (metrics, _) = run("--scene pair --backend cpu --steps 2 --no-decode", &[]);
    assert!(metrics["nan_inf_count"] == 0 && metrics["max_abs"].is_null() && metrics["hash_every_k"].is_null());
    let (metrics, _) = run("--scene pair --backend cpu --steps 2 --N 32", &[]);
    assert_eq!(metrics["max_abs_of"], "omega");
}
