//! A short soak: every kind of fault in the window, windows that end beside it, equal hashes.

use std::process::Command;

use serde_json::Value;

use super::{cli::text, desk::Screen};

#[test]
fn a_short_soak_recovers_from_all_it_meets() {
    let screen = Screen::open();
    let mut soak = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
    soak.args(["soak", "--minutes", "1", "--seed", "3", "--json", "--quiet"]);
    soak.env("DISPLAY", &screen.display).env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    let output = soak.output().unwrap();
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{:?}\n{said}\n{told}", output.status);
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!(report["complete"], true);
    let count = |name: &str| report["faults"][name]["injected"].as_u64().unwrap_or(0);
    let rows = report["faults"].as_object().unwrap();
    let made: Vec<_> = rows.keys().filter(|name| count(name) > 0).collect();
    assert!(made.len() >= 6, "{made:?}");
    assert!(rows.values().all(|row| row["injected"] == row["recovered"] && row["failures"] == serde_json::json!([])));
    assert!(report["steps"].as_u64() > Some(200) && report["frames"]["p50_ms"].is_number(), "{report}");
    // A slope of a minute says nothing.
    let rest = &report["memory"]["rest"]["rss_mib"];
    assert!(rest["last"].as_f64() > Some(50.0) && rest["per_h"] == Value::Null, "{rest}");
    let hashes = report["hashes"].as_object().unwrap();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
}

#[test]
fn a_calm_soak_makes_no_fault_and_equal_runs() {
    let screen = Screen::open();
    let mut soak = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
    soak.args(["soak", "--minutes", "0.1", "--calm", "--json", "--quiet"]);
    soak.env("DISPLAY", &screen.display).env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    let output = soak.output().unwrap();
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{:?}\n{said}\n{told}", output.status);
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert_eq!((&report["complete"], &report["faults"]), (&true.into(), &serde_json::json!({})));
    assert!(!report["acts"].as_object().unwrap().is_empty() && report["hashes"].as_object().unwrap().len() == 1);
}

#[test]
fn without_a_display_or_with_a_time_of_nothing_it_says_so() {
    for (minutes, code, words) in [("1", 1, "no display"), ("0", 2, "a number of minutes"), ("x", 2, "minutes")] {
        let mut soak = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
        soak.args(["soak", "--minutes", minutes]);
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            soak.env_remove(name);
        }
        let output = soak.output().unwrap();
        let told = text(&output.stderr);
        assert!(output.status.code() == Some(code) && told.contains(words), "{minutes}: {told}");
    }
}
