//! Commands as earlier scripts had them, the program's name in front: how each ends, what it leaves, which keys its
//! metrics have, and every figure that NumPy can find by itself.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::tempdir;

use crate::{
    cli::{json, output, text},
    python::python,
};

/// One command and what is to be true after it.
struct Case {
    line: &'static str,
    code: i32,
    /// Files that are there then.
    files: &'static [&'static str],
    /// Metrics: the file, and keys that are measured. Every key is there in any case.
    metrics: &'static str,
    keys: &'static [&'static str],
    /// Words on stderr.
    says: &'static [&'static str],
    /// Python: `m` are the metrics, `near(a, b, tolerance)` compares.
    numpy: &'static str,
}

const NONE: Case = Case { line: "", code: 0, files: &[], metrics: "", keys: &[], says: &[], numpy: "" };

/// What the checks share. Fields come from z by NumPy's own transform.
const NUMPY: &str = r#"
import json, hashlib, os, struct
def near(a, b, tolerance=1e-9):
    assert abs(a - b) <= tolerance*max(abs(a), abs(b), 1e-12), (a, b)
def png(path):
    return struct.unpack(">II", open(path, "rb").read()[16:24])
def digest(z):
    return hashlib.blake2b(z.astype("<f8").tobytes(), digest_size=32).hexdigest()
def parts(f):
    z, M, K = f["z"], int(f["mask_low"].sum()), len(f["anchor_idx"])
    kept = z[2*M + 4:]
    return z[:M] + 1j*z[M:2*M], z[2*M:2*M + 4], kept[:K] + 1j*kept[K:2*K]
def field(f, n=None):
    "The decoded vorticity of a file without atoms."
    low, header, kept = parts(f)
    N, k_keep = int(f["N"]), int(round(header[3]))
    hat = np.zeros(N*N, complex)
    hat[np.flatnonzero(f["mask_low"])] = low
    hat[f["anchor_idx"][:k_keep]] = kept[:k_keep]
    return np.fft.ifft2(hat.reshape(N, N)*N*N).real
def energies(w):
    N = len(w)
    k = np.fft.fftfreq(N, 1/N)
    k2 = k[None]**2 + k[:, None]**2
    half = abs(np.fft.fft2(w)/N**2)**2/2
    return (half[k2 > 0]/k2[k2 > 0]).sum(), half[k2 > 0].sum()
def state(m, path, tolerance=1e-9):
    "What the metrics say of a state without atoms is what its file holds."
    f = np.load(path)
    z, header = f["z"], parts(f)[1]
    assert m["hash"] == digest(z) and m["atoms"] == 0
    near(m["l2_norm_z"], np.linalg.norm(z))
    energy, enstrophy = energies(field(f))
    near(m["energy"], energy, tolerance)
    near(m["enstrophy"], enstrophy, tolerance)
    for key, x in zip(["support_frac", "resid_mid_E", "resid_high_E"], header):
        near(m[key], x)
    assert m["nan_inf_count"] == (~np.isfinite(z)).sum()
    return f
def compared(m, w, truth):
    "The distance of a saved field from a reference."
    w = w.astype(float)
    near(m["rel_l2"], np.linalg.norm(w - truth)/np.linalg.norm(truth), 1e-6)
    near(m["corr"], np.corrcoef(w.ravel(), truth.ravel())[0, 1], 1e-6)
    (e, z), (e0, z0) = energies(w), energies(truth)
    assert abs(m["dE"] - (e - e0)/e0) < 1e-6 and abs(m["dZ"] - (z - z0)/z0) < 1e-6
    near(m["max_abs"], abs(w).max(), 1e-6)
m = json.load(open("METRICS")) if "METRICS" else None
"#;

