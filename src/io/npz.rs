//! NumPy .npz archives: a zip file of .npy entries, read behind guards and written without time
//! stamps.
//!
//! What is refused, before memory is taken for it: too many entries, a name twice, a name that is
//! no plain `key.npy`, overlapping entries, encryption, methods other than store and deflate,
//! sizes beyond the limits below, local headers that differ from the table of contents. Sizes that a
//! file states are only used to refuse it: the archive's size and the .npy header's must agree,
//! reading stops there, and an entry that ends earlier or later is refused. A high compression ratio is normal (a mask packs 1000:1) and no reason.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    At,
    array::{Array, expect_end},
    npy::{Header, Kind},
};
use crate::error::{Error, Result};

/// Most entries of an archive.
pub const MAX_ENTRIES: usize = 128;
/// Most bytes an entry may unpack to: the mask of a 65536 x 65536 grid and its header.
pub const MAX_ENTRY_BYTES: u64 = (1 << 32) + 16_384;
/// Most bytes all entries together may unpack to (16 GiB).
pub const MAX_TOTAL_BYTES: u64 = 1 << 34;

/// An open archive whose table of contents has passed the guards.
pub struct Npz<R> {
    path: PathBuf,
    zip: ZipArchive<R>,
    keys: Vec<String>,
}

impl Npz<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it cannot be opened, [`Error::BadFile`] when it is refused.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
        Self::new(path, BufReader::new(file))
    }
}

impl<R: Read + Seek> Npz<R> {
    /// An archive from any bytes; `path` only names it in messages.
    ///
    /// # Errors
    /// [`Error::BadFile`] when a guard refuses it.
    pub fn new(path: &Path, mut reader: R) -> Result<Self> {
        let at = At { path, field: "archive" };
        let count = stated_count(&mut reader).map_err(|e| at.damaged(&e))?;
        if count.is_some_and(|count| count > MAX_ENTRIES) {
            return Err(at.bad(format!("at most {MAX_ENTRIES} entries"), count.unwrap_or_default()));
        }
        let mut zip = ZipArchive::new(reader).map_err(|e| refused(at, e))?;
        if zip.len() > MAX_ENTRIES {
            return Err(at.bad(format!("at most {MAX_ENTRIES} entries"), zip.len()));
        }
        if zip.has_duplicate_names() {
            return Err(at.bad("each entry once", "a name that occurs twice"));
        }
        let mut keys = Vec::with_capacity(zip.len());
        let mut total = 0u64;
        for i in 0..zip.len() {
            let entry = zip.by_index_data(i).map_err(|e| refused(at, e))?;
            keys.push(key(entry.name_raw(), at)?);
            let (field, size) = (keys[i].as_str(), entry.size());
            let at = At { path, field };
            if entry.encrypted() {
                return Err(at.bad("a plain entry", "an encrypted one"));
            }
            if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
                return Err(at.bad("an entry stored or deflated", format!("{:?}", entry.compression())));
            }
            total = total.saturating_add(size);
            if size > MAX_ENTRY_BYTES || total > MAX_TOTAL_BYTES {
                let limits = format!("at most {MAX_ENTRY_BYTES} bytes an entry and {MAX_TOTAL_BYTES} in all");
                return Err(at.bad(limits, format!("{size} bytes, {total} so far")));
            }
        }
        if zip.has_overlapping_entries().map_err(|e| refused(at, e))? {
            return Err(at.bad("entries side by side", "entries that overlap"));
        }
        zip.validate_header_consistency().map_err(|e| refused(at, e))?;
        Ok(Self { path: path.into(), zip, keys })
    }

    /// The entries' names without `.npy`, in file order.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Whether there is such an entry.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Streams an entry: `body` gets the header and a reader that ends with the entry, and must
    /// consume the announced bytes. Afterwards the end and the checksum are verified.
    ///
    /// # Errors
    /// [`Error::BadFile`] for an absent or damaged entry, or whatever `body` refuses.
    pub fn stream<T>(&mut self, key: &str, body: impl FnOnce(&Header, &mut dyn Read, At) -> Result<T>) -> Result<T> {
        let at = At { path: &self.path, field: key };
        let Some(index) = self.keys.iter().position(|known| known == key) else {
            return Err(at.bad("an entry of this name", format!("only {}", self.keys.join(", "))));
        };
        let mut entry = self.zip.by_index(index).map_err(|e| refused(at, e))?;
        let size = entry.size();
        let mut counted = Counted { inner: &mut entry, count: 0 };
        let header = Header::read(&mut counted, at)?;
        let announced = counted.count.saturating_add(header.data_bytes());
        if announced != size {
            let found = format!("{header}, which needs {announced} bytes");
            return Err(at.bad(format!("an array of the {size} bytes that the archive states"), found));
        }
        let value = body(&header, &mut entry, at)?;
        expect_end(&mut entry, at)?;
        Ok(value)
    }

    /// An entry of one of these kinds whose shape `fits`, read into memory; `expected` says in
    /// words what fits.
    ///
    /// # Errors
    /// [`Error::BadFile`], before memory is taken when kind or shape are wrong.
    pub fn array(
        &mut self,
        key: &str,
        kinds: &[Kind],
        fits: impl FnOnce(&[usize]) -> bool,
        expected: &str,
    ) -> Result<Array> {
        self.stream(key, |header, reader, at| {
            if !kinds.contains(&header.kind) || !fits(&header.shape) {
                return Err(at.bad(expected, header));
            }
            Array::read_data(header.clone(), reader, at)
        })
    }
}

/// Counts what passes, to know where a header ends.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// The number of entries in the end record, read ahead so that a table of millions is never
/// built; `None` where the record is not at its usual place.
fn stated_count(reader: &mut (impl Read + Seek)) -> io::Result<Option<usize>> {
    const RECORD: u64 = 22;
    let length = reader.seek(SeekFrom::End(0))?;
    if length < RECORD {
        return Ok(None);
    }
    let tail_length = length.min(RECORD + 65_536);
    reader.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    reader.take(tail_length).read_to_end(&mut tail)?;
    let place = tail.windows(RECORD as usize).rposition(|window| window.starts_with(b"PK\x05\x06"));
    Ok(place.map(|i| usize::from(u16::from_le_bytes([tail[i + 10], tail[i + 11]]))))
}

/// `key` of a plain entry name `key.npy`.
fn key(name: &[u8], at: At) -> Result<String> {
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

/// A zip error in our words.
fn refused(at: At, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => at.damaged(&error),
        other => at.bad("a whole NumPy .npz (zip) archive", other),
    }
}

/// Writes an archive entry by entry. Equal entries give equal bytes: no time stamps, fixed
/// permissions and compression.
pub struct NpzWriter<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> NpzWriter<W> {
    /// An empty archive.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out) }
    }

    /// Adds an array as `key.npy`.
    pub fn array(&mut self, key: &str, array: &Array) -> io::Result<()> {
        self.stream(key, array.header())?.write_all(array.bytes())
    }

    /// Starts `key.npy` and writes its header; the caller then writes the data the header announces.
    pub fn stream(&mut self, key: &str, header: &Header) -> io::Result<&mut (impl Write + use<W>)> {
        let time = zip::DateTime::default();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time)
            .unix_permissions(0o644)
            .system(zip::System::Unix)
            .large_file(header.data_bytes() >= u64::from(u32::MAX) - 16_384);
        self.zip.start_file(format!("{key}.npy"), options)?;
        self.zip.write_all(&header.to_bytes())?;
        Ok(&mut self.zip)
    }

    /// Writes the table of contents.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.zip.finish()?)
    }
}
