//! The atom arrays of z0.npz: one column a field, ragged curves by offsets.

use std::io::{self, Read, Seek};

use glam::DVec2;

use super::MAX_VERTICES;
use crate::{
    error::Result,
    io::{
        At,
        array::Array,
        npy::Kind,
        npz::{Npz, NpzWriter},
    },
    state::{Atom, Atoms, Chart, Sign, Topology},
};

/// Any integer kind, or bool.
const INTEGERS: &[Kind] =
    &[Kind::Bool, Kind::I8, Kind::I16, Kind::I32, Kind::I64, Kind::U8, Kind::U16, Kind::U32, Kind::U64];

/// The atom arrays with their names, in the order of the file; none where there are no atoms.
pub fn columns(atoms: &Atoms) -> Vec<(String, Array)> {
    if atoms.is_empty() {
        return Vec::new();
    }
    let a = atoms.view();
    let codes = |column: &mut dyn Iterator<Item = u8>| Array::vector(&column.collect::<Vec<_>>());
    let xy: Vec<f64> = a.vertex.iter().flat_map(|v| [v.x, v.y]).collect();
    // Proof: two numbers a vertex were collected.
    let xy = Array::new(&[a.vertex.len(), 2], &xy).expect("two numbers a vertex");
    let mut columns = vec![
        ("atom_support".into(), Array::vector(a.support)),
        ("atom_sign".into(), Array::vector(&a.sign.iter().map(|s| *s as i8).collect::<Vec<_>>())),
    ];
    for (key, column) in [("gamma", a.gamma), ("eps", a.eps), ("aspect", a.aspect), ("angle", a.angle)] {
        columns.push((format!("atom_{key}"), Array::vector(column)));
    }
    columns.extend([
        ("atom_chart".into(), codes(&mut a.chart.iter().map(|c| *c as u8))),
        ("atom_topology".into(), codes(&mut a.topology.iter().map(|t| *t as u8))),
        ("atom_start".into(), Array::vector(&a.start.iter().map(|s| *s as i64).collect::<Vec<_>>())),
        ("vertex_xy".into(), xy),
    ]);
    for (key, column) in [("weight", a.weight), ("core", a.core), ("twist", a.twist)] {
        columns.push((format!("segment_{key}"), Array::vector(column)));
    }
    columns
}

/// Adds the atom arrays; nothing where there are no atoms.
///
/// # Errors
/// What the operating system says of the write.
pub fn write<W: io::Write + Seek>(npz: &mut NpzWriter<W>, atoms: &Atoms) -> io::Result<()> {
    columns(atoms).iter().try_for_each(|(key, array)| npz.array(key, array))
}

/// Reads the atom arrays; a file with none of them has no atoms, one with some must have all.
///
/// # Errors
/// [`crate::Error::BadFile`] for an array that is missing, of another type or shape, or an atom that breaks an
/// invariant.
pub fn read<R: Read + Seek>(npz: &mut Npz<R>) -> Result<Atoms> {
    let ours = |key: &String| ["atom_", "vertex_", "segment_"].iter().any(|start| key.starts_with(start));
    if !npz.keys().iter().any(ours) {
        return Ok(Atoms::default());
    }
    let vertices = format!("float64 [V, 2] with V at most {MAX_VERTICES}");
    let xy = npz.array("vertex_xy", &[Kind::F64], |s| matches!(s, [v, 2] if *v <= MAX_VERTICES), &vertices)?;
    let total = xy.shape()[0];
    let vertex: Vec<DVec2> = {
        let mut xy = xy.reals();
        std::iter::from_fn(|| Some(DVec2::new(xy.next()?, xy.next()?))).collect()
    };
    drop(xy);

    let starts = format!("integers [n + 1] with n at most V = {total}");
    let start = npz.array("atom_start", INTEGERS, |s| matches!(s, [m] if *m >= 1 && *m <= total + 1), &starts)?;
    let n = start.shape()[0] - 1;
    let start = offsets(start, total, At { path: npz.path(), field: "atom_start" })?;
    let support = codes(npz, "atom_support", n, &[(0, false), (1, true)])?;
    let sign = codes(npz, "atom_sign", n, &[(-1, Sign::Minus), (1, Sign::Plus)])?;
    let chart = codes(npz, "atom_chart", n, &[(0, Chart::Polyline), (4, Chart::Ellipse)])?;
    let topologies = [(0, Topology::Point), (1, Topology::Open), (2, Topology::Closed)];
    let topology = codes(npz, "atom_topology", n, &topologies)?;
    let gamma = reals(npz, "atom_gamma", n)?;
    let eps = reals(npz, "atom_eps", n)?;
    let aspect = reals(npz, "atom_aspect", n)?;
    let angle = reals(npz, "atom_angle", n)?;

    let segments = |i: usize| match topology[i] {
        Topology::Point => 1,
        Topology::Open => (start[i + 1] - start[i]).saturating_sub(1).max(1),
        Topology::Closed => start[i + 1] - start[i],
    };
    let all: usize = (0..n).map(segments).sum();
    let weight = reals(npz, "segment_weight", all)?;
    let core = reals(npz, "segment_core", all)?;
    let twist = reals(npz, "segment_twist", all)?;

    let mut next = 0;
    let atoms = (0..n).map(|i| {
        let s = next..next + segments(i);
        next = s.end;
        Atom {
            support: support[i],
            sign: sign[i],
            gamma: gamma[i],
            eps: eps[i],
            aspect: aspect[i],
            angle: angle[i],
            chart: chart[i],
            topology: topology[i],
            vertices: vertex[start[i]..start[i + 1]].to_vec(),
            weight: weight[s.clone()].to_vec(),
            core: core[s.clone()].to_vec(),
            twist: twist[s].to_vec(),
        }
    });
    Atoms::try_from_iter(atoms).map_err(|e| At { path: npz.path(), field: "atom" }.broken(e))
}

/// Offsets that begin at 0, never fall and end at `total`.
fn offsets(start: Array, total: usize, at: At) -> Result<Vec<usize>> {
    let start: Vec<usize> = start.ints().map(|x| usize::try_from(x).unwrap_or(usize::MAX)).collect();
    if start.first() != Some(&0) || start.last() != Some(&total) || !start.is_sorted() {
        return Err(at.bad(format!("offsets that rise from 0 to V = {total}"), "others"));
    }
    Ok(start)
}

/// A float column `[n]`.
fn reals<R: Read + Seek>(npz: &mut Npz<R>, key: &str, n: usize) -> Result<Vec<f64>> {
    Ok(npz.reals(key, &[Kind::F64], |s| s == [n], &format!("float64 [{n}]"))?.1)
}

/// An integer column `[n]` of known codes.
fn codes<R: Read + Seek, T: Copy>(npz: &mut Npz<R>, key: &str, n: usize, known: &[(i128, T)]) -> Result<Vec<T>> {
    let column = npz.array(key, INTEGERS, |s| s == [n], &format!("integers [{n}]"))?;
    let at = At { path: npz.path(), field: key };
    column
        .ints()
        .map(|code| {
            let found = known.iter().find(|(value, _)| *value == code).map(|(_, meaning)| *meaning);
            let names = || known.iter().map(|(value, _)| value.to_string()).collect::<Vec<_>>().join(", ");
            found.ok_or_else(|| at.bad(format!("one of {}", names()), code))
        })
        .collect()
}
