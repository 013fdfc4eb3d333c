//! Recordings of the real window, under Xvfb.

use std::{process::Command, time::Duration};

use super::desk::{Desk, number, path_dialog};

#[test]
fn a_recording_holds_every_step_and_survives_pause_and_panels() {
    let mut desk = Desk::open(&["--scene", "dipole"]);
    desk.wait_for("moving frame", |s| number(s, "step") > 2.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    let movie = desk.folder.path().join("movie.mp4");
    path_dialog(&mut desk, "ctrl+r", "Record mp4", &movie);
    let frames = |s: &serde_json::Value| s["export"]["frames"].as_f64().unwrap_or(0.0);
    let begun = desk.wait_for("frames", |s| frames(s) > 3.0);
    assert_eq!((&begun["export"]["what"], &begun["export"]["wanted"]), (&"mp4".into(), &300.into()));
    // Another panel, a pause, and on.
    desk.mouse("key F8");
    desk.mouse("key p");
    desk.wait_for("pause", |s| s["running"] == false);
    std::thread::sleep(Duration::from_millis(1500));
    let paused = frames(&desk.status().unwrap());
    desk.mouse("key p");
    desk.wait_for("later frames", |s| frames(s) > paused + 3.0);
    assert!(!movie.exists(), "half a movie has no name");
    desk.mouse("key ctrl+r");
    desk.wait_for("finished movie", |s| s["export"].is_null() && s["notices"].to_string().contains("movie.mp4"));
    let text = std::fs::read_to_string(desk.folder.path().join("movie.mp4.json")).unwrap();
    let beside: serde_json::Value = serde_json::from_str(&text).unwrap();
    let recording = &beside["recording"];
    let [count, first, last] = ["frames", "first_step", "last_step"].map(|key| recording[key].as_u64().unwrap());
    assert_eq!(last - first + 1, count, "a step is missing: {recording}");
    assert_eq!(beside["software_adapter"], true);
    let counted = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"])
        .arg(&movie)
        .output()
        .expect("this test needs ffprobe: apt-get install ffmpeg");
    assert_eq!(String::from_utf8_lossy(&counted.stdout).trim(), count.to_string());
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn without_ffmpeg_the_window_says_so_and_goes_on() {
    let mut desk = Desk::open_with(&["--scene", "dipole"], &[("DASHI_VORTEX_FFMPEG", "/no/such/ffmpeg")]);
    desk.wait_for("moving frame", |s| number(s, "step") > 2.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    let movie = desk.folder.path().join("movie.mp4");
    path_dialog(&mut desk, "ctrl+r", "Record mp4", &movie);
    let told = desk.wait_for("complaint", |s| s["notices"].to_string().contains("/no/such/ffmpeg does not start"));
    assert!(told["notices"].to_string().contains("simulation goes on") && !movie.exists());
    let step = number(&told, "step");
    desk.wait_for("later step", |s| number(s, "step") > step + 3.0);
}
