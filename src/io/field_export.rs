//! A decoded field for NumPy: `omega` float32 `[N, N]`, row 0 at the bottom; an archive also holds `x` and `y`
//! float64 `[N]`, the coordinates of the nodes, `t` float64 and `step` uint64, and `extent`, `origin` and `axes` as
//! [`super::field_file`] has them.

use std::{io::Write, path::Path};

use super::{
    Array, atomic, field_file,
    npy::{Header, Kind},
    npz::NpzWriter,
};
use crate::{
    error::{Error, Result},
    math::BOX,
};

/// A field of the whole box and when it was.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Nodes along a side.
    pub n: usize,
    /// `[n, n]` float32, little-endian bytes.
    pub omega: &'a [u8],
    /// Simulated time.
    pub time: f64,
    /// Simulated step.
    pub step: u64,
}

/// Writes it as .npy or .npz, by the ending of the name.
///
/// # Errors
/// [`Error::Invalid`] when the size does not fit or the ending is another one; [`Error::Unwritable`].
pub fn write_moment(path: &Path, moment: &Moment<'_>) -> Result<()> {
    let Moment { n, omega, time, step } = *moment;
    let header = Header::new(Kind::F32, &[n, n]).filter(|header| header.data_bytes() == omega.len() as u64);
    let header = header.ok_or_else(|| Error::invalid("field", format!("4 x {n} x {n} bytes"), omega.len()))?;
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("npy") => atomic::write_io(path, |out| {
            out.write_all(&header.to_bytes())?;
            out.write_all(omega)
        }),
        Some("npz") => atomic::write_io(path, |out| {
            let nodes: Vec<f64> = (0..n).map(|i| i as f64 * BOX / n as f64).collect();
            let mut npz = NpzWriter::new(out);
            npz.stream_stored("omega", &header)?.write_all(omega)?;
            npz.array("x", &Array::vector(&nodes))?;
            npz.array("y", &Array::vector(&nodes))?;
            npz.array("t", &Array::scalar(time))?;
            npz.array("step", &Array::scalar(step))?;
            field_file::place(&mut npz, n)?;
            npz.finish().map(|_| ())
        }),
        _ => Err(Error::invalid("name of a field's file", "the ending .npy or .npz", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::field_file::read_field;

    #[test]
    fn both_endings_come_back_and_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let omega: Vec<u8> = [1.0_f32, -2.0, 0.5, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let moment = Moment { n: 2, omega: &omega, time: 1.5, step: 7 };
        for name in ["a.npy", "a.npz"] {
            let path = folder.path().join(name);
            write_moment(&path, &moment).unwrap();
            assert_eq!(read_field(&path, None).unwrap().omega, [1.0, -2.0, 0.5, 4.0]);
        }
        assert!(write_moment(&folder.path().join("a.csv"), &moment).is_err());
        assert!(write_moment(&folder.path().join("b.npy"), &Moment { n: 3, ..moment }).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
