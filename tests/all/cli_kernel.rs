//! The kernel alone, as the command line runs it: files of NumPy in, one vector out.

use std::{fs, path::Path};

use dashi_vortex::{
    io::{hash_z, read_npy, read_state, write_propagator, write_state},
    state::{Atom, Atoms, Background, Basis, Meta, Origin, Propagator, Sign, State},
};
use glam::DVec2;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::{
    cli::{json, output, refuses, succeeds, text},
    python::python,
};

/// A state of 18 numbers on a grid of side `n`.
fn state(n: usize) -> State {
    let basis = Basis::new(1, 3, 2, vec![[3, 0], [-3, 0]]).unwrap();
    let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 * 1.3 + 0.4).sin()).collect();
    z[2 * basis.low().len() + 3] = 2.0;
    State::new(Atoms::default(), Background::from_z(basis, &z).unwrap(), Meta { n, ..Meta::default() })
}

/// Rotations of neighbours by `rho` in length; k_keep stays.
fn propagator(state: &State, rho: f64) -> Propagator {
    let basis = state.background.basis();
    let (side, keep) = (basis.dimension(), 2 * basis.low().len() + 3);
    let mut a = vec![0.0; side * side];
    let others: Vec<usize> = (0..side).filter(|i| *i != keep).collect();
    for (n, pair) in others.chunks(2).enumerate() {
        let (s, c) = (0.02 * (n + 1) as f64).sin_cos();
        for (i, from) in pair.iter().enumerate() {
            for (j, to) in pair.iter().enumerate() {
                a[from * side + to] = rho * [[c, s], [-s, c]][i][j];
            }
        }
    }
    a[keep * side + keep] = 1.0;
    let origin = Origin {
        k_cut: Some(basis.k_cut()),
        resid_mid_cut: Some(basis.resid_mid_cut()),
        anchors: Some(basis.anchors().to_vec()),
        dt: Some(0.01),
        ..Origin::default()
    };
    Propagator::new(side, a, origin).unwrap()
}

/// A folder with z0.npz and A.npz.
fn folder(rho: f64) -> TempDir {
    let (folder, state) = (tempdir().unwrap(), state(64));
    write_state(&folder.path().join("z0.npz"), &state).unwrap();
    write_propagator(&folder.path().join("A.npz"), &propagator(&state, rho)).unwrap();
    folder
}

const ALONE: &str = "run --z0-npz z0.npz --A-npz A.npz --kernel-only --backend cpu --quiet --json";

fn run(folder: &Path, args: &str) -> Value {
    serde_json::from_str(&succeeds(folder, &format!("{ALONE} {args}"))).unwrap()
}

#[test]
fn files_of_numpy_alone_step_as_numpy_does() {
    let folder = tempdir().unwrap();
    let script = r#"
folder = sys.argv[1]
n = 40
k = np.fft.fftfreq(n, 1.0 / n)
kx, ky = np.meshgrid(k, k)
mask = kx**2 + ky**2 <= 9
side = 2 * mask.sum() + 4 + 2 * 2
random = np.random.default_rng(1)
z = random.standard_normal(side)
z[2 * mask.sum() + 3] = 2.0
a = np.linalg.qr(random.standard_normal((side, side)))[0]
np.savez(folder + "/z0.npz", z=z, mask_low=mask, anchor_idx=np.array([5, 6]))
np.savez_compressed(folder + "/A.npz", A=a)
for _ in range(500):
    z = z @ a
z.tofile(folder + "/expected.raw")
"#;
    python(script, &[folder.path()]);
    for (form, tolerance) in [("", 1e-12), ("--modal", 1e-11), ("--dtype float32", 1e-4)] {
        let metrics = run(folder.path(), &format!("{form} --steps 500 --stride 200 --save-z-history h.npy"));
        let z = read_state(&folder.path().join("out/z0.npz")).unwrap().background.to_z();
        let expected = fs::read(folder.path().join("expected.raw")).unwrap();
        for (x, bytes) in z.iter().zip(expected.as_chunks::<8>().0) {
            let y = f64::from_le_bytes(*bytes);
            assert!((x - y).abs() < tolerance, "{form}: {x} {y}");
        }
        assert_eq!(metrics["hash"], hash_z(&z));
        assert!((metrics["spectral_radius"].as_f64().unwrap() - 1.0).abs() < 1e-12);
        let history = read_npy(&folder.path().join("h.npy")).unwrap();
        assert_eq!(history.shape(), [4, z.len()], "steps 0, 200, 400 and 500");
        assert_eq!(history.to_f64()[3 * z.len()..], z);
    }
}

