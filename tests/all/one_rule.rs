//! One rule for parameters, whichever door a state comes through; and a window whose panels and canvas never speak of
//! different runs.

use std::{fs, path::Path};

use dashi_vortex::{
    io::{
        field_file::{Field, write_field},
        propagator_file::write_propagator,
        session::SessionFile,
        write_session, write_state,
    },
    state::{Atom, Atoms, Background, Basis, Meta, Propagator, Sign, State},
};
use glam::DVec2;
use serde_json::Value;
use tempfile::tempdir;

use super::desk::{Desk, number, path_dialog};

/// A state on cuts of its own, with a step and a viscosity that are no defaults.
fn odd() -> State {
    let anchors: Vec<[i32; 2]> = (13..=20).flat_map(|k| [[k, 1], [-k, -1]]).collect();
    let anchors = anchors.into_iter().filter(|k| k[0] * k[0] + k[1] * k[1] <= 400).collect();
    let basis = Basis::new(12, 20, 300, anchors).unwrap();
    let z = vec![0.0; basis.dimension()];
    let mut background = Background::from_z(basis, &z).unwrap();
    background.header.k_keep = background.basis().anchors().len() as f64;
    let atom = |x: f64| Atom::point(Sign::Plus, 1.0, 0.3, DVec2::new(x, 3.0));
    let atoms = Atoms::try_from_iter([atom(2.5), atom(3.8)]).unwrap();
    State::new(atoms, background, Meta { n: 96, dt: 0.005, nu: 1e-3, ..Meta::default() })
}

/// What the file says, as the window and the metrics name it.
const FILE: [(&str, f64); 6] =
    [("dt", 0.005), ("nu", 1e-3), ("k_cut", 12.0), ("resid_mid_cut", 20.0), ("topk_mid", 300.0), ("mdl", 0.0)];

fn is_of_the_file(status: &Value) -> bool {
    FILE.iter().all(|(name, value)| status["params"][*name].as_f64() == Some(*value))
}

fn focus(desk: &Desk) {
    desk.mouse("search --onlyvisible --name dashi-vortex windowfocus");
}

#[test]
fn a_file_comes_up_as_it_was_saved_by_every_door() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("odd.npz");
    write_state(&path, &odd()).unwrap();
    let file = path.to_str().unwrap();

    // The command line of the window; a preset beats the file.
    let mut desk = Desk::open(&["--z0-npz", file]);
    let first = desk.wait_for("the state", |s| number(s, "step") > 1.0);
    assert!(is_of_the_file(&first), "{}", first["params"]);
    let copy = desk.folder.path().join("copy.npz");
    focus(&desk);
    path_dialog(&mut desk, "ctrl+s", "Export state", &copy);
    desk.wait_for("the copy", |s| s["notices"].to_string().contains("copy.npz"));
    let copy = dashi_vortex::io::read_state(&copy).unwrap();
    assert_eq!((copy.background.basis(), copy.meta.dt, copy.meta.nu), (odd().background.basis(), 0.005, 1e-3));
    drop(desk);

    // Ctrl+O over a scene that passes thin; then a session that names it and beats it.
    let mut desk = Desk::open(&["--scene", "dipole"]);
    desk.wait_for("the scene", |s| number(s, "step") > 1.0 && s["params"]["mdl"] == 1.0);
    focus(&desk);
    path_dialog(&mut desk, "ctrl+o", "Open state", &path);
    let opened = desk.wait_for("the state", |s| s["scene"].as_str() == Some(file));
    assert!(is_of_the_file(&opened), "{}", opened["params"]);
    let session = folder.path().join("s.toml");
    let params = vec![("nu", 2e-3)];
    write_session(&session, &SessionFile { state: Some(path.clone()), params, ..SessionFile::default() }).unwrap();
    path_dialog(&mut desk, "ctrl+o", "Open state", &session);
    let opened = desk.wait_for("the session", |s| s["params"]["nu"] == 2e-3);
    assert_eq!((&opened["params"]["dt"], &opened["params"]["k_cut"]), (&0.005.into(), &12.0.into()));
    drop(desk);

    // The same without a window.
    for (more, nu) in [("--z0-npz odd.npz", 1e-3), ("--session s.toml", 2e-3), ("--session s.toml --nu 0.003", 3e-3)] {
        let args = format!("run {more} --steps 2 --no-decode --backend cpu --quiet --json");
        let metrics: Value = serde_json::from_str(&crate::cli::succeeds(folder.path(), &args)).unwrap();
        let state = dashi_vortex::io::read_state(&folder.path().join("out/z0.npz")).unwrap();
        assert_eq!((state.meta.nu, state.meta.dt, state.meta.n), (nu, 0.005, 96), "{more}");
        assert_eq!([&metrics["k_cut"], &metrics["resid_mid_cut"], &metrics["topk_mid"]], [12, 20, 300], "{more}");
    }
}

