//! Fields to states and back, as scripts meet it: the commands, real NumPy, every grid.

use std::{fs, path::Path};

use dashi_vortex::{
    io::{
        field_file::{Field, read_field, write_field},
        read_state, write_state,
    },
    math::Complex64,
    params::Params,
    sim,
    spectral::{Cuts, Encoder, RandomField},
    state::{Background, flat_index},
};
use serde_json::Value;
use tempfile::tempdir;

use crate::{
    cli::{refuses, succeeds},
    python::python,
};

/// Modes of one smooth field on two grids.
const GRID_TOLERANCE: f64 = 1e-10;
/// Our amplitudes and NumPy's; a field there and back.
const NUMPY_TOLERANCE: f64 = 1e-12;

fn encode(omega: &[f64], n: usize, cuts: &Cuts) -> Background {
    let encoder = Encoder::new(n, cuts).unwrap();
    encoder.encode(omega, &encoder.basis(omega).unwrap()).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn z_has_654_numbers_on_every_grid_and_the_modes_of_a_field_are_the_same() {
    let field = RandomField { seed: 11, ..Default::default() };
    let first = encode(&field.field(64).unwrap(), 64, &Cuts::default());
    for n in [64, 128, 256, 640, 4096] {
        let z = encode(&field.field(n).unwrap(), n, &Cuts::default());
        assert_eq!((z.basis().dimension(), z.to_z().len()), (654, 654), "N = {n}");
        assert_eq!(z.basis(), first.basis(), "N = {n}");
        let worst = z.modes().zip(first.modes()).map(|((_, a), (_, b))| (a - b).norm()).fold(0.0, f64::max);
        println!("N {n}: modes differ by {worst:.1e}, support_frac {:.4}", z.header.support_frac);
        assert!(worst < GRID_TOLERANCE, "N = {n}: {worst:e}");
    }
}

#[test]
fn numpy_makes_the_same_z() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    // Even and odd sides, a white spectrum beside a smooth one, a float32 file.
    let script = r#"
folder, n, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
w = np.random.default_rng(n).standard_normal((n, n))
k = np.rint(np.fft.fftfreq(n, 1 / n)).astype(int)
k2 = (k[None, :] ** 2 + k[:, None] ** 2).ravel()
if kind == "smooth":
    w = np.fft.ifft2(np.fft.fft2(w) * np.exp(-((np.sqrt(k2) - 6) / 2.1) ** 2).reshape(n, n)).real
w = w.astype("f4") if kind == "single" else w
np.save(f"{folder}/w.npy", w)
a = (np.fft.fft2(w.astype("f8")) / n**2).ravel()
low = k2 <= 64
band = np.flatnonzero(~low & (k2 <= 144))
j, i = np.divmod(np.arange(n * n), n)
other = (-j % n) * n + (-i % n)
first = np.minimum(band, other[band])
order = np.lexsort((band != first, first, -np.round(np.abs(a[first]), 14)))
anchors = band[order][:128]
rest = np.setdiff1d(band, anchors)
r = np.fft.ifft2(np.where(low, 0, a).reshape(n, n)).real * n**2
c = np.where(np.abs(r) > 0.35 * r.std(), np.sign(r), 0).astype(int)
c = np.sign(sum(np.roll(c, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)))
e = np.abs(a) ** 2
header = [np.abs(c).mean(), e[rest].sum(), e[k2 > 144].sum(), 128]
z = np.concatenate([a[low].real, a[low].imag, header, a[anchors].real, a[anchors].imag])
np.savez(f"{folder}/numpy.npz", z=z, mask_low=low, anchor_idx=anchors.astype("i8"))
"#;
    let compare = r#"
a, b = np.load(sys.argv[1]), np.load(sys.argv[2])
assert (a["anchor_idx"] == b["anchor_idx"]).all() and (a["mask_low"] == b["mask_low"]).all()
print(np.abs(a["z"] - b["z"]).max())
for key, kind, shape in [("z", "float64", (654,)), ("anchor_idx", "int64", (128,)), ("N", "int64", ()),
                         ("mask_low", "bool", (int(a["N"]) ** 2,)), ("k_cut", "int64", ()), ("resid_mid_cut", "int64", ()),
                         ("topk_mid", "int64", ()), ("dashi_tau", "float64", ()), ("dashi_smooth_k", "int64", ()),
                         ("dtype_code", "int64", ()), ("seed", "uint64", ()), ("dt", "float64", ()),
                         ("schema_version", "int64", ())]:
    assert a[key].dtype == kind and a[key].shape == shape, (key, a[key].dtype, a[key].shape)
"#;
    for (n, kind) in [(64, "smooth"), (65, "white"), (90, "single"), (256, "white")] {
        python(script, &[at, Path::new(&n.to_string()), Path::new(kind)]);
        let report = json(&succeeds(at, "encode w.npy --z-only --out z0.npz --json"));
        let worst: f64 = python(compare, &[&at.join("z0.npz"), &at.join("numpy.npz")]).parse().unwrap();
        println!("N {n}, {kind}: z differs from NumPy's by {worst:.1e}");
        assert!(worst < NUMPY_TOLERANCE, "N = {n}, {kind}: {worst:e}");
        assert_eq!((report["floats"].as_u64(), report["z"].as_u64()), (Some(197 + 4 + 128), Some(654)));
        let theirs = read_state(&at.join("numpy.npz")).unwrap();
        assert_eq!(theirs.background.basis().anchors().len(), 128);
    }
}

