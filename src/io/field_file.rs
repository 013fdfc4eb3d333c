//! Vorticity fields as .npy and .npz: `omega[j, i]`, row-major, row 0 at the bottom.
//!
//! An exported .npz holds `omega` float64 `[N, N]`, `extent` float64 `[4]` (left, right, bottom, top, as
//! matplotlib's `imshow` takes it), `origin` ("lower") and `axes` ("y", "x": the names of the two axes).
//!
//! Node i lies at `x_i = 2 pi i / N`, and `imshow` draws a node as a cell around it: the first cell begins half a
//! spacing before 0, the last ends half a spacing before 2 pi.

use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    Array, At,
    array::{npy_header, read_reals},
    atomic,
    npy::{Header, Kind},
    npz::{Npz, NpzWriter},
    open::Source,
};
use crate::{
    error::{Error, Result},
    math::BOX,
};

/// A square field and its side.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Side of the field.
    pub n: usize,
    /// Vorticity, `[n, n]`, row-major.
    pub omega: Vec<f64>,
}

/// `[left, right, bottom, top]` of the cells around `n x n` nodes.
pub fn extent(n: usize) -> [f64; 4] {
    let half = 0.5 * BOX / n as f64;
    [-half, BOX - half, -half, BOX - half]
}

/// Reads a square float32 or float64 array, as [`write_field`] writes it: the one of a .npy, or of a .npz the entry
/// `key`, else `omega`, else the only two-dimensional one. What others write is opened by `open::field`.
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be opened, [`Error::BadFile`] when nothing in it fits.
pub fn read_field(path: &Path, key: Option<&str>) -> Result<Field> {
    let source = Source::open(path)?;
    let field = read_field_from(path, source.reader(), key)?;
    source.unchanged()?;
    Ok(field)
}

/// As [`read_field`], from any bytes; `path` gives the ending and names them in messages.
///
/// # Errors
/// As [`read_field`].
pub fn read_field_from(path: &Path, mut reader: impl Read + Seek, key: Option<&str>) -> Result<Field> {
    match extension(path) {
        Some("npy") if key.is_none() => {
            let at = At { path, field: "array" };
            let length = length(&mut reader, at)?;
            let header = npy_header(&mut reader, length, at)?;
            if !FLOATS.contains(&header.kind) || !square(&header.shape) {
                return Err(at.bad(EXPECTED, header));
            }
            finite(header.shape[0], read_reals(&header, &mut reader, at)?, at)
        }
        Some("npy") => Err(Error::Usage(format!("{}: a .npy holds one array; leave --key out", path.display()))),
        Some("npz") => of_archive(&mut Npz::new(path, reader)?, key),
        _ => Err(Error::bad_file(path, "name", "a field as .npy or .npz", "another ending")),
    }
}

/// A field of an open archive.
fn of_archive<R: Read + Seek>(npz: &mut Npz<R>, key: Option<&str>) -> Result<Field> {
    let key = entry(npz, key)?;
    let (shape, omega) = npz.reals(&key, &FLOATS, square, EXPECTED)?;
    finite(shape[0], omega, At { path: npz.path(), field: &key })
}

/// A field of side `n`, if all its numbers are finite.
fn finite(n: usize, omega: Vec<f64>, at: At) -> Result<Field> {
    match omega.iter().position(|x| !x.is_finite()) {
        None => Ok(Field { n, omega }),
        Some(i) => Err(at.bad("finite numbers", format!("{} at [{}, {}]", omega[i], i / n, i % n))),
    }
}

/// How many bytes there are; the reader stands at the first one afterwards.
fn length(reader: &mut impl Seek, at: At) -> Result<u64> {
    let length = reader.seek(SeekFrom::End(0)).map_err(|e| at.damaged(&e))?;
    reader.rewind().map_err(|e| at.damaged(&e))?;
    Ok(length)
}

const FLOATS: [Kind; 2] = [Kind::F32, Kind::F64];

const EXPECTED: &str = "float32 or float64 [N, N]";

fn square(shape: &[usize]) -> bool {
    matches!(shape, [rows, columns] if rows == columns)
}