/// Fields say how far apart they are and how viscous; whatever is made of them starts with that.
#[test]
fn a_file_of_fields_says_the_same_by_every_door() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let cli = |args: &str| crate::cli::succeeds(folder.path(), args);
    let json = |args: &str| -> Value { serde_json::from_str(&cli(args)).unwrap() };
    let meta = |name: &str| dashi_vortex::io::read_state(&at(name)).unwrap().meta;
    cli(
        "learn --N 32 --steps 4 --dt 0.02 --nu0 1e-4 --k-cut 5 --resid-mid-cut 8 --topk-mid 40 --save-traj t.npz --out-dir l --quiet",
    );
    // What each makes of it is a state file that says so.
    for (args, file) in [
        ("learn --traj-npz t.npz --steps 4 --topk-mid 40 --out-dir again --quiet", "again/z0.npz"),
        ("encode t.npz --frame 2 --out atoms.npz --quiet", "atoms.npz"),
        ("encode t.npz --z-only --k-cut 5 --resid-mid-cut 8 --topk-mid 40 --out z.npz --quiet", "z.npz"),
        ("run --traj-npz t.npz --no-ground-truth --steps 2 --backend cpu --quiet --out-dir r", "r/z0.npz"),
    ] {
        cli(args);
        assert_eq!((meta(file).dt, meta(file).nu, meta(file).n), (0.02, 1e-4, 32), "{args}");
    }
    // And what such a file starts is what the fields themselves start, to the bit.
    let cuts = "--k-cut 5 --resid-mid-cut 8 --topk-mid 40";
    let common = "--steps 4 --no-decode --backend cpu --quiet --json";
    let keys = ["dt", "nu", "N", "k_cut", "resid_mid_cut", "topk_mid", "hash"];
    let of = |args: &str| -> Vec<Value> {
        let metrics = json(&format!("run {args} {common}"));
        keys.iter().map(|key| metrics[*key].clone()).collect()
    };
    let fields = of(&format!("--traj-npz t.npz --no-ground-truth {cuts}"));
    assert_eq!(fields, of("--z0-npz z.npz"));
    assert_eq!(fields, of("--z0-npz l/z0.npz"), "what learn wrote of the same first field");
    let said: Vec<f64> = fields[..6].iter().map(|x| x.as_f64().unwrap()).collect();
    assert_eq!(said, [0.02, 1e-4, 32.0, 5.0, 8.0, 40.0]);
    let bench = json("bench scenes --z0-npz z.npz --times 0.1 --n 64 --backend cpu --json --quiet");
    let row = &bench["rows"][0];
    assert_eq!(
        (&row["nu"], &row["live"]["dt"], &row["live"]["mdl"]),
        (&1e-4.into(), &0.02.into(), &0.0.into()),
        "{row:#}"
    );

    // A scene is cut with the same words by both commands, and starts the same.
    let told = |args: &str| crate::cli::text(&crate::cli::output(folder.path(), args).stderr);
    let few = "--k-cut 1 --resid-mid-cut 1 --topk-mid 0 --seed 3";
    let said = told(&format!("genesis --scene cells --N 64 {few} --out g.npz"));
    let run = told(&format!("run --scene cells {few} {common}"));
    let words = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains("z is cut as asked")).map(String::from).collect()
    };
    assert_eq!((words(&said), words(&said).len()), (words(&run), 1), "{said}");
    let scene = of("--scene cells --nu 2e-4 --mdl off");
    cli("genesis --scene cells --N 64 --nu 2e-4 --out cells.npz");
    assert_eq!(scene, of("--z0-npz cells.npz"));

    // A matrix made for another step says so where it takes the place of the file's.
    let z0 = dashi_vortex::io::read_state(&at("l/z0.npz")).unwrap();
    write_state(&at("slow.npz"), &State { meta: Meta { dt: 0.05, ..z0.meta }, ..z0 }).unwrap();
    let said = told(&format!("run --z0-npz slow.npz --A-npz l/A.npz {common}"));
    assert!(said.contains("dt is 0.02, that of the kernel l/A.npz, and not 0.05"), "{said}");

    // The window, too.
    let mut desk = Desk::open(&["--scene", "dipole"]);
    desk.wait_for("the scene", |s| number(s, "step") > 1.0);
    focus(&desk);
    path_dialog(&mut desk, "ctrl+shift+o", "Encode a field or picture", &at("t.npz"));
    let begun = desk.wait_for("the field", |s| s["scene"].as_str().is_some_and(|name| name.ends_with("t.npz")));
    assert_eq!((&begun["params"]["dt"], &begun["params"]["nu"]), (&0.02.into(), &1e-4.into()));
}

