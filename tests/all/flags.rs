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
    let args = "--scene pair --backend gpu --N 64 --steps 1 --stride 1 --pix-width 7000 --pix-height 7000";
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
