//! Commands as earlier scripts had them, the program's name in front: how each ends, what it leaves, which keys its
//! metrics have, and every figure that NumPy can find by itself: time, hash, energy, enstrophy, circulation, impulse, the
//! field itself, its distance from a reference and how z moves, all from the arrays of the files.

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

/// What the checks share: a second decode, from the arrays of a file alone, by the transform of every piece of an atom.
const NUMPY: &str = r#"
import json, hashlib, os, struct
def near(a, b, tolerance=1e-9):
    assert abs(a - b) <= tolerance*max(abs(a), abs(b), 1e-12), (a, b)
def waves(N):
    k = np.fft.fftfreq(N, 1/N)
    return k[None], k[:, None]
def parts(f):
    z, M, K = f["z"], int(f["mask_low"].sum()), len(f["anchor_idx"])
    kept = z[2*M + 4:]
    return z[:M] + 1j*z[M:2*M], z[2*M:2*M + 4], kept[:K] + 1j*kept[K:2*K]
def modes(f):
    "Wavenumbers and amplitudes that decode uses of the background."
    low, header, kept = parts(f)
    N, k_keep = int(f["N"]), int(round(header[3]))
    at = np.concatenate([np.flatnonzero(f["mask_low"]), f["anchor_idx"][:k_keep]])
    k = np.fft.fftfreq(N, 1/N)
    return k[at % N], k[at//N], np.concatenate([low, kept[:k_keep]])
def pieces(f):
    "Circulation, middle, axis, covariance of every straight piece of the atoms, from their arrays."
    start, s = f["atom_start"], 0
    for i in range(len(f["atom_sign"])):
        v, topology = f["vertex_xy"][start[i]:start[i + 1]], f["atom_topology"][i]
        ends = {0: v, 1: v[1:], 2: np.roll(v, -1, 0)}[int(topology)]
        for a, b in zip(v, ends):
            if topology == 2:
                b = b - 2*np.pi*np.round((b - a)/(2*np.pi))
            gamma = f["atom_support"][i]*f["atom_sign"][i]*f["atom_gamma"][i]*f["segment_weight"][s]
            eps = f["atom_eps"][i]*f["segment_core"][s]
            long = eps*f["atom_aspect"][i] if f["atom_chart"][i] == 4 else eps
            yield gamma, (a + b)/2, b - a, (long, eps, f["atom_angle"][i])
            s += 1
def spectrum(f):
    "Amplitudes of atoms and background with |kx|, |ky| <= K, by the transform of each piece."
    atoms = "atom_sign" in f.files
    K = int(np.ceil(6.2/(f["atom_eps"]*f["segment_core"].min()).min())) if atoms else 0
    K = max(K, int(f["resid_mid_cut"]))
    kx, ky = np.arange(-K, K + 1)[None, :], np.arange(0, K + 1)[:, None]
    half = np.zeros((K + 1, 2*K + 1), complex)
    for gamma, mid, axis, (long, eps, angle) in pieces(f) if atoms else []:
        c, s = np.cos(angle), np.sin(angle)
        bell = np.exp(-(long**2*(kx*c + ky*s)**2 + eps**2*(ky*c - kx*s)**2)/2)
        if axis.any():
            bell *= np.sinc((kx*axis[0] + ky*axis[1])/(2*np.pi))
        half += gamma/(4*np.pi**2)*bell*(np.exp(-1j*kx*mid[0])*np.exp(-1j*ky*mid[1]))
    hat = np.concatenate([half[:0:-1, ::-1].conj(), half])
    hat[K, K] = 0
    x, y, c = modes(f)
    np.add.at(hat, (y.astype(int) + K, x.astype(int) + K), c)
    return hat
def field(hat, N):
    "The decoded vorticity on N x N nodes."
    K, folded = len(hat)//2, np.zeros((N, N), complex)
    k = np.arange(-K, K + 1) % N
    np.add.at(folded, (k[:, None], k[None, :]), hat)
    return np.fft.ifft2(folded*N*N).real
def sums(hat):
    "Energy and enstrophy."
    K = len(hat)//2
    k = np.arange(-K, K + 1)
    k2 = k[None]**2 + k[:, None]**2
    half = abs(hat)**2/2
    return (half[k2 > 0]/k2[k2 > 0]).sum(), half[k2 > 0].sum()
def energies(w):
    N = len(w)
    kx, ky = waves(N)
    k2, half = kx**2 + ky**2, abs(np.fft.fft2(w)/N**2)**2/2
    return (half[k2 > 0]/k2[k2 > 0]).sum(), half[k2 > 0].sum()
def digest(f):
    hash = hashlib.blake2b(digest_size=32)
    for key in f.files:
        if key.startswith(("atom_", "vertex_", "segment_")):
            hash.update(f[key].tobytes())
    hash.update(f["z"].tobytes())
    return hash.hexdigest()

def galerkin(f, steps):
    "z without atoms, taken on by the vorticity equation on its own modes, Runge-Kutta of order 4."
    dt, nu, (x, y, c) = float(f["dt"]), float(f["nu"]), modes(f)
    N = 3*int(max(abs(x).max(), abs(y).max())) + 2
    at = (y.astype(int) % N, x.astype(int) % N)
    kx, ky = waves(N)
    k2 = kx**2 + ky**2
    over = np.where(k2 > 0, 1/np.maximum(k2, 1), 0)
    def slope(c):
        hat = np.zeros((N, N), complex)
        hat[at] = c
        u, v, wx, wy = np.fft.ifft2(np.stack([1j*ky*hat*over, -1j*kx*hat*over, 1j*kx*hat, 1j*ky*hat])*N*N).real
        return (-np.fft.fft2(u*wx + v*wy)/N**2 - nu*k2*hat)[at]*(k2[at] > 0)
    for _ in range(steps):
        a = slope(c)
        b = slope(c + dt/2*a)
        d = slope(c + dt/2*b)
        c = c + dt/6*(a + 2*b + 2*d + slope(c + dt*d))
    return c

class File(dict):
    "Arrays that stand for a file."
    files = property(list)
def png(path):
    return struct.unpack(">II", open(path, "rb").read()[16:24])
def rel(w, truth):
    return np.linalg.norm(w - truth)/np.linalg.norm(truth)
def corr(w, truth):
    return np.corrcoef(w.ravel(), truth.ravel())[0, 1]
def state(m, path, start=0.0, tolerance=1e-9):
    "What the metrics say of a state is what its file holds."
    f = np.load(path)
    hat, z = spectrum(f), f["z"]
    atoms = "atom_sign" in f.files
    assert m["hash"] == digest(f) and m["hash_z"] == hashlib.blake2b(z.tobytes(), digest_size=32).hexdigest()
    near(m["time"], float(f["time"])), near(m["time"], start + m["steps"]*m["dt"])
    assert m["step"] == int(f["step"]) and m["nu"] == float(f["nu"]) and m["dt"] == float(f["dt"])
    near(m["l2_norm_z"], np.linalg.norm(z))
    energy, enstrophy = sums(hat)
    near(m["energy"], energy, tolerance), near(m["enstrophy"], enstrophy, tolerance)
    if atoms:
        gamma, at = f["atom_sign"]*f["atom_gamma"]*f["atom_support"], f["vertex_xy"]
        assert (m["atoms"], m["vertices"]) == (len(gamma), len(at))
        scale = abs(gamma).sum()
        assert abs(m["circulation"] - gamma.sum()) < 1e-12*scale
        if len(gamma) == len(at):
            impulse = [(gamma*at[:, 1]).sum(), -(gamma*at[:, 0]).sum()]
            assert abs(np.array(m["impulse"]) - impulse).max() < 1e-11*scale, (m["impulse"], impulse)
    else:
        assert m["atoms"] == 0 and m["circulation"] == 0
        for key, x in zip(["support_frac", "resid_mid_E", "resid_high_E"], parts(f)[1]):
            near(m[key], x)
    assert m["nan_inf_count"] == 0 and np.isfinite(z).all()
    return f
def saved(m, w, f, n):
    "The saved field is that of the saved state."
    exact = field(spectrum(f), n)
    assert w.shape == (n, n) and abs(w - exact).max() < 3e-6*abs(exact).max(), abs(w - exact).max()
    near(m["max_abs"], abs(w).max(), 1e-6)
    return w.astype(float)
def compared(m, w, truth):
    "The distance of a saved field from a reference."
    w = w.astype(float)
    near(m["rel_l2"], rel(w, truth), 1e-6), near(m["corr"], corr(w, truth), 1e-6)
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
# What the summary says of A on what it was learned from.
told = json.load(open("stdout"))
a, w, still = A["A"], traj[300].astype(float), field(spectrum(z0), 64)
late = {key: z0[key] for key in z0.files}
z = z0["z"]
for _ in range(300):
    z = z @ a
late["z"] = z
last = field(spectrum(File(late)), 64)
for key, got in [("field", last), ("persistence", still)]:
    relL2, c = ("field_relL2", "field_corr") if key == "field" else ("field_relL2_persistence", "field_corr_persistence")
    near(told[relL2], rel(got, w), 1e-6), near(told[c], corr(got, w), 1e-6)
high = sum((abs(np.fft.fft2(traj[0].astype(float))/64**2)**2).ravel()) - (abs(modes(z0)[2])**2).sum()
near(told["unresolved_energy"], high, 1e-4)
assert told["D"] == 654 and told["dt"] == 0.01 and told["les_scheme"] == "rk4" and told["enstrophy_growth"] < 1e-6
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
        line: "learn --N 64 --steps 300 --seed 0 --out-dir out --save-traj traj.npz --json",
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
hash = lambda z: hashlib.blake2b(z.tobytes(), digest_size=32).hexdigest()
assert h.shape == (4, 654) and [hash(z) for z in h[1:]] == m["hashes"] == json.load(open("k.json"))["hashes"]
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
f = state(m, "c/z0.npz")
w = saved(m, np.load("w.npy"), f, 64)
assert m["max_abs_of"] == "omega" and m["hash"] == json.load(open("k.json"))["hash"]
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
               --log-metrics m.json --out-dir v --save-field v.npy --metrics-csv v.csv",
        files: &["v/dashi_t0300_compare.png", "v/z0.npz"],
        metrics: "m.json",
        keys: &["energy", "enstrophy", "circulation", "rss_max_mb", "ns_per_step"],
        says: &["[PERF ERROR] ", "float64"],
        numpy: r#"
f = state(m, "v/z0.npz", tolerance=1e-6)
saved(m, np.load("v.npy"), f, 64)
assert m["dtype"] == "float64" and m["intent_gpu"] and m["intent_gpu_fft"] and m["active_backend"] == "cpu"
assert m["energy_growth"] < 1.1 and m["enstrophy_growth"] < 1.25
rows = np.genfromtxt("v.csv", delimiter=",", names=True)
assert rows["step"].tolist() == [0, 100, 200, 300] and abs(rows["time"] - rows["step"]*m["dt"]).max() < 1e-9
near(rows["max_abs"][-1], m["max_abs"], 1e-6), near(rows["l2_norm_z"][-1] + 1, m["l2_norm_z"] + 1)
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
f = state(m, "big/z0.npz", tolerance=1e-5)
w = saved(m, np.load("w4.npy"), f, 640)
energy, enstrophy = energies(w)
near(m["energy"], energy, 1e-5), near(m["enstrophy"], enstrophy, 1e-5)
assert m["N"] == 640 and m["dt"] == 0.01 and m["reference"] is None and m["decode_stride"] == 5
"#,
        ..NONE
    },
    Case {
        line: "run --N 640 --steps 30 --stride 30 --dt 0.01 --ground-truth --save-field w5.npy --save-traj t5.npz \
               --out-dir les --log-metrics les.json",
        files: &["les/dashi_t0030_compare.png", "t5.npz"],
        metrics: "les.json",
        keys: &["rel_l2", "corr", "dE", "dZ", "les_cfl_max", "les_parts_max", "les_scheme", "les_enstrophy_growth"],
        says: &["divides its steps of dt 0.01"],
        numpy: r#"
t = np.load("t5.npz")
assert t["traj"].shape == (31, 640, 640) and (float(t["dt"]), float(t["nu0"]), int(t["scheme"])) == (0.01, m["nu"], 4)
saved(m, np.load("w5.npy"), state(m, "les/z0.npz", tolerance=1e-5), 640)
compared(m, np.load("w5.npy"), t["traj"][30].astype(float))
z = [energies(w.astype(float))[1] for w in t["traj"][::10]]
assert all(b <= a*(1 + 1e-6) for a, b in zip(z, z[1:])) and m["les_enstrophy_growth"] < 1e-6, z
"#,
        ..NONE
    },
    Case {
        line: "run --N 1024 --steps 30 --stride 30 --dt 0.01 --no-ground-truth --out-dir huge --log-metrics huge.json \
               --save-field w6.npy",
        files: &["huge/dashi_t0030_compare.png"],
        metrics: "huge.json",
        keys: &["energy", "enstrophy", "max_abs"],
        numpy: r#"saved(m, np.load("w6.npy"), state(m, "huge/z0.npz", tolerance=1e-5), 1024)"#,
        ..NONE
    },
    Case {
        line: "run --z0-npz out/z0.npz --steps 300 --stride 300 --save-z0 end.npz --save-field end.npy --out-dir gal \
               --log-metrics gal.json --kernel galerkin --backend cpu",
        files: &["end.npz", "end.npy", "gal/z0.npz"],
        metrics: "gal.json",
        keys: &["energy", "enstrophy", "energy_growth"],
        numpy: r#"
f = state(m, "end.npz")
saved(m, np.load("end.npy"), f, 64)
assert abs(galerkin(np.load("out/z0.npz"), 300) - modes(f)[2]).max() < 1e-12
assert open("end.npz", "rb").read() == open("gal/z0.npz", "rb").read()
"#,
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz end.npz --steps 100 --no-decode --kernel galerkin --backend accelerated \
               --fft-backend vkfft --dtype float32 --out-dir on --log-metrics on.json",
        files: &["on/z0.npz"],
        metrics: "on.json",
        keys: &["energy", "enstrophy"],
        numpy: r#"
f = state(m, "on/z0.npz", start=3.0, tolerance=1e-6)
expected = galerkin(np.load("end.npz"), 100)
assert abs(expected - modes(f)[2]).max() < 1e-5*abs(expected).max() and m["step"] == 400
"#,
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz out/z0.npz --kernel frozen --steps 50 --no-decode --backend vk \
               --fft-backend vkfft-opencl --out-dir ice --log-metrics ice.json",
        files: &["ice/z0.npz"],
        metrics: "ice.json",
        keys: &["hash"],
        numpy: r#"
z = np.load("out/z0.npz")["z"]
assert abs(state(m, "ice/z0.npz")["z"] - z).max() <= 6e-8*abs(z).max() and m["energy_growth"] == 1, "rounded once"
"#,
        ..NONE
    },
    Case {
        line: "run --kernel-only --z0-npz out/z0.npz --A-npz out/A.npz --steps 1000000 --no-decode --modal --out-dir long \
               --log-metrics long.json",
        files: &["long/z0.npz"],
        metrics: "long.json",
        keys: &["condition", "spectral_radius", "ns_per_step", "kernel_form"],
        numpy: r#"
f, a = state(m, "long/z0.npz"), np.load("out/A.npz")["A"]
assert abs(np.load("out/z0.npz")["z"] @ np.linalg.matrix_power(a, 10**6) - f["z"]).max() < 1e-6
assert f["z"][397] == 128 and m["kernel_form"] == "modal" and m["steps"] == 10**6
"#,
        ..NONE
    },
    Case {
        line: "encode traj.npz --frame -1 --out y.npz --json",
        files: &["y.npz"],
        numpy: r#"
told, f, w = json.load(open("stdout")), np.load("y.npz"), np.load("traj.npz")["traj"][-1].astype(float)
hat, alone = spectrum(f), File({key: f[key] for key in f.files if not key.startswith("atom_")})
got = field(hat, 64)
near(told["relL2"], rel(got, w), 1e-6), near(told["corr"], corr(got, w), 1e-6)
near(told["unresolved_energy"], (abs(np.fft.fft2(w - got)/64**2)**2).sum(), 1e-6)
assert told["floats"] == 6*told["atoms"] + told["modes"] + 4
near(told["ratio"], told["floats"]/64**2), near(told["bits"], 32*told["floats"])
back = spectrum(alone)
for key, of, both in zip(["energy", "enstrophy"], sums(back), sums(hat)):
    assert abs(told[key]["background"] - of/both) < 1e-6
    near(sum(told[key].values()), 1.0)
assert told["hash"] == digest(f) and told["z"] == len(f["z"]) and float(f["dt"]) == 0.01
"#,
        ..NONE
    },
    Case {
        line: "decode y.npz --N 96 --out d.npz --json",
        files: &["d.npz"],
        numpy: r#"
told, d, w = json.load(open("stdout")), np.load("d.npz"), field(spectrum(np.load("y.npz")), 96)
assert abs(d["omega"] - w).max() < 1e-6*abs(w).max() and abs(d["extent"] - (np.array([0, 2, 0, 2])*np.pi - np.pi/96)).max() < 1e-12
near(told["max_abs"], abs(w).max(), 1e-6), near(told["rms"], np.sqrt((w**2).mean()), 1e-6)
"#,
        ..NONE
    },
    Case {
        line: "genesis --spectrum 6 --rms 3 --seed 1 --out gen.npz --json",
        files: &["gen.npz"],
        numpy: r#"
told, f = json.load(open("stdout")), np.load("gen.npz")
x, y, c = modes(f)
near(np.sqrt((field(spectrum(f), 64)**2).mean()), 3, 1e-9)
# The shape of the spectrum, up to the luck of one seed on each shell.
k = np.hypot(x, y)
shell = [np.sqrt((abs(c[np.round(k) == s])**2).mean()) for s in range(1, 8)]
shape = np.exp(-((np.arange(1, 8) - 6)/(0.35*6))**2)
assert np.argmax(shell) + 1 == 6 and abs(np.log(shell/shape) - np.log(shell[5]/shape[5])).max() < 1.5, shell/shape
assert told["hash"] == digest(f) and told["z"] == len(f["z"]) == 398 and told["floats"] == 196 + 1 + 4
"#,
        ..NONE
    },
    Case {
        line: "run --N 64 --steps 40 --stride 20 --scene default --ellipses off --backend cpu --out-dir thin --save-field \
               thin.npy --log-metrics thin.json --hash-every 20 --mdl off",
        files: &["thin/z0.npz"],
        metrics: "thin.json",
        keys: &["energy", "enstrophy", "circulation", "impulse"],
        numpy: r#"
f = state(m, "thin/z0.npz", tolerance=1e-5)
assert len(f["vertex_xy"]) > 2*len(f["atom_sign"]), "filaments, not ellipses"
saved(m, np.load("thin.npy"), f, 64)
assert len(m["hashes"]) == 2 and m["hashes"][-1] == m["hash"]
"#,
        ..NONE
    },
    Case {
        line: "run --traj-npz traj.npz --dt 0.02 --steps 10",
        code: 2,
        says: &["--dt 0.02 differs from the dt of traj.npz, 0.01"],
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
            fs::write(at.join("stdout"), &run.stdout).unwrap();
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
