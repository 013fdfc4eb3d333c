//! HDF5, and what is kept in it: NetCDF-4 and MATLAB 7.3. The bytes are found by `hdf5-pure`; what is read is judged
//! here, before memory is taken for it. A fault of its parser on a file that is damaged is told as damage.
//!
//! An axis has the name of the array of its places: a dimension scale (NetCDF-4), else one called x, y, lon, lat or time,
//! of its length. Where x and y are as long, axes are taken in the usual order, rows y, columns x.

use std::{
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use hdf5_pure::{AttrValue, Dataset, Datatype, DatatypeByteOrder, File, Group, ReadSeekSource};

use super::{
    Container, Entry,
    names::{self, Axis},
};
use crate::{
    error::{Result, foreign},
    io::{
        At,
        array::expect_end,
        npy::{Header, Kind, Order},
        npz::spend,
        open::affordable,
        slab::{Pick, Plane, cost, read_plane},
    },
};

/// Most arrays that are looked at, and groups within groups.
const MOST: usize = 512;
const DEEPEST: usize = 6;

/// A file.
pub struct Hdf5 {
    path: PathBuf,
    file: File,
    length: u64,
    entries: Vec<Entry>,
    others: Vec<(String, String)>,
}

/// What was found of the arrays.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    others: Vec<(String, String)>,
    /// Names of dimension scales.
    scales: Vec<String>,
    told: usize,
}

impl Hdf5 {
    /// Looks what is in it.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for what is no HDF5.
    pub fn open(path: &Path, reader: impl Read + Seek + Send + 'static, length: u64) -> Result<Self> {
        let at = At { path, field: "file" };
        let damaged = |e: String| at.bad("a whole HDF5 file", e);
        let looked = foreign(|| {
            let source = ReadSeekSource::new(reader).map_err(|e| e.to_string())?;
            let file = File::from_source(source).map_err(|e| e.to_string())?;
            let mut found = Found::default();
            found.group(&file.root(), "", 0).map_err(|e| e.to_string())?;
            Ok((file, found))
        });
        let (file, mut found) = looked.unwrap_or_else(|| Err(NO_PARSER.into())).map_err(damaged)?;
        found.name_axes();
        Ok(Self { path: path.into(), file, length, entries: found.entries, others: found.others })
    }

    /// An array, the bytes of one of its chunks (0 where it lies in one piece), and the rows of one.
    fn array(&self, entry: &Entry, at: At) -> Result<(Dataset, u64, u64)> {
        let found = foreign(|| {
            let data = self.file.dataset(&entry.name).map_err(|e| e.to_string())?;
            let chunk = data.chunk_shape().map_err(|e| e.to_string())?.unwrap_or_default();
            Ok((data, chunk))
        });
        let (data, chunk) = found.unwrap_or_else(|| Err(NO_PARSER.into())).map_err(|e: String| at.bad(INTACT, e))?;
        let bytes = match chunk.is_empty() {
            true => 0,
            false => chunk.iter().fold(entry.header.kind.size() as u64, |bytes, side| bytes.saturating_mul(*side)),
        };
        Ok((data, bytes, chunk.first().copied().unwrap_or(1).max(1)))
    }
}

/// What was expected of an array, and what is found where the parser falls.
const INTACT: &str = "an intact array";
const NO_PARSER: &str = "one that no parser takes";
/// Bytes of rows that are read at a time.
const WINDOW: u64 = 16 << 20;

/// Rows along the first axis of an array as a stream, a few at a time.
struct Rows {
    data: Dataset,
    /// The next row, and that behind the last.
    next: u64,
    end: u64,
    /// Rows at a time: whole chunks.
    step: u64,
    bytes: io::Cursor<Vec<u8>>,
}

impl Read for Rows {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(out)?;
        if count > 0 || self.next >= self.end || out.is_empty() {
            return Ok(count);
        }
        let rows = self.step.min(self.end - self.next);
        let read = foreign(|| self.data.read_raw_rows(self.next, rows).map_err(|e| e.to_string()));
        let bytes = read.unwrap_or_else(|| Err(NO_PARSER.into())).map_err(io::Error::other)?;
        self.next += rows;
        self.bytes = io::Cursor::new(bytes);
        self.bytes.read(out)
    }
}