#[test]
fn numpy_reads_our_propagator_with_the_documented_types_and_shapes() {
    let folder = folder(1.0);
    let script = r#"
a = np.load(sys.argv[1])
assert a["A"].dtype == np.float64 and a["A"].shape == (18, 18) and a["A"].flags.c_contiguous
assert a["anchor_k"].dtype == np.int64 and a["anchor_k"].tolist() == [[3, 0], [-3, 0]]
assert a["k_cut"] == 1 and a["dt"] == 0.01 and a["schema_version"] == 1 and a["A"][13, 13] == 1
print(" ".join(a.files))
"#;
    let printed = python(script, &[&folder.path().join("A.npz")]);
    assert_eq!(printed, "A anchor_k k_cut resid_mid_cut schema_version dt", "what is not known is left out");
}

#[test]
fn the_grid_changes_nothing_and_two_halves_make_a_whole() {
    let folder = folder(1.0);
    for dtype in ["float64", "fixed"] {
        let whole = run(folder.path(), &format!("--dtype {dtype} --steps 700 --hash-every 350 --no-decode"));
        assert_eq!((&whole["dtype"], whole["hashes"].as_array().unwrap().len()), (&dtype.into(), 2));
        assert_eq!(
            (whole["fixed_bits"].is_null(), whole["fixed_error"].is_null()),
            (dtype != "fixed", dtype != "fixed")
        );
        run(folder.path(), &format!("--dtype {dtype} --steps 350 --no-decode --save-z0 half.npz"));
        let args = format!("--z0-npz half.npz --dtype {dtype} --steps 350 --N 512 --no-decode --save-field end.npy");
        let half: Value =
            serde_json::from_str(&succeeds(folder.path(), &ALONE.replace("--z0-npz z0.npz", &args))).unwrap();
        assert_eq!((&half["hash"], &half["time"]), (&whole["hash"], &whole["time"]));
        assert_eq!(read_npy(&folder.path().join("end.npy")).unwrap().shape(), [512, 512]);
    }
}

#[test]
fn a_kernel_that_decays_is_named_and_one_that_grows_keeps_its_last_finite_state() {
    let decaying = folder(0.9);
    let metrics = run(decaying.path(), "--steps 1000 --no-decode");
    assert_eq!(metrics["perf_flags"], serde_json::json!(["KERNEL_COLLAPSED"]));
    // Looks are 300 steps apart, or 100: before the first of them nothing is left of two, the others end there.
    for (rho, dtype, says) in [
        (50.0, "float64", "is no longer finite"),
        (1.5, "fixed", "leaves the fixed-point range"),
        (1.5, "float64", "step 300: the en"),
        (1.5, "float32 --stride 50", "step 100: the en"),
    ] {
        let growing = folder(rho);
        let args = format!("{ALONE} --dtype {dtype} --steps 5000 --no-decode --metrics-json m.json");
        let run = output(growing.path(), &args);
        let said = text(&run.stderr);
        assert!(run.status.code() == Some(1) && said.contains(says) && said.contains("] STATE_GROWS: "), "{said}");
        let last = read_state(&growing.path().join("out/z0.npz")).unwrap();
        assert!(last.step > 5, "{}", last.step);
        // What was measured up to there is written, by either way.
        let metrics: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(metrics, json(&growing.path().join("m.json")));
        assert_eq!((&metrics["ended"], &metrics["step"]), (&"failed".into(), &last.step.into()));
        assert!(metrics["error"].as_str().unwrap().contains(says), "{metrics:#}");
        assert!(metrics["energy_growth"].as_f64().unwrap() > 10.0, "{metrics:#}");
    }
    let steady = run(folder(1.0).path(), "--steps 100000 --no-decode");
    // It turns numbers of z into each other that stand for different waves: energy moves, and does not run away.
    assert!(!steady["perf_flags"].as_array().unwrap().contains(&"KERNEL_COLLAPSED".into()), "{steady:#}");
    assert!(steady["energy_growth"].as_f64().unwrap() < 100.0, "{steady:#}");
    let [low, high] = [0, 1].map(|i| steady["resid_mid_E_range"][i].as_f64().unwrap());
    assert!(low < high && high < 10.0, "{low} {high}");
}

