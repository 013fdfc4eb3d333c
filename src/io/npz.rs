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
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{
    At,
    array::{Array, Counted, expect_end, read_reals},
    npy::{self, Header, Kind},
    open::{Source, affordable, shown},
};
use crate::error::{Error, Result};

pub use guard::{LIMITS, Limits, MAX_ENTRIES, MAX_ENTRY_BYTES, MAX_TOTAL_BYTES};

/// An open archive whose table of contents has passed the guards.
pub struct Npz<R> {
    path: PathBuf,
    zip: ZipArchive<R>,
    keys: Vec<String>,
    /// Bytes of memory that arrays of this archive may still take.
    left: u64,
    /// The file, where it is one.
    source: Option<Source>,
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
        let (reader, source) = Source::open(path)?.split()?;
        Ok(Self { source: Some(source), ..Self::new_within(path, reader, limits)? })
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
    ///
    /// # Errors
    /// As [`Npz::new`].
    pub fn new_within(path: &Path, mut reader: R, limits: Limits) -> Result<Self> {
        let at = At { path, field: "archive" };
        guard::check_end(&mut reader, at)?;
        let length = reader.seek(SeekFrom::End(0)).map_err(|e| at.damaged(&e))?;
        let mut zip = ZipArchive::new(reader).map_err(|e| refused(at, e))?;
        let keys = guard::check_table(&mut zip, limits, at)?;
        Ok(Self { path: path.into(), zip, keys, left: affordable(length), source: None })
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
        self.source.as_ref().map_or(Ok(()), Source::unchanged)?;
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
        let mut left = self.left;
        let array = self.stream(key, |header, reader, at| {
            if !kinds.contains(&header.kind) || !fits(&header.shape) {
                return Err(at.bad(expected, header));
            }
            // Its bytes, its numbers, and what is made of them.
            left = spend(left, header.data_bytes().saturating_mul(3), header, at)?;
            Array::read_data(header.clone(), reader, at)
        })?;
        self.left = left;
        Ok(array)
    }

    /// As [`Npz::array`], of floats, as numbers: beside them nothing is held.
    ///
    /// # Errors
    /// As [`Npz::array`].
    pub fn reals(
        &mut self,
        key: &str,
        kinds: &[Kind],
        fits: impl FnOnce(&[usize]) -> bool,
        expected: &str,
    ) -> Result<(Vec<usize>, Vec<f64>)> {
        let mut left = self.left;
        let read = self.stream(key, |header, reader, at| {
            if !kinds.contains(&header.kind) || !fits(&header.shape) {
                return Err(at.bad(expected, header));
            }
            // Columns that become rows are there twice for a while.
            let wide = if header.order.fortran { 16 } else { 8 };
            left = spend(left, (header.elements() as u64).saturating_mul(wide), header, at)?;
            Ok((header.shape.clone(), read_reals(header, reader, at)?))
        })?;
        self.left = left;
        Ok(read)
    }

    /// Bytes of memory that arrays may still take; see [`affordable`].
    pub fn left(&self) -> u64 {
        self.left
    }
}

/// What is left of `left` after `cost` bytes of memory, taken for an array with this header.
///
/// # Errors
/// [`Error::BadFile`] when that is more than a file of this length may cost.
pub(in crate::io) fn spend(left: u64, cost: u64, header: &Header, at: At) -> Result<u64> {
    left.checked_sub(cost).ok_or_else(|| {
        let expected = format!("at most {} of memory for what is packed in a file of this length", shown(left));
        at.bad(expected, format!("{header}, which takes {}; np.savez does not pack", shown(cost)))
    })
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
    zip: ZipWriter<Once<W>>,
}

/// Fails once: the archive's writer, let go after a failure, tries to end what nobody keeps, and tells stderr that it
/// could not. From the failure on it writes nowhere.
struct Once<W> {
    out: W,
    /// Where the next byte goes, and the end.
    at: [u64; 2],
    failed: bool,
}

