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

/// Strokes drawn by hand in the window, recorded as a session, have a row: what they are as ellipses stays true to the
/// reference, and the spectral rule is what is asked.
#[test]
fn strokes_drawn_by_hand_have_their_row() {
    let session = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/strokes/strokes.toml");
    let report = rows(&format!("bench scenes --session {session} --n 64 --times 0.4,0.8 --backend cpu --json --quiet"));
    let row = &report["rows"][0];
    assert!(row["scene"].as_str().unwrap().ends_with("strokes.toml") && row["live"]["ended"].is_null(), "{row}");
    let at = row["live"]["at"].as_array().unwrap();
    assert!(at.len() == 2 && at.iter().all(|at| at["corr"].as_f64().unwrap() > 0.99), "{row}");
    assert!(at[1]["parcels"].as_u64().is_some() && at[1]["atoms"].as_u64().unwrap() > 20, "they are ellipses: {row}");
    assert!(row["asked"].as_array().unwrap().len() == 2 && report["left_out"].as_array().unwrap().is_empty());
}

#[test]
fn a_scene_has_its_row_beside_reference_and_spectral_solvers() {
    let args = "--n 128 --times 0.05,0.1 --cost 64 --backend cpu --json --quiet";
    let report = rows(&format!("bench scenes --scene pair {args}"));
    assert!(report["adapter"].is_null() && report["driver"].is_null() && report["software_adapter"].is_null());
    assert_eq!((&report["reference"]["N"], &report["reference"]["dtype"]), (&128.into(), &"f64".into()));
    let row = &report["rows"][0];
    assert_eq!((&row["scene"], &report["budget"]), (&"pair".into(), &6554.into()));
    let numbers = |list: &Value| -> Vec<f64> { list.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    let live = &row["live"];
    assert!(live["ended"].is_null() && live["seconds_per_unit"].as_f64().unwrap() > 0.0);
    for (at, t) in live["at"].as_array().unwrap().iter().zip([0.05, 0.1]) {
        assert!((at["t"].as_f64().unwrap() - t).abs() < 1e-12 && (at["reached"].as_f64().unwrap() - t).abs() < 1e-9);
        // So early nothing has gone astray.
        assert!(at["corr"].as_f64().unwrap() > 0.99 && at["floats"].as_u64().unwrap() > 0, "{at}");
        for key in ["energy_percent", "enstrophy_percent"] {
            assert!(at[key].as_f64().unwrap().abs() < 5.0, "{key}: {at}");
        }
    }
    let spectral = row["spectral"].as_array().unwrap();
    let floats: Vec<&Value> = spectral.iter().map(|s| &s["floats"]).collect();
    assert_eq!(floats, [1849, 6561]);
    assert!(numbers(&spectral[0]["corr"])[0] < numbers(&spectral[1]["corr"])[0], "more numbers are nearer: {row}");
    assert!(spectral.iter().all(|s| s["device"] == "cpu" && s["seconds_per_unit"].as_f64().unwrap() > 0.0));
    assert!(numbers(&row["ceiling"]).iter().all(|corr| (0.5..=1.0).contains(corr)));
    // What resolution alone costs stands beside what ours does.
    for of in ["energy", "enstrophy"] {
        assert!(numbers(&row[format!("ceiling_{of}_percent")]).iter().all(|percent| percent.abs() < 2.0), "{row}");
        assert_eq!(row[format!("{of}_met")], serde_json::json!([true, true]), "{row}");
    }
    let cost = &row["cost"][0];
    assert!(cost["N"] == 64 && numbers(&cost["relL2"]).len() == 2 && cost["seconds_per_unit"].as_f64().unwrap() > 0.0);
    // The spectral rule alone speaks at these times; both are there.
    assert_eq!((numbers(&row["asked"]).len(), row["met"].as_array().unwrap().len()), (2, 2));

    let folder = tempdir().unwrap();
    refuses(folder.path(), "bench scenes --times 2,1", 2, "rising times");
    refuses(folder.path(), "bench scenes --scene maelstrom", 2, "maelstrom");
    refuses(folder.path(), "bench scenes --n 100", 2, "a power of two from 32 to 4096");
    refuses(folder.path(), "bench scenes --scene cells --budget 10", 2, "floats of the background");
}