#[test]
fn parity_takes_the_same_steps_on_the_other_side() {
    let folder = folder(0.999);
    // Whole numbers agree bit for bit, on the way and at the end, whichever side comes first.
    for backend in ["cpu", "gpu"] {
        let alone = ALONE.replace("--backend cpu", "");
        let args = format!("{alone} --backend {backend} --dtype fixed --steps 60 --hash-every 20 --no-decode --parity");
        let fixed: Value = serde_json::from_str(&succeeds(folder.path(), &args)).unwrap();
        assert_eq!(fixed["backend_parity_hash"], fixed["hash"], "{backend}");
        let other = if backend == "cpu" { "gpu" } else { "cpu" };
        let (parity, dtype) = (&fixed["parity"], &fixed["parity"]["dtype"]);
        assert_eq!((&parity["equal"], &parity["backend"], dtype), (&true.into(), &other.into(), &"fixed".into()));
        assert!(parity["first_different_step"].is_null());
        let stages = fixed["stages"].as_array().unwrap();
        let other_side = stages.iter().find(|stage| stage["name"] == "parity").expect("the other side is a stage");
        assert_eq!(other_side["device"], if backend == "cpu" { "software GPU" } else { "CPU" });
    }
    // Floats round differently; the fields say how far apart they end.
    let args = "run --scene dipole --backend cpu --steps 10 --stride 10 --N 64 --hash-every 5 --parity --quiet --json";
    let float: Value = serde_json::from_str(&succeeds(folder.path(), args)).unwrap();
    let parity = &float["parity"];
    assert_eq!((&parity["backend"], &parity["dtype"]), (&"gpu".into(), &"float32".into()));
    assert_eq!((&parity["equal"], &parity["first_different_step"]), (&false.into(), &5.into()));
    assert!(float["backend_parity_hash"].is_string() && float["backend_parity_hash"] != float["hash"]);
    let difference = parity["field_difference"].as_f64().unwrap();
    // Both look in the middle of a cycle: two refits from riders in another precision.
    assert!(difference > 0.0 && difference < 2e-3, "{difference}");
}

#[test]
fn what_one_side_of_parity_has_no_room_for_is_refused_before_the_first_step() {
    let folder = folder(0.999);
    let path = folder.path();
    let scene = "run --scene pair --backend cpu --steps 2 --no-decode --parity";
    // A software adapter takes buffers of 128 MiB, or what is free of memory: 8192 nodes a side are too many anywhere.
    for says in ["N: expected at most ", "leave --parity out"] {
        refuses(path, &format!("{scene} --N 8192"), 2, says);
    }
    assert!(!path.join("out/z0.npz").exists(), "nothing ran");
    // A matrix by itself decodes one field there.
    refuses(path, &format!("{ALONE} --no-decode --steps 2 --N 8192 --parity"), 2, "N: expected at most ");
    fs::write(
        path.join("s.toml"),
        "dashi_session = 1\nscene = \"pair\"\n[[operators]]\nfile = \"o.toml\"\non = true\n",
    )
    .unwrap();
    refuses(path, "run --session s.toml --steps 2 --parity", 2, "--parity excludes operators");
    // Floats need not be of one width: the other side takes those that it has.
    for (args, backend, dtype) in [
        (format!("{ALONE} --dtype float64"), "gpu", "float32"),
        (ALONE.replace("cpu", "gpu") + " --dtype float32", "cpu", "float32"),
        ("run --scene pair --N 32 --backend gpu --dtype float32 --quiet --json".into(), "cpu", "float64"),
        ("run --scene pair --N 32 --backend cpu --dtype float64 --quiet --json".into(), "gpu", "float32"),
    ] {
        let told: Value = serde_json::from_str(&succeeds(path, &format!("{args} --steps 4 --parity"))).unwrap();
        let parity = &told["parity"];
        assert_eq!((&parity["backend"], &parity["dtype"]), (&backend.into(), &dtype.into()), "{args}");
        assert!(parity["field_difference"].as_f64().unwrap() < 1e-3, "{args}: {parity:#}");
    }
}

#[test]
fn another_dt_is_for_the_modal_form() {
    let folder = folder(0.9999);
    let whole = run(folder.path(), "--modal --steps 400 --no-decode");
    let halves = run(folder.path(), "--modal --steps 800 --dt 0.005 --no-decode");
    assert_eq!((&whole["kernel_form"], &halves["kernel_form"]), (&"modal".into(), &"modal".into()));
    let norm = |metrics: &Value| metrics["l2_norm_z"].as_f64().unwrap();
    assert!((norm(&whole) - norm(&halves)).abs() < 1e-10 && whole["condition"].as_f64().unwrap() < 1.1);
    refuses(folder.path(), &format!("{ALONE} --dt 0.005"), 2, "--dt 0.005 differs from the dt of A, 0.01");
}