#[test]
fn a_band_limited_field_comes_back_and_a_file_says_where_it_lies() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    for n in [64, 75] {
        // Every mode of it is stored: 8 < |k| <= 12 has 244.
        let mut omega = RandomField { peak: 3.0, rms: 2.0, seed: 5 }.field(n).unwrap();
        let x = |i: usize| i as f64 * dashi_vortex::math::BOX / n as f64;
        omega.iter_mut().enumerate().for_each(|(i, w)| *w += (11.0 * x(i % n) - 4.0 * x(i / n)).cos() + 0.25);
        write_field(&at.join("w.npy"), &Field { n, omega: omega.clone() }).unwrap();
        let report = json(&succeeds(at, "encode w.npy --z-only --out z0.npz --topk-mid 244 --json"));
        assert!(report["relL2"].as_f64().unwrap() < NUMPY_TOLERANCE, "{report:#}");
        assert!((report["corr"].as_f64().unwrap() - 1.0).abs() < NUMPY_TOLERANCE);
        assert!(report["unresolved_energy"].as_f64().unwrap() < 1e-20, "{report:#}");
        succeeds(at, &format!("decode z0.npz --N {n} --out back.npz"));
        let back = read_field(&at.join("back.npz"), None).unwrap();
        let worst = back.omega.iter().zip(&omega).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < NUMPY_TOLERANCE * 10.0, "N = {n}: {worst:e}");
        let script = r#"
a = np.load(sys.argv[1])
print(a["omega"].dtype, a["omega"].shape[0], np.allclose(a["extent"], np.array([0, 2, 0, 2]) * np.pi - np.pi / len(a["omega"]), rtol=0, atol=1e-15), a["origin"], a["axes"])
"#;
        assert_eq!(python(script, &[&at.join("back.npz")]), format!("float64 {n} True lower ['y' 'x']"));
    }
    // On the coarsest grid, where modes alias, the values at the nodes are still those of the field.
    succeeds(at, "decode z0.npz --N 16 --out coarse.npy");
    succeeds(at, "decode z0.npz --N 64 --out fine.npy");
    let [coarse, fine] = ["coarse.npy", "fine.npy"].map(|name| read_field(&at.join(name), None).unwrap().omega);
    assert!((0..256).all(|i| (coarse[i] - fine[i / 16 * 256 + i % 16 * 4]).abs() < 1e-6));
    succeeds(at, "decode z0.npz --N 100 --out w.png");
    assert_eq!(image::image_dimensions(at.join("w.png")).unwrap(), (600, 600));
}