impl<W> Once<W> {
    fn once<T>(&mut self, instead: T, act: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.failed {
            return Ok(instead);
        }
        let done = act(&mut self.out);
        self.failed = done.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::Interrupted);
        done
    }
}

impl<W: Write> Write for Once<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.once(bytes.len(), |out| out.write(bytes))?;
        self.at[0] += written as u64;
        self.at[1] = self.at[1].max(self.at[0]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.once((), Write::flush)
    }
}

impl<W: Seek> Seek for Once<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let there = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at[0].saturating_add_signed(by),
            SeekFrom::End(by) => self.at[1].saturating_add_signed(by),
        };
        self.at[0] = self.once(there, |out| out.seek(to))?;
        Ok(self.at[0])
    }
}

impl<W: Write + Seek> NpzWriter<W> {
    /// An empty archive.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(Once { out, at: [0; 2], failed: false }) }
    }

    /// Adds an array as `key.npy`.
    ///
    /// # Errors
    /// What the operating system says of the write.
    pub fn array(&mut self, key: &str, array: &Array) -> io::Result<()> {
        self.stream(key, array.header())?.write_all(array.bytes())
    }

    /// Starts `key.npy` and writes its header; the caller then writes the data the header announces.
    ///
    /// # Errors
    /// As [`NpzWriter::array`].
    pub fn stream(&mut self, key: &str, header: &Header) -> io::Result<&mut (impl Write + use<W>)> {
        self.started(key, header, CompressionMethod::Deflated)
    }

    /// As [`NpzWriter::stream`], the bytes as they are: for fields, which do not compress.
    ///
    /// # Errors
    /// As [`NpzWriter::array`].
    pub fn stream_stored(&mut self, key: &str, header: &Header) -> io::Result<&mut (impl Write + use<W>)> {
        self.started(key, header, CompressionMethod::Stored)
    }

    /// Adds words as `key.npy`, NumPy's `<U` of the longest one, with a shape that holds them.
    ///
    /// # Errors
    /// As [`NpzWriter::array`].
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

    fn started(
        &mut self,
        key: &str,
        header: &Header,
        method: CompressionMethod,
    ) -> io::Result<&mut ZipWriter<Once<W>>> {
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
    ///
    /// # Errors
    /// As [`NpzWriter::array`]; a write that failed before fails here, too.
    pub fn finish(self) -> io::Result<W> {
        let Once { out, failed, .. } = self.zip.finish()?;
        if failed { Err(io::Error::other("a write failed before")) } else { Ok(out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes.
    struct Full(io::Cursor<Vec<u8>>, usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.position() as usize + bytes.len() > self.1 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Full {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_disk_that_is_full_at_any_byte_is_an_error_and_the_rest_goes_nowhere() {
        let array = Array::vector(&(0..200).map(f64::from).collect::<Vec<_>>());
        let write = |room: usize| -> io::Result<usize> {
            let mut writer = NpzWriter::new(Full(io::Cursor::default(), room));
            writer.array("first", &array)?;
            writer.array("second", &array)?;
            Ok(writer.finish()?.0.into_inner().len())
        };
        let whole = write(usize::MAX).unwrap();
        assert_eq!(write(whole).unwrap(), whole);
        for room in 0..whole {
            assert_eq!(write(room).unwrap_err().kind(), io::ErrorKind::StorageFull, "{room} of {whole}");
        }
    }

    #[test]
    fn after_a_failure_places_are_those_of_a_file() {
        let mut once = Once { out: Full(io::Cursor::default(), 10), at: [0; 2], failed: false };
        once.write_all(&[1; 8]).unwrap();
        assert!(once.write_all(&[2; 8]).is_err() && once.failed);
        once.write_all(&[3; 8]).unwrap();
        assert_eq!(once.stream_position().unwrap(), 16);
        assert_eq!(once.seek(SeekFrom::Start(4)).unwrap(), 4);
        assert_eq!(once.seek(SeekFrom::Current(3)).unwrap(), 7);
        assert_eq!(once.seek(SeekFrom::End(-2)).unwrap(), 14);
        assert_eq!(once.out.0.get_ref().len(), 8);
    }
}
