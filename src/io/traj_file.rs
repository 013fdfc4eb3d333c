//! traj.npz: a trajectory of vorticity fields, `traj` float32 or float64 `[T + 1, N, N]`, row-major, y
//! first. Written uncompressed and read (stored or deflated) one field at a time, so that its length costs
//! no memory. Read are real numbers of every kind and either order of bytes; in Fortran order the frames would lie
//! among one another, and are refused.
//!
//! Beside it stand how it was made, each a scalar: `dt` (time between two fields), `nu0`, `Cs`, `scheme` (order of
//! the Runge-Kutta scheme: 4, 3, or 2) and `N`. Files of others may lack them.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    path::Path,
};

use super::{
    Array, At,
    array::each_number,
    atomic,
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

/// How the fields of a file were made; `None` for what it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Provenance {
    /// Time between two fields, or of a step.
    pub dt: Option<f64>,
    /// Kinematic viscosity.
    pub nu0: Option<f64>,
    /// Smagorinsky's constant.
    pub cs: Option<f64>,
    /// Order of the time scheme.
    pub scheme: Option<u32>,
}

impl Provenance {
    /// What an archive says; fields of one moment say `nu` where a trajectory says `nu0`.
    fn of<R: Read + Seek>(npz: &mut Npz<R>) -> Result<Self> {
        // Arrays of these names mean something else: times, a viscosity from place to place.
        let mut one = |key: &str, from: f64| match npz.header(key).is_ok_and(|header| header.elements() == 1) {
            true => npz.real(key, from..=f64::MAX),
            false => Ok(None),
        };
        let (dt, cs) = (one("dt", f64::MIN_POSITIVE)?, one("Cs", 0.0)?);
        let nu0 = match one("nu0", 0.0)? {
            None => one("nu", 0.0)?,
            nu0 => nu0,
        };
        let scheme = one("scheme", 0.0)?.filter(|order| [2.0, 3.0, 4.0].contains(order)).map(|order| order as u32);
        Ok(Self { dt, nu0, cs, scheme })
    }

    /// Writes what is known.
    pub(super) fn write<W: Write + Seek>(&self, npz: &mut NpzWriter<W>, nu: &str) -> io::Result<()> {
        for (key, value) in [("dt", self.dt), (nu, self.nu0), ("Cs", self.cs)] {
            value.map_or(Ok(()), |x| npz.array(key, &Array::scalar(x)))?;
        }
        self.scheme.map_or(Ok(()), |order| npz.array("scheme", &Array::scalar(i64::from(order))))
    }
}

/// What a file of fields says of how they were made: an .npz may, others do not.
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be opened, [`Error::BadFile`] for a number out of its range.
pub fn read_provenance(path: &Path) -> Result<Provenance> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("npz") => Provenance::of(&mut Npz::open_within(path, LIMITS)?),
        _ => Ok(Provenance::default()),
    }
}

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
    made: &Provenance,
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
        made.write(&mut npz, "nu0").map_err(unwritable)?;
        npz.array("N", &Array::scalar(n as i64)).map_err(unwritable)?;
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
    /// Writes the next field. Row-major, `N x N` values, row 0 at the bottom.
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
    let (left, made, says) = (npz.left(), Provenance::of(npz)?, npz.whole("N", 0..=i128::from(u32::MAX))?);
    npz.stream(KEY, |header, data, at| {
        let fits = |frames: usize, n: usize| frames >= 1 && SIDE_RANGE.contains(&n);
        match header.shape[..] {
            [_, n, _] if says.is_some_and(|says| says != n as i128) => {
                Err(at.bad(format!("fields of the side that N says, {}", says.unwrap_or_default()), header))
            }
            [..] if header.order.fortran => {
                Err(at.bad("frames one after the other; save np.ascontiguousarray(traj)", header))
            }
            [frames, n, m] if n == m && fits(frames, n) && !header.kind.complex() => {
                // Who reads it holds one field.
                spend(left, 8 * (n * n) as u64, header, at)?;
                let mut reader = TrajReader { at, data, header, frames, n, made, next: 0 };
                let value = body(&mut reader)?;
                reader.skip_rest()?;
                Ok(value)
            }
            _ => Err(at.bad("real numbers [T + 1, N, N] with N from 16 to 65536", header)),
        }
    })
}