impl Found {
    fn group(&mut self, group: &Group, path: &str, deep: usize) -> std::result::Result<(), hdf5_pure::Error> {
        for name in group.datasets()? {
            if self.told == MOST {
                return Ok(());
            }
            self.told += 1;
            let whole = format!("{path}{name}");
            match self.array(group, &name, &whole) {
                Ok(entry) => self.entries.push(entry),
                Err(why) => self.others.push((whole, why)),
            }
        }
        // References of MATLAB, and groups of groups without end.
        for name in group.groups()?.into_iter().filter(|name| deep < DEEPEST && !name.starts_with('#')) {
            self.group(&group.group(&name)?, &format!("{path}{name}/"), deep + 1)?;
        }
        Ok(())
    }

    fn array(&mut self, group: &Group, name: &str, whole: &str) -> std::result::Result<Entry, String> {
        let data = group.dataset(name).map_err(|e| e.to_string())?;
        let attributes = data.attrs().unwrap_or_default();
        let (kind, big) = kind(&data.datatype().map_err(|e| e.to_string())?)?;
        let mut shape = vec![];
        for side in data.shape().map_err(|e| e.to_string())? {
            shape.push(usize::try_from(side).map_err(|_| "a shape that is too large")?);
        }
        // MATLAB's arrays are column-major, and lie here with their sides the other way round.
        let fortran = attributes.contains_key("MATLAB_class");
        if fortran {
            shape.reverse();
        }
        if shape.len() > 8 {
            return Err("more than 8 axes".into());
        }
        let header = Header::new(kind, &shape).ok_or("a shape that is too large")?;
        let mut entry = Entry::new(whole, header.lying(Order { big, fortran }));
        let numbers = |key: &str| attributes.get(key).and_then(AttrValue::to_f64s);
        entry.fill = ["_FillValue", "missing_value"].iter().filter_map(|key| numbers(key)).flatten().collect();
        let (factor, offset) = (numbers("scale_factor"), numbers("add_offset"));
        if factor.is_some() || offset.is_some() {
            let first = |all: Option<Vec<f64>>, none| all.and_then(|all| all.first().copied()).unwrap_or(none);
            entry.packed = Some([first(factor, 1.0), first(offset, 0.0)]);
        }
        if attributes.get("CLASS").and_then(AttrValue::as_str).is_some_and(|class| class == "DIMENSION_SCALE") {
            self.scales.push(whole.into());
        }
        Ok(entry)
    }

    /// Names of the axes of every array, where arrays of places have their lengths.
    fn name_axes(&mut self) {
        let line = |entry: &&Entry| entry.header.shape.len() == 1;
        let known = |entry: &&Entry| {
            self.scales.contains(&entry.name) || names::axis(&entry.name) != Axis::Other && !entry.header.order.fortran
        };
        let lines: Vec<(String, usize, Axis)> = self
            .entries
            .iter()
            .filter(line)
            .filter(known)
            .map(|entry| (entry.name.clone(), entry.header.shape[0], names::axis(&entry.name)))
            .collect();
        if lines.is_empty() {
            return;
        }
        for entry in self.entries.iter_mut().filter(|entry| entry.header.shape.len() > 1 && !entry.header.order.fortran)
        {
            let (shape, count) = (entry.header.shape.clone(), entry.header.shape.len());
            let mut axes = vec![String::new(); count];
            let mut left: Vec<&(String, usize, Axis)> = lines.iter().collect();
            for i in (0..count).rev() {
                let usual = if i + 1 == count {
                    Axis::X
                } else if i + 2 == count {
                    Axis::Y
                } else {
                    Axis::Time
                };
                let fits = |line: &&&(String, usize, Axis)| line.1 == shape[i];
                let best = left.iter().filter(fits).find(|line| line.2 == usual).or_else(|| left.iter().find(fits));
                let other = |line: &&(String, usize, Axis)| line.1 == shape[i] && line.2 == Axis::Y;
                entry.assumed |=
                    usual == Axis::X && best.is_some_and(|line| line.2 == Axis::X) && left.iter().any(other);
                if let Some(name) = best.map(|line| line.0.clone()) {
                    left.retain(|line| line.0 != name);
                    axes[i] = name;
                }
            }
            // Names of two axes at least say more than their sides do.
            if axes.iter().filter(|name| !name.is_empty()).count() >= 2 {
                entry.axes = axes;
            }
        }
    }
}

