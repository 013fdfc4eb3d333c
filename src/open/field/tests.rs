use std::{io::Cursor, path::Path};

use super::*;
use crate::{
    io::{Array, npz::NpzWriter},
    math::BOX,
};

const N: usize = 32;

/// A flow and its vorticity: psi = sin 2x cos 2y + 2 sin x cos 3y, as anybody may write it.
struct Flow {
    psi: Vec<f64>,
    u: Vec<f64>,
    v: Vec<f64>,
    omega: Vec<f64>,
}

fn sampled([rows, columns]: [usize; 2], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let node = |i: usize, n: usize| BOX * i as f64 / n as f64;
    (0..rows * columns).map(|c| f(node(c % columns, columns), node(c / columns, rows))).collect()
}

fn flow(sides: [usize; 2]) -> Flow {
    Flow {
        psi: sampled(sides, |x, y| (2.0 * x).sin() * (2.0 * y).cos() + 2.0 * x.sin() * (3.0 * y).cos()),
        u: sampled(sides, |x, y| -2.0 * (2.0 * x).sin() * (2.0 * y).sin() - 6.0 * x.sin() * (3.0 * y).sin()),
        v: sampled(sides, |x, y| -2.0 * (2.0 * x).cos() * (2.0 * y).cos() - 2.0 * x.cos() * (3.0 * y).cos()),
        omega: sampled(sides, |x, y| 8.0 * (2.0 * x).sin() * (2.0 * y).cos() + 20.0 * x.sin() * (3.0 * y).cos()),
    }
}

fn npy(shape: &[usize], data: &[f64]) -> Vec<u8> {
    let mut bytes = vec![];
    Array::new(shape, data).unwrap().write(&mut bytes).unwrap();
    bytes
}

fn npz(entries: &[(&str, &[usize], &[f64])]) -> Vec<u8> {
    let mut npz = NpzWriter::new(Cursor::new(vec![]));
    for (key, shape, data) in entries {
        npz.array(key, &Array::new(shape, data).unwrap()).unwrap();
    }
    npz.finish().unwrap().into_inner()
}

fn read(name: &str, bytes: &[u8], selection: &Selection) -> Result<Taken> {
    field_from(Path::new(name), Cursor::new(bytes.to_vec()), bytes.len() as u64, selection)
}

fn plain(name: &str, bytes: &[u8]) -> Result<Taken> {
    read(name, bytes, &Selection::default())
}

fn close(found: &[f64], expected: &[f64]) {
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(found.len() == expected.len() && off < 1e-10, "{off}");
}

fn woven(parts: [&[f64]; 2]) -> Vec<f64> {
    parts[0].iter().zip(parts[1]).flat_map(|(a, b)| [*a, *b]).collect()
}

