//! `bench`: a row for every stage that has a peer, each with the error of the same run.

use serde_json::Value;
use tempfile::tempdir;

use crate::cli::{output, refuses, text};

/// Rows of a suite, by name.
fn rows(args: &str) -> Value {
    let folder = tempdir().unwrap();
    let output = output(folder.path(), args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[cfg(feature = "gpu")]
#[test]
fn the_quick_suite_has_every_row_and_its_error() {
    let report = rows("bench --suite quick --json");
    assert!(report["adapter"].is_string() && report["driver"].is_string());
    assert_eq!(report["left_out"], serde_json::json!([]));
    let rows = report["rows"].as_array().unwrap();
    for (name, most) in [
        ("fft_pair", 1e-6),
        ("velocity_grid", 1e-6),
        ("les_step", 2e-6),
        ("les_step_rk4", 2e-6),
        ("direct_pairs", 1e-5),
        ("mesh_velocity", 1e-4),
        ("mesh_fine", 2e-5),
        ("matvec", 1e-5),
    ] {
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name} is missing"));
        let error = row["error"].as_f64().unwrap();
        assert!(error > 0.0 && error <= most, "{name}: {error:e}");
        assert!(row["median_us"].as_f64().unwrap() > 0.0 && row["device"] == "GPU", "{row}");
    }
    for name in ["frame", "kernel_dense_cpu", "kernel_modal_cpu", "fft_forward_cpu"] {
        assert!(rows.iter().any(|row| row["name"] == name), "{name} is missing");
    }
}

#[test]
fn peers_stand_beside_rows_of_their_name_and_size() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let peers = r#"{"device": "a card", "rows": [
        {"name": "kernel_dense_cpu", "size": 654, "peer": "NumPy", "us": 1e9, "steady_us": null}]}"#;
    std::fs::write(at.join("peers.json"), peers).unwrap();
    let run = output(at, "bench --suite quick --only kernel_dense --peers peers.json --json");
    assert!(run.status.success(), "{}", text(&run.stderr));
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let row = &report["rows"][0];
    assert_eq!((&report["peers_device"], &row["peer"]), (&"a card".into(), &"NumPy".into()));
    assert!(row["ratio"].as_f64().unwrap() < 1e-3 && row["ratio_steady"].is_null(), "{row}");
    std::fs::write(at.join("no.json"), "[1, 2]").unwrap();
    refuses(at, "bench --suite quick --only none --peers no.json", 5, "benches/peers_gpu.py");
    refuses(at, "bench --suite quick --only none --peers missing.json", 5, "missing.json");
}
