//! A state to z0.npz. Equal states give equal bytes.

use std::{io, path::Path};

use super::{MAX_VERTICES, SCHEMA_VERSION, SIDE_RANGE, atoms, mask};
use crate::{
    error::{Error, Result},
    io::{array::Array, atomic, npy::Header, npz::NpzWriter, residual},
    math::{wave_index, wavenumber},
    state::{State, flat_index},
};

/// Writes a state file, whole or not at all.
///
/// # Errors
/// [`Error::Invalid`] when the state is not valid or its grid side `meta.n` cannot name its modes
/// (`2 k_cut < N`, every anchor below the Nyquist wavenumber); [`Error::Unwritable`] from the disk.
pub fn write_state(path: &Path, state: &State) -> Result<()> {
    state.validate()?;
    let mask_header = check_side(state)?;
    if state.atoms.vertex_count() > MAX_VERTICES {
        return Err(Error::invalid("vertices", format!("at most {MAX_VERTICES}"), state.atoms.vertex_count()));
    }
    atomic::write_io(path, |out| {
        let mut npz = NpzWriter::new(out);
        write_background(&mut npz, state, &mask_header)?;
        write_scalars(&mut npz, state)?;
        atoms::write(&mut npz, &state.atoms)?;
        npz.finish().map(|_| ())
    })
}

/// The mask's header, once the side is known to hold every mode.
fn check_side(state: &State) -> Result<Header> {
    let (n, basis) = (state.meta.n, state.background.basis());
    let held = |k: i32| wavenumber(wave_index(k, n), n) == k;
    let fits = SIDE_RANGE.contains(&n)
        && 2 * (basis.k_cut() as usize) < n
        && basis.anchors().iter().all(|k| held(k[0]) && held(k[1]));
    mask::header(n).filter(|_| fits).ok_or_else(|| {
        let expected = format!("a grid side from 16 to 65536 that holds |k| <= {}", basis.radius());
        Error::invalid("N of the saved state", expected, n)
    })
}

fn write_background<W: io::Write + io::Seek>(
    npz: &mut NpzWriter<W>,
    state: &State,
    mask_header: &Header,
) -> io::Result<()> {
    let (n, basis) = (state.meta.n, state.background.basis());
    npz.array("z", &Array::vector(&state.background.to_z()))?;
    mask::write(npz.stream("mask_low", mask_header)?, n, basis.k_cut())?;
    let anchors: Vec<i64> = basis.anchors().iter().map(|k| flat_index(*k, n) as i64).collect();
    npz.array("anchor_idx", &Array::vector(&anchors))?;
    residual::write(npz, basis.residual())
}

fn write_scalars<W: io::Write + io::Seek>(npz: &mut NpzWriter<W>, state: &State) -> io::Result<()> {
    let (meta, basis) = (&state.meta, state.background.basis());
    let whole = [
        ("N", meta.n as i64),
        ("k_cut", i64::from(basis.k_cut())),
        ("resid_mid_cut", i64::from(basis.resid_mid_cut())),
        ("topk_mid", i64::from(basis.topk_mid())),
        ("dashi_smooth_k", i64::from(meta.dashi_smooth_k)),
        ("dtype_code", meta.dtype as i64),
        ("schema_version", SCHEMA_VERSION),
    ];
    for (key, value) in whole {
        npz.array(key, &Array::scalar(value))?;
    }
    for (key, value) in [("seed", meta.seed), ("step", state.step)] {
        npz.array(key, &Array::scalar(value))?;
    }
    for (key, value) in [("dashi_tau", meta.dashi_tau), ("dt", meta.dt), ("time", state.time), ("nu", meta.nu)] {
        npz.array(key, &Array::scalar(value))?;
    }
    Ok(())
}