#[test]
fn anchors_of_another_state_are_kept() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    for (name, n, seed) in [("a.npy", 64, 1), ("b.npy", 160, 2)] {
        let omega = RandomField { seed, ..Default::default() }.field(n).unwrap();
        write_field(&at.join(name), &Field { n, omega }).unwrap();
    }
    succeeds(at, "encode a.npy --out a.npz --z-only --dt 0.02 --nu 1e-3");
    succeeds(at, "encode b.npy --z-only --out b.npz --anchors-from a.npz");
    succeeds(at, "encode b.npy --z-only --out own.npz");
    let [a, b, own] = ["a.npz", "b.npz", "own.npz"].map(|name| read_state(&at.join(name)).unwrap());
    assert_eq!(a.background.basis(), b.background.basis());
    assert_ne!(a.background.basis(), own.background.basis());
    assert_eq!((a.meta.dt, a.meta.nu, b.meta.n), (0.02, 1e-3, 160));
    assert!(b.background.unresolved_energy() >= own.background.unresolved_energy());
    // Every state runs.
    succeeds(at, "run --z0-npz b.npz --steps 2 --backend cpu --no-decode --quiet");
}

/// Three vortices, one of them long, and the same as a picture.
fn vortices(n: usize) -> Vec<f64> {
    let bell = |i: usize, at: f64, width: f64| {
        let d = (i as f64 / n as f64 - at + 0.5).rem_euclid(1.0) - 0.5;
        (-0.5 * (d / width).powi(2)).exp()
    };
    let at = |j: usize, i: usize| {
        4.0 * bell(i, 0.3, 0.05) * bell(j, 0.25, 0.05) - 3.0 * bell(i, 0.7, 0.04) * bell(j, 0.7, 0.12)
            + 2.0 * bell(i, 0.25, 0.08) * bell(j, 0.75, 0.03)
    };
    (0..n * n).map(|c| at(c / n, c % n)).collect()
}

#[test]
fn a_field_becomes_atoms_within_its_budget_and_repeats() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    write_field(&at.join("w.npy"), &Field { n: 64, omega: vortices(64) }).unwrap();
    let report = json(&succeeds(at, "encode w.npy --out a.npz --budget 0.02 --seed 7 --quiet --json"));
    let number = |key: &str| report[key].as_f64().unwrap_or_else(|| panic!("{key} in {report:#}"));
    let state = read_state(&at.join("a.npz")).unwrap();
    assert!(report["atoms"].as_u64() == Some(state.atoms.len() as u64) && !state.atoms.is_empty(), "{report:#}");
    assert_eq!((number("floats") as usize, state.meta.seed), (state.floats(), 7));
    assert!(number("floats") <= 81.0 && number("ratio") == number("floats") / 4096.0, "{report:#}");
    assert_eq!(number("bits"), 32.0 * number("floats"));
    assert!(number("relL2") < 0.02 && number("corr") > 0.999, "{report:#}");
    assert!(number("support_cells") > 0.0 && number("support_cells") == (4096.0 * number("support_frac")).round());
    for key in ["energy", "enstrophy"] {
        let share = |part: &str| report[key][part].as_f64().unwrap();
        assert!((share("atoms") + share("background") + share("both") - 1.0).abs() < 1e-12);
        assert!(share("atoms") > 0.9, "{report:#}");
    }
    succeeds(at, "encode w.npy --out b.npz --budget 0.02 --seed 7 --quiet");
    assert_eq!(fs::read(at.join("a.npz")).unwrap(), fs::read(at.join("b.npz")).unwrap());
    // The same size in other words.
    for size in ["--floats 81", "--bits 2592"] {
        let same = json(&succeeds(at, &format!("encode w.npy --out c.npz {size} --quiet --json")));
        assert_eq!((&same["floats"], &same["relL2"]), (&report["floats"], &report["relL2"]), "{size}");
    }
    // Room for two atoms is not enough for three vortices, and what was written decodes to what was reported.
    let less = json(&succeeds(at, "encode w.npy --out d.npz --floats 22 --quiet --json"));
    assert!(less["atoms"] == 2 && less["relL2"].as_f64().unwrap() > 0.2, "{less:#}");
    succeeds(at, "decode a.npz --N 64 --out back.npy");
    let back = read_field(&at.join("back.npy"), None).unwrap().omega;
    let near = dashi_vortex::math::nearness(&back, &vortices(64));
    assert!((near.rel_l2 - number("relL2")).abs() < 1e-6, "{near:?}");
    succeeds(at, "run --z0-npz a.npz --steps 2 --backend cpu --no-decode --quiet");
}

