//! NetCDF classic files (versions 1, 2 and 5), read by hand: a header of lists, then numbers, all big-endian.
//!
//! ```text
//! "CDF" version | records | dimensions | attributes | variables     a list: tag, count, members
//! variable      name | dimensions | attributes | type | bytes of it (of a record) | where it begins
//! ```
//!
//! The dimension of length 0 counts records: variables that have it first lie record by record, among one another.

use std::{
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{Container, Entry};
use crate::{
    error::Result,
    io::{
        At,
        npy::{Header, Kind, Order},
        npz::spend,
        open::affordable,
        slab::{Pick, Plane, cost, read_plane},
    },
};

/// Longest header that is read.
const MAX_HEADER: u64 = 4 << 20;
const DIMENSIONS: u32 = 10;
const VARIABLES: u32 = 11;
const ATTRIBUTES: u32 = 12;

/// A file.
pub struct Classic<R> {
    path: PathBuf,
    reader: R,
    length: u64,
    entries: Vec<Entry>,
    others: Vec<(String, String)>,
    /// Where each entry begins, and how far its records are apart; 0 without records.
    lies: Vec<(u64, u64)>,
}

/// Where a type's numbers stand in the list of NetCDF.
fn kind(code: u32) -> Option<Kind> {
    let kinds = [
        Kind::I8,
        Kind::U8,
        Kind::I16,
        Kind::I32,
        Kind::F32,
        Kind::F64,
        Kind::U8,
        Kind::U16,
        Kind::U32,
        Kind::I64,
        Kind::U64,
    ];
    kinds.get((code as usize).checked_sub(1)?).copied()
}

/// Text is the second type.
const TEXT: u32 = 2;

/// The header, from its front.
struct Cursor<'a> {
    rest: &'a [u8],
    version: u8,
    at: At<'a>,
}

impl<'a> Cursor<'a> {
    fn bytes(&mut self, count: u64) -> Result<&'a [u8]> {
        let count = usize::try_from(count).ok().filter(|count| *count <= self.rest.len());
        let Some(count) = count else { return Err(self.at.bad("a whole NetCDF header", "an early end")) };
        let (bytes, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(bytes)
    }

