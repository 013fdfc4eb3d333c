//! traj.npz: a trajectory of vorticity fields, `traj` float32 or float64 `[T + 1, N, N]`, row-major, y
//! first. Written uncompressed and read (stored or deflated) one field at a time, so that its length costs
//! no memory.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    path::Path,
};

use super::{
    At, atomic,
    npy::{Header, Kind},
    npz::{Limits, Npz, NpzWriter, spend},
};
use crate::error::{Error, Result};

/// The entry.
const KEY: &str = "traj";
/// Sides of the grid that are accepted.
const SIDE_RANGE: std::ops::RangeInclusive<usize> = 16..=65_536;
/// Most bytes of a file, 1 TiB: no more than one field is held, so this guards time, not memory.
const LIMITS: Limits = Limits { entry: 1 << 40, total: 1 << 40 };
/// Numbers converted at a time.
const CHUNK: usize = 4096;

/// Writes `frames` fields of side `n` as they are made: `body` gets a [`TrajWriter`] and must put
/// exactly that many. The file appears when all are there; on any failure there is none.
///
/// # Errors
/// [`Error::Invalid`] when the shape overflows or fields are missing, [`Error::Unwritable`] from the
/// disk, and whatever `body` returns.
pub fn write_traj<T>(
    path: &Path,
    frames: usize,
    n: usize,
    kind: Kind,
    body: impl FnOnce(&mut TrajWriter<'_>) -> Result<T>,
) -> Result<T> {
    let header =
        Header::new(kind, &[frames, n, n]).filter(|_| matches!(kind, Kind::F32 | Kind::F64)).ok_or_else(|| {
            Error::invalid("trajectory", "floats in a shape that fits a file", format!("{frames} x {n} x {n}"))
        })?;
    let mut value = None;
    atomic::write_file(path, |out| {
        let unwritable = |source| Error::Unwritable { path: path.into(), source };
        let mut npz = NpzWriter::new(out);
        let out: &mut dyn Write = npz.stream_stored(KEY, &header).map_err(unwritable)?;
        let mut writer = TrajWriter { path, out, kind, cells: n * n, left: frames, bytes: Vec::new() };
        value = Some(body(&mut writer)?);
        if writer.left > 0 {
            return Err(Error::invalid("trajectory", format!("{frames} fields"), frames - writer.left));
        }
        npz.finish().map(|_: &mut BufWriter<File>| ()).map_err(unwritable)
    })?;
    value.ok_or_else(|| Error::Run(format!("{}: was not written", path.display())))
}

/// Takes the fields of a trajectory, one after the other.
pub struct TrajWriter<'a> {
    path: &'a Path,
    out: &'a mut dyn Write,
    kind: Kind,
    cells: usize,
    left: usize,
    bytes: Vec<u8>,
}

impl TrajWriter<'_> {
    /// Writes the next field.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field of the wrong size or one too many, [`Error::Unwritable`].
    pub fn put(&mut self, field: &[f64]) -> Result<()> {
        if field.len() != self.cells || self.left == 0 {
            let expected = format!("{} more fields of {} numbers", self.left, self.cells);
            return Err(Error::invalid("trajectory", expected, field.len()));
        }
        for part in field.chunks(CHUNK) {
            self.bytes.clear();
            match self.kind {
                Kind::F32 => part.iter().for_each(|x| self.bytes.extend((*x as f32).to_le_bytes())),
                _ => part.iter().for_each(|x| self.bytes.extend(x.to_le_bytes())),
            }
            let written = self.out.write_all(&self.bytes);
            written.map_err(|source| Error::Unwritable { path: self.path.into(), source })?;
        }
        self.left -= 1;
        Ok(())
    }
}