fn extension(path: &Path) -> Option<&str> {
    path.extension().and_then(|e| e.to_str())
}

/// Which entry is meant.
fn entry<R: Read + Seek>(npz: &mut Npz<R>, key: Option<&str>) -> Result<String> {
    if let Some(key) = key {
        return Ok(key.into());
    }
    if npz.has("omega") {
        return Ok("omega".into());
    }
    // An entry of another type, text for example, is no candidate.
    let flat = |npz: &mut Npz<_>, key: &String| npz.header(key).is_ok_and(|header| header.shape.len() == 2);
    let candidates: Vec<String> = npz.keys().to_vec().into_iter().filter(|key| flat(npz, key)).collect();
    match candidates.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::bad_file(npz.path(), "archive", "an entry omega, or one [N, N] array", npz.keys().join(", "))),
        many => Err(Error::bad_file(npz.path(), "archive", "one [N, N] array, or a name", many.join(", "))),
    }
}

/// Writes a field as .npy or .npz, by the ending of the name.
///
/// # Errors
/// [`Error::Invalid`] when the size does not fit or the ending is another one; [`Error::Unwritable`].
pub fn write_field(path: &Path, field: &Field) -> Result<()> {
    let header = Header::new(Kind::F64, &[field.n, field.n]).filter(|h| h.elements() == field.omega.len());
    let header =
        header.ok_or_else(|| Error::invalid("field", format!("{0} x {0} values", field.n), field.omega.len()))?;
    match extension(path) {
        Some("npy") => atomic::write_io(path, |out| {
            out.write_all(&header.to_bytes())?;
            data(out, &field.omega)
        }),
        Some("npz") => atomic::write_io(path, |out| {
            let mut npz = NpzWriter::new(out);
            data(npz.stream("omega", &header)?, &field.omega)?;
            place(&mut npz, field.n)?;
            npz.finish().map(|_| ())
        }),
        _ => Err(Error::invalid("name of a field's file", "the ending .npy or .npz", path.display())),
    }
}

/// `extent`, `origin` and `axes`: where the nodes of an archive lie.
pub(super) fn place<W: Write + Seek>(npz: &mut NpzWriter<W>, n: usize) -> io::Result<()> {
    npz.array("extent", &Array::vector(&extent(n)))?;
    npz.text("origin", &[], &["lower"])?;
    npz.text("axes", &[2], &["y", "x"])
}

/// Little-endian numbers, a block at a time.
fn data(out: &mut impl Write, values: &[f64]) -> io::Result<()> {
    let mut bytes = Vec::new();
    values.chunks(8192).try_for_each(|block| {
        bytes.clear();
        block.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
        out.write_all(&bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_and_the_right_entry_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let field = Field { n: 3, omega: (0..9).map(|i| f64::from(i) * 0.5).collect() };
        for name in ["a.npy", "a.npz"] {
            let path = folder.path().join(name);
            write_field(&path, &field).unwrap();
            assert_eq!(read_field(&path, None).unwrap(), field);
        }
        let two = |name: &str, keys: &[&str]| {
            let path = folder.path().join(name);
            let square = Array::new(&[2, 2], &[1.0_f32, 2.0, 3.0, 4.0]).unwrap();
            atomic::write_io(&path, |out| {
                let mut npz = NpzWriter::new(out);
                keys.iter().try_for_each(|key| npz.array(key, &square))?;
                npz.array("t", &Array::scalar(1.0))?;
                npz.finish().map(|_| ())
            })
            .unwrap();
            path
        };
        assert_eq!(read_field(&two("one.npz", &["w"]), None).unwrap().omega, [1.0, 2.0, 3.0, 4.0]);
        let path = two("two.npz", &["u", "v"]);
        let message = read_field(&path, None).unwrap_err().to_string();
        assert!(message.contains("or a name, found u, v"), "{message}");
        assert!(read_field(&path, Some("v")).is_ok());
        assert!(
            read_field(&path, Some("t")).unwrap_err().to_string().contains("t: expected float32 or float64 [N, N]")
        );
        assert!(write_field(&folder.path().join("a.txt"), &field).is_err());
    }
}
