//! Keys do what is printed on them, on keyboards of three countries; and the window opens where a display answers.

use crate::desk::{Desk, Screen, number};

/// A window with the keyboard, its run paused.
fn paused() -> (Desk, serde_json::Value) {
    let mut desk = Desk::open(&["--scene", "pair"]);
    desk.wait_for("moving frame", |s| s["picture"] == "vorticity" && number(s, "step") > 2.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key p");
    desk.wait_for("pause", |s| s["running"] == false);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let status = desk.wait_for("rest", |s| s["running"] == false);
    (desk, status)
}

#[test]
fn keys_do_what_is_printed_on_them_on_french_german_and_american_keyboards() {
    let (mut desk, status) = paused();
    let (mut step, speed) = (number(&status, "step"), number(&status, "speed"));
    for layout in ["fr", "de", "us"] {
        desk.tool("setxkbmap", &[layout]);
        std::thread::sleep(std::time::Duration::from_millis(500));
        // xdotool finds the key that a mark is printed on, and the Shift or AltGr that it needs.
        desk.mouse("key 2");
        desk.wait_for(&format!("{layout}: 2"), |s| s["picture"] == "speed");
        desk.mouse("key 4");
        desk.wait_for(&format!("{layout}: 4"), |s| s["picture"] == "pressure");
        desk.mouse("key 1");
        desk.wait_for(&format!("{layout}: 1"), |s| s["picture"] == "vorticity");
        desk.mouse("key plus");
        desk.wait_for(&format!("{layout}: +"), |s| number(s, "speed") == 2.0 * speed);
        desk.mouse("key minus");
        desk.wait_for(&format!("{layout}: -"), |s| number(s, "speed") == speed);
        desk.mouse("key KP_Add");
        desk.wait_for(&format!("{layout}: + of the number pad"), |s| number(s, "speed") == 2.0 * speed);
        desk.mouse("key KP_Subtract");
        desk.wait_for(&format!("{layout}: - of the number pad"), |s| number(s, "speed") == speed);
        desk.mouse("key period");
        step += 1.0;
        desk.wait_for(&format!("{layout}: ."), |s| number(s, "step") == step);
        desk.mouse("key ctrl+period");
        step += 10.0;
        desk.wait_for(&format!("{layout}: Ctrl+."), |s| number(s, "step") == step);
    }
    // The keys of a French row of digits, without Shift.
    desk.tool("setxkbmap", &["fr"]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    for (mark, picture) in [("eacute", "speed"), ("apostrophe", "pressure"), ("ampersand", "vorticity")] {
        desk.mouse(&format!("key {mark}"));
        desk.wait_for(mark, |s| s["picture"] == picture);
    }
}

#[test]
fn a_compositor_that_is_gone_does_not_keep_the_window_from_the_screen_that_is_there() {
    let mut desk = Desk::open_with(&["--scene", "pair"], &[("WAYLAND_DISPLAY", "wayland-9")]);
    desk.wait_for("moving frame", |s| number(s, "step") > 2.0);
    let log = desk.log();
    assert!(
        log.contains("WAYLAND_DISPLAY leads to no compositor") && log.contains("the window opens on DISPLAY"),
        "{log}"
    );
}

#[test]
fn a_screen_of_16_bits_is_named_and_no_message_names_the_machine_that_built_the_program() {
    let shallow = Screen::of_depth(16);
    for (display, expected) in [(shallow.display.as_str(), "has 16 bits a pixel"), (":4711", "no window system")] {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
        program.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        let folder = tempfile::tempdir().unwrap();
        let output = program.env("DASHI_VORTEX_CONFIG", folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{said}");
        assert!(!said.contains(".cargo") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_run_that_succeeds_writes_no_foreign_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_dashi-vortex"));
    run.args("run --scene pair --steps 2 --N 64 --out-dir out".split(' ')).current_dir(folder.path());
    let output = run.env_remove("XDG_RUNTIME_DIR").env_remove("DISPLAY").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.lines().any(|line| line.starts_with("error")), "{said}");
}
