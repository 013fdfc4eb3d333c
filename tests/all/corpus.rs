//! Files made by scripts/corpus.py: our verdicts beside NumPy's. What NumPy refuses is refused here, and what both
//! take has the same numbers.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{LazyLock, mpsc},
    time::Duration,
};

use dashi_vortex::{
    error::{Error, Result},
    io::{
        Array, Selection, hash::hash_bytes, npz::Npz, read_npy, read_propagator, read_session, read_state, read_traj,
    },
};

use crate::{
    fuzz::readers::{KINDS, READERS},
    python::interpreter,
};

/// The folder, made once.
fn corpus() -> &'static Path {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/corpus.py");
        let output = Command::new(interpreter()).arg(script).arg(folder.path()).output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        folder
    });
    FOLDER.path()
}

/// A line for an array, as the script writes it.
fn row(key: &str, array: &Array) -> String {
    let shape = array.shape().iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let code = &array.header().to_bytes();
    let text = String::from_utf8_lossy(&code[10..]).into_owned();
    let kind = text.split('\'').nth(3).map(|descr| descr[1..].to_owned()).unwrap_or_default();
    format!("{key} {kind} [{shape}] {}", hash_bytes(array.bytes()))
}

/// What our readers make of a file of NumPy's.
fn ours(path: &Path) -> Result<Vec<String>> {
    if path.extension().is_some_and(|e| e == "npy") {
        return Ok(vec![row("-", &read_npy(path)?)]);
    }
    let mut npz = Npz::open(path)?;
    let keys = npz.keys().to_vec();
    keys.iter().map(|key| Ok(row(key, &npz.array(key, &KINDS, |_| true, "an array")?))).collect()
}

/// What our reader of such a file makes of it; the last reader that refuses it is heard.
fn other(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    match name.split_once('.').map_or("", |(_, ending)| ending) {
        "session.toml" => read_session(path).map(|(_, lost)| assert!(lost.len() <= 20, "{name}: {}", lost.len())),
        #[cfg(feature = "gpu")]
        "manifest.toml" => dashi_vortex::operator::Manifest::read(path).map(drop),
        #[cfg(feature = "gpu")]
        "wgsl" | "spv" => {
            let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/operators/trail.toml");
            let manifest = dashi_vortex::operator::Manifest::read(&manifest)?;
            dashi_vortex::operator::check::module(path, &manifest).map(drop)
        }
        "npz" => {
            let refusals = [
                read_state(path).map(drop),
                read_propagator(path).map(drop),
                read_traj(path, |_| Ok(())),
                Npz::open(path).map(drop),
            ];
            refusals.into_iter().find(Result::is_err).unwrap_or(Ok(()))
        }
        _ => dashi_vortex::open::field(path, &Selection::default()).map(drop),
    }
}

/// Runs what may hang, and says so if it does.
fn in_time<T: Send + 'static>(what: &str, run: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || drop(send.send(run())));
    receive.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("{what}: hangs or panics"))
}

/// A refusal is one line that names the file, and not the file itself.
fn check_sentence(name: &str, error: &Error) {
    let text = error.to_string();
    assert_eq!(error.exit_code(), 5, "{name}: {text}");
    assert!(text.contains(name) && !text.contains(char::is_control) && text.len() < 2000, "{name}: {text:?}");
}

#[test]
fn our_verdicts_are_those_of_numpy_or_stricter() {
    let verdicts = fs::read_to_string(corpus().join("verdicts.txt")).unwrap();
    let (mut table, mut wrong) = (BTreeMap::<(&str, &str), (u32, Vec<&str>)>::new(), String::new());
    for line in verdicts.lines() {
        let mut parts = line.split('\t');
        let (numpy, name) = parts.next().and_then(|head| head.split_once(' ')).unwrap();
        let path: PathBuf = corpus().join(name.split(' ').next().unwrap());
        let mut judge = |numpy: &'static str, ours: &'static str, name| {
            let row = table.entry((numpy, ours)).or_default();
            row.0 += 1;
            row.1.push(name);
        };
        if numpy == "other" {
            let (name, expected) = name.split_once(' ').unwrap();
            let found = in_time(name, move || other(&path));
            match (expected, &found) {
                ("accept", Ok(())) => judge("(meant to be taken)", "taken", name),
                ("refuse", Err(error)) => {
                    check_sentence(name, error);
                    judge("(meant to be refused)", "refused", name);
                }
                ("any", Ok(())) => judge("(either way)", "taken", name),
                ("any", Err(error)) => {
                    check_sentence(name, error);
                    judge("(either way)", "refused", name);
                }
                _ => writeln!(wrong, "{name}: meant to be {expected}ed, but {found:?}").unwrap(),
            }
            continue;
        }
        match (numpy, in_time(name, move || ours(&path))) {
            ("refused", Ok(_)) => writeln!(wrong, "{name}: NumPy refuses it and we do not").unwrap(),
            ("refused", Err(error)) => {
                check_sentence(name, &error);
                judge("refused", "refused", name);
            }
            (_, Err(error)) => {
                check_sentence(name, &error);
                judge("taken", "refused", name);
            }
            (_, Ok(found)) => {
                let mut expected: Vec<&str> = parts.collect();
                let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
                expected.sort_unstable();
                found.sort_unstable();
                if expected != found {
                    writeln!(wrong, "{name}: NumPy reads {expected:?}, we read {found:?}").unwrap();
                }
                judge("taken", "taken", name);
            }
        }
    }
    println!("{:<24} {:<10} files", "NumPy", "we");
    for ((numpy, ours), (count, names)) in &table {
        println!("{numpy:<24} {ours:<10} {count:>5}");
        if (*numpy, *ours) == ("taken", "refused") {
            println!("    {}", names.join(" "));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(table.values().map(|row| row.0).sum::<u32>() >= 200);
    // The other way round would be easy: what plainly is an array is taken.
    let plain = &table[&("taken", "taken")].1;
    for name in [
        "kind_f8.npy",
        "kind_bool.npy",
        "scalar.npy",
        "empty.npy",
        "version_3_0.npy",
        "savez.npz",
        "savez_compressed.npz",
    ] {
        assert!(plain.contains(&name), "{name} is refused");
    }
}

#[test]
fn every_reader_meets_every_file() {
    let mut files: Vec<_> = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.metadata().is_ok_and(|m| m.is_file()));
    for path in &files {
        let bytes = fs::read(path).unwrap();
        let name = path.display().to_string();
        in_time(&name, move || READERS.iter().filter(|reader| (reader.feed)(&bytes).is_ok()).count());
    }
    println!("{} files into {} readers", files.len(), READERS.len());
}
