//! NumPy .npz archives: a zip file of .npy entries, read behind guards and written without time
//! stamps.
//!
//! What is refused, before memory is taken for it: too many entries, a name twice, a name that is
//! no plain `key.npy`, overlapping entries, encryption, methods other than store and deflate,
//! sizes beyond the limits below, local headers that differ from the table of contents. Sizes that
//! a file states are only used to refuse it: the archive's size and the .npy header's must agree,
//! reading stops there, and an entry that ends earlier or later is refused. A high compression
//! ratio is normal (a mask packs 1000:1) and no reason.

mod guard;
mod scalar;

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, Write},
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    At,
    array::{Array, expect_end},
    npy::{self, Header, Kind},
};
use crate::error::{Error, Result};

pub use guard::{LIMITS, Limits, MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_TOTAL_BYTES};

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
        Self::open_within(path, LIMITS)
    }

    /// As [`Npz::open`], with limits of its own: for entries that are only ever streamed.
    ///
    /// # Errors
    /// As [`Npz::open`].
    pub fn open_within(path: &Path, limits: Limits) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
        Self::new_within(path, BufReader::new(file), limits)
    }
}

impl<R: Read + Seek> Npz<R> {
    /// An archive from any bytes; `path` only names it in messages.
    ///
    /// # Errors
    /// [`Error::BadFile`] when a guard refuses it.
    pub fn new(path: &Path, reader: R) -> Result<Self> {
        Self::new_within(path, reader, LIMITS)
    }

    /// As [`Npz::new`], with limits of its own.
    fn new_within(path: &Path, mut reader: R, limits: Limits) -> Result<Self> {
        let at = At { path, field: "archive" };
        guard::check_end(&mut reader, at)?;
        let mut zip = ZipArchive::new(reader).map_err(|e| refused(at, e))?;
        let keys = guard::check_table(&mut zip, limits, at)?;
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

    /// Type and shape of an entry, without its data.
    ///
    /// # Errors
    /// [`Error::BadFile`] for an absent entry or a header that is refused.
    pub fn header(&mut self, key: &str) -> Result<Header> {
        let at = At { path: &self.path, field: key };
        let Some(index) = self.keys.iter().position(|known| known == key) else {
            return Err(at.bad("an entry of this name", format!("only {}", self.keys.join(", "))));
        };
        Header::read(&mut self.zip.by_index(index).map_err(|e| refused(at, e))?, at)
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
        self.started(key, header, CompressionMethod::Deflated)
    }

    /// As [`NpzWriter::stream`], the bytes as they are: for fields, which do not compress.
    pub fn stream_stored(&mut self, key: &str, header: &Header) -> io::Result<&mut (impl Write + use<W>)> {
        self.started(key, header, CompressionMethod::Stored)
    }

    /// Adds words as `key.npy`, NumPy's `<U` of the longest one, with a shape that holds them.
    pub fn text(&mut self, key: &str, shape: &[usize], words: &[&str]) -> io::Result<()> {
        let length = words.iter().map(|word| word.chars().count()).max().unwrap_or(0).max(1);
        self.start(key, (4 * length * words.len()) as u64, CompressionMethod::Deflated)?;
        self.zip.write_all(&npy::header_bytes(&format!("<U{length}"), shape))?;
        for word in words {
            let padded = word.chars().chain(std::iter::repeat('\0')).take(length);
            padded.map(|c| u32::from(c).to_le_bytes()).try_for_each(|bytes| self.zip.write_all(&bytes))?;
        }
        Ok(())
    }

    fn started(&mut self, key: &str, header: &Header, method: CompressionMethod) -> io::Result<&mut ZipWriter<W>> {
        self.start(key, header.data_bytes(), method)?;
        self.zip.write_all(&header.to_bytes())?;
        Ok(&mut self.zip)
    }

    fn start(&mut self, key: &str, data_bytes: u64, method: CompressionMethod) -> io::Result<()> {
        let time = zip::DateTime::default();
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(time)
            .unix_permissions(0o644)
            .system(zip::System::Unix)
            .large_file(data_bytes >= u64::from(u32::MAX) - 16_384);
        Ok(self.zip.start_file(format!("{key}.npy"), options)?)
    }

    /// Writes the table of contents.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.zip.finish()?)
    }
}
