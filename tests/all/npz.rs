//! z0.npz against real NumPy, and against files that are damaged, foreign or hostile.

use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dashi_vortex::{
    error::{Error, Result},
    io::{
        Array, Hashes,
        npy::{Header, Kind},
        npz::NpzWriter,
        read_npy, read_state,
        state_file::read_state_from,
        write_npy, write_state,
    },
    state::{Atom, Atoms, Background, Basis, Dtype, Meta, Sign, State, Topology},
};
use glam::DVec2;
use tempfile::{TempDir, tempdir};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::python::python;

/// A background on `n x n` with every number different from 0.
fn background(k_cut: u32, cut: u32, anchors: Vec<[i32; 2]>) -> Background {
    let basis = Basis::new(k_cut, cut, 7, anchors).unwrap();
    let z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 + 0.1).sin()).collect();
    Background::from_z(basis, &z).unwrap()
}

/// A state with all three topologies, an ellipse and an atom without support.
fn full() -> State {
    let corners = |x: f64| vec![DVec2::new(x, 0.5), DVec2::new(x + 1.0, 0.5), DVec2::new(x + 0.5, 1.5)];
    let atoms = [
        Atom::point(Sign::Minus, 2.0, 0.3, DVec2::ONE),
        Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, corners(0.1)),
        Atom::ellipse(Sign::Plus, 0.5, 0.2, 3.0, 0.7, DVec2::new(-4.0, 9.0)),
        Atom { support: false, ..Atom::polyline(Topology::Closed, Sign::Minus, 0.25, 0.05, corners(2.0)) },
    ];
    let meta = Meta {
        n: 48,
        dashi_tau: 0.3,
        dashi_smooth_k: 2,
        dtype: Dtype::Fixed,
        seed: u64::MAX - 1,
        dt: 0.0125,
        nu: 1e-4,
    };
    let anchors = vec![[9, 0], [-9, 0], [0, -11], [8, 8]];
    let background = background(8, 12, anchors);
    State { time: 3.25, step: 260, ..State::new(Atoms::try_from_iter(atoms).unwrap(), background, meta) }
}

/// The smallest sort of state, for tests that read it many times.
fn small() -> State {
    let meta = Meta { n: 16, ..Meta::default() };
    let atoms = Atoms::try_from_iter([Atom::point(Sign::Plus, 1.0, 0.1, DVec2::ONE)]).unwrap();
    State::new(atoms, background(1, 2, vec![[2, 0]]), meta)
}

/// A folder and a state written in it.
fn written(state: &State) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("z0.npz");
    write_state(&path, state).unwrap();
    (folder, path)
}

fn read_bytes(bytes: &[u8]) -> Result<State> {
    read_state_from(Path::new("z0.npz"), Cursor::new(bytes))
}

/// A refusal is exit code 5 and one line that names the file.
fn refusal(result: Result<State>) -> String {
    let error = result.expect_err("this file must be refused");
    let message = error.to_string();
    assert!(matches!(error, Error::BadFile { .. }) && error.exit_code() == 5, "{message}");
    assert!(message.starts_with("z0.npz: ") && !message.contains('\n') && message.len() < 400, "{message}");
    message
}

/// The entries of a small valid file, to be changed one at a time.
pub fn entries() -> Vec<(&'static str, Array)> {
    let state = small();
    let mask: Vec<bool> = (0..256).map(|i| [0, 1, 15, 16, 240].contains(&i)).collect();
    vec![
        ("z", Array::vector(&state.background.to_z())),
        ("mask_low", Array::vector(&mask)),
        ("anchor_idx", Array::vector(&[2i64])),
    ]
}

pub fn archive(entries: &[(&str, Array)]) -> Vec<u8> {
    let mut npz = NpzWriter::new(Cursor::new(vec![]));
    entries.iter().for_each(|(key, array)| npz.array(key, array).unwrap());
    npz.finish().unwrap().into_inner()
}

