//! Grids beyond those of transforms on a device: N = 6400 and its kin.

use serde_json::Value;
use tempfile::tempdir;

use crate::cli::{output, succeeds, text};

#[test]
fn a_side_of_6400_runs_and_decodes_on_the_cpu() {
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "genesis --spectrum 4 --rms 1 --seed 1 --out start.npz");
    let max = |n: u32| {
        let args = "--z0-npz start.npz --kernel-only --kernel galerkin --backend cpu --steps 1 --quiet --json \
            --pix-width 64 --pix-height 64";
        let metrics: Value = serde_json::from_str(&succeeds(folder.path(), &format!("run {args} --N {n}"))).unwrap();
        assert_eq!((&metrics["N"], &metrics["nan_inf_count"]), (&n.into(), &0.into()), "{metrics:#}");
        metrics["max_abs"].as_f64().unwrap()
    };
    // Nodes of the coarse grid are nodes of the fine one.
    let (coarse, fine) = (max(400), max(6400));
    assert!(fine >= coarse * (1.0 - 1e-6) && fine < 1.02 * coarse, "{coarse} {fine}");
}

#[cfg(feature = "gpu")]
#[test]
fn a_device_without_room_is_left_alone_by_auto_and_named_where_it_was_asked_for() {
    let folder = tempdir().unwrap();
    let args = "run --scene pair --N 6400 --steps 1 --no-decode --json --max-vertices 2048";
    let auto = output(folder.path(), args);
    let (out, err) = (text(&auto.stdout), text(&auto.stderr));
    assert!(auto.status.success(), "{err}");
    let metrics: Value = serde_json::from_str(&out).unwrap();
    let asked = output(folder.path(), &format!("{args} --backend gpu"));
    let told = text(&asked.stderr);
    if metrics["active_backend"] == "cpu" {
        assert!(err.contains("auto chose the CPU: N: expected at most "), "{err}");
        assert!(err.contains("the largest that fits ") && err.contains("found 6400"), "{err}");
        assert_eq!(asked.status.code(), Some(2), "{told}");
        assert!(told.ends_with("MiB: lower it, or --backend cpu\n") && told.lines().count() == 1, "{told}");
    } else {
        assert!(asked.status.success(), "{told}");
    }
}

#[cfg(feature = "gpu")]
#[test]
fn a_kernel_alone_takes_any_side_that_it_does_not_decode() {
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "genesis --spectrum 4 --rms 1 --seed 1 --N 6400 --out z0.npz");
    crate::python::python("np.savez(sys.argv[1], A=0.999*np.eye(398))", &[&folder.path().join("A.npz")]);
    let args = "run --z0-npz z0.npz --A-npz A.npz --kernel-only --steps 2 --N 6400 --backend gpu --quiet";
    succeeds(folder.path(), &format!("{args} --no-decode"));
    let decoded = output(folder.path(), &format!("{args} --pix-width 64 --pix-height 64"));
    let told = text(&decoded.stderr);
    if !decoded.status.success() {
        assert_eq!(decoded.status.code(), Some(2), "{told}");
        // In front of it stands the remark that the file holds A alone.
        let refused = "error: N: expected at most ";
        assert!(
            told.lines().any(|line| line.starts_with(refused)) && told.contains("the largest field that fits "),
            "{told}"
        );
        assert!(told.ends_with("found 6400, 156 MiB: lower it, or --backend cpu\n"), "{told}");
    }
}

#[test]
fn every_command_names_the_range_of_its_sides() {
    let folder = tempdir().unwrap();
    for (args, range) in [
        ("run --N 8193", "from 16 to 8192"),
        ("genesis --spectrum 4 --N 8193 --out z.npz", "16..=8192"),
        ("learn --N 8194 --steps 1", "16 to 8192"),
        ("validate lowk --N 8194", "16 to 8192"),
        ("decode z.npz --N 16385 --out w.npy", "16..=16384"),
        ("bench carrier --N 8193", "1..=8192"),
    ] {
        crate::cli::refuses(folder.path(), args, 2, range);
    }
}