#[test]
fn beside_atoms_a_matrix_moves_the_background_alone() {
    let folder = folder(0.999);
    let atoms = Atoms::try_from_iter([Atom::point(Sign::Plus, 1.0, 0.3, DVec2::ONE)]).unwrap();
    write_state(&folder.path().join("both.npz"), &State { atoms, ..state(64) }).unwrap();
    let args = "run --z0-npz both.npz --A-npz A.npz --backend cpu --steps 20 --no-decode --quiet --json";
    let both: Value = serde_json::from_str(&succeeds(folder.path(), args)).unwrap();
    let alone = run(folder.path(), "--steps 20 --no-decode");
    assert_eq!((&both["hash_z"], &both["atoms"]), (&alone["hash_z"], &1.into()));
    assert_ne!(both["hash"], both["hash_z"], "the atom counts");
    assert_eq!(alone["hash"], alone["hash_z"]);
    let moved = read_state(&folder.path().join("out/z0.npz"));
    assert!(moved.is_ok());
    refuses(folder.path(), &format!("{args} --kernel-only"), 2, "both.npz holds 1 atoms");
    refuses(folder.path(), &format!("{args} --modal"), 2, "need a state without atoms");
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let folder = folder(1.0);
    let path = folder.path();
    let small = Propagator::new(3, vec![0.0; 9], Origin::default()).unwrap();
    write_propagator(&path.join("small.npz"), &small).unwrap();
    let fitting = propagator(&state(64), 1.0);
    let other = Origin { anchors: Some(vec![[-3, 0], [3, 0]]), ..fitting.origin.clone() };
    let other = Propagator::new(18, fitting.matrix().to_vec(), other).unwrap();
    write_propagator(&path.join("other.npz"), &other).unwrap();
    let z0 = "run --z0-npz z0.npz --backend cpu";
    for (args, code, says) in [
        ("run --kernel-only --A-npz A.npz", 2, "--kernel-only needs --z0-npz FILE"),
        ("run --kernel-only --z0-npz z0.npz", 2, "--kernel-only needs --A-npz FILE or --kernel WORD"),
        ("run --z0-npz z0.npz --kernel-only --A-npz none.npz", 5, "none.npz: cannot be read"),
        (&format!("{z0} --A-npz small.npz"), 5, "small.npz: A: expected 18 x 18, the length of z, found 3 x 3"),
        (&format!("{z0} --A-npz other.npz"), 5, "other.npz: anchor 0 of A: expected (3, 0), as in the state"),
        (&format!("{z0} --A-npz A.npz --kernel galerkin"), 2, "leave --kernel out or give --kernel linear"),
        (&format!("{z0} --modal"), 2, "--A-npz"),
        (&format!("{z0} --dtype fixed"), 2, "--dtype fixed needs --A-npz FILE"),
        (&format!("{z0} --A-npz A.npz --modal --dtype fixed"), 2, "--modal excludes --dtype fixed"),
        (&format!("{z0} --A-npz A.npz --save-field end.txt"), 2, "ends in .npy"),
    ] {
        refuses(path, args, code, says);
    }
    assert!(!path.join("out").exists());
}

#[test]
fn eigenvalues_of_a_leave_as_numbers() {
    let folder = folder(0.5);
    run(folder.path(), "--steps 1 --no-decode --out-dir out --save-eigenvalues lambda.npy");
    let values = read_npy(&folder.path().join("lambda.npy")).unwrap();
    assert_eq!(values.header().shape, [18, 2]);
    let mut moduli: Vec<f64> = values.to_f64().chunks_exact(2).map(|l| l[0].hypot(l[1])).collect();
    moduli.sort_by(f64::total_cmp);
    // Rotations by 0.5 in pairs, one left over, and k_keep, which stays.
    assert!((moduli[17] - 1.0).abs() < 1e-12 && moduli[1..17].iter().all(|m| (m - 0.5).abs() < 1e-12), "{moduli:?}");
    let at = folder.path();
    let atoms = "run --scene dipole --steps 1 --no-decode --out-dir out --save-eigenvalues x.npy";
    refuses(at, &format!("{atoms} --backend cpu --quiet"), 2, "--A-npz");
}
