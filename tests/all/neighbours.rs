//! An export replaces the file that was named, and no other.

use std::fs;

use dashi_vortex::{genesis, io::write_state, params::Params};
use tempfile::tempdir;

use crate::cli::{output, succeeds, text};

fn names(folder: &std::path::Path) -> Vec<String> {
    let mut all: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

#[test]
fn two_outputs_of_one_name_are_refused_before_anything_is_written() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    write_state(&at.join("a.npz"), &genesis::make("pair", &mut Params::default()).unwrap()).unwrap();
    let kept = fs::read(at.join("a.npz")).unwrap();
    for (more, flags) in [
        ("--save-field x.npy --save-z-history x.npy", ["--save-z-history", "--save-field"]),
        ("--metrics-json m --metrics-csv ./m", ["--metrics-json", "--metrics-csv"]),
        ("--metrics-json out/z0.npz", ["the final state", "--metrics-json"]),
        ("--z0-npz a.npz --metrics-csv a.npz", ["--z0-npz", "--metrics-csv"]),
        ("--apng --movie out/dashi.apng", ["--apng", "--movie"]),
        ("--z0-npz a.npz --save-traj a.npz --ground-truth", ["--z0-npz", "--save-traj"]),
    ] {
        let args = format!("run --scene pair --steps 2 --N 32 --backend cpu {more}")
            .replace("--scene pair", if more.contains("--z0-npz") { "" } else { "--scene pair" });
        let output = output(at, &args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{more}: {said}");
        assert!(flags.iter().all(|flag| said.contains(flag)) && said.contains("name one file"), "{more}: {said}");
        assert_eq!((names(at), fs::read(at.join("a.npz")).unwrap()), (vec!["a.npz".into()], kept.clone()), "{more}");
    }
}

#[cfg(unix)]
#[test]
fn a_movie_that_fails_leaves_everything_else() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let at = folder.path();
    // An ffmpeg that promises and does not keep it.
    fs::write(
        at.join("ffmpeg"),
        "#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' V..... mpeg4 x'; exit 0;; esac\nexit 1\n",
    )
    .unwrap();
    fs::set_permissions(at.join("ffmpeg"), fs::Permissions::from_mode(0o755)).unwrap();
    let run = "run --scene pair --steps 2 --stride 1 --N 32 --backend cpu --bare --quiet --apng --movie m.mp4";
    let mut program = crate::cli::program(at, run);
    let output = program.env("DASHI_VORTEX_FFMPEG", at.join("ffmpeg")).output().unwrap();
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("ffmpeg ended after"), "{said}");
    assert_eq!(names(at), ["ffmpeg", "out"]);
    let left =
        ["dashi.apng", "dashi_t0000_compare.png", "dashi_t0001_compare.png", "dashi_t0002_compare.png", "z0.npz"];
    assert_eq!(names(&at.join("out")), left);
    // A folder in the place of one is refused before the run.
    fs::create_dir_all(at.join("b/dashi.apng")).unwrap();
    let said = text(&crate::cli::output(at, "run --scene pair --steps 2 --backend cpu --apng --out-dir b").stderr);
    assert!(said.contains("b/dashi.apng: cannot be written"), "{said}");
    assert_eq!(names(&at.join("b")), ["dashi.apng"]);
}

