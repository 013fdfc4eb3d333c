//! MATLAB 5 files, read by hand: elements of a tag and bytes, a matrix an element of elements, packed (zlib) or not.
//!
//! ```text
//! 124 bytes of text | version 0x0100 | "IM" (little-endian) or "MI" | elements
//! tag      type u32, bytes u32; or both in 4 bytes, and up to 4 bytes of data
//! matrix   flags (class, complex) | sides | name | real parts | imaginary parts
//! ```
//!
//! Arrays are column-major. A number is stored as whatever type holds it, so that whole doubles may be bytes.

use std::{
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use flate2::read::ZlibDecoder;

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

const MATRIX: u32 = 14;
const PACKED: u32 = 15;
/// Most elements of a file, and bytes of a name.
const MOST: usize = 1024;
const MOST_NAME: u64 = 255;

/// A file.
pub struct Matlab<R> {
    path: PathBuf,
    reader: R,
    length: u64,
    big: bool,
    entries: Vec<Entry>,
    others: Vec<(String, String)>,
    /// Where the element of each entry begins, behind its tag, its bytes, and whether it is packed.
    lies: Vec<(u64, u64, bool)>,
}

/// A matrix up to its numbers.
struct Front {
    name: String,
    shape: Vec<usize>,
    complex: bool,
    /// Why it is no array of numbers.
    why: Option<&'static str>,
}

/// Elements in either order of bytes.
struct Elements<R> {
    reader: R,
    big: bool,
}

impl<R: Read> Elements<R> {
    fn word(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.reader.read_exact(&mut bytes)?;
        Ok(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// Type, bytes, and how many bytes follow the tag until the next: a short one has its four bytes in it.
    fn tag(&mut self) -> io::Result<(u32, u64, u64)> {
        let first = self.word()?;
        match first >> 16 {
            0 => {
                let bytes = u64::from(self.word()?);
                Ok((first, bytes, bytes.next_multiple_of(8)))
            }
            bytes if bytes <= 4 => Ok((first & 0xffff, u64::from(bytes), 4)),
            _ => Err(io::Error::other("a tag that is none")),
        }
    }

    /// The bytes of a small element.
    fn small(&mut self, most: u64) -> io::Result<(u32, Vec<u8>)> {
        let (code, bytes, whole) = self.tag()?;
        if bytes > most {
            return Err(io::Error::other(format!("an element of {bytes} bytes where {most} are the most")));
        }
        let mut all = vec![0; whole as usize];
        self.reader.read_exact(&mut all)?;
        all.truncate(bytes as usize);
        Ok((code, all))
    }

    fn words(&self, bytes: &[u8]) -> Vec<u32> {
        let one = |b: &[u8; 4]| if self.big { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) };
        bytes.as_chunks::<4>().0.iter().map(one).collect()
    }

    fn front(&mut self) -> io::Result<Front> {
        let (_, flags) = self.small(8)?;
        let flags = self.words(&flags).first().copied().unwrap_or(0);
        let why = match flags & 0xff {
            1 => Some("a cell array"),
            2 | 3 => Some("a struct"),
            4 => Some("text"),
            5 => Some("a sparse matrix; save full(a)"),
            6..=15 => None,
            _ => Some("no array of numbers"),
        };
        let (_, sides) = self.small(64)?;
        let shape = self.words(&sides).into_iter().map(|side| side as usize).collect();
        let (_, name) = self.small(MOST_NAME)?;
        Ok(Front { name: String::from_utf8_lossy(&name).into_owned(), shape, complex: flags & 0x800 != 0, why })
    }
}

/// The kind of a stored type.
fn kind(code: u32) -> Option<Kind> {
    Some(match code {
        1 => Kind::I8,
        2 => Kind::U8,
        3 => Kind::I16,
        4 => Kind::U16,
        5 => Kind::I32,
        6 => Kind::U32,
        7 => Kind::F32,
        9 => Kind::F64,
        12 => Kind::I64,
        13 => Kind::U64,
        _ => return None,
    })
}

impl<R: Read + Seek> Matlab<R> {
    /// Looks what is in it.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for what is no MATLAB 5 file.
    pub fn open(path: &Path, mut reader: R, length: u64) -> Result<Self> {
        let at = At { path, field: "file" };
        let mut head = [0; 128];
        reader.rewind().and_then(|()| reader.read_exact(&mut head)).map_err(|e| at.damaged(&e))?;
        let big = match &head[124..] {
            [0, 1, b'I', b'M'] => false,
            [1, 0, b'M', b'I'] => true,
            _ => return Err(at.bad("a MATLAB 5 or 7.3 file (save with -v7)", "other bytes")),
        };
        let mut file = Self { path: path.into(), reader, length, big, entries: vec![], others: vec![], lies: vec![] };
        let mut place = 128;
        while place + 8 <= length && file.entries.len() + file.others.len() < MOST {
            place = file.element(place).map_err(|e| at.damaged(&e))?;
        }
        Ok(file)
    }

    /// Looks at the element at a place; gives the place of the next.
    fn element(&mut self, place: u64) -> io::Result<u64> {
        self.reader.seek(SeekFrom::Start(place))?;
        let (code, bytes, whole) = Elements { reader: &mut self.reader, big: self.big }.tag()?;
        let begin = place + 8;
        let end = begin.checked_add(if code == PACKED { bytes } else { whole }).filter(|end| *end <= self.length);
        let Some(end) = end else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        if ![MATRIX, PACKED].contains(&code) {
            return Ok(end);
        }
        let packed = code == PACKED;
        let (front, stored) = self.at(begin, bytes, packed, |elements| {
            let front = elements.front()?;
            let stored = if front.why.is_none() { elements.tag()?.0 } else { 0 };
            Ok((front, stored))
        })?;
        // The kind by which it is chosen; how it is stored is looked at when it is read.
        let shown = if front.complex { Some(Kind::C128) } else { kind(stored) };
        let header = shown.filter(|_| front.why.is_none()).and_then(|kind| Header::new(kind, &front.shape));
        match (front.why, header) {
            (None, Some(header)) if header.shape.len() <= 8 => {
                self.entries.push(Entry::new(front.name, header.lying(Order { big: self.big, fortran: true })));
                self.lies.push((begin, bytes, packed));
            }
            (why, _) => self.others.push((front.name, why.unwrap_or("numbers of an unusual form").into())),
        }
        Ok(end)
    }

    /// The elements of a matrix.
    fn at<T>(
        &mut self,
        begin: u64,
        bytes: u64,
        packed: bool,
        body: impl FnOnce(&mut Elements<&mut dyn Read>) -> io::Result<T>,
    ) -> io::Result<T> {
        self.reader.seek(SeekFrom::Start(begin))?;
        let mut plain = self.reader.by_ref().take(bytes);
        if !packed {
            return body(&mut Elements { reader: &mut plain, big: self.big });
        }
        let mut unpacked = ZlibDecoder::new(plain);
        let mut elements = Elements { reader: &mut unpacked as &mut dyn Read, big: self.big };
        match elements.tag()? {
            (MATRIX, ..) => body(&mut elements),
            _ => Err(io::Error::other("a packed element that is no matrix")),
        }
    }
}

impl<R: Read + Seek> Container for Matlab<R> {
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
        let (Entry { name, header, .. }, (begin, bytes, packed)) = (self.entries[entry].clone(), self.lies[entry]);
        let (path, big) = (self.path.clone(), self.big);
        let at = At { path: &path, field: &name };
        spend(affordable(self.length), cost(&header, picks), &header, at)?;
        let one = |elements: &mut Elements<&mut dyn Read>| -> io::Result<Result<Plane>> {
            let (code, bytes, whole) = elements.tag()?;
            let stored = kind(code).and_then(|kind| Header::new(kind, &header.shape));
            let Some(stored) = stored.filter(|stored| stored.data_bytes() == bytes) else {
                return Ok(Err(at.bad(format!("numbers for {header}"), format!("{bytes} bytes of type {code}"))));
            };
            let plane = read_plane(&stored.lying(Order { big, fortran: true }), picks, &mut elements.reader, at);
            io::copy(&mut Read::take(&mut elements.reader, whole - bytes), &mut io::sink())?;
            Ok(plane)
        };
        let read = self.at(begin, bytes, packed, |elements| {
            elements.front()?;
            let mut all = vec![one(elements)?];
            if header.kind.complex() && all[0].is_ok() {
                all.push(one(elements)?);
            }
            Ok(all)
        });
        let mut all = read.map_err(|e| at.damaged(&e))?.into_iter();
        let mut plane = all.next().unwrap_or_else(|| Ok(Plane::default()))?;
        if let Some(second) = all.next() {
            plane.im = second?.re;
        }
        Ok(plane)
    }
}
