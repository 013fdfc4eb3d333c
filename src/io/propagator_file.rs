//! A.npz: the matrix of a linear kernel as NumPy arrays.
//!
//! | key | type and shape | |
//! |---|---|---|
//! | `A` | float64 `[D, D]`, row-major | `z' = z A` |
//! | `anchor_k` | int64 `[K, 2]` | wave vectors `(kx, ky)` of the kept modes, in the order of `z` |
//! | `residual_k` `residual_B` | as in z0.npz | the residual basis whose coefficients end `z`, where it has one |
//! | `N k_cut resid_mid_cut topk_mid dashi_smooth_k dtype_code schema_version` | int64 `[]` | |
//! | `seed` | uint64 `[]` | |
//! | `dashi_tau dt ridge_lambda` | float64 `[]` | |
//!
//! `A` alone makes a valid file; then nothing is known of its [`Origin`], and only its size can be
//! compared with a state. Of the others, those present are checked.

use std::{
    io::{self, Read, Seek},
    path::Path,
};

use super::{
    At,
    array::Array,
    atomic,
    npy::{Header, Kind},
    npz::{Npz, NpzWriter},
    residual,
    state_file::{self, MAX_ANCHORS, SCHEMA_VERSION, SIDE_RANGE},
};
use crate::{
    error::{Error, Result},
    state::{Basis, MAX_SIDE, Origin, Propagator},
};

/// Numbers encoded at a time.
const CHUNK: usize = 4096;

/// Reads a propagator file.
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be opened; otherwise [`Error::BadFile`] naming the entry,
/// what was expected and what was found.
pub fn read_propagator(path: &Path) -> Result<Propagator> {
    from_archive(Npz::open(path)?)
}

/// As [`read_propagator`], from any bytes; `path` only names them in messages.
///
/// # Errors
/// [`Error::BadFile`].
pub fn read_propagator_from(path: &Path, reader: impl Read + Seek) -> Result<Propagator> {
    from_archive(Npz::new(path, reader)?)
}

fn from_archive<R: Read + Seek>(mut npz: Npz<R>) -> Result<Propagator> {
    let path = npz.path().to_owned();
    let at = |field| At { path: &path, field };
    let origin = origin(&mut npz)?;
    let side = expected_side(&origin, &path)?;
    let rank = origin.residual.as_ref().map_or(String::new(), |b| format!(" + {}", b.rank()));
    let rule = match side {
        Some(side) => format!("float64 [D, D] with D = 2M + 4 + 2K{rank} = {side}"),
        None => format!("float64 [D, D] with D from 1 to {MAX_SIDE}"),
    };
    let sides = side.map_or(1..=MAX_SIDE, |s| s..=s);
    let fits = |shape: &[usize]| matches!(shape, [d, e] if d == e && sides.contains(d));
    let (shape, a) = npz.reals("A", &[Kind::F64], fits, &rule)?;
    Propagator::new(shape[0], a, origin).map_err(|e| at("A").broken(e))
}

/// Everything but the matrix.
fn origin<R: Read + Seek>(npz: &mut Npz<R>) -> Result<Origin> {
    let version = i128::from(SCHEMA_VERSION);
    npz.whole("schema_version", version..=version)?;
    let k_cut = npz.whole("k_cut", 1..=64)?;
    let anchors = match npz.has("anchor_k") {
        false => None,
        true => {
            let rule = format!("int64 [K, 2] with K at most {MAX_ANCHORS}");
            let array = npz.array("anchor_k", &[Kind::I64], |s| matches!(s, [k, 2] if *k <= MAX_ANCHORS), &rule)?;
            let values = array.to_int().unwrap_or_default();
            let limit = *SIDE_RANGE.end() as i128 / 2;
            if let Some(k) = values.iter().find(|k| k.abs() > limit) {
                let at = At { path: npz.path(), field: "anchor_k" };
                return Err(at.bad(format!("wavenumbers from -{limit} to {limit}"), k));
            }
            Some(values.as_chunks::<2>().0.iter().map(|k| k.map(|k| k as i32)).collect())
        }
    };
    Ok(Origin {
        k_cut: k_cut.map(|k| k as u32),
        resid_mid_cut: npz.whole("resid_mid_cut", k_cut.unwrap_or(1)..=96)?.map(|k| k as u32),
        topk_mid: npz.whole("topk_mid", 0..=MAX_ANCHORS as i128)?.map(|k| k as u32),
        anchors,
        residual: residual::read(npz)?,
        dt: npz.real("dt", f64::MIN_POSITIVE..=f64::MAX)?,
        ridge_lambda: npz.real("ridge_lambda", 0.0..=f64::MAX)?,
        n: npz.whole("N", *SIDE_RANGE.start() as i128..=*SIDE_RANGE.end() as i128)?.map(|n| n as usize),
        seed: npz.whole("seed", 0..=i128::from(u64::MAX))?.map(|seed| seed as u64),
        dashi_tau: npz.real("dashi_tau", 0.0..=f64::MAX)?,
        dashi_smooth_k: npz.whole("dashi_smooth_k", 0..=1000)?.map(|k| k as u32),
        dtype: state_file::dtype(npz)?,
    })
}

