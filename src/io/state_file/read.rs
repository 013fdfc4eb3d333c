//! z0.npz to a state: scalars first, then shapes, then data, then the state's own checks.

use std::{
    io::{Read, Seek},
    path::Path,
};

use super::{MAX_ANCHORS, MAX_Z, SCHEMA_VERSION, SIDE_RANGE, atoms, mask};
use crate::{
    error::Result,
    io::{At, npy::Kind, npz::Npz, residual},
    math::wavenumber,
    state::{Background, Basis, Dtype, Meta, State},
};

/// Reads a state file.
///
/// # Errors
/// [`crate::Error::Unreadable`] when it cannot be opened; otherwise [`crate::Error::BadFile`] naming the entry,
/// what was expected and what was found.
pub fn read_state(path: &Path) -> Result<State> {
    from_archive(path, Npz::open(path)?)
}

/// As [`read_state`], from any bytes; `path` only names them in messages.
///
/// # Errors
/// [`crate::Error::BadFile`].
pub fn read_state_from(path: &Path, reader: impl Read + Seek) -> Result<State> {
    from_archive(path, Npz::new(path, reader)?)
}

fn from_archive<R: Read + Seek>(path: &Path, mut npz: Npz<R>) -> Result<State> {
    let at = |field| At { path, field };

    let version = i128::from(SCHEMA_VERSION);
    npz.whole("schema_version", version..=version)?;
    let n = npz.whole("N", *SIDE_RANGE.start() as i128..=*SIDE_RANGE.end() as i128)?;
    let k_cut = npz.whole("k_cut", 1..=64)?;

    let z =
        npz.array("z", &[Kind::F64], |s| matches!(s, [d] if *d <= MAX_Z), "float64 [D] with D = 2M + 4 + 2K + rank")?;
    let anchors_fit = format!("int64 [K] with K at most {MAX_ANCHORS}");
    let anchors = npz.array("anchor_idx", &[Kind::I64], |s| matches!(s, [k] if *k <= MAX_ANCHORS), &anchors_fit)?;
    let (n, k_cut) = mask::read(&mut npz, n.map(|n| n as usize), k_cut.map(|k| k as u32))?;

    let anchors = anchors
        .ints()
        .map(|flat| {
            let index = usize::try_from(flat).ok().filter(|index| *index < n * n);
            let index = index
                .ok_or_else(|| at("anchor_idx").bad(format!("indices from 0 to N*N - 1 = {}", n * n - 1), flat))?;
            Ok([wavenumber(index % n, n), wavenumber(index / n, n)])
        })
        .collect::<Result<Vec<_>>>()?;
    let default_cut = outer_cut(&anchors).max(12).max(k_cut);
    let resid_mid_cut = npz.whole("resid_mid_cut", i128::from(k_cut)..=96)?.map_or(default_cut, |cut| cut as u32);
    let topk_mid = npz.whole("topk_mid", 0..=MAX_ANCHORS as i128)?.map_or(anchors.len() as u32, |k| k as u32);
    let basis = Basis::new(k_cut, resid_mid_cut, topk_mid, anchors).map_err(|e| at("anchor_idx").broken(e))?;
    let basis = basis.with_residual(residual::read(&mut npz)?).map_err(|e| at("residual_k").broken(e))?;
    let background = Background::from_z(basis, &z.to_f64()).map_err(|e| at("z").broken(e))?;

    let atoms = atoms::read(&mut npz)?;
    let meta = meta(&mut npz, n)?;
    let time = npz.real("time", f64::MIN..=f64::MAX)?.unwrap_or(0.0);
    let step = npz.whole("step", 0..=i128::from(u64::MAX))?.map_or(0, |step| step as u64);
    let state = State { atoms, background, time, step, meta, parcels: None, strokes: vec![] };
    state.validate().map_err(|e| at("state").broken(e))?;
    Ok(state)
}

/// The smallest whole cut that holds every wave vector.
fn outer_cut(modes: &[[i32; 2]]) -> u32 {
    let square = |k: &[i32; 2]| u64::from(k[0].unsigned_abs()).pow(2) + u64::from(k[1].unsigned_abs()).pow(2);
    let largest = modes.iter().map(square).max().unwrap_or(0);
    let root = largest.isqrt();
    // At most 65536 sqrt(1/2), so it fits; what is too far out for a basis is refused there.
    (root + u64::from(root * root < largest)) as u32
}

/// `dtype_code`; `None` when there is no such entry.
pub(in crate::io) fn dtype<R: Read + Seek>(npz: &mut Npz<R>) -> Result<Option<Dtype>> {
    Ok(npz.whole("dtype_code", 0..=2)?.map(|code| match code {
        0 => Dtype::F32,
        1 => Dtype::F64,
        _ => Dtype::Fixed,
    }))
}

/// The configuration scalars, with the defaults of [`Meta`].
fn meta<R: Read + Seek>(npz: &mut Npz<R>, n: usize) -> Result<Meta> {
    let default = Meta::default();
    let dtype = dtype(npz)?.unwrap_or(default.dtype);
    Ok(Meta {
        n,
        dashi_tau: npz.real("dashi_tau", 0.0..=f64::MAX)?.unwrap_or(default.dashi_tau),
        dashi_smooth_k: npz.whole("dashi_smooth_k", 0..=1000)?.map_or(default.dashi_smooth_k, |k| k as u32),
        dtype,
        seed: npz.whole("seed", 0..=i128::from(u64::MAX))?.map_or(default.seed, |seed| seed as u64),
        dt: npz.real("dt", f64::MIN_POSITIVE..=f64::MAX)?.unwrap_or(default.dt),
        nu: npz.real("nu", 0.0..=f64::MAX)?.unwrap_or(default.nu),
    })
}