/// A kernel that grows is paused, once, and the panel shows its flag.
#[test]
fn a_flow_that_grows_is_paused_in_the_window() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    crate::cli::succeeds(folder.path(), "genesis --spectrum 4 --rms 1 --seed 1 --out z0.npz");
    let state = dashi_vortex::io::read_state(&at("z0.npz")).unwrap();
    let side = state.background.basis().dimension();
    let keep = 2 * state.background.basis().low().len() + 3;
    let grows = |k: usize| match (k / side, k % side) {
        (i, j) if i != j => 0.0,
        (i, _) if i == keep => 1.0,
        _ => 1.01,
    };
    let a = Propagator::new(side, (0..side * side).map(grows).collect(), Default::default()).unwrap();
    write_propagator(&at("A.npz"), &a).unwrap();
    let session = SessionFile {
        state: Some(at("z0.npz")),
        kernel: Some(at("A.npz")),
        params: vec![("kernel", 1.0)],
        running: true,
        ..SessionFile::default()
    };
    write_session(&at("s.toml"), &session).unwrap();
    let mut desk = Desk::open(&["--session", at("s.toml").to_str().unwrap()]);
    let flagged = desk.wait_for("the flag", |s| s["flags"].to_string().contains("STATE_GROWS"));
    assert!(number(&flagged, "step") > 0.0);
    let paused = desk.wait_for("a pause", |s| s["running"] == false);
    assert!(paused["notices"].to_string().contains("Paused: the en"), "{}", paused["notices"]);
    // Whoever lets it go on knows.
    focus(&desk);
    desk.mouse("key p");
    let stopped = number(&paused, "step");
    desk.wait_for("steps", |s| s["running"] == true && number(s, "step") > stopped + 5.0);
}

#[test]
fn what_is_cut_is_told_in_the_window_and_on_the_command_line() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("odd.npz");
    let mut state = odd();
    let z: Vec<f64> = (0..state.background.basis().dimension()).map(|i| 1e-3 * (i as f64 + 0.3).sin()).collect();
    let keep = state.background.header.k_keep;
    state.background = Background::from_z(state.background.basis().clone(), &z).unwrap();
    state.background.header.k_keep = keep;
    write_state(&path, &state).unwrap();
    let said = crate::cli::output(
        folder.path(),
        "run --z0-npz odd.npz --k-cut 8 --topk-mid 40 --steps 1 --no-decode --backend cpu --quiet",
    );
    let said = crate::cli::text(&said.stderr);
    assert!(
        said.contains("odd.npz: z is cut as asked (k_cut 12 -> 8, topk_mid 300 -> 40): ")
            && said.contains("are left out"),
        "{said}"
    );

    let preset = folder.path().join("small.toml");
    fs::write(&preset, "dashi_preset = 1\n[parameters]\nk_cut = 8\nresid_mid_cut = 10\ntopk_mid = 4\n").unwrap();
    let mut desk = Desk::open(&["--z0-npz", path.to_str().unwrap(), "--preset", preset.to_str().unwrap()]);
    let first = desk.wait_for("a word", |s| s["notices"].to_string().contains("z is cut as asked"));
    assert_eq!(first["params"]["k_cut"], 8.0);
}

