//! Session files and presets on the command line: what is saved is what runs.

use std::{fs, path::Path};

use dashi_vortex::{
    genesis,
    io::{
        lenient, preset, read_session, read_state,
        session::{SessionFile, state_beside},
        write_session, write_state,
    },
    params::Params,
    sim::{CpuSim, Simulator},
    state::State,
};
use tempfile::tempdir;

use crate::cli::{output, succeeds, text};

fn last(folder: &Path, out: &str) -> State {
    read_state(&folder.join(out).join("z0.npz")).unwrap()
}

fn near(time: f64, expected: f64) -> bool {
    (time - expected).abs() < 1e-12
}

const QUICK: &str = "--steps 6 --no-decode --backend cpu --quiet";

#[test]
fn a_session_of_a_scene_runs_as_its_flags_would() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("s.toml");
    fs::write(&path, "dashi_session = 1\nscene = \"pair\"\n[parameters]\ndt = 0.02\nmdl = \"off\"\nsubsteps = 3\n")
        .unwrap();
    succeeds(folder.path(), &format!("run --session s.toml {QUICK} --out-dir a"));
    succeeds(folder.path(), &format!("run --scene pair --dt 0.02 --mdl off {QUICK} --out-dir b"));
    assert_eq!(last(folder.path(), "a"), last(folder.path(), "b"));

    // A flag beats the file, and another scene or state beats its start.
    succeeds(folder.path(), &format!("run --session s.toml --dt 0.01 {QUICK} --out-dir c"));
    assert!(near(last(folder.path(), "c").time, 0.06));
    succeeds(folder.path(), &format!("run --session s.toml --scene dipole {QUICK} --out-dir d"));
    let dipole = last(folder.path(), "d");
    assert!(dipole.atoms.len() == 4 && near(dipole.time, 0.12));
}

#[test]
fn a_saved_state_comes_back_to_the_bit_with_its_parameters() {
    let folder = tempdir().unwrap();
    let below = folder.path().join("kept");
    fs::create_dir(&below).unwrap();
    let path = below.join("evening.toml");
    let mut params = Params::default();
    let start = genesis::make("cells", &mut params).unwrap();
    let mut sim = CpuSim::new(&start, &params).unwrap();
    sim.advance(5).unwrap();
    let state = sim.snapshot().unwrap();
    write_state(&state_beside(&path), &state).unwrap();
    params.nu = 0.1 + 0.2;
    let session = SessionFile {
        scene: Some("cells".into()),
        state: Some(state_beside(&path)),
        params: lenient::differing(&params, &[&Params::default()]),
        ..SessionFile::default()
    };
    write_session(&path, &session).unwrap();

    let (again, lost) = read_session(&path).unwrap();
    assert_eq!((again.clone(), lost.len()), (session, 0));
    assert_eq!(read_state(&again.state.unwrap()).unwrap(), state);
    let mut read = Params::default();
    lenient::apply(&again.params, &mut read).unwrap();
    assert_eq!(read, params);

    // From another folder, and the whole folder moved: the state is found beside the file.
    let moved = folder.path().join("moved");
    fs::rename(&below, &moved).unwrap();
    succeeds(folder.path(), "run --session moved/evening.toml --steps 1 --no-decode --backend cpu --quiet --out-dir o");
    let went = last(folder.path(), "o");
    assert_eq!((went.step, went.meta.nu), (6, 0.1 + 0.2));
}

#[test]
fn what_cannot_be_used_is_named_and_what_is_no_session_refused() {
    let folder = tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("s.toml"), text).unwrap();
    write("dashi_session = 1\nscene = \"pair\"\nshoe = 3\n[parameters]\ndt = \"fast\"\n[view]\nspan = -1\n");
    let ran = output(folder.path(), &format!("run --session s.toml {QUICK}"));
    let said = text(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    for (line, key) in [(3, "shoe"), (5, "dt"), (7, "span")] {
        assert!(said.contains(&format!("warning: s.toml: line {line}: {key}: ")), "{said}");
    }
    for (content, word) in [
        ("layout_version = 1\n", "dashi_session"),
        ("dashi_session = 9\n", "found 9"),
        ("dashi_session = 1\nstate = \"gone.npz\"\n", "gone.npz"),
        ("dashi_session = 1\nscene = \"maelstrom\"\n", "maelstrom"),
        ("dashi_session = [\n", "line"),
    ] {
        write(content);
        let refused = output(folder.path(), &format!("run --session s.toml {QUICK}"));
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains(word) && !said.contains("panicked"), "{content}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let missing = output(folder.path(), "run --session nothing.toml");
    assert_eq!(missing.status.code(), Some(5));
    // The window refuses it before it opens.
    assert_eq!(output(folder.path(), "--session nothing.toml").status.code(), Some(5));
}

#[test]
fn a_preset_is_found_by_name_or_file_and_a_flag_beats_it() {
    let folder = tempdir().unwrap();
    let file = preset::save(&folder.path().join("config"), "mine", "Mine.", &[("dt", 0.005), ("mdl", 0.0)]).unwrap();
    succeeds(folder.path(), &format!("run --scene pair --preset mine {QUICK} --out-dir a"));
    assert!(near(last(folder.path(), "a").time, 0.03));
    succeeds(folder.path(), &format!("run --scene pair --preset {} --dt 0.02 {QUICK} --out-dir b", file.display()));
    assert!(near(last(folder.path(), "b").time, 0.12));
    succeeds(folder.path(), &format!("run --scene pair --preset fast {QUICK} --out-dir c"));
    let unknown = output(folder.path(), "run --scene pair --preset nonsense");
    let said = text(&unknown.stderr);
    assert!(unknown.status.code() == Some(2) && said.contains("paper figure") && said.contains("mine"), "{said}");
}