#[test]
fn pictures_and_frames_of_trajectories_become_atoms() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    // A picture has its first row at the top.
    let omega = vortices(64);
    let gray = |x: u32, y: u32| (90.0 + 36.0 * omega[(63 - y as usize) * 64 + x as usize]).clamp(0.0, 255.0) as u8;
    image::GrayImage::from_fn(64, 64, |x, y| image::Luma([gray(x, y)])).save(at.join("w.png")).unwrap();
    let report = json(&succeeds(at, "encode w.png --out a.npz --budget 0.05 --rms 1 --quiet --json"));
    assert_eq!(report["N"], 64);
    assert!(report["relL2"].as_f64().unwrap() < 0.1, "{report:#}");
    succeeds(at, "decode a.npz --N 64 --out back.npy");
    let back = read_field(&at.join("back.npy"), None).unwrap().omega;
    assert!(dashi_vortex::math::nearness(&back, &omega).corr > 0.99, "bright is counter-clockwise, top is high y");

    let fields = [vec![0.5; 4096], omega.clone()];
    let made = dashi_vortex::io::Provenance::default();
    dashi_vortex::io::write_traj(&at.join("traj.npz"), 2, 64, dashi_vortex::io::npy::Kind::F64, &made, |traj| {
        fields.iter().try_for_each(|field| traj.put(field))
    })
    .unwrap();
    let report = json(&succeeds(at, "encode traj.npz --frame -1 --out t.npz --budget 0.05 --quiet --json"));
    assert!(report["relL2"].as_f64().unwrap() < 0.02, "{report:#}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_fit_writes_nothing() {
    use std::{io::Read, process::Stdio, time::Duration};
    let folder = tempdir().unwrap();
    let at = folder.path();
    let omega = RandomField { peak: 20.0, rms: 3.0, seed: 1 }.field(128).unwrap();
    write_field(&at.join("w.npy"), &Field { n: 128, omega }).unwrap();
    // Long enough to be interrupted on any machine.
    let mut child = crate::cli::program(at, "encode w.npy --out z.npz --budget 0.3 --effort 100")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It tells of its progress once it runs, so the signal finds it at work.
    let mut said = String::new();
    let mut byte = [0];
    let mut stderr = child.stderr.take().unwrap();
    while !said.ends_with('\n') && stderr.read(&mut byte).unwrap() == 1 {
        said.push(char::from(byte[0]));
    }
    assert!(said.contains("atoms, relL2"), "{said}");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let waiting = std::time::Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if waiting.elapsed() > Duration::from_secs(120) => {
                child.kill().unwrap();
                panic!("it went on for two minutes");
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("z.npz was not written"), "{said}");
    assert_eq!(fs::read_dir(at).unwrap().count(), 1, "nothing half-written");
}

