//! The residual basis from `learn` to `run`, against NumPy and against damaged files.

use std::{fs, io::Cursor, path::Path};

use dashi_vortex::{
    error::Error,
    io::{
        Array, propagator_file::read_propagator, read_state, state_file::read_state_from, write_propagator, write_state,
    },
    state::{Atom, Atoms, Sign},
};
use glam::DVec2;
use serde_json::Value;
use tempfile::tempdir;

use crate::{
    cli::{output, succeeds, text},
    npz::{archive, entries},
    python::python,
};

const LEARN: &str = "learn --N 48 --steps 40 --topk-mid 40 --spectrum 9 --quiet --json";

fn learned(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeeds(folder, &format!("{LEARN} {args}"))).unwrap()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} in {value}"))
}

/// From the files alone: orthonormality, the coefficients, the decoded field, and the share that the best basis
/// of this rank would hold.
const CHECK: &str = "
z0, A, t, ours = [np.load(path) for path in sys.argv[1:5]]
N, traj = int(z0['N']), t['traj'].astype(float)
k, B = z0['residual_k'], z0['residual_B'].view(complex)[..., 0]
assert (A['residual_k'] == k).all() and (A['residual_B'] == z0['residual_B']).all()
rank, z = len(B), z0['z']
print('orthonormal', abs(2*(B @ B.conj().T).real - np.eye(rank)).max())
hat = np.fft.fft2(traj)/N**2
stored = z0['mask_low'].reshape(N, N).copy()
stored.reshape(-1)[z0['anchor_idx']] = True
r = np.where(stored, 0, hat)
at = lambda f: f[..., k[:, 1] % N, k[:, 0] % N]
assert not at(stored).any() and not at(stored[-np.arange(N)][:, -np.arange(N)]).any()
c = 2*(at(r) @ B.conj().T).real
print('coefficients', abs(c[0] - z[len(z) - rank:]).max())
field = np.where(stored, hat[0], 0)
field[k[:, 1] % N, k[:, 0] % N] = c[0] @ B
field[-k[:, 1] % N, -k[:, 0] % N] = (c[0] @ B).conj()
print('decoded', abs(np.fft.ifft2(field*N**2).real - ours).max())
rows = np.concatenate([at(r).real, at(r).imag], axis=1)*2**0.5
s = np.linalg.svd(rows, compute_uv=False)**2
energy = (abs(r)**2).sum()
print('captured', (c**2).sum()/energy)
print('best', s[:rank].sum()/energy)
";

/// Long enough that six fields do not hold everything.
const LONG: &str = "--dt 0.04";

#[test]
fn numpy_finds_in_the_files_what_learn_says() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &format!("{LEARN} {LONG} --out-dir plain --save-traj"));
    let summary = learned(folder.path(), &format!("{LONG} --residual-rank 6 --out-dir b"));
    succeeds(folder.path(), "decode b/z0.npz --N 48 --out ours.npy --json");
    let printed = python(CHECK, &[&at("b/z0.npz"), &at("b/A.npz"), &at("plain/traj.npz"), &at("ours.npy")]);
    println!("{printed}\nsummary {}", summary["residual_basis"]);
    let found = |name: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse::<f64>().unwrap()
    };
    assert!(found("orthonormal") < 1e-12 && found("coefficients") < 1e-12 && found("decoded") < 1e-10);
    let (basis, captured) = (&summary["residual_basis"], found("captured"));
    assert!((number(basis, "captured") - captured).abs() < 1e-9);
    let [lost, least] = [captured, found("best")].map(|share| 1.0 - share);
    assert!(lost > 1e-9 && lost >= least - 1e-12 && lost < 1.01 * least, "{printed}");
    assert_eq!((&basis["rank"], &summary["D"]), (&6.into(), &(478 + 6).into()));

    // A second time the same bytes; from the trajectory the same numbers; without the flag the plain A.
    learned(folder.path(), &format!("{LONG} --residual-rank 6 --out-dir again"));
    for name in ["z0.npz", "A.npz"] {
        assert_eq!(fs::read(at("b").join(name)).unwrap(), fs::read(at("again").join(name)).unwrap(), "{name}");
    }
    let args =
        "learn --traj-npz plain/traj.npz --dt 0.04 --steps 40 --topk-mid 40 --residual-rank 6 --quiet --out-dir t";
    succeeds(folder.path(), args);
    let matrix = |name: &str| read_propagator(&at(name)).unwrap().matrix().to_vec();
    assert_eq!(matrix("t/A.npz"), matrix("b/A.npz"));
    assert_eq!(read_propagator(&at("plain/A.npz")).unwrap().origin.residual, None);

    // Written again from memory: the same file.
    let a = read_propagator(&at("b/A.npz")).unwrap();
    a.fits(read_state(&at("b/z0.npz")).unwrap().background.basis()).unwrap();
    write_propagator(&at("copy.npz"), &a).unwrap();
    assert_eq!(fs::read(at("copy.npz")).unwrap(), fs::read(at("b/A.npz")).unwrap());
}