#[test]
fn every_form_of_a_velocity_gives_its_vorticity_and_says_so() {
    let Flow { psi, u, v, omega } = flow([N, N]);
    let (n2, both) = ([N, N], [u.clone(), v.clone()].concat());
    let complex = {
        let mut bytes = Header::new(crate::io::npy::Kind::C128, &n2).unwrap().to_bytes();
        bytes.extend(woven([&u, &v]).iter().flat_map(|x| x.to_le_bytes()));
        bytes
    };
    for (what, name, bytes) in [
        ("[2, N, N]", "w.npy", npy(&[2, N, N], &both)),
        ("[N, N, 2]", "w.npy", npy(&[N, N, 2], &woven([&u, &v]))),
        ("complex", "w.npy", complex),
        ("u, v", "w.npz", npz(&[("v", &n2, &v), ("u", &n2, &u)])),
        ("ux, uy", "w.npz", npz(&[("ux", &n2, &u), ("uy", &n2, &v), ("p", &n2, &psi)])),
        ("velocity", "w.npz", npz(&[("p", &n2, &psi), ("velocity", &[2, N, N], &both)])),
    ] {
        let taken = plain(name, &bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!((taken.field.n, taken.from), (N, Some(Quantity::Velocity)), "{what}");
        close(&taken.field.omega, &omega);
        assert!(taken.told.iter().any(|told| told.contains("omega = dv/dx - du/dy")), "{what}: {:?}", taken.told);
    }
    let taken = plain("w.npz", &npz(&[("psi", &n2, &psi)])).unwrap();
    close(&taken.field.omega, &omega);
    assert!(taken.told[0].contains("streamfunction"));
    // What is said is done, whatever the names are.
    let from = |from| Selection { from: Some(from), ..Selection::default() };
    let bytes = npz(&[("omega", &n2, &omega), ("psi", &n2, &psi), ("u", &n2, &u), ("v", &n2, &v)]);
    for (selection, expected) in [
        (Selection::default(), &omega),
        (from(Quantity::Velocity), &omega),
        (from(Quantity::Streamfunction), &omega),
        (Selection { key: Some("u".into()), from: Some(Quantity::Vorticity), ..Selection::default() }, &u),
        (Selection { key: Some("u,v".into()), ..Selection::default() }, &omega),
    ] {
        close(&read("w.npz", &bytes, &selection).unwrap().field.omega, expected);
    }
}

#[test]
fn two_frames_are_no_velocity_and_one_component_is_told_from_a_field() {
    let Flow { u, omega, psi, .. } = flow([N, N]);
    let frames = npy(&[2, N, N], &[omega.clone(), psi.clone()].concat());
    let taken = plain("w.npy", &frames).unwrap();
    close(&taken.field.omega, &omega);
    assert!(taken.told[0].contains("frame 0 of 2"), "{:?}", taken.told);
    let second = Selection { frame: Some(-1), ..Selection::default() };
    close(&read("w.npy", &frames, &second).unwrap().field.omega, &psi);
    let traj = npz(&[("traj", &[2, N, N], &[omega.clone(), psi.clone()].concat())]);
    close(&read("w.npz", &traj, &second).unwrap().field.omega, &psi);
    let error = plain("w.npz", &npz(&[("u", &[N, N], &u), ("t", &[1], &[0.0])])).unwrap_err().to_string();
    assert!(error.contains("u is one component of a velocity, and v is missing"), "{error}");
}

#[test]
fn names_come_before_shapes_and_where_neither_tells_somebody_is_asked() {
    let Flow { omega, psi, .. } = flow([N, N]);
    let mesh = [sampled([N, N], |x, _| x), sampled([N, N], |_, y| y)];
    let (n2, n3) = ([N, N], [3, N, N]);
    let stack = [psi.clone(), psi.clone(), omega.clone()].concat();
    let bytes = npz(&[("X", &n2, &mesh[0]), ("Y", &n2, &mesh[1]), ("omega", &n3, &stack)]);
    let last = Selection { frame: Some(-1), ..Selection::default() };
    close(&read("w.npz", &bytes, &last).unwrap().field.omega, &omega);
    // Indexing 'ij': x runs along the rows.
    let turn = |field: &[f64]| (0..N * N).map(|c| field[(c % N) * N + c / N]).collect::<Vec<f64>>();
    let bytes = npz(&[("X", &n2, &turn(&mesh[0])), ("Y", &n2, &turn(&mesh[1])), ("omega", &n2, &turn(&omega))]);
    let taken = plain("w.npz", &bytes).unwrap();
    close(&taken.field.omega, &omega);
    assert!(taken.told[0].contains("indexing='ij'"), "{:?}", taken.told);
    // Frames last, as MATLAB has them.
    let last_axis: Vec<f64> = (0..N * N).flat_map(|c| [psi[c], psi[c], omega[c]]).collect();
    close(&read("w.npz", &npz(&[("w", &[N, N, 3], &last_axis)]), &last).unwrap().field.omega, &omega);
    // A time between two.
    let bytes = npz(&[("t", &[3], &[0.0, 0.5, 2.0]), ("omega", &n3, &stack)]);
    let time = |time| Selection { time: Some(time), ..Selection::default() };
    close(&read("w.npz", &bytes, &time(1.9)).unwrap().field.omega, &omega);
    close(&read("w.npz", &bytes, &time(0.6)).unwrap().field.omega, &psi);
    let error = read("w.npz", &npz(&[("omega", &n3, &stack)]), &time(1.0)).unwrap_err();
    assert!(error.to_string().contains("does not say the times"), "{error}");
    let error = plain("w.npz", &npz(&[("a", &n2, &omega), ("b", &n2, &psi)])).unwrap_err().to_string();
    assert!(error.contains("or --var NAME, found a float64 [32, 32]; b float64 [32, 32]"), "{error}");
    let error = plain("w.npz", &npz(&[("a", &[5], &[0.0; 5])])).unwrap_err().to_string();
    assert!(error.contains("a: expected a field of numbers [N, N]") && error.ends_with("a float64 [5]"), "{error}");
}

#[test]
fn grids_of_other_sides_are_brought_to_a_square_exactly() {
    let omega = flow([N, N]).omega;
    for sides in [[N, 2 * N], [2 * N, N], [N, 20], [19, N]] {
        let n = sides[0].max(sides[1]);
        let taken = plain("w.npy", &npy(&sides, &flow(sides).omega)).unwrap();
        assert_eq!(taken.field.n, n);
        close(&taken.field.omega, &flow([n, n]).omega);
        assert!(taken.told[0].contains("one square box"), "{:?}", taken.told);
    }
    // The end point twice: told, and left out on request.
    let place = |i: usize| BOX * i as f64 / N as f64;
    let twice: Vec<f64> = (0..(N + 1) * (N + 1)).map(|c| omega[(c / (N + 1) % N) * N + c % (N + 1) % N]).collect();
    let bytes = npy(&[N + 1, N + 1], &twice);
    let taken = plain("w.npy", &bytes).unwrap();
    assert!(
        taken.field.n == N + 1 && taken.told.len() == 2 && taken.told[0].contains("--drop-end"),
        "{:?}",
        taken.told
    );
    let drop = Selection { drop_end: true, ..Selection::default() };
    let taken = read("w.npy", &bytes, &drop).unwrap();
    assert_eq!(taken.field.n, N);
    close(&taken.field.omega, &omega);
    let error = read("w.npy", &npy(&[N, N], &omega), &drop).unwrap_err();
    assert!(error.exit_code() == 2 && error.to_string().contains("repeats the first"), "{error}");
    // Places: another length scales derivatives, other lengths along x and y are no square, falling ones are turned.
    let Flow { u, v, .. } = flow([N, N]);
    let line = |length: f64| (0..N).map(|i| length * i as f64 / N as f64).collect::<Vec<f64>>();
    let with = |x: &[f64], y: &[f64]| npz(&[("u", &[N, N], &u), ("v", &[N, N], &v), ("x", &[N], x), ("y", &[N], y)]);
    let taken = plain("w.npz", &with(&line(1.0), &line(1.0))).unwrap();
    close(&taken.field.omega.iter().map(|w| w / BOX).collect::<Vec<_>>(), &omega);
    let error = plain("w.npz", &with(&line(2.0), &line(1.0))).unwrap_err().to_string();
    assert!(error.contains("a square box") && error.ends_with("found x over 2, y over 1"), "{error}");
    let mut uneven = line(1.0);
    uneven[4] += 0.01;
    let error = plain("w.npz", &with(&uneven, &line(1.0))).unwrap_err().to_string();
    assert!(error.contains("x: expected evenly spaced places"), "{error}");
    let falling: Vec<f64> = (0..N).rev().map(place).collect();
    let turned: Vec<f64> = (0..N).rev().flat_map(|j| omega[j * N..(j + 1) * N].to_vec()).collect();
    let taken = plain("w.npz", &npz(&[("omega", &[N, N], &turned), ("lat", &[N], &falling)])).unwrap();
    close(&taken.field.omega, &omega);
}

#[test]
fn what_is_missing_is_named_and_taken_as_nothing_only_where_asked() {
    let mut omega = flow([N, N]).omega;
    for (value, typed) in
        [(f64::NAN, f64::NAN), (1e20, 1e20), (f64::from(9.969_21e36_f32), 9.96921e36), (-9999.0, -9999.0)]
    {
        (omega[37], omega[40]) = (value, value);
        let bytes = npz(&[("omega", &[N, N], &omega)]);
        let error = plain("land.npz", &bytes).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("land.npz: omega: expected") && text.contains("--mask-value"), "{text}");
        assert!(text.ends_with("at [1, 5] and 1 more") && error.exit_code() == 5, "{text}");
        let mask = Selection { mask_value: Some(typed), ..Selection::default() };
        let taken = read("land.npz", &bytes, &mask).unwrap();
        let mut expected = flow([N, N]).omega;
        (expected[37], expected[40]) = (0.0, 0.0);
        assert_eq!(taken.field.omega, expected);
        assert!(taken.told[0].starts_with("omega: 2 of 1024 numbers are"), "{:?}", taken.told);
    }
    let error = plain("still.npy", &npy(&[N, N], &[0.0; N * N])).unwrap_err().to_string();
    assert_eq!(error, "still.npy: array: expected a field that varies, found 0 everywhere");
}