    /// What is filled up to four bytes.
    fn padded(&mut self, count: u64) -> Result<&'a [u8]> {
        let bytes = self.bytes(count)?;
        self.bytes(count.next_multiple_of(4) - count)?;
        Ok(bytes)
    }

    fn word(&mut self) -> Result<u32> {
        Ok(self.bytes(4)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    fn long(&mut self) -> Result<u64> {
        Ok(self.bytes(8)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// A count: 8 bytes in version 5.
    fn count(&mut self) -> Result<u64> {
        if self.version == 5 { self.long() } else { self.word().map(u64::from) }
    }

    fn name(&mut self) -> Result<String> {
        let count = self.count()?;
        Ok(String::from_utf8_lossy(self.padded(count)?).into_owned())
    }

    /// How many members a list has.
    fn list(&mut self, tag: u32) -> Result<u64> {
        let (found, count) = (self.word()?, self.count()?);
        match found == tag || found == 0 && count == 0 {
            true => Ok(count),
            false => Err(self.at.bad("a NetCDF header", format!("a list of another kind, {found}"))),
        }
    }

    /// Numbers of those attributes that are some.
    fn attributes(&mut self) -> Result<Vec<(String, Vec<f64>)>> {
        let mut all = vec![];
        for _ in 0..self.list(ATTRIBUTES)? {
            let (name, code, count) = (self.name()?, self.word()?, self.count()?);
            let Some(kind) = kind(code) else { return Err(self.at.bad("a NetCDF type", code)) };
            let size = kind.size();
            let bytes = self.padded(count.saturating_mul(size as u64))?;
            if code != TEXT && count <= 8 {
                let number = |one| crate::io::numbers::number(kind, true, one)[0];
                all.push((name, bytes.chunks_exact(size).map(number).collect()));
            }
        }
        Ok(all)
    }
}

impl<R: Read + Seek> Classic<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for a header that is none.
    pub fn open(path: &Path, mut reader: R, length: u64) -> Result<Self> {
        let at = At { path, field: "header" };
        let mut head = vec![];
        reader.rewind().map_err(|e| at.damaged(&e))?;
        reader.by_ref().take(MAX_HEADER).read_to_end(&mut head).map_err(|e| at.damaged(&e))?;
        let mut cursor = Cursor { rest: &head, version: 1, at };
        let magic = cursor.bytes(4)?;
        cursor.version = magic[3];
        if !magic.starts_with(b"CDF") || ![1, 2, 5].contains(&cursor.version) {
            return Err(at.bad("NetCDF of version 1, 2 or 5, or NetCDF-4", "other bytes"));
        }
        let records = cursor.count()?;
        // A count of ones stands for a file that is still written: as many as there is room for.
        let streaming = records == u64::from(u32::MAX) && cursor.version != 5 || records == u64::MAX;
        let mut dimensions = vec![];
        for _ in 0..cursor.list(DIMENSIONS)? {
            dimensions.push((cursor.name()?, cursor.count()?));
        }
        cursor.attributes()?;
        let mut file = Self { path: path.into(), reader, length, entries: vec![], others: vec![], lies: vec![] };
        let (mut record, mut recorded) = (0_u64, vec![]);
        for _ in 0..cursor.list(VARIABLES)? {
            let name = cursor.name()?;
            let mut axes = vec![];
            for _ in 0..cursor.count()? {
                let id = cursor.count()?;
                let axis = usize::try_from(id).ok().and_then(|id| dimensions.get(id));
                axes.push(axis.ok_or_else(|| at.bad("a dimension of the file", id))?.clone());
            }
            let attributes = cursor.attributes()?;
            let (code, _size) = (cursor.word()?, cursor.count()?);
            let begin = if cursor.version == 1 { u64::from(cursor.word()?) } else { cursor.long()? };
            let Some(kind) = kind(code) else { return Err(at.bad("a NetCDF type", code)) };
            let in_records = axes.first().is_some_and(|(_, side)| *side == 0);
            let sides = axes.iter().skip(usize::from(in_records));
            let one = sides.fold(kind.size() as u64, |bytes, (_, side)| bytes.saturating_mul(*side));
            if in_records {
                recorded.push(one);
                record = record.saturating_add(one.next_multiple_of(4));
            }
            let field = At { path, field: &name };
            if code == TEXT {
                file.others.push((name, "text".into()));
                continue;
            }
            let number = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, all)| all.clone());
            let mut shape: Vec<u64> = axes.iter().map(|(_, side)| *side).collect();
            if in_records {
                shape[0] = if streaming { u64::MAX } else { records };
            }
            let sides: Option<Vec<usize>> = shape.iter().map(|side| usize::try_from(*side).ok()).collect();
            let big = Order { big: true, fortran: false };
            let header =
                sides.filter(|sides| sides.len() <= 8 && !streaming).and_then(|sides| Header::new(kind, &sides));
            let Some(header) = header else {
                file.others.push((name.clone(), "a shape that is too large".into()));
                continue;
            };
            let end = begin.saturating_add(header.data_bytes());
            if !in_records && end > length && header.elements() > 0 {
                return Err(field.bad(format!("numbers up to byte {end}"), format!("a file of {length} bytes")));
            }
            let mut entry = Entry::new(name, header.lying(big));
            entry.axes = axes.into_iter().map(|(name, _)| name).collect();
            entry.fill = ["_FillValue", "missing_value"].iter().filter_map(|key| number(key)).flatten().collect();
            let (factor, offset) = (number("scale_factor"), number("add_offset"));
            if factor.is_some() || offset.is_some() {
                let first = |all: Option<Vec<f64>>, none| all.and_then(|all| all.first().copied()).unwrap_or(none);
                entry.packed = Some([first(factor, 1.0), first(offset, 0.0)]);
            }
            file.entries.push(entry);
            file.lies.push((begin, u64::from(in_records)));
        }
        // One variable alone in the records is not filled up.
        if let [alone] = recorded[..] {
            record = alone;
        }
        file.lies.iter_mut().for_each(|(_, apart)| *apart *= record);
        for (entry, (begin, apart)) in file.entries.iter().zip(&file.lies).filter(|(_, lies)| lies.1 > 0) {
            let one =
                entry.header.shape[1..].iter().fold(entry.header.kind.size() as u64, |all, side| all * *side as u64);
            let before = apart.saturating_mul(records.saturating_sub(1)).saturating_add(*begin);
            if records > 0 && before.saturating_add(one) > length {
                let field = At { path, field: &entry.name };
                return Err(field.bad(format!("{records} records"), format!("a file of {length} bytes")));
            }
        }
        Ok(file)
    }
}

impl<R: Read + Seek> Container for Classic<R> {
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
        let (Entry { name, header, .. }, (begin, apart)) = (&self.entries[entry], self.lies[entry]);
        let at = At { path: &self.path, field: name };
        spend(affordable(self.length), cost(header, picks), header, at)?;
        if apart == 0 {
            self.reader.seek(SeekFrom::Start(begin)).map_err(|e| at.damaged(&e))?;
            return read_plane(header, picks, &mut self.reader, at);
        }
        // Record by record, each without its first axis.
        let inner = Header::new(header.kind, &header.shape[1..]).map(|inner| inner.lying(header.order));
        let Some(inner) = inner else { return Err(at.bad("a shape that fits in memory", header)) };
        let records = match picks[0] {
            Pick::At(i) => i..i + 1,
            Pick::All => 0..header.shape[0],
        };
        let mut plane = Plane::default();
        for record in records.clone() {
            let place = (record as u64).checked_mul(apart).and_then(|far| far.checked_add(begin));
            let place = place.filter(|place| place.saturating_add(inner.data_bytes()) <= self.length);
            let Some(place) = place else { return Err(at.bad(format!("{} records", header.shape[0]), "an early end")) };
            self.reader.seek(SeekFrom::Start(place)).map_err(|e| at.damaged(&e))?;
            let one = read_plane(&inner, &picks[1..], &mut self.reader, at)?;
            plane.re.extend(one.re);
            plane.sides = match picks[0] {
                Pick::At(_) => one.sides,
                Pick::All => [records.len(), one.sides[0]],
            };
        }
        Ok(plane)
    }
}