const LEARNED: &str = r#"
z0, A, traj = np.load("out/z0.npz"), np.load("out/A.npz"), np.load("traj.npz")["traj"]
assert traj.shape == (301, 64, 64) and A["A"].shape == (654, 654) and (A["anchor_k"].shape, float(A["dt"])) == ((128, 2), 0.01)
# The first field, encoded: its low modes are those of its transform.
hat = (np.fft.fft2(traj[0].astype(float))/64**2).ravel()
low, header, kept = parts(z0)
assert abs(low - hat[np.flatnonzero(z0["mask_low"])]).max() < 1e-6 and abs(kept - hat[z0["anchor_idx"]]).max() < 1e-6
# 128 of the 244 modes of the middle band, the largest.
k = np.fft.fftfreq(64, 1/64)
k2 = (k[None]**2 + k[:, None]**2).ravel()
assert z0["mask_low"].sum() == 197 and (np.flatnonzero(k2 <= 64) == np.flatnonzero(z0["mask_low"])).all()
band = np.flatnonzero((k2 > 64) & (k2 <= 144))
assert len(band) == 244 and header[3] == 128
assert abs(hat[z0["anchor_idx"]]).min() >= np.sort(abs(hat[band]))[-128] - 1e-9
near(header[1] + (abs(kept)**2).sum(), (abs(hat[band])**2).sum(), 1e-5)
near(header[2], (abs(hat[k2 > 144])**2).sum(), 1e-5)
a = A["A"]
assert (a[397] == np.eye(654)[397]).all() and (a[:, 397] == np.eye(654)[:, 397]).all()
assert abs(np.linalg.eigvals(a)).max() < 1 + 1e-9
"#;

const STEPPED: &str = r#"
f = state(m, "k/z0.npz")
z, a = np.load("out/z0.npz")["z"], np.load("out/A.npz")["A"]
for _ in range(300):
    z = z @ a
assert abs(z - f["z"]).max() < 1e-9 and f["z"][397] == 128
near(m["max_abs"], abs(f["z"]).max())
assert m["max_abs_of"] == "z" and m["hash_every_k"] == 100 and len(m["hashes"]) == 3 and m["hashes"][-1] == m["hash"]
near(m["spectral_radius"], abs(np.linalg.eigvals(a)).max())
"#;