/// The small file with one entry replaced or added.
pub fn with(key: &'static str, array: Array) -> Vec<u8> {
    let mut entries = entries();
    entries.retain(|(known, _)| *known != key);
    entries.push((key, array));
    archive(&entries)
}

#[test]
fn numpy_reads_our_file_with_the_documented_types_and_shapes() {
    let state = full();
    let (folder, path) = written(&state);
    let script = r#"
a = np.load(sys.argv[1])
for key in a.files:
    print(key, a[key].dtype, list(a[key].shape))
n, k_cut = int(a["N"]), int(a["k_cut"])
k = np.fft.fftfreq(n, 1.0 / n)
kx, ky = np.meshgrid(k, k)
assert (a["mask_low"] == (kx**2 + ky**2 <= k_cut**2).ravel()).all()
assert a["mask_low"].sum() == 197
anchors = [(int(kx.flat[i]), int(ky.flat[i])) for i in a["anchor_idx"]]
assert anchors == [(9, 0), (-9, 0), (0, -11), (8, 8)], anchors
assert len(a["z"]) == 2 * 197 + 4 + 2 * 4
for key, value in dict(N=48, k_cut=8, resid_mid_cut=12, topk_mid=7, dashi_tau=0.3, dashi_smooth_k=2, dtype_code=2,
                       seed=2**64 - 2, dt=0.0125, schema_version=1, time=3.25, nu=1e-4, step=260).items():
    assert a[key] == value, key
assert list(a["atom_sign"]) == [-1, 1, 1, -1] and list(a["atom_support"]) == [True, True, True, False]
assert list(a["atom_chart"]) == [0, 0, 4, 0] and list(a["atom_topology"]) == [0, 1, 0, 2]
assert list(a["atom_start"]) == [0, 1, 4, 5, 8] and list(a["vertex_xy"][4]) == [-4.0, 9.0]
a["z"].tofile(sys.argv[2])
"#;
    let raw = folder.path().join("z.raw");
    let printed = python(script, &[&path, &raw]);
    let expected = "z float64 [406]
mask_low bool [2304]
anchor_idx int64 [4]
N int64 []
k_cut int64 []
resid_mid_cut int64 []
topk_mid int64 []
dashi_smooth_k int64 []
dtype_code int64 []
schema_version int64 []
seed uint64 []
step uint64 []
dashi_tau float64 []
dt float64 []
time float64 []
nu float64 []
atom_support bool [4]
atom_sign int8 [4]
atom_gamma float64 [4]
atom_eps float64 [4]
atom_aspect float64 [4]
atom_angle float64 [4]
atom_chart uint8 [4]
atom_topology uint8 [4]
atom_start int64 [5]
vertex_xy float64 [8, 2]
segment_weight float64 [7]
segment_core float64 [7]
segment_twist float64 [7]";
    assert_eq!(printed, expected);
    let z: Vec<u8> = state.background.to_z().iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(fs::read(raw).unwrap(), z);
}

#[test]
fn files_of_numpy_alone_are_read_with_the_stated_defaults() {
    let script = r#"
n, k_cut = 40, 5
k = np.fft.fftfreq(n, 1.0 / n)
kx, ky = np.meshgrid(k, k)
mask = kx**2 + ky**2 <= k_cut**2
low = int(mask.sum())
z = np.arange(2 * low + 4 + 2 * 3, dtype=np.float64)
anchors = np.array([6, n - 6, 9 * n + 9], dtype=np.int64)
np.savez(sys.argv[1], z=z, mask_low=mask.ravel(), anchor_idx=anchors)
np.savez(sys.argv[2], z=z, mask_low=mask, anchor_idx=anchors)
np.savez_compressed(sys.argv[3], z=z, mask_low=mask, anchor_idx=anchors)
np.savez(sys.argv[4], z=z, mask_low=mask, anchor_idx=anchors, N=np.int32(n), k_cut=5.0, resid_mid_cut=[20],
         time=np.float32(0.5), note="a key of someone else")
"#;
    let folder = tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..4).map(|i| folder.path().join(format!("{i}.npz"))).collect();
    python(script, &paths.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    for (i, path) in paths.iter().enumerate() {
        let state = read_state(path).unwrap();
        let basis = state.background.basis();
        assert_eq!(basis.anchors(), [[6, 0], [-6, 0], [9, 9]]);
        assert_eq!((basis.k_cut(), basis.topk_mid()), (5, 3));
        assert_eq!(basis.resid_mid_cut(), if i == 3 { 20 } else { 13 });
        assert_eq!((state.time, state.step), (if i == 3 { 0.5 } else { 0.0 }, 0));
        assert_eq!(state.meta, Meta { n: 40, ..Meta::default() });
        assert!(state.atoms.is_empty());
        assert!(state.background.to_z().iter().enumerate().all(|(i, x)| *x == i as f64));
    }
}