#[test]
fn genesis_makes_states_that_run() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let made = json(&succeeds(at, "genesis --spectrum 5 --rms 2 --seed 3 --out a.npz --json"));
    assert_eq!((&made["k_keep"], &made["z"], &made["floats"]), (&0.into(), &398.into(), &201.into()));
    assert_eq!((made["unresolved_energy"].as_f64(), made["support_frac"].as_f64()), (Some(0.0), Some(0.0)));
    let decoded = json(&succeeds(at, "decode a.npz --out a.npy --json"));
    assert!((decoded["rms"].as_f64().unwrap() - 2.0).abs() < 1e-12, "{decoded:#}");
    succeeds(at, "genesis --spectrum 5 --rms 2 --seed 3 --out again.npz");
    assert_eq!(fs::read(at.join("a.npz")).unwrap(), fs::read(at.join("again.npz")).unwrap());
    let wide = json(&succeeds(at, "genesis --spectrum 12 --topk-mid 4096 --out wide.npz --json"));
    assert_eq!((&wide["k_keep"], &wide["z"]), (&4096.into(), &8590.into()));
    succeeds(at, "run --z0-npz wide.npz --kernel frozen --steps 1 --backend cpu --no-decode --quiet");

    let scene = json(&succeeds(at, "genesis --scene pair --out atoms.npz --json"));
    assert!(scene["atoms"].as_u64().unwrap() > 0 && scene["unresolved_energy"].is_null(), "{scene:#}");
    let modes = json(&succeeds(at, "genesis --scene pair --z-only --out modes.npz --json"));
    assert_eq!(modes["atoms"], 0);
    assert!(modes["unresolved_energy"].as_f64().unwrap() > 0.0);
    let [atoms, modes] = ["atoms.npz", "modes.npz"].map(|name| read_state(&at.join(name)).unwrap());
    assert_eq!(atoms.meta.dt, modes.meta.dt);
    // The modes of the atoms are those of their field on any grid fine enough.
    let omega = sim::decode(&atoms, 512);
    let encoder = Encoder::new(512, &Cuts::default()).unwrap();
    let direct = encoder.encode(&omega, modes.background.basis()).unwrap();
    let size = direct.modes().map(|(_, c)| c.norm()).fold(0.0, f64::max);
    for ((_, a), (_, b)) in direct.modes().zip(modes.background.modes()) {
        assert!((a - b).norm() < NUMPY_TOLERANCE * size, "{a} {b}");
    }
}

#[test]
fn what_cannot_be_encoded_is_refused_in_one_sentence_and_leaves_nothing() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let save = |name: &str, n: usize, omega: Vec<f64>| write_field(&at.join(name), &Field { n, omega }).unwrap();
    let wave = |n: usize| (0..n * n).map(|c| (c as f64).sin()).collect::<Vec<_>>();
    save("small.npy", 12, wave(12));
    save("coarse.npy", 16, wave(16));
    save("still.npy", 32, vec![0.5; 1024]);
    let mut bad = wave(32);
    bad[33] = f64::INFINITY;
    save("bad.npy", 32, bad);
    save("fine.npz", 32, wave(32));
    for name in ["text.npy", "text.png", "notes.txt"] {
        fs::write(at.join(name), "nothing").unwrap();
    }
    image::RgbImage::new(64, 64).save(at.join("flat.png")).unwrap();
    let mut state = dashi_vortex::genesis::make("pair", &mut Params::default()).unwrap();
    state.meta.n = 64;
    write_state(&at.join("pair.npz"), &state).unwrap();
    let before = fs::read_dir(at).unwrap().count();
    for (args, code, says) in [
        ("encode missing.npy --out z.npz", 5, "missing.npy: cannot be read"),
        ("encode text.npy --out z.npz", 5, "text.npy"),
        ("encode small.npy --z-only --out z.npz", 2, "grid side N: expected 16 to 65536, found 12"),
        ("encode coarse.npy --z-only --out z.npz", 2, "k_cut: expected 1 to 7, below half of the grid side N = 16"),
        (
            "encode bad.npy --z-only --out z.npz",
            5,
            "bad.npy: array: expected finite numbers; --mask-value inf takes 0 in their place, found inf at [1, 1]",
        ),
        ("encode fine.npz --key psi --out z.npz", 5, "psi: expected an array of this name"),
        ("encode fine.npz --topk-mid 4096 --z-only --out z.npz", 2, "topk_mid: expected at most"),
        ("encode fine.npz --dashi-tau -1 --z-only --out z.npz", 2, "dashi_tau: expected a finite number >= 0"),
        ("encode fine.npz --nu -1 --out z.npz", 2, "parameter nu"),
        ("encode fine.npz --anchors-from missing.npz --z-only --out z.npz", 5, "missing.npz"),
        ("encode fine.npz --out nowhere/z.npz", 1, "nowhere/z.npz"),
        ("encode fine.npz --z-only --out nowhere/z.npz", 1, "nowhere/z.npz"),
        (
            "encode bad.npy --out z.npz",
            5,
            "bad.npy: array: expected finite numbers; --mask-value inf takes 0 in their place, found inf at [1, 1]",
        ),
        ("encode still.npy --out z.npz", 5, "still.npy: array: expected a field that varies, found 0.5 everywhere"),
        ("encode fine.npz --budget 0 --out z.npz", 2, "budget: expected"),
        ("encode fine.npz --budget 1.5 --out z.npz", 2, "budget: expected"),
        ("encode fine.npz --bits nan --out z.npz", 2, "budget: expected"),
        ("encode fine.npz --floats 7 --out z.npz", 2, "budget: expected room for one ellipse"),
        ("encode fine.npz --budget 0.1 --bits 9 --out z.npz", 2, "cannot be used with"),
        ("encode fine.npz --budget 0.1 --z-only --out z.npz", 2, "cannot be used with"),
        ("encode fine.npz --anchors-from pair.npz --out z.npz", 2, "--z-only"),
        ("encode fine.npz --effort -1 --out z.npz", 2, "--effort"),
        ("encode fine.npz --frame 0 --out z.npz", 2, "--frame: fine.npz holds no stack"),
        ("encode fine.npz --rms 2 --out z.npz", 2, "--N, --rms and --proportions: fine.npz is no picture"),
        ("encode text.png --out z.npz", 5, "text.png: picture"),
        ("encode flat.png --out z.npz", 5, "one brightness"),
        ("encode flat.png --N 33 --out z.npz", 2, "N: expected an even number"),
        ("encode notes.txt --out z.npz", 5, "notes.txt: ending: expected one of npy, npz, "),
        ("decode missing.npz --out w.npy", 5, "missing.npz"),
        ("decode pair.npz --out w.gif", 2, ".npy, .npz or .png"),
        ("decode pair.npz --N 4 --out w.npy", 2, "16..=16384"),
        ("genesis --out z.npz", 2, "--spectrum"),
        ("genesis --spectrum 5 --scene pair --out z.npz", 2, "cannot be used with"),
        ("genesis --spectrum nan --out z.npz", 2, "peak of the spectrum"),
        ("genesis --spectrum 60 --N 128 --out z.npz", 2, "peak of the spectrum"),
        ("genesis --scene maelstrom --out z.npz", 2, "maelstrom"),
        ("bench carrier --adapter no-such-adapter", 4, "no suitable GPU"),
    ] {
        refuses(at, args, code, says);
    }
    assert_eq!(fs::read_dir(at).unwrap().count(), before);
}