/// Yields the fields of a trajectory.
pub struct TrajReader<'a> {
    at: At<'a>,
    data: &'a mut dyn Read,
    header: &'a Header,
    frames: usize,
    n: usize,
    made: Provenance,
    next: usize,
}

impl TrajReader<'_> {
    /// Fields in the file.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// N, the side of each field.
    pub fn n(&self) -> usize {
        self.n
    }

    /// How they were made.
    pub fn provenance(&self) -> Provenance {
        self.made
    }

    /// Type of its numbers.
    pub fn kind(&self) -> Kind {
        self.header.kind
    }

    /// Reads the next field into `field`, `N N` numbers; `false` after the last. Row-major, row 0 at the bottom.
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
        for (c, part) in field.chunks_mut(CHUNK).enumerate() {
            let count = part.len() as u64;
            let mut numbers = part.iter_mut();
            each_number(self.header, count, &mut *self.data, self.at, |[x, _]| {
                if let Some(place) = numbers.next() {
                    *place = x;
                }
            })?;
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
        let left = (self.frames - self.next) as u64 * (self.n * self.n * self.header.kind.size()) as u64;
        let copied = io::copy(&mut (&mut *self.data).take(left), &mut io::sink()).map_err(|e| self.at.damaged(&e))?;
        if copied == left { Ok(()) } else { Err(self.at.bad("as many bytes as its header announces", "an early end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Provenance = Provenance { dt: Some(0.02), nu0: Some(5e-5), cs: Some(0.0), scheme: Some(4) };

    fn field(t: usize) -> Vec<f64> {
        (0..256).map(|i| f64::from(i) * 0.25 - t as f64).collect()
    }

    #[test]
    fn fields_come_back_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traj.npz");
        for kind in [Kind::F32, Kind::F64] {
            write_traj(&path, 3, 16, kind, &MADE, |out| (0..3).try_for_each(|t| out.put(&field(t)))).unwrap();
            let seen = read_traj(&path, |traj| {
                assert_eq!((traj.frames(), traj.n(), traj.kind(), traj.provenance()), (3, 16, kind, MADE));
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
        let error = write_traj(&path, 3, 16, Kind::F64, &MADE, |out| out.put(&field(0))).unwrap_err();
        assert!(error.to_string().contains("3 fields"), "{error}");
        assert!(write_traj(&path, 1, 16, Kind::F64, &MADE, |_| Err::<(), _>(Error::Run("stop".into()))).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn foreign_trajectories_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traj.npz");
        let mut bad = field(0);
        bad[17] = f64::NAN;
        write_traj(&path, 1, 16, Kind::F64, &Provenance::default(), |out| out.put(&bad)).unwrap();
        let message = read_traj(&path, |traj| traj.next_into(&mut vec![0.0; 256])).unwrap_err().to_string();
        assert!(message.contains("traj: expected finite numbers, found NaN at [0, 1, 1]"), "{message}");
        let array = Array::new(&[2, 16], &[0.0; 32]).unwrap();
        atomic::write_io(&path, |out| {
            let mut npz = NpzWriter::new(out);
            npz.array(KEY, &array)?;
            npz.finish().map(|_| ())
        })
        .unwrap();
        let error = read_traj(&path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("[T + 1, N, N]") && error.exit_code() == 5, "{error}");
    }

    #[test]
    fn what_a_file_says_of_itself_is_checked_and_may_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("traj.npz");
        let with = |scalars: &[(&str, f64)]| {
            let fields = Array::new(&[1, 16, 16], &[0.0; 256]).unwrap();
            atomic::write_io(&path, |out| {
                let mut npz = NpzWriter::new(out);
                scalars.iter().try_for_each(|(key, x)| npz.array(key, &Array::scalar(*x)))?;
                npz.array(KEY, &fields)?;
                npz.finish().map(|_| ())
            })
            .unwrap();
            read_traj(&path, |traj| Ok(traj.provenance()))
        };
        assert_eq!(with(&[]).unwrap(), Provenance::default());
        assert_eq!(with(&[("dt", 0.5), ("N", 16.0)]).unwrap(), Provenance { dt: Some(0.5), ..Provenance::default() });
        for (scalar, word) in
            [(("dt", 0.0), "dt"), (("dt", f64::NAN), "dt"), (("nu0", -1.0), "nu0"), (("N", 32.0), "N")]
        {
            let error = with(&[scalar]).unwrap_err();
            assert!(error.exit_code() == 5 && error.to_string().contains(word), "{error}");
        }
    }
}