#[test]
fn an_encoded_field_is_not_thinned_by_the_scene_before_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("w.npy");
    let n = 64;
    let x = |i: usize| i as f64 * std::f64::consts::TAU / n as f64;
    let bells = [(1.4, 2.0, 4.0), (4.2, 4.6, -3.0), (4.9, 1.1, 0.4), (2.2, 5.0, 0.3), (3.2, 3.3, 0.2)];
    let near = |d: f64| (d + 9.424_777_960_769_38).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
    let bell = |i: usize, j: usize, (a, b, h): (f64, f64, f64)| {
        h * (-(near(x(i) - a).powi(2) + near(x(j) - b).powi(2)) / (2.0 * 0.09)).exp()
    };
    let omega = (0..n * n).map(|c| bells.iter().map(|b| bell(c % n, c / n, *b)).sum()).collect();
    write_field(&path, &Field { n, omega }).unwrap();
    // A scene whose passes would leave out what is weak.
    let mut desk = Desk::open(&["--scene", "dipole", "--preset", "sparse atoms"]);
    desk.wait_for("the scene", |s| number(s, "step") > 1.0 && s["params"]["mdl"] == 1.0);
    focus(&desk);
    path_dialog(&mut desk, "ctrl+shift+o", "Encode a field or picture", &path);
    let begun =
        desk.wait_for("the field as a state", |s| s["scene"].as_str() == path.to_str() && number(s, "atoms") > 1.0);
    assert_eq!(begun["params"]["mdl"], 0.0, "{}", begun["params"]);
    let told = begun["notices"].to_string();
    let atoms: f64 = told.split(" encoded as ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let later = desk.wait_for("60 steps", |s| number(s, "step") > 60.0);
    assert_eq!(number(&later, "atoms"), atoms, "{told}");
    assert_eq!(later["encoded_atoms"], Value::from([atoms as u64, atoms as u64].to_vec()), "what the panel says");
}

/// What may not change where the device refuses a state.
fn shown(status: &Value) -> Vec<Value> {
    let keys = ["scene", "params", "can_undo", "timeline", "atoms", "kernel"];
    keys.iter().map(|key| status[*key].clone()).collect()
}

#[test]
fn what_the_device_refuses_changes_nothing_and_can_be_tried_again() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("odd.npz");
    write_state(&path, &odd()).unwrap();
    // The first state goes to the device, the second does not, and so on.
    let mut desk = Desk::open_with(&["--scene", "dipole"], &[("DASHI_VORTEX_FAULTS", "refuse@2+2x9")]);
    desk.wait_for("the scene", |s| number(s, "step") > 5.0);
    focus(&desk);
    path_dialog(&mut desk, "ctrl+o", "Open state", &path);
    desk.wait_for("the state", |s| is_of_the_file(s) && number(s, "step") > 2.0);
    desk.mouse("key p");
    desk.wait_for("pause", |s| s["running"] == false);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let mut number_of = 2;
    let stopped = number(&desk.status().unwrap(), "step");
    for (keys, what, there) in [
        ("ctrl+z", "undo", &(|s: &Value| s["scene"] == "dipole") as &dyn Fn(&Value) -> bool),
        ("ctrl+shift+z", "redo", &|s: &Value| is_of_the_file(s)),
        ("bracketleft", "wind back", &|s: &Value| number(s, "step") < stopped),
        ("r", "restart", &|s: &Value| number(s, "step") == 0.0),
    ] {
        let before = desk.status().unwrap();
        desk.mouse(&format!("key {keys}"));
        let words = format!("refuses state {number_of} on");
        let refused = desk.wait_for(&format!("{what} refused"), |s| s["notices"].to_string().contains(&words));
        assert_eq!(shown(&refused), shown(&before), "{what}");
        assert_eq!(refused["step"], before["step"], "{what}");
        desk.mouse(&format!("key {keys}"));
        desk.wait_for(what, there);
        std::thread::sleep(std::time::Duration::from_millis(400));
        number_of += 2;
    }
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[test]
fn a_way_out_that_the_device_refuses_is_still_offered() {
    let faults = [("DASHI_VORTEX_FAULTS", "nan@40,refuse@1")];
    let mut desk = Desk::open_with(&["--scene", "cells"], &faults);
    let paused = desk.wait_for("a way out", |s| s["fix"].is_string());
    focus(&desk);
    desk.mouse("key ctrl+Return");
    let refused = desk.wait_for("a refusal", |s| s["notices"].to_string().contains("refuses state 1 on"));
    assert_eq!((&refused["fix"], &refused["params"]), (&paused["fix"], &paused["params"]));
    assert_eq!(refused["running"], false);
    desk.mouse("key ctrl+Return");
    let on = desk.wait_for("steps with the remedy", |s| s["running"] == true && s["fix"].is_null());
    assert_eq!(on["params"]["dt"].as_f64().unwrap(), 0.5 * paused["params"]["dt"].as_f64().unwrap());
}