#[test]
fn a_state_survives_its_file_and_equal_states_give_equal_bytes() {
    for state in [full(), small(), State::new(Atoms::default(), Background::empty(), Meta::default())] {
        let (folder, path) = written(&state);
        assert_eq!(read_state(&path).unwrap(), state);
        let again = folder.path().join("again.npz");
        write_state(&again, &read_state(&path).unwrap()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), fs::read(&again).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file stays");
    }
}

#[test]
fn a_grid_that_cannot_name_the_modes_is_refused_and_nothing_is_written() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("z0.npz");
    for n in [0, 15, 16, 17, 20, 1 << 20] {
        let mut state = full();
        state.meta.n = n;
        let message = write_state(&path, &state).unwrap_err().to_string();
        assert!(message.contains("a grid side"), "{message}");
        assert!(!path.exists());
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let (_folder, path) = written(&small());
    let bytes = fs::read(path).unwrap();
    for length in 0..bytes.len() {
        refusal(read_bytes(&bytes[..length]));
    }
    read_bytes(&bytes).unwrap();
}

#[test]
fn a_flipped_byte_never_panics_and_never_changes_the_state() {
    let state = small();
    let (_folder, path) = written(&state);
    let bytes = fs::read(path).unwrap();
    let mut refused = 0;
    for i in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[i] ^= flip;
            match read_bytes(&damaged) {
                // Dates, permissions and the like: nothing that is read.
                Ok(read) => assert_eq!(read, state),
                Err(error) => {
                    assert_eq!(error.exit_code(), 5, "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > bytes.len(), "only {refused} of {} damaged files were refused", 3 * bytes.len());
}

#[test]
fn what_does_not_fit_is_refused_in_one_sentence_that_names_it() {
    read_bytes(&archive(&entries())).unwrap();
    let z = small().background.to_z();
    let changed = |i: usize, x: f64| {
        Array::vector(&z.iter().enumerate().map(|(j, y)| if i == j { x } else { *y }).collect::<Vec<_>>())
    };
    let mask = |ones: &[usize]| Array::vector(&(0..256).map(|i| ones.contains(&i)).collect::<Vec<_>>());
    let cases = [
        ("z", Array::vector(&z.iter().map(|x| *x as f32).collect::<Vec<_>>()), "z: expected float64 [D]"),
        ("z", Array::new(&[2, 8], &z).unwrap(), "z: expected float64 [D]"),
        ("z", Array::vector(&z[..14]), "z: expected 16 numbers (2*5 + 4 + 2*1), found 14"),
        ("z", Array::vector(&vec![0.0; 50_000]), "z: expected float64 [D]"),
        ("z", changed(3, f64::NAN), "z[3]: expected a finite number, found NaN"),
        ("z", changed(15, f64::NEG_INFINITY), "z[15]: expected a finite number, found -inf"),
        ("mask_low", Array::vector(&[0u8; 256]), "mask_low: expected bool"),
        ("mask_low", Array::vector(&[true; 255]), "mask_low: expected bool [N*N]"),
        ("mask_low", Array::new(&[8, 32], &[false; 256]).unwrap(), "mask_low: expected bool [N*N]"),
        ("mask_low", mask(&[]), "mask_low: expected the disk"),
        ("mask_low", mask(&[0, 1, 15, 16]), "mask_low: expected the disk |k| <= 1, found 0 at [15, 0]"),
        ("mask_low", Array::vector(&[true; 256]), "mask_low: expected the disk"),
        ("anchor_idx", Array::vector(&[2i32]), "anchor_idx: expected int64"),
        ("anchor_idx", Array::vector(&[256i64]), "anchor_idx: expected indices from 0 to N*N - 1 = 255, found 256"),
        ("anchor_idx", Array::vector(&[-1i64]), "anchor_idx: expected indices"),
        ("anchor_idx", Array::vector(&[1i64]), "anchor_idx: expected wave vectors with 1 < |k|"),
        ("anchor_idx", Array::vector(&[2i64, 2]), "anchor_idx: expected distinct wave vectors"),
        ("N", Array::scalar(0i64), "N: expected a whole number from 16 to 65536, found 0"),
        ("N", Array::scalar(1_000_000_000i64), "N: expected a whole number from 16 to 65536, found 1000000000"),
        ("N", Array::scalar(i64::MIN), "N: expected a whole number"),
        ("N", Array::scalar(16.5), "N: expected a whole number"),
        ("N", Array::scalar(f64::NAN), "N: expected a whole number"),
        ("N", Array::scalar(true), "N: expected a whole number"),
        ("N", Array::vector(&[16i64, 16]), "N: expected a whole number"),
        ("N", Array::scalar(32i64), "mask_low: expected bool [N*N] or [N, N] with N = 32"),
        ("k_cut", Array::scalar(2i64), "mask_low: expected the disk |k| <= 2"),
        ("k_cut", Array::scalar(65i64), "k_cut: expected a whole number from 1 to 64"),
        ("resid_mid_cut", Array::scalar(0i64), "resid_mid_cut: expected"),
        ("resid_mid_cut", Array::scalar(1i64), "anchor_idx: expected wave vectors with 1 < |k| <= 1"),
        ("topk_mid", Array::scalar(5000i64), "topk_mid: expected"),
        ("dtype_code", Array::scalar(3i64), "dtype_code: expected"),
        ("schema_version", Array::scalar(2i64), "schema_version: expected 1, found 2"),
        ("dashi_tau", Array::scalar(-0.5), "dashi_tau: expected a finite number >= 0"),
        ("dt", Array::scalar(f64::INFINITY), "dt: expected a finite number > 0"),
        ("nu", Array::scalar(-1e-9), "nu: expected a finite number >= 0"),
        ("time", Array::scalar(f64::NAN), "time: expected a finite number, found NaN"),
        ("seed", Array::scalar(-1i64), "seed: expected"),
        ("atom_sign", Array::vector(&[1i8]), "vertex_xy: expected an entry of this name, found only z, mask_low"),
    ];
    for (key, array, expected) in cases {
        let message = refusal(read_bytes(&with(key, array)));
        assert!(message.contains(expected), "{message}\n    should contain: {expected}");
    }
    for missing in ["z", "mask_low", "anchor_idx"] {
        let mut rest = entries();
        rest.retain(|(key, _)| *key != missing);
        assert!(refusal(read_bytes(&archive(&rest))).contains(&format!("{missing}: expected an entry of this name")));
    }
}

#[test]
fn broken_atoms_are_refused_by_name() {
    let script = r#"
a = dict(np.load(sys.argv[1]))
def case(i, **change):
    np.savez(sys.argv[2] + f"/{i}.npz", **{**a, **change})
case(0, atom_eps=np.array([0.3, 0.0, 0.2, 0.05]))
case(1, atom_sign=np.array([0, 1, 1, 1]))
case(2, atom_chart=np.array([1, 0, 4, 0]))
case(3, atom_start=np.array([0, 1, 5, 4, 8]))
case(4, atom_start=np.array([0, 1, 4, 5, 9]))
case(5, vertex_xy=a["vertex_xy"][:, :1])
case(6, vertex_xy=np.where(np.arange(16).reshape(8, 2) == 5, np.nan, a["vertex_xy"]))
case(7, segment_weight=a["segment_weight"] * 2)
case(8, segment_twist=a["segment_twist"][:-1])
case(9, atom_gamma=-a["atom_gamma"])
case(10, atom_topology=np.array([0, 1, 0, 1]))
case(11, atom_support=a["atom_support"].astype(np.int64), atom_sign=a["atom_sign"].astype(np.int64))
"#;
    let (folder, path) = written(&full());
    python(script, &[&path, folder.path()]);
    let expected = [
        "atom 1 eps",
        "atom_sign: expected one of -1, 1, found 0",
        "atom_chart: expected one of 0, 4, found 1",
        "atom_start: expected offsets",
        "atom_start: expected offsets",
        "vertex_xy: expected float64 [V, 2]",
        "atom 1 vertices",
        "atom 0 weight",
        "segment_twist: expected float64 [7], found float64 [6]",
        "atom 0 gamma",
        "segment_weight: expected float64 [6], found float64 [7]",
    ];
    for (i, expected) in expected.into_iter().enumerate() {
        let bytes = fs::read(folder.path().join(format!("{i}.npz"))).unwrap();
        let message = refusal(read_bytes(&bytes));
        assert!(message.contains(expected), "{message}\n    should contain: {expected}");
    }
    assert_eq!(read_state(&folder.path().join("11.npz")).unwrap(), full(), "other integer kinds are the same state");
}

#[test]
fn hostile_archives_are_refused_fast() {
    let start = Instant::now();
    let mut cases: Vec<(&str, Vec<u8>, &str)> = vec![];
    let plain = SimpleFileOptions::default();
    let zip = |entries: &[(&str, Vec<u8>)], options: SimpleFileOptions| {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        for (name, bytes) in entries {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let npy = |array: &Array| {
        let mut bytes = vec![];
        array.write(&mut bytes).unwrap();
        bytes
    };

    // The same name twice: written under two names of one length, then renamed in place.
    let mut twice = archive(&[entries(), vec![("y", Array::scalar(1.0))]].concat());
    while let Some(i) = twice.windows(5).position(|w| w == b"y.npy") {
        twice[i] = b'z';
    }
    cases.push(("duplicate names", twice, "each entry once"));

    for name in ["../z.npy", "/etc/z.npy", "a\\b.npy", "..npy", "z.txt", ".npy", "C:z.npy", "a\u{7}.npy"] {
        cases.push(("names", zip(&[(name, vec![])], plain), "entry names of the form key.npy"));
    }
    let many: Vec<(String, Vec<u8>)> = (0..70_000).map(|i| (format!("{i}.npy"), vec![])).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    cases.push(("200 entries", zip(&many[..200], plain), "at most 128 entries"));
    cases.push(("70000 entries", zip(&many, plain), "at most 128 entries"));

    // A header that claims 4 GB of text, and one that claims a shape of exabytes.
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend(u32::MAX.to_le_bytes());
    cases.push(("header length", zip(&[("z.npy", long)], plain), "a .npy header of at most 10000 bytes"));
    let claim = |kind, shape: &[usize]| Header::new(kind, shape).unwrap().to_bytes();
    cases.push((
        "shape",
        zip(&[("z.npy", claim(Kind::F64, &[1 << 59]))], plain),
        "an array of the 128 bytes that the archive states",
    ));
    cases.push((
        "claim",
        zip(&[("z.npy", claim(Kind::F64, &[30_000]))], plain),
        "an array of the 128 bytes that the archive states",
    ));
    let mut z = npy(&entries()[0].1);
    z.push(0);
    cases.push(("trailing bytes", zip(&[("z.npy", z)], plain), "an array of the 257 bytes that the archive states"));

    // A true header of the right size, and hundreds of megabytes of zeros packed 1000:1.
    let deflate = plain.compression_method(zip::CompressionMethod::Deflated);
    let zeros = |key: &str, header: Vec<u8>, blocks: usize| {
        let mut bomb = ZipWriter::new(Cursor::new(vec![]));
        for (known, array) in entries().iter().filter(|(known, _)| *known != key) {
            bomb.start_file(format!("{known}.npy"), deflate).unwrap();
            bomb.write_all(&npy(array)).unwrap();
        }
        bomb.start_file(format!("{key}.npy"), deflate).unwrap();
        bomb.write_all(&header).unwrap();
        let block = vec![0; 1 << 24];
        (0..blocks).for_each(|_| bomb.write_all(&block).unwrap());
        bomb.finish().unwrap().into_inner()
    };
    let side = claim(Kind::Bool, &[16_384 * 16_384]);
    cases.push(("mask bomb", zeros("mask_low", side, 16), "mask_low: expected the disk"));
    cases.push(("z bomb", zeros("z", claim(Kind::F64, &[1 << 25]), 16), "z: expected float64 [D]"));

    // The same with sizes that lie: an entry of 256 bytes that unpacks to megabytes, and one of
    // 256 bytes that states 4 GB.
    let state_size = |bytes: &mut [u8], size: u32| {
        let places = |magic: &[u8]| bytes.windows(4).rposition(|w| w == magic).unwrap();
        for place in [places(b"PK\x03\x04") + 22, places(b"PK\x01\x02") + 24] {
            bytes[place..place + 4].copy_from_slice(&size.to_le_bytes());
        }
    };
    let mut small_size = zeros("z", npy(&entries()[0].1), 2);
    state_size(&mut small_size, 256);
    cases.push(("understated size", small_size, "z: expected"));
    let mut large_size = zeros("z", npy(&entries()[0].1), 0);
    state_size(&mut large_size, 0xffff_fff0);
    cases.push(("overstated size", large_size, "z: expected an array of the 4294967280 bytes"));
    let mut total = zeros("z", npy(&entries()[0].1), 0);
    let central = total.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    total[central + 24] ^= 1;
    cases.push(("two tables that differ", total, "archive: expected a whole NumPy .npz (zip) archive"));

    // Encryption is a flag bit in both headers.
    let mut locked = archive(&entries());
    let central = locked.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[central + 8] |= 1;
    cases.push(("encrypted", locked, "a plain entry, found an encrypted one"));
    // Two entries of the table that point at one body.
    let mut overlap = archive(&entries());
    let places: Vec<usize> = (0..overlap.len() - 4).filter(|i| overlap[*i..].starts_with(b"PK\x01\x02")).collect();
    let body = overlap[places[0] + 42..places[0] + 46].to_vec();
    overlap[places[1] + 42..places[1] + 46].copy_from_slice(&body);
    cases.push(("overlap", overlap, "entries that overlap"));
    cases.push(("nothing", vec![], "archive: expected"));
    cases.push(("text", b"not an archive".repeat(100), "archive: expected"));
    println!("made in {:?}", start.elapsed());

    for (what, bytes, expected) in cases {
        let start = Instant::now();
        let message = refusal(read_bytes(&bytes));
        let time = start.elapsed();
        println!("{what}: {message} ({time:?})");
        assert!(message.contains(expected), "{what}: {message}\n    should contain: {expected}");
        assert!(time < Duration::from_millis(500), "{what} took {time:?}");
    }
}

#[test]
fn a_missing_file_is_unreadable() {
    let error = read_state(Path::new("no/such/z0.npz")).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }) && error.exit_code() == 5);
    let folder = tempdir().unwrap();
    assert_eq!(read_state(folder.path()).unwrap_err().exit_code(), 5, "a folder is no file");
}

#[test]
fn the_hashes_are_those_of_hashlib() {
    let script = r#"
import hashlib
file = np.load(sys.argv[1])
hash = hashlib.blake2b(digest_size=32)
for key in file.files:
    if key.startswith(("atom_", "vertex_", "segment_")):
        hash.update(file[key].tobytes())
hash.update(file["z"].tobytes())
print(hash.hexdigest(), hashlib.blake2b(file["z"].tobytes(), digest_size=32).hexdigest())
"#;
    let alone = State { atoms: Atoms::default(), ..full() };
    for (state, atoms) in [(full(), true), (alone, false)] {
        assert_eq!(!state.atoms.is_empty(), atoms);
        let (_folder, path) = written(&state);
        let hashes = Hashes::of(&state);
        assert_eq!(format!("{} {}", hashes.state, hashes.z), python(script, &[&path]));
        assert_eq!(hashes.state != hashes.z, atoms, "z alone where there are no atoms");
    }
}

#[test]
fn single_arrays_pass_between_us_and_numpy() {
    let folder = tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("a.npy"), folder.path().join("b.npy"));
    let field: Vec<f32> = (0..6).map(|i| i as f32 * 0.5).collect();
    write_npy(&ours, &Array::new(&[2, 3], &field).unwrap()).unwrap();
    let script = "a = np.load(sys.argv[1])\nnp.save(sys.argv[2], a.T.copy() + 1)\nprint(a.dtype, a.shape)";
    assert_eq!(python(script, &[&ours, &theirs]), "float32 (2, 3)");
    let back = read_npy(&theirs).unwrap();
    assert_eq!((back.shape(), back.to_f64()), (&[3, 2][..], vec![1.0, 2.5, 1.5, 3.0, 2.0, 3.5]));
    let script = "np.save(sys.argv[1], np.asfortranarray(np.arange(6.0).reshape(2, 3)).astype('>f2', order='F'))";
    python(script, &[&theirs]);
    let back = read_npy(&theirs).unwrap();
    assert_eq!((back.shape(), back.to_f64()), (&[2, 3][..], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
}

#[test]
fn a_changed_byte_inside_an_entry_with_a_true_checksum_never_panics() {
    let plain = SimpleFileOptions::default();
    let payloads: Vec<(&str, Vec<u8>)> = entries()
        .iter()
        .map(|(key, array)| {
            let mut bytes = vec![];
            array.write(&mut bytes).unwrap();
            (*key, bytes)
        })
        .collect();
    for (which, (_, payload)) in payloads.iter().enumerate() {
        for i in 0..payload.len() {
            for flip in [0x01, 0x08, 0x80, 0xff] {
                let mut zip = ZipWriter::new(Cursor::new(vec![]));
                for (entry, (key, bytes)) in payloads.iter().enumerate() {
                    let mut bytes = bytes.clone();
                    if entry == which {
                        bytes[i] ^= flip;
                    }
                    zip.start_file(format!("{key}.npy"), plain).unwrap();
                    zip.write_all(&bytes).unwrap();
                }
                if let Err(error) = read_bytes(&zip.finish().unwrap().into_inner()) {
                    assert_eq!(error.exit_code(), 5, "{error}");
                }
            }
        }
    }
}

#[test]
fn what_numpy_refuses_we_refuse() {
    let bytes = archive(&entries());
    let folder = tempdir().unwrap();
    let damaged = |i: usize, flip: u8| {
        let mut damaged = bytes.clone();
        damaged[i] ^= flip;
        damaged
    };
    let flips = [0x01, 0x40];
    for (i, flip) in (0..bytes.len()).flat_map(|i| flips.map(|flip| (i, flip))) {
        fs::write(folder.path().join(format!("{i}_{flip}")), damaged(i, flip)).unwrap();
    }
    let script = r#"
import os, warnings
warnings.simplefilter("ignore")
for name in os.listdir(sys.argv[1]):
    try:
        a = np.load(os.path.join(sys.argv[1], name))
        a["z"], a["mask_low"], a["anchor_idx"]
    except Exception:
        print(name)
"#;
    let refused = python(script, &[folder.path()]);
    assert!(refused.lines().count() > bytes.len() / 2);
    let lenient: Vec<&str> = refused
        .lines()
        .filter(|name| {
            let (i, flip) = name.split_once('_').unwrap();
            let i = i.parse().unwrap();
            read_bytes(&damaged(i, flip.parse().unwrap())).is_ok()
        })
        .collect();
    assert!(lenient.is_empty(), "NumPy refuses these (byte_flip) and we do not: {lenient:?}");
}