#[test]
fn a_trajectory_does_not_take_the_place_of_what_is_learned() {
    let folder = tempdir().unwrap();
    let said = output(folder.path(), "learn --N 32 --steps 4 --save-traj out/A.npz");
    assert_eq!(said.status.code(), Some(2));
    assert!(text(&said.stderr).contains("--save-traj name one file"), "{}", text(&said.stderr));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_run_keeps_the_state_that_it_started_from() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("out")).unwrap();
    write_state(&at.join("out/z0.npz"), &genesis::make("pair", &mut Params::default()).unwrap()).unwrap();
    let start = fs::read(at.join("out/z0.npz")).unwrap();
    let run = "run --z0-npz out/z0.npz --steps 3 --no-decode --backend cpu";
    let said = text(&output(at, run).stderr);
    assert!(said.contains("out/z0.npz was the start of this run: it is kept as out/z0_t0000.npz"), "{said}");
    assert_eq!(fs::read(at.join("out/z0_t0000.npz")).unwrap(), start);
    let middle = fs::read(at.join("out/z0.npz")).unwrap();
    assert_ne!(middle, start);
    succeeds(at, run);
    assert_eq!(fs::read(at.join("out/z0_t0003.npz")).unwrap(), middle);
    assert_eq!(names(&at.join("out")), ["z0.npz", "z0_t0000.npz", "z0_t0003.npz"]);
    // The same start into another folder leaves it where it is.
    succeeds(at, "run --z0-npz out/z0_t0000.npz --steps 3 --no-decode --backend cpu --quiet --out-dir b");
    assert_eq!((names(&at.join("b")), fs::read(at.join("out/z0_t0000.npz")).unwrap()), (vec!["z0.npz".into()], start));
    assert_eq!(fs::read(at.join("b/z0.npz")).unwrap(), middle);
}

#[cfg(feature = "app")]
#[test]
fn the_windows_exports_leave_what_lies_beside_them() {
    use super::desk::{Desk, number, path_dialog};
    let mut desk = Desk::open(&["--scene", "dipole"]);
    desk.wait_for("moving frame", |s| number(s, "step") > 2.0);
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
    desk.mouse("key p");
    desk.wait_for("pause", |s| s["running"] == false);
    let folder = desk.folder.path().join("mine");
    fs::create_dir(&folder).unwrap();
    let at = |name: &str| folder.join(name);
    let mine = ["shot.json", "shot.png.json", "shot.z0.npz", "shot.npz", "frames_0000000002.png"];
    mine.iter().for_each(|name| fs::write(at(name), format!("mine: {name}")).unwrap());
    // Three exports of one stem, a state and a session.
    for (keys, title, name) in [
        ("ctrl+e", "Export frame", "shot.png"),
        ("ctrl+shift+e", "Export field", "shot.npy"),
        ("ctrl+s", "Export state", "shot.state.npz"),
        ("ctrl+shift+s", "Save session", "shot.toml"),
    ] {
        path_dialog(&mut desk, keys, title, &at(name));
        desk.wait_for(title, |s| s["notices"].to_string().contains(&format!("written to {}", at(name).display())));
    }
    // A name without an ending becomes one with it; nobody was asked about that file.
    path_dialog(&mut desk, "ctrl+shift+e", "Export field", &at("shot"));
    desk.wait_for("another name", |s| s["notices"].to_string().contains("shot-2.npz"));
    // A script takes a field along, and leaves the one that was there.
    desk.mouse("key ctrl+p");
    std::thread::sleep(std::time::Duration::from_millis(700));
    desk.tool("xdotool", &["type", "--delay", "20", "save matplotlib"]);
    path_dialog(&mut desk, "Return", "Save matplotlib script", &at("shot.py"));
    desk.wait_for("the script", |s| s["notices"].to_string().contains("Script written to"));
    let script = fs::read_to_string(at("shot.py")).unwrap();
    assert!(script.contains("shot-3.npz\")") && at("shot-3.npz").is_file(), "{script}");
    for name in mine {
        assert_eq!(fs::read_to_string(at(name)).unwrap(), format!("mine: {name}"));
    }
    let beside = |name: &str| {
        let value: serde_json::Value = serde_json::from_slice(&fs::read(at(name)).unwrap()).unwrap();
        value["file"].as_str().unwrap().to_owned()
    };
    assert_eq!(beside("shot.png-2.json"), "shot.png", "told beside a foreign shot.png.json");
    assert_eq!((beside("shot.npy.json"), beside("shot.state.npz.json")), ("shot.npy".into(), "shot.state.npz".into()));
    let (session, _) = dashi_vortex::io::read_session(&at("shot.toml")).unwrap();
    assert_eq!(session.state, Some(at("shot.z0-2.npz")));
    assert!(dashi_vortex::io::read_state(&at("shot.z0-2.npz")).is_ok());
    // Exported once more, the same files are its own.
    let before = names(&folder);
    path_dialog(&mut desk, "ctrl+shift+s", "Save session", &at("shot.toml"));
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(names(&folder), before);
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}