const CASES: &[Case] = &[
    Case {
        line: "learn --N 64 --steps 300 --seed 0 --out-dir out --save-traj traj.npz",
        files: &["out/z0.npz", "out/A.npz", "traj.npz"],
        numpy: LEARNED,
        ..NONE
    },
    Case {
        line: "learn --N 64 --steps 300 --seed 0 --out-dir again",
        files: &["again/z0.npz", "again/A.npz"],
        numpy: r#"assert open("out/A.npz", "rb").read() == open("again/A.npz", "rb").read()"#,
        ..NONE
    },
    Case {
        line: "learn --N 64 --steps 300 --seed 0 --out-dir from --traj-npz traj.npz",
        files: &["from/z0.npz", "from/A.npz"],
        says: &["--seed 0 does nothing: the fields are those of traj.npz"],
        numpy: r#"assert (np.load("out/A.npz")["A"] == np.load("from/A.npz")["A"]).all()"#,
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz out/z0.npz --A-npz out/A.npz --steps 300 --no-decode --hash-every 100 \
               --out-dir k --log-metrics k.json",
        files: &["k/z0.npz"],
        metrics: "k.json",
        keys: &[
            "hash",
            "l2_norm_z",
            "max_abs",
            "nan_inf_count",
            "energy",
            "enstrophy",
            "spectral_radius",
            "hash_every_k",
        ],
        numpy: STEPPED,
        ..NONE
    },
    Case {
        line: "run --kernel-only --proxy-npz out/z0.npz --A-npz out/A.npz --steps 300 --no-decode --hash-every 100 \
               --out-dir k --metrics-json k2.json --float64 --backend numpy --save-z-history h.npy --stride 100",
        files: &["k/z0.npz", "h.npy"],
        metrics: "k2.json",
        keys: &["hash"],
        numpy: r#"
h = np.load("h.npy")
assert h.shape == (4, 654) and [digest(z) for z in h[1:]] == m["hashes"] == json.load(open("k.json"))["hashes"]
assert m["dtype"] == "float64" and m["active_backend"] == "cpu" and m["fft_backend"] == "cpu"
"#,
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz out/z0.npz --A-npz out/A.npz --steps 300 --no-decode --dtype fixed --out-dir x \
               --log-metrics x.json",
        files: &["x/z0.npz"],
        metrics: "x.json",
        keys: &["fixed_bits", "fixed_error", "hash"],
        numpy: r#"
z, f = np.load("k/z0.npz")["z"], state(m, "x/z0.npz")
assert f["dtype_code"] == 2 and (f["z"]*2**23 == np.round(f["z"]*2**23)).all() and abs(f["z"] - z).max() < 1e-4
"#,
        ..NONE
    },
    Case {
        line: "run --z0-npz out/z0.npz --A-npz out/A.npz --steps 300 --stride 100 --traj-npz traj.npz --out-dir c \
               --prefix cmp --dpi 60 --figsize 14,5 --timing --progress-every 100 --save-field w.npy --log-metrics c.json \
               --backend cpu",
        files: &["c/cmp_t0000_compare.png", "c/cmp_t0100_compare.png", "c/cmp_t0300_compare.png", "c/z0.npz", "w.npy"],
        metrics: "c.json",
        keys: &["rel_l2", "corr", "dE", "dZ", "decode_stride", "decode_ms_per_snap"],
        numpy: r#"
assert png("c/cmp_t0300_compare.png") == (840, 300)
f, w = state(m, "c/z0.npz"), np.load("w.npy")
assert abs(w - field(f)).max() < 1e-5 and m["max_abs_of"] == "omega" and m["hash"] == json.load(open("k.json"))["hash"]
compared(m, w, np.load("traj.npz")["traj"][300].astype(float))
"#,
        ..NONE
    },
    Case {
        line: "run --traj-npz traj.npz --fit-A-from-traj --steps 300 --stride 300 --out-dir fit --save-field w2.npy \
               --log-metrics fit.json --backend cpu --pix-width 400 --pix-height 200",
        files: &["fit/dashi_t0300_compare.png", "fit/z0.npz"],
        metrics: "fit.json",
        keys: &["clamp", "spectral_radius", "spectral_radius_fitted", "eigenvalues_moved", "rel_l2", "fft_device"],
        says: &["A fitted to 300 steps", "as fitted"],
        numpy: r#"
assert m["hash"] == json.load(open("k.json"))["hash"], "the same kernel as learn's"
compared(m, np.load("w2.npy"), np.load("traj.npz")["traj"][300].astype(float))
near(m["spectral_radius"], abs(np.linalg.eigvals(np.load("out/A.npz")["A"])).max())
"#,
        ..NONE
    },
    Case {
        line: "run --traj-npz traj.npz --fit-A-from-traj --no-ground-truth --steps 400 --stride 300 --out-dir plain \
               --log-metrics plain.json --backend cpu",
        files: &["plain/dashi_t0300_compare.png"],
        metrics: "plain.json",
        keys: &["hash"],
        says: &["has 300 steps; the run takes these instead of 400"],
        numpy: r#"
assert m["rel_l2"] is None and m["reference"] is None and png("plain/dashi_t0300_compare.png") == (720, 648)
assert m["hash"] == json.load(open("k.json"))["hash"] and m["steps"] == 300
"#,
        ..NONE
    },
    Case {
        line: "run --N 64 --steps 20 --stride 10 --ground-truth --save-traj t.npz --Cs 0.17 --nu0 1e-3 --dashi-tau 0.35 \
               --dashi-smooth-k 1 --scene cells --backend cpu --fft-backend numpy --save-field w3.npy --out-dir g \
               --log-metrics g.json",
        files: &["g/dashi_t0020_compare.png", "t.npz"],
        metrics: "g.json",
        keys: &["rel_l2", "fft_device"],
        numpy: r#"
t = np.load("t.npz")["traj"]
assert t.shape == (21, 64, 64) and m["reference"] == "LES" and m["nu"] == 1e-3 and m["fft_backend"] == "cpu"
compared(m, np.load("w3.npy"), t[20].astype(float))
stages = {s["name"]: s for s in m["stages"]}
assert stages["reference"]["calls"] == 21 and stages["reference"]["ms"] > 0
"#,
        ..NONE
    },
    Case {
        line: "run --N 64 --steps 20 --stride 10 --save-traj t2.npz --scene cells --backend cpu --out-dir g2",
        files: &["t2.npz", "g2/z0.npz"],
        says: &["--save-traj runs the reference LES"],
        numpy: r#"assert np.load("t2.npz")["traj"].shape == (21, 64, 64)"#,
        ..NONE
    },
    Case {
        line: "run --N 64 --steps 300 --stride 100 --dtype float64 --backend vulkan --fft-backend vkfft-vulkan \
               --log-metrics m.json --out-dir v",
        files: &["v/dashi_t0300_compare.png", "v/z0.npz"],
        metrics: "m.json",
        keys: &["energy", "enstrophy", "circulation", "rss_max_mb", "ns_per_step"],
        says: &["[PERF ERROR] ", "float64"],
        numpy: r#"
f = np.load("v/z0.npz")
near(m["circulation"] + 1, 1 + (f["atom_sign"]*f["atom_gamma"]*f["atom_support"]).sum(), 1e-9)
assert (m["atoms"], m["vertices"]) == (len(f["atom_gamma"]), len(f["vertex_xy"])) and m["dtype"] == "float64"
assert m["intent_gpu"] and m["intent_gpu_fft"] and m["active_backend"] == "cpu" and m["energy_growth"] < 1.1
near(float(f["time"]), 300*m["dt"])
"#,
        ..NONE
    },
    Case {
        line: "run --N 640 --steps 30 --stride 5 --dt 0.01 --no-ground-truth --save-field w4.npy --out-dir big \
               --log-metrics big.json",
        files: &["big/dashi_t0000_compare.png", "big/dashi_t0005_compare.png", "big/dashi_t0030_compare.png"],
        metrics: "big.json",
        keys: &["energy", "max_abs"],
        numpy: r#"
w = np.load("w4.npy").astype(float)
energy, enstrophy = energies(w)
near(m["energy"], energy, 1e-3), near(m["enstrophy"], enstrophy, 1e-2), near(m["max_abs"], abs(w).max(), 1e-6)
assert w.shape == (640, 640) and m["N"] == 640 and m["dt"] == 0.01 and m["reference"] is None and m["decode_stride"] == 5
"#,
        ..NONE
    },
    Case {
        line: "run --N 32 --steps 4 --decode-every 2 --scene dipole --backend cpu --residual-seed 3 --graphic-every 5 \
               --out-dir old --k-cut 6 --resid-mid-cut 9 --topk-mid 32",
        files: &["old/dashi_t0002_compare.png", "old/dashi_t0004_compare.png"],
        says: &["--residual-seed does nothing", "--graphic-every does nothing"],
        ..NONE
    },
    Case {
        line: "run --N 64 --steps 4 --dtype float64 --backend vulkan --require-gpu",
        code: 4,
        says: &["leave --require-gpu out"],
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz out/z0.npz --steps 10 --no-decode",
        code: 2,
        says: &["--A-npz FILE or --kernel WORD"],
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz gone.npz --A-npz out/A.npz --steps 10",
        code: 5,
        says: &["gone.npz"],
        ..NONE
    },
];