/// The kind of a type, and whether its bytes run from the largest; else what it is.
fn kind(datatype: &Datatype) -> std::result::Result<(Kind, bool), String> {
    let big = |order: &DatatypeByteOrder| *order == DatatypeByteOrder::BigEndian;
    let found = match datatype {
        Datatype::FixedPoint { size, byte_order, layout } => {
            let whole = u32::from(layout.bit_precision) == 8 * size && layout.bit_offset == 0;
            let kind = match (size, layout.signed) {
                (1, true) => Kind::I8,
                (2, true) => Kind::I16,
                (4, true) => Kind::I32,
                (8, true) => Kind::I64,
                (1, false) => Kind::U8,
                (2, false) => Kind::U16,
                (4, false) => Kind::U32,
                (8, false) => Kind::U64,
                _ => return Err(format!("whole numbers of {size} bytes")),
            };
            whole.then(|| (kind, big(byte_order)))
        }
        Datatype::FloatingPoint { size, byte_order, layout } => {
            let ieee = [(2, 5, Kind::F16), (4, 8, Kind::F32), (8, 11, Kind::F64)];
            let fits = ieee.iter().find(|(bytes, exponent, _)| size == bytes && layout.exponent_size == *exponent);
            fits.filter(|_| *byte_order != DatatypeByteOrder::Vax).map(|row| (row.2, big(byte_order)))
        }
        // As h5py keeps bool, and complex numbers.
        Datatype::Enumeration { base_type, .. } => Some(kind(base_type)?),
        Datatype::Compound { size, members } => match members.as_slice() {
            [re, im] if re.byte_offset == 0 && im.byte_offset * 2 == u64::from(*size) && re.datatype == im.datatype => {
                match kind(&re.datatype)? {
                    (Kind::F32, big) => Some((Kind::C64, big)),
                    (Kind::F64, big) => Some((Kind::C128, big)),
                    _ => None,
                }
            }
            _ => return Err("records".into()),
        },
        Datatype::String { .. } | Datatype::VariableLength { .. } => return Err("text, or lists of any length".into()),
        Datatype::Reference { .. } => return Err("references".into()),
        _ => None,
    };
    found.ok_or_else(|| "numbers of an unusual form".into())
}

impl Container for Hdf5 {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn others(&self) -> &[(String, String)] {
        &self.others
    }

    fn plane(&mut self, entry: usize, picks: &[Pick]) -> Result<Plane> {
        let entry = &self.entries[entry];
        let (header, at) = (&entry.header, At { path: &self.path, field: &entry.name });
        // As it lies in the file, row-major.
        let (mut shape, mut picks) = (header.shape.clone(), picks.to_vec());
        if header.order.fortran {
            shape.reverse();
            picks.reverse();
        }
        let first = match picks.first() {
            Some(Pick::At(i)) => Some(*i),
            _ => None,
        };
        if first.is_some() {
            shape.remove(0);
            picks.remove(0);
        }
        let lies = Header::new(header.kind, &shape).map(|lies| lies.lying(Order { fortran: false, ..header.order }));
        let Some(lies) = lies else { return Err(at.bad("a shape that fits in memory", header)) };
        let (data, chunk, rows) = self.array(entry, at)?;
        // One frame of a stack at once, the rows of a plane a window at a time.
        let count = if first.is_some() { 1 } else { shape.first().map_or(1, |side| *side as u64) };
        let row = lies.data_bytes() / if first.is_some() { 1 } else { count.max(1) };
        let step = (WINDOW / row.max(1)).max(1).checked_next_multiple_of(rows).unwrap_or(count).clamp(1, count.max(1));
        let held = step.saturating_mul(row).saturating_add(chunk.saturating_mul(2));
        spend(affordable(self.length), cost(&lies, &picks).saturating_add(held), header, at)?;
        let from = first.unwrap_or(0) as u64;
        let mut rows = Rows { data, next: from, end: from + count, step, bytes: io::Cursor::default() };
        let plane = read_plane(&lies, &picks, &mut rows, at)?;
        expect_end(&mut rows, at)?;
        Ok(if header.order.fortran { plane.turned() } else { plane })
    }
}