/// D, where the scalars and anchors say enough; wave vectors outside their band are refused.
fn expected_side(origin: &Origin, path: &Path) -> Result<Option<usize>> {
    let (Some(k_cut), Some(cut), Some(anchors)) = (origin.k_cut, origin.resid_mid_cut, &origin.anchors) else {
        return Ok(None);
    };
    let basis = Basis::new(k_cut, cut, origin.topk_mid.unwrap_or(0), anchors.clone())
        .map_err(|e| At { path, field: "anchor_k" }.broken(e))?
        .with_residual(origin.residual.clone())
        .map_err(|e| At { path, field: "residual_k" }.broken(e))?;
    Ok(Some(basis.dimension()))
}

/// Writes a propagator file, whole or not at all. Equal propagators give equal bytes; what its
/// origin does not say is left out.
///
/// # Errors
/// [`Error::Unwritable`] from the disk.
pub fn write_propagator(path: &Path, propagator: &Propagator) -> Result<()> {
    let side = propagator.side();
    let header = Header::new(Kind::F64, &[side, side])
        .ok_or_else(|| Error::invalid("A", "a matrix that fits in memory", format!("side {side}")))?;
    atomic::write_io(path, |out| {
        let mut npz = NpzWriter::new(out);
        let entry = npz.stream("A", &header)?;
        let mut bytes = Vec::with_capacity(CHUNK * size_of::<f64>());
        for part in propagator.matrix().chunks(CHUNK) {
            bytes.clear();
            part.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
            io::Write::write_all(entry, &bytes)?;
        }
        write_origin(&mut npz, &propagator.origin)?;
        npz.finish().map(|_| ())
    })
}

fn write_origin<W: io::Write + Seek>(npz: &mut NpzWriter<W>, origin: &Origin) -> io::Result<()> {
    if let Some(anchors) = &origin.anchors {
        let flat: Vec<i64> = anchors.iter().flatten().map(|k| i64::from(*k)).collect();
        npz.array("anchor_k", &Array::new(&[anchors.len(), 2], &flat).map_err(io::Error::other)?)?;
    }
    residual::write(npz, origin.residual.as_ref())?;
    let whole = [
        ("N", origin.n.map(|n| n as i64)),
        ("k_cut", origin.k_cut.map(i64::from)),
        ("resid_mid_cut", origin.resid_mid_cut.map(i64::from)),
        ("topk_mid", origin.topk_mid.map(i64::from)),
        ("dashi_smooth_k", origin.dashi_smooth_k.map(i64::from)),
        ("dtype_code", origin.dtype.map(|dtype| dtype as i64)),
        ("schema_version", Some(SCHEMA_VERSION)),
    ];
    for (key, value) in whole {
        if let Some(value) = value {
            npz.array(key, &Array::scalar(value))?;
        }
    }
    if let Some(seed) = origin.seed {
        npz.array("seed", &Array::scalar(seed))?;
    }
    for (key, value) in [("dashi_tau", origin.dashi_tau), ("dt", origin.dt), ("ridge_lambda", origin.ridge_lambda)] {
        if let Some(value) = value {
            npz.array(key, &Array::scalar(value))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Propagator {
        let origin = Origin {
            k_cut: Some(1),
            resid_mid_cut: Some(2),
            topk_mid: Some(1),
            anchors: Some(vec![[2, 0]]),
            dt: Some(0.01),
            seed: Some(u64::MAX),
            ..Origin::default()
        };
        let a = (0..256).map(|i| f64::from(i) * 0.37 - 3.0).collect();
        Propagator::new(16, a, origin).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("A.npz");
        let bare = Propagator::new(16, small().matrix().to_vec(), Origin::default()).unwrap();
        for propagator in [small(), bare] {
            write_propagator(&path, &propagator).unwrap();
            assert_eq!(read_propagator(&path).unwrap(), propagator);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_entry_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("A.npz");
        type Change = fn(&mut Origin);
        let cases: [(Change, &str); 4] = [
            (|o| o.anchors = Some(vec![[2, 0], [0, 2]]), "D = 2M + 4 + 2K = 18, found float64 [16, 16]"),
            (|o| o.anchors = Some(vec![[3, 0]]), "anchor_k: expected wave vectors"),
            (|o| o.k_cut = Some(65), "k_cut: expected a whole number from 1 to 64, found 65"),
            (|o| o.dt = Some(-1.0), "dt: expected a finite number > 0, found -1"),
        ];
        for (change, expected) in cases {
            let mut propagator = small();
            change(&mut propagator.origin);
            write_propagator(&path, &propagator).unwrap();
            let error = read_propagator(&path).unwrap_err();
            let message = error.to_string();
            assert!(message.contains(expected) && error.exit_code() == 5, "{message}");
        }
    }
}