/// A symmetric matrix near the identity, of a size whose eigenvalues take a while.
fn slow_kernel(side: usize) -> Propagator {
    let part = |i: usize, j: usize| ((i.min(j) * 7919 + i.max(j) * 104_729) % 1009) as f64 / 1009.0 - 0.5;
    let scale = 0.02 / (side as f64).sqrt();
    let entry = |k: usize| scale * part(k / side, k % side) + if k.is_multiple_of(side + 1) { 0.97 } else { 0.0 };
    Propagator::new(side, (0..side * side).map(entry).collect(), Default::default()).unwrap()
}

#[test]
fn eigenvalues_are_found_although_the_device_is_lost_meanwhile() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let state = State { atoms: Atoms::default(), ..odd() };
    let side = state.background.basis().dimension();
    write_state(&at("z0.npz"), &state).unwrap();
    write_propagator(&at("A.npz"), &slow_kernel(side)).unwrap();
    let session = SessionFile {
        state: Some(at("z0.npz")),
        kernel: Some(at("A.npz")),
        params: vec![("kernel", 1.0)],
        ..SessionFile::default()
    };
    write_session(&at("s.toml"), &session).unwrap();
    let path: &Path = &at("s.toml");
    let faults = [("DASHI_VORTEX_FAULTS", "device-lost@2")];
    let mut desk = Desk::open_with(&["--session", path.to_str().unwrap()], &faults);
    let lost = desk.wait_for("another device", |s| number(s, "recovered") == 1.0);
    println!("D = {side}; eigenvalues known when the device was lost: {}", lost["eigenvalues"]);
    let found = desk.wait_for("eigenvalues", |s| s["eigenvalues"].as_u64() == Some(side as u64));
    assert_eq!(found["kernel"], "A.npz");
    desk.wait_for("leaps in time", |s| s["seekable"] == true);
}

#[test]
fn a_step_by_the_winding_is_taken_at_a_start_and_asked_for_on_the_way() {
    let folder = tempdir().unwrap();
    let session = folder.path().join("s.toml");
    fs::write(&session, "dashi_session = 1\nscene = \"default\"\n[parameters]\ndt = \"auto\"\n").unwrap();
    let mut desk = Desk::open(&["--session", session.to_str().unwrap()]);
    let first = desk.wait_for("the session", |s| s["notices"].to_string().contains("dt auto is 0.05 with rk4"));
    assert_eq!((&first["params"]["dt"], &first["params"]["integrator"]), (&0.05.into(), &1.0.into()));
    focus(&desk);
    let palette = |desk: &mut Desk, line: &str| {
        desk.tool("xdotool", &["key", "ctrl+p"]);
        std::thread::sleep(std::time::Duration::from_millis(600));
        desk.tool("xdotool", &["type", "--delay", "30", line]);
        desk.tool("xdotool", &["key", "Return"]);
    };
    palette(&mut desk, "dt 0.02");
    desk.wait_for("a number", |s| s["params"]["dt"] == 0.02);
    palette(&mut desk, "dt auto");
    desk.wait_for("the longest step again", |s| s["params"]["dt"] == 0.05);
    // Where the rule does not hold it says so, and the step stays.
    palette(&mut desk, "refit_every 50");
    desk.wait_for("cycles of 50", |s| s["params"]["refit_every"] == 50.0);
    palette(&mut desk, "dt auto");
    let refused = desk.wait_for("why not", |s| s["notices"].to_string().contains("dt auto needs refit_every auto"));
    assert_eq!(refused["params"]["dt"], 0.05);
}
