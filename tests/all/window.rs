//! The real window under Xvfb: it moves, it listens to the mouse, it says what it runs on.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use dashi_vortex::{io::write_propagator, state::Propagator};

use super::desk::{Desk, PATIENCE, canvas, changed, number, path_dialog, read};

fn is_banner(pixel: &image::Rgba<u8>) -> bool {
    pixel.0[..3].iter().zip([246u8, 190, 76]).all(|(a, b)| a.abs_diff(b) <= 3)
}

#[test]
fn the_window_moves_listens_and_names_its_adapter() {
    let mut desk = Desk::open(&[]);
    let first = desk.wait_for("moving frame", |s| number(s, "step") > 3.0 && !s["max_abs"].is_null());
    let seconds = number(&first, "first_frame_s");
    assert!(seconds < 20.0, "the first moving frame took {seconds} s");
    let rect = canvas(&first);

    // It moves.
    let before = desk.picture("before.png");
    let step = number(&first, "step");
    desk.wait_for("later frame", |s| number(s, "step") > step + 8.0);
    let after = desk.picture("after.png");
    let moved = changed(&before, &after, rect);
    assert!(moved > 200, "only {moved} pixels of the flow changed in 8 steps");

    // It says what it runs on.
    assert_eq!(first["software_adapter"].as_bool(), Some(!first["banner"].is_null()));
    let strip = (0..1280).filter(|x| is_banner(after.get_pixel(*x, 4))).count();
    assert_eq!(strip > 1000, first["software_adapter"] == true, "{strip} banner pixels on {}", first["adapter"]);

    // It pauses, and a stroke drawn meanwhile is shown at once while no time passes.
    let [x, y, w, h] = rect;
    desk.mouse(&format!("mousemove {} {}", x + w / 2, y + h / 2));
    // Without a window manager nobody else gives the window the keyboard.
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key p");
    let paused = desk.wait_for("pause", |s| s["running"] == false);
    std::thread::sleep(Duration::from_millis(700));
    let paused = desk.status().unwrap_or(paused);
    let still = desk.picture("still.png");
    let (atoms, time) = (number(&paused, "atoms"), number(&paused, "time"));
    desk.mouse(&format!("mousemove {} {} mousedown 1", x + w / 3, y + h / 3));
    for i in 1..=12 {
        desk.mouse(&format!("mousemove {} {}", x + w / 3 + i * w / 40, y + h / 3 + i * h / 80));
    }
    desk.mouse("mouseup 1");
    let drawn = desk.wait_for("drawn filament", |s| number(s, "atoms") == atoms + 1.0);
    assert_eq!(number(&drawn, "time"), time, "no time passes while paused");
    assert!(number(&drawn, "vertices") > number(&paused, "vertices"));
    desk.mouse(&format!("mousemove {} {}", x + 30, y + h - 30));
    std::thread::sleep(Duration::from_secs(2));
    let edited = desk.picture("edited.png");
    let shown = changed(&still, &edited, rect);
    assert!(shown > 100, "the drawn filament changed only {shown} pixels");

    // A click drops a vortex, Ctrl-Z takes both back.
    desk.mouse(&format!("mousemove {} {} click 3", x + 2 * w / 3, y + 2 * h / 3));
    desk.wait_for("dropped vortex", |s| number(s, "atoms") == atoms + 2.0);
    // The velocity is checked while paused, of what moves by its vertices; parcels stand for the rest.
    desk.mouse("key v");
    let checked = desk.wait_for("truth", |s| s["truth"][0].is_number());
    assert!(checked["truth"][0].as_f64().unwrap() < 5e-3, "{}", checked["truth"]);
    assert!(checked["truth"][1].as_f64() <= checked["truth"][0].as_f64(), "{}", checked["truth"]);
    desk.mouse("key ctrl+z");
    desk.wait_for("undo", |s| number(s, "atoms") == atoms + 1.0);
    desk.mouse("key ctrl+z");
    desk.wait_for("second undo", |s| number(s, "atoms") == atoms);

    // The wheel zooms, a step steps, and the window closes cleanly.
    desk.mouse("click 4");
    desk.wait_for("zoom", |s| number(s, "camera_span") < 6.0);
    desk.mouse("key period");
    desk.wait_for("single step", |s| number(s, "step") == number(&paused, "step") + 1.0);

    // The laboratory works beside the window.
    desk.mouse("key ctrl+p");
    std::thread::sleep(Duration::from_millis(500));
    desk.mouse("type --delay 20 laboratory");
    desk.mouse("key Return");
    let done = desk.wait_for("first case of the laboratory", |s| !s["lab"].as_array().unwrap().is_empty());
    assert_eq!(done["lab"][0], serde_json::json!(["lamb-oseen", true]));
    desk.mouse("key ctrl+q");
    let begin = Instant::now();
    let code = loop {
        match desk.program.try_wait().unwrap() {
            Some(code) => break code,
            None => assert!(begin.elapsed() < PATIENCE, "Ctrl-Q does not close the window"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(code.success(), "{code}: {}", desk.log());
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn frames_and_states_leave_the_window_and_come_back() {
    let mut desk = Desk::open(&["--scene", "dipole"]);
    let first = desk.wait_for("moving frame", |s| number(s, "step") > 2.0);
    let [x, y, w, h] = canvas(&first);
    desk.mouse(&format!("mousemove {} {}", x + w / 2, y + h / 2));
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key p");
    let paused = desk.wait_for("pause", |s| s["running"] == false);
    std::thread::sleep(Duration::from_millis(700));
    let paused = desk.status().unwrap_or(paused);

    let state = desk.folder.path().join("z0.npz");
    path_dialog(&mut desk, "ctrl+s", "Export state", &state);
    desk.wait_for("written state", |s| s["notices"].to_string().contains("State at step"));
    let saved = dashi_vortex::io::read_state(&state).unwrap();
    assert_eq!(saved.step as f64, number(&paused, "step"));
    // In the middle of a cycle a refit is saved, which may sow more.
    assert!(saved.atoms.len() as f64 >= number(&paused, "atoms"), "{}", saved.atoms.len());

    let frame = desk.folder.path().join("frame.png");
    path_dialog(&mut desk, "ctrl+e", "Export frame", &frame);
    desk.wait_for("written picture", |s| s["notices"].to_string().contains("frame.png"));
    let picture = read(&frame);
    let bright = picture.pixels().filter(|p| p.0[..3].iter().any(|c| *c > 150)).count();
    assert!(picture.width() >= w && bright > 100, "{} x {}, {bright} bright", picture.width(), picture.height());

    // The middle button pans.
    desk.mouse(&format!("mousemove {} {} mousedown 2", x + w / 2, y + h / 2));
    desk.mouse(&format!("mousemove {} {}", x + w / 2 + 30, y + h / 2));
    desk.mouse(&format!("mousemove {} {} mouseup 2", x + w / 2 + 60, y + h / 2));
    let moved = desk.wait_for("pan", |s| s["camera_center"] != paused["camera_center"]);
    let pan = moved["camera_center"][0].as_f64().unwrap() - paused["camera_center"][0].as_f64().unwrap();
    let expected = -60.0 / f64::from(w) * number(&paused, "camera_span");
    assert!((pan - expected).abs() < 0.02 * expected.abs() + 0.02, "panned by {pan}, expected {expected}");

    // An opened file replaces what was edited meanwhile; one that is no state changes nothing.
    desk.mouse("click 1");
    let dropped = number(&paused, "atoms") + 1.0;
    desk.wait_for("dropped vortex", |s| number(s, "atoms") == dropped);
    path_dialog(&mut desk, "ctrl+o", "Open state", &frame);
    let refused = desk.wait_for("refusal", |s| s["notices"].to_string().contains("frame.png"));
    assert_eq!(number(&refused, "atoms"), dropped);
    path_dialog(&mut desk, "ctrl+o", "Open state", &state);
    desk.wait_for("opened state", |s| number(s, "atoms") == saved.atoms.len() as f64);

    // A kernel that fits is loaded; one that does not is refused.
    let side = saved.background.basis().dimension();
    let kernel = |side: usize| {
        let unit = (0..side * side).map(|i| f64::from(u8::from(i % (side + 1) == 0))).collect();
        Propagator::new(side, unit, Default::default()).unwrap()
    };
    let (fits, odd) = (desk.folder.path().join("A.npz"), desk.folder.path().join("odd.npz"));
    write_propagator(&fits, &kernel(side)).unwrap();
    write_propagator(&odd, &kernel(5)).unwrap();
    path_dialog(&mut desk, "ctrl+k", "Load kernel A", &odd);
    desk.wait_for("refusal", |s| s["notices"].to_string().contains("the length of z"));
    path_dialog(&mut desk, "ctrl+k", "Load kernel A", &fits);
    desk.wait_for("loaded kernel", |s| s["kernel"] == "A.npz");
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn operators_of_the_user_act_and_broken_ones_leave_the_window_open() {
    let trail = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/operators/trail.toml");
    let mut desk = Desk::open(&["--scene", "dipole", "--op", trail.to_str().unwrap()]);
    let acts = |status: &serde_json::Value| {
        status["operators"] == serde_json::json!([["trail", true]])
            && status["passes"].as_array().is_some_and(|passes| passes.contains(&"trail".into()))
    };
    desk.wait_for("the operator's pass", acts);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    let manifest = r#"layout_version = 1
        name = "broken"
        file = "broken.wgsl"
        acts_on = "field"
        workgroup = [64, 1, 1]
        buffers = [{ name = "f", role = "in" }, { name = "o", role = "out" }, { name = "n", role = "state" }]"#;
    let path = desk.folder.path().join("broken.toml");
    std::fs::write(&path, manifest).unwrap();
    let module = |line: &str| {
        format!(
            "@group(0) @binding(0) var<storage, read> f: array<f32>;
            @group(0) @binding(1) var<storage, read_write> o: array<f32>;
            @group(0) @binding(2) var<storage, read_write> n: array<f32>;
            @compute @workgroup_size(64)
            fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
                let i = id.x;
                n[i] += 1.0;
                o[i] = f[i];
                {line}
            }}"
        )
    };
    // Refused at once, and stopped after twenty frames.
    for (line, says) in [
        ("o[i] = = 1.0;", "expected valid WGSL"),
        ("loop { o[i] += 1.0; }", "loops that end within"),
        ("while n[i] > 20.0 && i < 64u { o[i] += 1.0; }", "An operator was switched off"),
    ] {
        std::fs::write(path.with_extension("wgsl"), module(line)).unwrap();
        path_dialog(&mut desk, "ctrl+shift+k", "Load operator", &path);
        let told = |status: &serde_json::Value| {
            let notices = status["notices"].as_array().cloned().unwrap_or_default();
            notices.iter().any(|notice| notice.as_str().is_some_and(|text| text.contains(says)))
        };
        let step = number(&desk.wait_for(says, told), "step");
        desk.wait_for("more steps", |status| number(status, "step") > step + 2.0);
    }
    desk.wait_for("the first operator alone", |status| {
        status["operators"] == serde_json::json!([["trail", true], ["broken", false]])
    });
}

#[test]
fn a_display_that_is_not_there_is_one_sentence() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
    program.env("DISPLAY", ":4711").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    let output = program.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("DISPLAY") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_session_comes_back_and_a_kernel_follows_its_file() {
    let mut desk = Desk::open(&["--scene", "cells"]);
    desk.wait_for("moving frame", |s| number(s, "step") > 2.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key p");
    desk.wait_for("pause", |s| s["running"] == false);
    desk.mouse("key F7");
    std::thread::sleep(Duration::from_millis(700));
    let before = desk.wait_for("light look", |s| s["look"] == "light");

    // Saved with its state beside it; restarted; opened by Ctrl+O, told by its content.
    let session = desk.folder.path().join("evening.toml");
    path_dialog(&mut desk, "ctrl+shift+s", "Save session", &session);
    desk.wait_for("saved session", |s| s["session"].as_str().is_some_and(|path| path.ends_with("evening.toml")));
    let state = dashi_vortex::io::read_state(&desk.folder.path().join("evening.z0.npz")).unwrap();
    assert_eq!(state.step as f64, number(&before, "step"));
    desk.mouse("key r");
    desk.wait_for("restart", |s| number(s, "step") == 0.0);
    path_dialog(&mut desk, "ctrl+o", "Open state", &session);
    let again = desk.wait_for("opened session", |s| number(s, "step") == state.step as f64);
    for key in ["time", "scene", "running", "camera_center", "camera_span"] {
        assert_eq!(again[key], before[key], "{key}");
    }
    let held = |key| number(&again, key) as usize;
    assert_eq!((held("atoms"), held("vertices")), (state.atoms.len(), state.atoms.vertex_count()));
    assert_eq!(number(&again, "recent"), 1.0);
    let copy = desk.folder.path().join("copy.npz");
    path_dialog(&mut desk, "ctrl+s", "Export state", &copy);
    desk.wait_for("written state", |s| s["notices"].to_string().contains("State at step"));
    assert_eq!(dashi_vortex::io::read_state(&copy).unwrap(), state, "to the bit");

    // A kernel that Python writes anew is read anew; a foreign file is refused and the old one stays.
    let side = state.background.basis().dimension();
    let kernel = |side: usize, x: f64| {
        let unit = (0..side * side).map(|i| if i % (side + 1) == 0 { x } else { 0.0 }).collect();
        Propagator::new(side, unit, Default::default()).unwrap()
    };
    let path = desk.folder.path().join("A.npz");
    write_propagator(&path, &kernel(side, 1.0)).unwrap();
    path_dialog(&mut desk, "ctrl+k", "Load kernel A", &path);
    desk.wait_for("loaded kernel", |s| s["kernel"] == "A.npz" && number(s, "kernel_reloads") == 0.0);
    write_propagator(&path, &kernel(side, 0.999)).unwrap();
    desk.wait_for("reloaded kernel", |s| number(s, "kernel_reloads") == 1.0);
    std::fs::write(&path, "half a file").unwrap();
    let refused = desk.wait_for("refusal", |s| s["notices"].to_string().contains("the old kernel stays"));
    assert_eq!((refused["kernel"].as_str(), number(&refused, "kernel_reloads")), (Some("A.npz"), 1.0));

    // The next start looks as this one did.
    desk.mouse("key ctrl+g");
    desk.wait_for("gallery", |s| s["gallery"] == true);
    desk.mouse("key Escape");
    desk.wait_for("no gallery", |s| s["gallery"] == false);
    desk.mouse("key ctrl+q");
    let begin = Instant::now();
    while desk.program.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < PATIENCE, "the window does not close");
        std::thread::sleep(Duration::from_millis(50));
    }
    let settings = std::fs::read_to_string(desk.folder.path().join("config/settings.toml")).unwrap();
    assert!(settings.contains("look = \"light\"") && settings.contains("kernel "), "{settings}");
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}
