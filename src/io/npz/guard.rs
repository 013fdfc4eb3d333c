//! What an archive's table of contents must look like before anything in it is read.

use std::io::{self, Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::refused;
use crate::{error::Result, io::At};

/// Most entries of an archive.
pub const MAX_ENTRIES: usize = 128;
/// Longest name of an entry.
pub const MAX_NAME_BYTES: usize = 255;
/// Most bytes an entry may unpack to: the mask of a 65536 x 65536 grid and its header.
pub const MAX_ENTRY_BYTES: u64 = (1 << 32) + 16_384;
/// Most bytes all entries together may unpack to (16 GiB).
pub const MAX_TOTAL_BYTES: u64 = 1 << 34;

/// Longest table of contents: names, and fields that others add.
const MAX_TABLE_BYTES: u64 = 1 << 18;
/// Latest version of the zip format, tenths: what Python's zipfile takes.
const MAX_VERSION: u8 = 63;

/// Flag bits of encryption and patching.
const FOREIGN_FLAGS: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;

/// Checks the first bytes and the record at the very end: its count, ahead of building a table of millions, that the
/// table it names ends where the record begins, and then the table itself.
///
/// # Errors
/// [`crate::Error::BadFile`] for what is no whole archive, or has more entries than are read.
pub fn check_end(reader: &mut (impl Read + Seek), at: At) -> Result<()> {
    // As NumPy sees an archive: a program that unpacks itself is none.
    let mut first = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut first).map_err(|e| at.damaged(&e))?;
    if first != *b"PK\x03\x04" && first != *b"PK\x05\x06" {
        return Err(at.bad("a whole NumPy .npz (zip) archive", "a file that begins otherwise"));
    }
    let Some((start, tail)) = read_tail(reader).map_err(|e| at.damaged(&e))? else { return Ok(()) };
    // Without such a record the zip reader refuses the file in its own words.
    let Some(i) = tail.windows(22).rposition(|window| window.starts_with(b"PK\x05\x06")) else { return Ok(()) };
    let count = usize::from(half(&tail, i + 10));
    if count > MAX_ENTRIES {
        return Err(at.bad(format!("at most {MAX_ENTRIES} entries"), count));
    }
    let (size, offset) = (word(&tail, i + 12), word(&tail, i + 16));
    // Above 2 GiB two records of 56 and 20 bytes stand in between and may hold the true values.
    let wide = i >= 20 && tail[i - 20..].starts_with(b"PK\x06\x07");
    let end = start + i as u64 - if wide { 76 } else { 0 };
    let mut place = (u64::from(size), u64::from(offset));
    if size == u32::MAX || offset == u32::MAX {
        // The wide record, where there is room for it.
        let long = |j: usize| u64::from(word(&tail, j)) | u64::from(word(&tail, j + 4)) << 32;
        let Some(j) = i.checked_sub(76).filter(|j| wide && tail[*j..].starts_with(b"PK\x06\x06")) else {
            return Err(at.bad("a whole NumPy .npz (zip) archive", "an end that names no table of contents"));
        };
        place = (long(j + 40), long(j + 48));
    }
    let (size, offset) = place;
    if size.checked_add(offset) != Some(end) {
        let expected = format!("a table of contents that ends at byte {end}");
        return Err(at.bad(expected, format!("{size} bytes from byte {offset}")));
    }
    if size > MAX_TABLE_BYTES {
        return Err(at.bad(format!("a table of contents of at most {MAX_TABLE_BYTES} bytes"), size));
    }
    reader.seek(SeekFrom::Start(offset)).map_err(|e| at.damaged(&e))?;
    let mut table = Vec::new();
    reader.take(size).read_to_end(&mut table).map_err(|e| at.damaged(&e))?;
    check_rows(&table, count, at)
}

