use std::path::Path;

use super::*;
use crate::error::Result;

fn read(text: &str) -> Result<(SessionFile, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.toml");
    std::fs::write(&path, text).unwrap();
    read_session(&path)
}

#[test]
fn what_is_written_is_read_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evening.toml");
    let mut params = Params { dt: 0.1 + 0.2, nu: 1.0 / 3.0 * 1e-5, seed: u32::MAX, ..Params::default() };
    params.set_text("kernel", "linear").unwrap();
    let view = ViewPart { center: [1.0 / 3.0, 5e-324], span: 1e-3, tracers: false, ..ViewPart::default() };
    let session = SessionFile {
        scene: Some("pair".into()),
        state: Some(state_beside(&path)),
        kernel: Some("/elsewhere/A.npz".into()),
        running: false,
        params: lenient::differing(&params, &[&Params::default()]),
        view,
        operators: vec![OperatorPart { file: folder.path().join("ops/trail.toml"), on: false }],
    };
    write_session(&path, &session).unwrap();
    assert_eq!(read_session(&path).unwrap(), (session.clone(), vec![]));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("state = \"evening.z0.npz\"") && text.contains("file = \"ops/trail.toml\""), "{text}");
    let mut again = Params::default();
    session.apply(&mut again).unwrap();
    assert_eq!(again, params);
}

#[test]
fn unknown_keys_and_bad_values_are_lost_alone() {
    let text = "dashi_session = 1\nscene = \"pair\"\nrunning = 3\nshoe = 1\n[parameters]\ndt = 0.02\nnu = -4\n\
                [view]\nspan = \"wide\"\ntracers = false\nlimit = -1.0\n[[operators]]\non = true\n";
    let (session, lost) = read(text).unwrap();
    assert_eq!(session.params, [("dt", 0.02)]);
    assert!(session.running && !session.view.tracers && session.view.span > 6.0 && session.operators.is_empty());
    for (line, key) in [(3, "running"), (4, "shoe"), (7, "nu"), (9, "span"), (11, "limit"), (12, "operators")] {
        let named = lost.iter().any(|l| l.contains(&format!("line {line}: {key}: ")));
        assert!(named, "line {line} {key}: {lost:?}");
    }
    assert_eq!(lost.len(), 6, "{lost:?}");
}

#[test]
fn what_is_no_session_is_refused_in_one_sentence() {
    for (text, word) in [
        ("", "dashi_session"),
        ("layout_version = 1\nname = \"trail\"\n", "dashi_session"),
        ("dashi_session = 2\n", "found 2"),
        ("dashi_session = \"x\"\n", "something else"),
        ("dashi_session = 1\nstate = 4\n", "state"),
        ("dashi_session = 1\nscene = [", "line 2"),
        ("PK\u{3}\u{4}\0\0", "line 1"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.exit_code(), 5, "{error}");
        assert!(error.to_string().contains(word) && !error.to_string().contains('\n'), "{text:?}: {error}");
    }
    let long = format!("dashi_session = 1\nscene = \"{}\"\n", "x".repeat(300_000));
    assert!(read(&long).unwrap_err().to_string().contains("at most 262144 bytes"));
}

#[test]
fn a_session_keeps_its_own_state_and_leaves_another_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = at("evening.toml");
    assert_eq!(state_place(&path), at("evening.z0.npz"));
    std::fs::write(at("evening.z0.npz"), "mine").unwrap();
    let place = state_place(&path);
    assert_eq!(place, at("evening.z0-2.npz"));
    // Once it is written, the same one is used again.
    std::fs::write(&place, "state").unwrap();
    write_session(&path, &SessionFile { state: Some(place.clone()), ..SessionFile::default() }).unwrap();
    assert_eq!(state_place(&path), place);
    // Its own under the usual name, and one that somebody wrote into the file by hand.
    write_session(&path, &SessionFile { state: Some(at("evening.z0.npz")), ..SessionFile::default() }).unwrap();
    assert_eq!(state_place(&path), at("evening.z0.npz"));
    write_session(&path, &SessionFile { state: Some(at("z0.npz")), ..SessionFile::default() }).unwrap();
    assert_eq!(state_place(&path), at("evening.z0-3.npz"));
}

#[test]
fn no_cut_of_a_session_makes_the_reader_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.toml");
    let operators = vec![OperatorPart { file: folder.path().join("a.toml"), on: true }];
    write_session(&path, &SessionFile { scene: Some("pair".into()), operators, ..SessionFile::default() }).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for end in 0..text.len() {
        let cut = read(&text[..end]);
        assert!(cut.is_ok() || cut.unwrap_err().exit_code() == 5);
    }
}

#[test]
fn a_session_is_told_from_a_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.toml"), folder.path().join("b.toml"));
    write_session(&a, &SessionFile::default()).unwrap();
    std::fs::write(&b, "layout_version = 1\nname = \"trail\"\n").unwrap();
    assert!(is_session(&a) && !is_session(&b) && !is_session(Path::new("/no/such/file")));
}
