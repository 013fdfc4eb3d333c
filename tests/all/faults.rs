//! Faults on purpose: nothing is lost, whatever goes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use dashi_vortex::{
    genesis,
    io::{read_session, read_state, write_state},
    params::Params,
    state::State,
};
use serde_json::Value;
use tempfile::tempdir;

use super::{
    cli::{output, succeeds, text},
    desk::{Desk, PATIENCE, canvas, number, path_dialog},
};

fn faulty(arguments: &[&str], faults: &str) -> Desk {
    Desk::open_with(arguments, &[("DASHI_VORTEX_FAULTS", faults)])
}

fn told(status: &Value, words: &str) -> bool {
    status["notices"].to_string().contains(words)
}

fn end(desk: &mut Desk) -> ExitStatus {
    let begin = Instant::now();
    loop {
        match desk.program.try_wait().unwrap() {
            Some(status) => return status,
            None => assert!(begin.elapsed() < PATIENCE, "the window stays open: {}", desk.log()),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn signal(desk: &Desk, name: &str) {
    assert!(Command::new("kill").args([name, &desk.program.id().to_string()]).status().unwrap().success());
}

/// The state that a sentence says is saved in a session.
fn saved(said: &str) -> State {
    let path = said.split("is saved in ").nth(1).unwrap_or_else(|| panic!("{said}"));
    let path = Path::new(path.split([';', '\n']).next().unwrap().trim());
    let (session, lost) = read_session(path).unwrap();
    assert!(lost.is_empty(), "{lost:?}");
    read_state(&session.state.unwrap()).unwrap()
}

#[test]
fn lost_devices_and_every_state_of_the_surface_leave_the_window_open() {
    let surface = ["lost", "outdated", "timeout", "occluded", "suboptimal", "validation"];
    let list: Vec<String> = surface.iter().zip((10..).step_by(3)).map(|(s, n)| format!("surface-{s}@{n}")).collect();
    let mut desk = faulty(&["--scene", "cells"], &format!("{},device-lost@40,device-lost@70", list.join(",")));
    desk.wait_for("frames after all of them", |s| number(s, "frames") > 32.0);
    let once = desk.wait_for("another device", |s| number(s, "recovered") == 1.0);
    assert!(number(&once, "step") > 10.0, "from the checkpoint, not from the start: {once}");
    let twice = desk.wait_for("a third device", |s| number(s, "recovered") == 2.0);
    assert!(number(&twice, "step") > number(&once, "step"));
    let later = desk.wait_for("more steps", |s| number(s, "step") > number(&twice, "step") + 10.0);
    let dt = later["params"]["dt"].as_f64().unwrap();
    assert!((number(&later, "time") - dt * number(&later, "step")).abs() < 1e-6, "step and time go together");
    assert!(told(&later, "the run goes on from step"), "{later}");

    // Sizes that come faster than frames, and none at all.
    for i in 0..60 {
        desk.mouse(&format!("search --onlyvisible --name dashi-vortex windowsize {} {}", 500 + 11 * i, 380 + 6 * i));
    }
    desk.mouse("search --onlyvisible --name dashi-vortex windowsize 1 1");
    desk.mouse("search --onlyvisible --name dashi-vortex windowsize 900 600");
    let small = desk.wait_for("the last size", |s| {
        let [x, _, w, _] = canvas(s);
        x + w <= 900 && w > 300
    });
    desk.wait_for("more steps", |s| number(s, "step") > number(&small, "step") + 3.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowunmap");
    std::thread::sleep(Duration::from_millis(600));
    desk.tool("xdotool", &["search", "--name", "dashi-vortex", "windowmap"]);
    let shown = desk.wait_for("the window again", |s| number(s, "step") > 0.0);
    desk.wait_for("more steps", |s| number(s, "step") > number(&shown, "step") + 3.0);
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn a_device_lost_again_and_again_ends_with_the_state_saved() {
    let mut desk = faulty(&["--scene", "pair"], "device-lost@20+10x9");
    assert_eq!(end(&mut desk).code(), Some(1), "{}", desk.log());
    let log = desk.log();
    assert!(log.contains("more than three times in a minute") && !log.contains("panicked"), "{log}");
    let state = saved(&log);
    assert!(state.step > 0 && state.validate().is_ok());
}

#[test]
fn numbers_that_are_none_pause_the_run_and_one_key_goes_on() {
    let mut desk = faulty(&["--scene", "cells"], "nan@40");
    let paused = desk.wait_for("a way out", |s| s["fix"].is_string());
    assert_eq!((&paused["running"], &paused["fix"]), (&false.into(), &"Go back and halve dt".into()));
    assert!(number(&paused, "step") < 40.0 + 17.0 + 8.0, "within 16 steps and the frames under way: {paused}");
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key ctrl+Return");
    let on = desk.wait_for("steps with the remedy", |s| s["running"] == true && s["fix"].is_null());
    let later = desk.wait_for("more steps", |s| number(s, "step") > number(&on, "step") + 20.0);
    assert_eq!(later["params"]["dt"].as_f64().unwrap(), 0.5 * paused["params"]["dt"].as_f64().unwrap());
    assert!(later["fix"].is_null() && later["running"] == true && later["max_abs"].is_number(), "{later}");
}

#[test]
fn a_time_step_that_is_too_large_is_named_with_one_that_would_do() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("fast.toml");
    let text = "dashi_session = 1\nscene = \"pair\"\nrunning = true\n[parameters]\ndt = 0.5\nsubsteps = 32\n[view]\n";
    fs::write(&path, text).unwrap();
    let mut desk = faulty(&["--session", path.to_str().unwrap()], "");
    let paused = desk.wait_for("a way out", |s| s["fix"].is_string());
    let label = paused["fix"].as_str().unwrap();
    let dt: f64 = label.strip_prefix("Go back and set dt to ").unwrap_or_else(|| panic!("{label}")).parse().unwrap();
    assert!(dt < 0.1, "{label}");
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key ctrl+Return");
    let on = desk.wait_for("steps with the remedy", |s| s["running"] == true && s["fix"].is_null());
    let later = desk.wait_for("more steps", |s| number(s, "step") > number(&on, "step") + 100.0);
    assert_eq!((later["params"]["dt"].as_f64(), &later["fix"]), (Some(dt), &Value::Null));
}

#[test]
fn a_killed_window_is_offered_again_and_two_windows_do_not_mix() {
    let config = tempdir().unwrap();
    let variables =
        |faults| [("DASHI_VORTEX_CONFIG", config.path().to_str().unwrap()), ("DASHI_VORTEX_FAULTS", faults)];
    let mut first = Desk::open_with(&["--scene", "dipole"], &variables("autosave@1"));
    let kept = first.wait_for("autosaves", |s| number(s, "autosaves") >= 2.0);
    let mut second = Desk::open_with(&["--scene", "cells"], &variables(""));
    let beside = second.wait_for("moving frame", |s| number(s, "step") > 2.0);
    assert!(beside["reopen"] == false && beside["safe_mode"] == false, "the first one is alive: {beside}");
    second.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    second.mouse("key ctrl+q");
    assert!(end(&mut second).success());
    signal(&first, "-KILL");
    end(&mut first);

    let mut third = Desk::open_with(&["--scene", "cells"], &variables(""));
    third.wait_for("the offer", |s| s["reopen"] == true && number(s, "step") > 2.0);
    third.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    third.mouse("key ctrl+Return");
    let again = third.wait_for("what was running", |s| s["scene"] == "dipole");
    assert!(number(&again, "step") >= 1.0 && again["reopen"] == false && number(&kept, "step") > 1.0);
    third.wait_for("more steps", |s| number(s, "step") > number(&again, "step") + 3.0);
    third.mouse("key ctrl+q");
    assert!(end(&mut third).success());
    let mut fourth = Desk::open_with(&[], &variables(""));
    assert_eq!(fourth.wait_for("moving frame", |s| number(s, "step") > 0.0)["reopen"], false, "told once");
}

#[test]
fn a_panic_leaves_a_log_and_the_state_and_two_of_them_a_safe_start() {
    let config = tempdir().unwrap();
    let variables =
        |faults| [("DASHI_VORTEX_CONFIG", config.path().to_str().unwrap()), ("DASHI_VORTEX_FAULTS", faults)];
    for _ in 0..2 {
        let mut desk = Desk::open_with(&["--scene", "pair"], &variables("panic@30"));
        assert_eq!(end(&mut desk).code(), Some(1), "{}", desk.log());
        let log = desk.log();
        let sentences: Vec<&str> = log.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(sentences.len() == 1 && sentences[0].contains("a fault of the program ended it"), "{log}");
        assert!(saved(&log).step > 0);
        let path = sentences[0].rsplit("the log is ").next().map(PathBuf::from).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        for word in ["dashi-vortex ", "adapter: ", "message: a fault for tests in the window", "inject"] {
            assert!(written.contains(word), "{word}: {written}");
        }
    }
    let mut safe = Desk::open_with(&["--scene", "pair"], &variables(""));
    let status = safe.wait_for("a safe start", |s| number(s, "step") > 2.0);
    assert!(status["safe_mode"] == true && status["scene"] != "pair" && status["reopen"] == true, "{status}");
}

#[test]
fn a_panic_of_a_thread_is_a_sentence_and_the_window_lives() {
    let mut desk = faulty(&["--scene", "pair"], "sums-panic@20");
    let status = desk.wait_for("the sentence", |s| told(s, "a fault of the program ended the sums"));
    desk.wait_for("more steps", |s| number(s, "step") > number(&status, "step") + 10.0);
    assert!(desk.log().contains("the log is "), "{}", desk.log());
}

#[test]
fn signals_end_the_window_with_the_state_saved() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut desk = faulty(&["--scene", "pair"], "");
        desk.wait_for("moving frame", |s| number(s, "step") > 3.0);
        signal(&desk, name);
        assert_eq!(end(&mut desk).code(), Some(code), "{}", desk.log());
        assert!(saved(&desk.log()).step > 3);
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut desk = faulty(&["--scene", "pair"], "");
    desk.wait_for("moving frame", |s| number(s, "step") > 3.0);
    // Stopped, it cannot obey the first before the second is there.
    for name in ["-STOP", "-TERM", "-INT", "-CONT"] {
        signal(&desk, name);
    }
    let code = end(&mut desk).code();
    assert!(code == Some(130) || code == Some(143), "{code:?}: {}", desk.log());
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn a_paused_window_measures_its_last_step_wherever_the_mouse_is() {
    let mut desk = faulty(&["--scene", "pair"], "");
    desk.wait_for("moving frame", |s| number(s, "step") > 3.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("mousemove 3 797");
    desk.mouse("key p");
    let paused = desk.wait_for("pause", |s| s["running"] == false);
    desk.mouse("key period");
    let step = number(&paused, "step");
    let stepped = desk.wait_for("one step", |s| number(s, "step") > step);
    desk.wait_for("its sample", |s| number(s, "series") > number(&paused, "series"));
    // Nothing is left to wait for, so it draws no more.
    std::thread::sleep(Duration::from_secs(2));
    let still = number(&desk.status().unwrap(), "frames");
    std::thread::sleep(Duration::from_secs(3));
    let later = desk.status().unwrap();
    assert!(number(&later, "frames") - still < 10.0, "{still} frames, then {later}");
    assert_eq!(number(&later, "step"), number(&stepped, "step"));
}

/// Resident set, MiB.
fn resident(desk: &Desk) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", desk.program.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<f64>().unwrap() / 1024.0
}

#[test]
fn frames_take_no_memory() {
    let mut desk = faulty(&[], "");
    let at = |desk: &mut Desk, frame: f64| {
        desk.wait_for("more frames", |s| number(s, "frames") >= frame);
        resident(desk)
    };
    let (early, late) = (at(&mut desk, 60.0), at(&mut desk, 260.0));
    // A megabyte a frame was there once: shaders that a driver compiled anew, and kept.
    assert!(late - early < 40.0, "{early} MiB, then {late} MiB");
}

/// The largest file that the program may write from here on.
fn limit(desk: &Desk, bytes: u64) {
    desk.tool("prlimit", &["--pid", &desk.program.id().to_string(), &format!("--fsize={bytes}")]);
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    all.retain(|name| !["log", "status.json", "status.tmp"].contains(&name.as_str()));
    all.sort();
    all
}

#[test]
fn a_full_disk_is_a_sentence_and_the_old_files_stay() {
    let mut desk = faulty(&["--scene", "turbulence"], "autosave@1");
    desk.wait_for("an autosave", |s| number(s, "autosaves") >= 1.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key p");
    desk.wait_for("pause", |s| s["running"] == false);
    let (state, frame) = (desk.folder.path().join("z0.npz"), desk.folder.path().join("frame.png"));
    path_dialog(&mut desk, "ctrl+s", "Export state", &state);
    desk.wait_for("written state", |s| told(s, "State at step"));
    path_dialog(&mut desk, "ctrl+e", "Export frame", &frame);
    desk.wait_for("written picture", |s| told(s, "frame.png"));
    let old = [fs::read(&state).unwrap(), fs::read(&frame).unwrap()];
    let before = names(desk.folder.path());
    // The status of the window still fits; states and pictures do not.
    let status = fs::metadata(desk.folder.path().join("status.json")).unwrap().len();
    let room = 2 * status + 1024;
    assert!(old.iter().all(|bytes| bytes.len() as u64 > room), "{room} of {:?}", old.each_ref().map(Vec::len));
    limit(&desk, room);
    path_dialog(&mut desk, "ctrl+s", "Export state", &state);
    desk.wait_for("a sentence", |s| told(s, "z0.npz: cannot be written"));
    path_dialog(&mut desk, "ctrl+e", "Export frame", &frame);
    desk.wait_for("a sentence", |s| told(s, "frame.png: cannot be written"));
    desk.mouse("key p");
    let refused = desk.wait_for("no autosave", |s| told(s, "Nothing is saved by itself for now"));
    desk.wait_for("more steps", |s| number(s, "step") > number(&refused, "step") + 3.0);
    assert_eq!(old, [fs::read(&state).unwrap(), fs::read(&frame).unwrap()], "the old files stay");
    assert_eq!(names(desk.folder.path()), before, "and no half ones");
    let autosaves = names(&desk.folder.path().join("config/autosave"));
    assert!(!autosaves.is_empty() && autosaves.iter().all(|name| !name.ends_with(".tmp")), "{autosaves:?}");
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn a_run_on_a_full_disk_leaves_what_was_there() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let state = genesis::make("turbulence", &mut Params::default()).unwrap();
    fs::create_dir(at.join("out")).unwrap();
    write_state(&at.join("out/z0.npz"), &state).unwrap();
    let old = fs::read(at.join("out/z0.npz")).unwrap();
    let run = |more: &str, bytes: u64| {
        let program = env!("CARGO_BIN_EXE_dashi-vortex");
        let arguments = format!("run --scene turbulence --steps 2 --N 64 --backend cpu --out-dir out --quiet {more}");
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--fsize={bytes}")).arg(program).args(arguments.split(' ')).current_dir(at);
        let output = limited.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{more}: {}", text(&output.stderr));
        text(&output.stderr)
    };
    for (more, named) in [
        ("--no-decode", "out/z0.npz: cannot be written"),
        ("--stride 1", "compare.png: cannot be written"),
        ("--stride 1 --movie m.gif", "cannot be written"),
        ("--no-decode --save-field f.npy", "cannot be written"),
    ] {
        let said = run(more, 1024);
        assert!(said.contains(named) && said.contains("free some space"), "{more}: {said}");
        assert_eq!(fs::read(at.join("out/z0.npz")).unwrap(), old, "{more}");
        assert_eq!((names(at), names(&at.join("out"))), (vec!["out".into()], vec!["z0.npz".into()]), "{more}");
    }
    // A folder that takes nothing: a file in its place, and the system's own.
    fs::write(at.join("file"), "x").unwrap();
    for place in ["file/out", "/proc/out"] {
        let said = text(&output(at, &format!("run --scene pair --steps 1 --backend cpu --out-dir {place}")).stderr);
        assert!(said.contains("cannot be written") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_run_out_of_bounds_names_the_cause_and_keeps_the_last_sound_state() {
    let folder = tempdir().unwrap();
    for backend in ["cpu", "gpu"] {
        // Parcels follow no step that winds a vortex so far: it is not taken.
        let carried =
            format!("run --scene pair --dt 0.5 --steps 400 --no-decode --quiet --backend {backend} --out-dir c");
        let refused = output(folder.path(), &carried);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        for word in ["step 1: it would wind the fastest vortex by max |omega| dt = ", "CFL ", "--dt 0.0", "would do"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        let state = read_state(&folder.path().join("c/z0.npz")).unwrap();
        assert!(state.step == 0 && state.validate().is_ok(), "{backend}: {}", state.step);
        let args = format!(
            "run --scene pair --dt 0.5 --steps 400 --ellipses off --no-decode --quiet --backend {backend} \
             --out-dir {backend}"
        );
        let output = output(folder.path(), &args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for word in ["CFL ", "speed ", "--dt 0.0", "would do", "step "] {
            assert!(said.contains(word), "{word}: {said}");
        }
        let state = read_state(&folder.path().join(format!("{backend}/z0.npz"))).unwrap();
        assert!(state.step > 0 && state.validate().is_ok(), "{backend}: {}", state.step);
    }
}

#[test]
fn a_random_spectrum_stays_finite_for_long_in_single_precision() {
    let folder = tempdir().unwrap();
    succeeds(folder.path(), "genesis --spectrum 4 --rms 2.2 --seed 3 --out z0.npz");
    let args = "run --z0-npz z0.npz --dt 0.02 --nu 1e-4 --steps 3000 --stride 3000 --no-decode --quiet --backend gpu";
    succeeds(folder.path(), args);
    let norm = |path: &str| {
        let z = read_state(&folder.path().join(path)).unwrap().background.to_z();
        z.iter().map(|x| x * x).sum::<f64>().sqrt()
    };
    // Enstrophy only decays: without viscosity it would stay.
    let (first, last) = (norm("z0.npz"), norm("out/z0.npz"));
    assert!(last < first && last > 0.7 * first, "{first} {last}");
}
