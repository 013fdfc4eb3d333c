//! The residual basis as two arrays, the same in z0.npz and A.npz; neither is there without one.
//!
//! | key | type and shape | |
//! |---|---|---|
//! | `residual_k` | int64 `[n, 2]` | wave vectors `(kx, ky)` of a half plane |
//! | `residual_B` | float64 `[K, n, 2]` | amplitudes, real and imaginary part; NumPy: `B.view(complex)[..., 0]` |

use std::{
    io::{self, Read, Seek},
    sync::Arc,
};

use super::{
    At,
    array::Array,
    npy::Kind,
    npz::{Npz, NpzWriter},
};
use crate::{
    error::Result,
    math::Complex64,
    state::{MAX_RANK, MAX_RESIDUAL_CUT, ResidualBasis},
};

const WAVES: &str = "residual_k";
const FIELDS: &str = "residual_B";
/// Most wave vectors: a half disc of the largest cut holds 14,474.
const MAX_WAVES: usize = 15_000;

/// Adds the basis, if there is one.
///
/// # Errors
/// What the operating system says of the write.
pub fn write<W: io::Write + Seek>(npz: &mut NpzWriter<W>, basis: Option<&Arc<ResidualBasis>>) -> io::Result<()> {
    let Some(basis) = basis else { return Ok(()) };
    let (rank, n) = (basis.rank(), basis.modes().len());
    let waves: Vec<i64> = basis.modes().iter().flatten().map(|k| i64::from(*k)).collect();
    npz.array(WAVES, &Array::new(&[n, 2], &waves).map_err(io::Error::other)?)?;
    let fields: Vec<f64> = basis.fields().iter().flat_map(|b| [b.re, b.im]).collect();
    npz.array(FIELDS, &Array::new(&[rank, n, 2], &fields).map_err(io::Error::other)?)
}

/// Reads the basis; `None` in a file that has neither array.
///
/// # Errors
/// [`crate::Error::BadFile`] for arrays of another type or shape, or that are no orthonormal basis.
pub fn read<R: Read + Seek>(npz: &mut Npz<R>) -> Result<Option<Arc<ResidualBasis>>> {
    if !npz.has(WAVES) && !npz.has(FIELDS) {
        return Ok(None);
    }
    let rule = format!("int64 [n, 2] with n from 1 to {MAX_WAVES}");
    let waves = npz.array(WAVES, &[Kind::I64], |s| matches!(s, [1..=MAX_WAVES, 2]), &rule)?;
    let n = waves.shape()[0];
    let waves = waves.to_int().unwrap_or_default();
    let limit = i128::from(MAX_RESIDUAL_CUT);
    if let Some(k) = waves.iter().find(|k| k.abs() > limit) {
        let at = At { path: npz.path(), field: WAVES };
        return Err(at.bad(format!("wavenumbers from -{limit} to {limit}"), k));
    }
    let modes = waves.as_chunks::<2>().0.iter().map(|k| k.map(|k| k as i32)).collect();
    let most = MAX_RANK.min(2 * n);
    let rule = format!("float64 [K, {n}, 2] with K from 1 to {most}");
    let fields =
        npz.array(FIELDS, &[Kind::F64], |s| matches!(s, [k, m, 2] if (1..=most).contains(k) && *m == n), &rule)?;
    let fields = fields.to_f64().as_chunks::<2>().0.iter().map(|b| Complex64::new(b[0], b[1])).collect();
    let basis = ResidualBasis::new(modes, fields);
    // The message names the entry by itself.
    basis.map(|basis| Some(Arc::new(basis))).map_err(|e| At { path: npz.path(), field: "" }.broken(e))
}