#[test]
fn bench_carrier_measures_the_cpu_alone_where_asked() {
    let folder = tempdir().unwrap();
    let report = json(&succeeds(folder.path(), "bench carrier --backend cpu --N 100 --repeats 5 --K 3 --json"));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|r| r["median"].as_f64().unwrap() > 0.0 && r["error"].is_null()), "{report:#}");
    assert!(report["adapter"].is_null() && report["passed"].is_null());
}

#[cfg(feature = "gpu")]
#[test]
fn bench_carrier_finds_the_same_bits_on_both_sides() {
    let folder = tempdir().unwrap();
    let report = json(&succeeds(folder.path(), "bench carrier --N 333 --repeats 10 --K 6 --json"));
    let rows = report["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &report["passed"]), (12, &true.into()));
    assert!(rows.iter().all(|r| r["backend"] == "cpu" || r["error"] == 0), "{report:#}");
    assert!(report["adapter"].is_string() && report["driver"].is_string());
    assert!(succeeds(folder.path(), "bench carrier --N 64 --repeats 5").contains("the same bits"));
}

#[test]
fn a_dense_row_of_flat_indices_names_the_anchors() {
    // The file's indices are those NumPy's fft2 has at this N.
    let n = 48;
    let omega = RandomField { seed: 9, ..Default::default() }.field(n).unwrap();
    let z = encode(&omega, n, &Cuts { topk_mid: 6, ..Default::default() });
    let indices: Vec<usize> = z.basis().anchors().iter().map(|k| flat_index(*k, n)).collect();
    let pairs = indices.chunks(2).all(|p| (p[0] / n + p[1] / n) % n == 0 && (p[0] % n + p[1] % n) % n == 0);
    assert!(pairs && indices.len() == 6, "{indices:?}");
    let amplitude = |i: usize| z.modes().nth(z.basis().low().len() + i).map_or(Complex64::ZERO, |(_, c)| c);
    assert_eq!(amplitude(0), amplitude(1).conj());
}