#[test]
fn a_run_with_b_stays_nearer_to_the_trajectory() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    succeeds(folder.path(), &format!("{LEARN} --out-dir plain --save-traj"));
    let summary = learned(folder.path(), "--residual-rank 6 --out-dir b");
    let run = |name: &str, more: &str| -> Value {
        let args = format!("run --z0-npz {name}/z0.npz --A-npz {name}/A.npz --traj-npz plain/traj.npz --steps 40");
        let rest = format!("--stride 40 --out-dir r --json --quiet --backend cpu {more}");
        serde_json::from_str(&succeeds(folder.path(), &format!("{args} {rest}"))).unwrap()
    };
    let (with, without) = (run("b", ""), run("plain", ""));
    let field = |metrics: &Value| [number(metrics, "rel_l2"), number(metrics, "corr")];
    println!("relL2 and corr after 40 steps: with B {:?}, without {:?}", field(&with), field(&without));
    // What the summary promises is what the run measures, in f32 fields.
    assert!((number(&summary, "field_relL2") - field(&with)[0]).abs() < 1e-5);
    assert!((number(&summary["residual_basis"], "field_relL2_without") - field(&without)[0]).abs() < 1e-5);
    assert!(field(&with)[0] < 0.5 * field(&without)[0] && field(&with)[1] > field(&without)[1]);
    for more in ["--modal", "--dtype fixed", "--dtype fixed --kernel-only"] {
        assert!((field(&run("b", more))[0] - field(&with)[0]).abs() < 1e-3, "{more}");
    }

    // The final state holds B and its coefficients, and is taken up again.
    let last = read_state(&at("r/z0.npz")).unwrap();
    assert_eq!(last.background.coefficients().len(), 6);
    succeeds(folder.path(), "run --z0-npz r/z0.npz --A-npz b/A.npz --steps 2 --out-dir r2 --no-decode --quiet");

    // Beside an atom A moves z on the CPU; a frozen z stays; other kernels are refused.
    let mut state = read_state(&at("b/z0.npz")).unwrap();
    state.atoms = Atoms::try_from_iter([Atom::point(Sign::Plus, 0.1, 0.3, DVec2::ONE)]).unwrap();
    write_state(&at("atoms.npz"), &state).unwrap();
    let run =
        |args: &str| output(folder.path(), &format!("run --steps 3 --no-decode --quiet --out-dir r3 --json {args}"));
    let beside = run("--z0-npz atoms.npz --A-npz b/A.npz");
    let metrics: Value = serde_json::from_slice(&beside.stdout).unwrap_or_else(|_| panic!("{}", text(&beside.stderr)));
    assert_eq!(metrics["active_backend"], "cpu");
    let moved = read_state(&at("r3/z0.npz")).unwrap();
    assert_ne!(moved.background.coefficients(), state.background.coefficients());
    assert!(run("--z0-npz b/z0.npz --kernel frozen").status.success());
    let kept = read_state(&at("r3/z0.npz")).unwrap();
    assert_eq!(kept.background.to_z(), state.background.to_z());
    for kernel in ["galerkin", "linear"] {
        let refused = run(&format!("--z0-npz b/z0.npz --kernel {kernel}"));
        let message = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{message}");
        assert!(message.contains("6 residual coefficients: expected the A that was learned with them"), "{message}");
    }

    // An A of another B, and one without.
    learned(folder.path(), "--residual-rank 6 --seed 5 --out-dir other");
    for (a, part) in [("other", "residual basis of A: expected that of the state"), ("plain", "the length of z")] {
        let mut propagator = read_propagator(&at(a).join("A.npz")).unwrap();
        propagator.origin.anchors = None;
        let basis = read_state(&at("b/z0.npz")).unwrap().background.basis().clone();
        let message = propagator.fits(&basis).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    let refused = output(folder.path(), "run --z0-npz b/z0.npz --A-npz plain/A.npz --steps 1");
    assert_eq!(refused.status.code(), Some(5), "{}", text(&refused.stderr));
}