#[test]
fn each_ends_as_it_should_and_its_figures_are_those_of_numpy() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let mut every: Option<Vec<String>> = None;
    for case in CASES {
        let run = output(at, case.line);
        let (out, said) = (text(&run.stdout), text(&run.stderr));
        assert_eq!(run.status.code(), Some(case.code), "{}\n{out}\n{said}", case.line);
        assert!(!said.contains("panicked"), "{}\n{said}", case.line);
        // A build without a device says so instead, of the same line.
        let gpu = cfg!(feature = "gpu") || case.code != 4;
        assert!(!gpu || case.says.iter().all(|words| said.contains(words)), "{}\n{said}", case.line);
        for file in case.files {
            assert!(fs::metadata(at.join(file)).is_ok_and(|m| m.len() > 0), "{}\n{file} is missing", case.line);
        }
        if !case.metrics.is_empty() {
            let metrics = json(&at.join(case.metrics));
            let keys: Vec<String> = metrics.as_object().unwrap().keys().cloned().collect();
            assert_eq!(every.get_or_insert_with(|| keys.clone()), &keys, "{}", case.line);
            for key in case.keys {
                assert!(metrics.get(*key).is_some_and(|x| *x != Value::Null), "{}\n{key}: {metrics:#}", case.line);
            }
            assert!(metrics["ended"] == "done" && metrics["error"].is_null(), "{}", case.line);
        }
        if !case.numpy.is_empty() {
            figures(at, case);
        }
    }
}

/// Runs the check of a case.
fn figures(folder: &Path, case: &Case) {
    let prelude = NUMPY.replace("METRICS", case.metrics);
    let script = format!("import os\nos.chdir(sys.argv[1])\n{prelude}\n{}", case.numpy);
    println!("{}\n{}", case.line, python(&script, &[folder]));
}