/// The table of contents as it stands there: as many rows as stated, end to end, none that needs a later program.
fn check_rows(table: &[u8], count: usize, at: At) -> Result<()> {
    let (mut rest, mut rows) = (table, 0);
    while rest.len() >= 46 && rest.starts_with(b"PK\x01\x02") {
        if rest[6] > MAX_VERSION {
            let found = format!("an entry that needs version {}", rest[6]);
            return Err(at.bad(format!("a zip archive of version {MAX_VERSION} or older"), found));
        }
        let length = 46 + [28, 30, 32].iter().map(|j| usize::from(half(rest, *j))).sum::<usize>();
        let Some(after) = rest.get(length..) else { break };
        (rest, rows) = (after, rows + 1);
    }
    match rest.is_empty() && rows == count {
        true => Ok(()),
        false => Err(at.bad(format!("a table of contents of {count} entries"), format!("{rows} and other bytes"))),
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) | u32::from(half(bytes, at + 2)) << 16
}

/// The last 64 KiB, where the end record must be, and their place; `None` in a shorter file than
/// the record.
fn read_tail(reader: &mut (impl Read + Seek)) -> io::Result<Option<(u64, Vec<u8>)>> {
    let length = reader.seek(SeekFrom::End(0))?;
    // With room for the wide records, 76 bytes.
    let start = length.saturating_sub(22 + 65_536 + 76);
    reader.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    reader.take(length - start).read_to_end(&mut tail)?;
    Ok((tail.len() >= 22).then_some((start, tail)))
}

/// Most bytes that entries may unpack to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes of one entry.
    pub entry: u64,
    /// Most bytes of all entries.
    pub total: u64,
}

/// For archives whose entries are held in memory or compared as they stream.
pub const LIMITS: Limits = Limits { entry: MAX_ENTRY_BYTES, total: MAX_TOTAL_BYTES };

/// Checks every entry's name, flags, method and stated size, and that entries are distinct; gives
/// the keys in file order.
///
/// # Errors
/// [`crate::Error::BadFile`] for an entry that is encrypted, twice there, too large or packed another way.
pub fn check_table<R: Read + Seek>(zip: &mut ZipArchive<R>, limits: Limits, at: At) -> Result<Vec<String>> {
    if zip.len() > MAX_ENTRIES {
        return Err(at.bad(format!("at most {MAX_ENTRIES} entries"), zip.len()));
    }
    if zip.has_duplicate_names() {
        return Err(at.bad("each entry once", "a name that occurs twice"));
    }
    let (mut keys, mut total) = (Vec::with_capacity(zip.len()), 0u64);
    for i in 0..zip.len() {
        let entry = zip.by_index_data(i).map_err(|e| refused(at, e))?;
        let key = key(entry.name_raw(), at)?;
        let at = At { path: at.path, field: &key };
        if entry.flags().as_u16() & FOREIGN_FLAGS != 0 {
            return Err(at.bad("a plain entry", "an encrypted one"));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(at.bad("an entry stored or deflated", format!("{:?}", entry.compression())));
        }
        total = total.saturating_add(entry.size());
        if entry.size() > limits.entry || total > limits.total {
            let expected = format!("at most {} bytes an entry and {} in all", limits.entry, limits.total);
            return Err(at.bad(expected, format!("{} bytes, {total} so far", entry.size())));
        }
        keys.push(key);
    }
    if zip.has_overlapping_entries().map_err(|e| refused(at, e))? {
        return Err(at.bad("entries side by side", "entries that overlap"));
    }
    zip.validate_header_consistency().map_err(|e| refused(at, e))?;
    Ok(keys)
}

/// `key` of a plain entry name `key.npy`.
fn key(name: &[u8], at: At) -> Result<String> {
    if name.len() > MAX_NAME_BYTES {
        return Err(at.bad(format!("entry names of at most {MAX_NAME_BYTES} bytes"), name.len()));
    }
    let text = str::from_utf8(name).ok().filter(|name| !name.contains("..")).and_then(|name| name.strip_suffix(".npy"));
    let plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':');
    match text.filter(|key| !key.is_empty() && key.chars().all(plain)) {
        Some(key) => Ok(key.into()),
        None => {
            let shown: String = String::from_utf8_lossy(name).chars().take(80).collect();
            Err(at.bad("entry names of the form key.npy, without folders", format!("{shown:?}")))
        }
    }
}