/// Reads a trajectory: `body` gets a [`TrajReader`] that yields its fields in order, and may stop early.
///
/// # Errors
/// [`Error::Unreadable`] when the file cannot be opened, [`Error::BadFile`] when it holds no
/// trajectory or a value that is not finite, and whatever `body` returns.
pub fn read_traj<T>(path: &Path, body: impl FnOnce(&mut TrajReader<'_>) -> Result<T>) -> Result<T> {
    read_traj_from(&mut Npz::open_within(path, LIMITS)?, body)
}

/// As [`read_traj`], from an open archive.
///
/// # Errors
/// As [`read_traj`].
pub fn read_traj_from<T, R: Read + Seek>(
    npz: &mut Npz<R>,
    body: impl FnOnce(&mut TrajReader<'_>) -> Result<T>,
) -> Result<T> {
    let left = npz.left();
    npz.stream(KEY, |header, data, at| {
        let fits = |frames: usize, n: usize| frames >= 1 && SIDE_RANGE.contains(&n);
        match header.shape[..] {
            [frames, n, m] if n == m && fits(frames, n) && matches!(header.kind, Kind::F32 | Kind::F64) => {
                // Who reads it holds one field.
                spend(left, 8 * (n * n) as u64, header, at)?;
                let mut reader =
                    TrajReader { at, data, kind: header.kind, frames, n, next: 0, bytes: vec![0; CHUNK * 8] };
                let value = body(&mut reader)?;
                reader.skip_rest()?;
                Ok(value)
            }
            _ => Err(at.bad("float32 or float64 [T + 1, N, N] with N from 16 to 65536", header)),
        }
    })
}

/// Yields the fields of a trajectory.
pub struct TrajReader<'a> {
    at: At<'a>,
    data: &'a mut dyn Read,
    kind: Kind,
    frames: usize,
    n: usize,
    next: usize,
    bytes: Vec<u8>,
}

impl TrajReader<'_> {
    /// Fields in the file.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Side of each.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Type of its numbers.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Reads the next field into `field`, `N N` numbers; `false` after the last.
    ///
    /// # Errors
    /// [`Error::BadFile`] for damage or a value that is not finite, [`Error::Invalid`] for a field of
    /// another size.
    pub fn next_into(&mut self, field: &mut [f64]) -> Result<bool> {
        if self.next == self.frames {
            return Ok(false);
        }
        if field.len() != self.n * self.n {
            return Err(Error::invalid("room for a field", format!("{} numbers", self.n * self.n), field.len()));
        }
        let size = self.kind.size();
        for (c, part) in field.chunks_mut(CHUNK).enumerate() {
            let bytes = &mut self.bytes[..part.len() * size];
            self.data.read_exact(bytes).map_err(|e| self.at.damaged(&e))?;
            match self.kind {
                Kind::F32 => {
                    let numbers = bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b)));
                    part.iter_mut().zip(numbers).for_each(|(x, y)| *x = y);
                }
                _ => {
                    let numbers = bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b));
                    part.iter_mut().zip(numbers).for_each(|(x, y)| *x = y);
                }
            }
            if let Some(i) = part.iter().position(|x| !x.is_finite()) {
                let cell = c * CHUNK + i;
                let place = format!("{} at [{}, {}, {}]", part[i], self.next, cell / self.n, cell % self.n);
                return Err(self.at.bad("finite numbers", place));
            }
        }
        self.next += 1;
        Ok(true)
    }

    /// Passes over what was not asked for, so that the entry's end and checksum are still verified.
    fn skip_rest(&mut self) -> Result<()> {
        let left = (self.frames - self.next) as u64 * (self.n * self.n * self.kind.size()) as u64;
        let copied = io::copy(&mut (&mut *self.data).take(left), &mut io::sink()).map_err(|e| self.at.damaged(&e))?;
        if copied == left { Ok(()) } else { Err(self.at.bad("as many bytes as its header announces", "an early end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(t: usize) -> Vec<f64> {
        (0..256).map(|i| f64::from(i) * 0.25 - t as f64).collect()
    }

    #[test]
    fn fields_come_back_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traj.npz");
        for kind in [Kind::F32, Kind::F64] {
            write_traj(&path, 3, 16, kind, |out| (0..3).try_for_each(|t| out.put(&field(t)))).unwrap();
            let seen = read_traj(&path, |traj| {
                assert_eq!((traj.frames(), traj.n(), traj.kind()), (3, 16, kind));
                let (mut seen, mut room) = (0, vec![0.0; 256]);
                while traj.next_into(&mut room)? {
                    assert_eq!(room, field(seen));
                    seen += 1;
                }
                Ok(seen)
            });
            assert_eq!(seen.unwrap(), 3);
            // Who stops early is content.
            read_traj(&path, |traj| traj.next_into(&mut vec![0.0; 256])).unwrap();
        }
    }

    #[test]
    fn a_trajectory_cut_short_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traj.npz");
        let error = write_traj(&path, 3, 16, Kind::F64, |out| out.put(&field(0))).unwrap_err();
        assert!(error.to_string().contains("3 fields"), "{error}");
        assert!(write_traj(&path, 1, 16, Kind::F64, |_| Err::<(), _>(Error::Run("stop".into()))).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn foreign_trajectories_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traj.npz");
        let mut bad = field(0);
        bad[17] = f64::NAN;
        write_traj(&path, 1, 16, Kind::F64, |out| out.put(&bad)).unwrap();
        let message = read_traj(&path, |traj| traj.next_into(&mut vec![0.0; 256])).unwrap_err().to_string();
        assert!(message.contains("traj: expected finite numbers, found NaN at [0, 1, 1]"), "{message}");
        let array = super::super::Array::new(&[2, 16], &[0.0; 32]).unwrap();
        atomic::write_io(&path, |out| {
            let mut npz = NpzWriter::new(out);
            npz.array(KEY, &array)?;
            npz.finish().map(|_| ())
        })
        .unwrap();
        let error = read_traj(&path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("[T + 1, N, N]") && error.exit_code() == 5, "{error}");
    }
}