#[test]
fn bad_bases_in_files_are_refused_with_the_entry_named() {
    let half = 0.5_f64.sqrt();
    let z = |extra: usize| Array::vector(&(0..16 + extra).map(|i| f64::from(i as u32 == 13)).collect::<Vec<_>>());
    let waves = |k: &[i64]| Array::new(&[k.len() / 2, 2], k).unwrap();
    let fields = |shape: [usize; 3], b: &[f64]| Array::new(&shape, b).unwrap();
    let read = |changes: Vec<(&'static str, Array)>| {
        let mut all = entries();
        all.retain(|(key, _)| changes.iter().all(|(other, _)| other != key));
        all.extend(changes);
        read_state_from(Path::new("z0.npz"), Cursor::new(archive(&all)))
    };
    let good = || ("residual_B", fields([1, 1, 2], &[0.0, half]));
    let state = read(vec![("z", z(1)), ("residual_k", waves(&[3, 2])), good()]).unwrap();
    assert_eq!((state.background.basis().residual_rank(), state.background.basis().radius()), (1, 12));

    let wave = |k: &[i64]| vec![("z", z(1)), ("residual_k", waves(k)), good()];
    let field = |shape, b: &[f64]| vec![("z", z(1)), ("residual_k", waves(&[3, 2])), ("residual_B", fields(shape, b))];
    let cases = [
        (vec![("z", z(1)), ("residual_k", waves(&[3, 2]))], "residual_B: expected an entry of this name"),
        (vec![("z", z(1)), good()], "residual_k: expected an entry of this name"),
        (vec![("residual_k", waves(&[3, 2])), good()], "z: expected 17 numbers (2*5 + 4 + 2*1 + 1)"),
        (wave(&[3, -2]), "residual_k: expected wave vectors with |k| <= 96 and ky > 0"),
        (wave(&[90, 90]), "residual_k: expected wave vectors with |k| <= 96"),
        (wave(&[1 << 40, 1]), "residual_k: expected wavenumbers from -96 to 96"),
        (wave(&[2, 0]), "residual_k: expected wave vectors that are no stored modes"),
        (wave(&[0, 1]), "residual_k: expected wave vectors that are no stored modes"),
        (wave(&[3, 2, 3, 2]), "residual_B: expected float64 [K, 2, 2]"),
        (wave(&[]), "residual_k: expected int64 [n, 2] with n from 1"),
        (vec![("z", z(1)), ("residual_k", Array::vector(&[3.0, 2.0])), good()], "residual_k: expected int64 [n, 2]"),
        (field([1, 2, 1], &[0.0, half]), "residual_B: expected float64 [K, 1, 2] with K from 1 to 2"),
        (field([0, 1, 2], &[]), "residual_B: expected float64 [K, 1, 2] with K from 1 to 2"),
        (field([1, 1, 2], &[f64::NAN, half]), "residual_B[0, 0]: expected a finite number"),
        (field([1, 1, 2], &[half, half]), "residual_B: expected fields orthonormal in the mean"),
        (field([2, 1, 2], &[half, 0.0, half, 0.0]), "residual_B: expected fields orthonormal in the mean"),
    ];
    for (changes, expected) in cases {
        let error = read(changes).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, Error::BadFile { .. }) && message.starts_with("z0.npz: "), "{message}");
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn ranks_and_cuts_out_of_range_are_refused_before_anything_is_written() {
    let folder = tempdir().unwrap();
    for (args, part) in [
        ("--residual-rank 513", "a rank from 1 to 512"),
        ("--residual-rank 3 --residual-cut 97", "a cut from 1 to 96"),
        ("--residual-rank 3 --residual-cut 8", "residual rank: expected at most 0"),
    ] {
        let refused = output(folder.path(), &format!("{LEARN} --out-dir o {args}"));
        let message = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{message}");
        assert!(message.contains(part) && !folder.path().join("o/A.npz").exists(), "{message}");
    }
}
