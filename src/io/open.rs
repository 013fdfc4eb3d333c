//! The one way in: a file that someone named is opened here, and only if it is one.
//!
//! A pipe, a socket, a device or a folder under the name of a file is refused before it is opened, so that
//! nothing waits for it. Length and time of the last change are noted; a file that another program rewrites
//! while it is read is refused at the end, because what was read is then neither the old nor the new one.

use std::{
    fs::{File, FileType, Metadata, OpenOptions},
    io::{BufReader, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::At;
use crate::error::{Error, Result};

/// Bytes that any reader may take, whatever is free ...
pub const FREE_BYTES: u64 = 48 << 20;
/// ... how many more for each byte of the file: what is not packed is read whatever its size ...
pub const BYTES_PER_BYTE: u64 = 3;
/// ... and the most that a packed file may become, half of what is free where that is less: a photograph of 50
/// megapixels takes 0.45 GB on its way, a field of 8192 x 8192 0.54 GB. More is meant to fill the memory.
pub const MOST_BYTES: u64 = 1_000_000_000;

/// What a reader may take in memory for a file of that length.
pub fn affordable(length: u64) -> u64 {
    let packed = free_bytes().map_or(MOST_BYTES, |free| MOST_BYTES.min(free / 2));
    packed.max(length.saturating_mul(BYTES_PER_BYTE).saturating_add(FREE_BYTES))
}

/// Memory that is free for programs; `None` where the system does not tell.
pub fn free_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// An amount of memory in words.
pub fn shown(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// An open regular file, and what it was when it was opened.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    length: u64,
    changed: Option<SystemTime>,
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it cannot be opened, [`Error::BadFile`] when it is no regular file.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |source| Error::Unreadable { path: path.into(), source };
        // Before it is opened: to open a pipe waits for a writer, and to open a device may do something.
        regular(path, &std::fs::metadata(path).map_err(unreadable)?)?;
        let file = without_waiting().open(path).map_err(unreadable)?;
        // Once more, of what was opened: the name may lead elsewhere by now.
        let metadata = file.metadata().map_err(unreadable)?;
        regular(path, &metadata)?;
        Ok(Self { path: path.into(), file, length: metadata.len(), changed: metadata.modified().ok() })
    }

    /// Length of the source in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Bytes of the source, from where the last reader stopped.
    pub fn reader(&self) -> BufReader<&File> {
        BufReader::new(&self.file)
    }

    /// A reader that stands for itself, and this to look after it.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub fn split(self) -> Result<(BufReader<File>, Self)> {
        let file = self.file.try_clone().map_err(|source| Error::Unreadable { path: self.path.clone(), source })?;
        Ok((BufReader::new(file), self))
    }

    /// Makes sure that the file is still what was opened.
    ///
    /// # Errors
    /// [`Error::BadFile`] when its length or its time of change is another.
    pub fn unchanged(&self) -> Result<()> {
        let now = self.file.metadata().map_err(|source| Error::Unreadable { path: self.path.clone(), source })?;
        if now.len() == self.length && now.modified().ok() == self.changed {
            return Ok(());
        }
        let at = At { path: &self.path, field: "file" };
        Err(at.bad(
            "one that nobody writes while it is read",
            format!("a change from {} to {} bytes; open it again", self.length, now.len()),
        ))
    }
}

/// The whole of a small file.
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be opened, [`Error::BadFile`] when it is no regular file, longer than
/// `most` bytes, or rewritten meanwhile.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    let source = Source::open(path)?;
    let long = |found: u64| At { path, field: "size" }.bad(format!("at most {most} bytes"), found);
    if source.length > most {
        return Err(long(source.length));
    }
    let mut bytes = Vec::with_capacity(source.length as usize);
    let read = source.reader().take(most + 1).read_to_end(&mut bytes);
    read.map_err(|source| Error::Unreadable { path: path.into(), source })?;
    if bytes.len() as u64 > most {
        return Err(long(bytes.len() as u64));
    }
    source.unchanged()?;
    Ok(bytes)
}

fn regular(path: &Path, metadata: &Metadata) -> Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false => Err(At { path, field: "kind" }.bad("a regular file", name(metadata.file_type()))),
    }
}

#[cfg(unix)]
fn name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn name(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "something else" }
}

/// Should a pipe have taken the name since it was looked at, opening it does not wait either.
#[cfg(unix)]
fn without_waiting() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

#[cfg(not(unix))]
fn without_waiting() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_grows_or_is_written_anew_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        fs::write(&path, "four").unwrap();
        assert_eq!(bytes(&path, 4).unwrap(), b"four");
        let message = bytes(&path, 3).unwrap_err().to_string();
        assert!(message.ends_with("size: expected at most 3 bytes, found 4"), "{message}");
        let source = Source::open(&path).unwrap();
        source.unchanged().unwrap();
        // A file that takes its place by a rename leaves the open one as it is.
        fs::write(folder.path().join("b"), "other!").unwrap();
        fs::rename(folder.path().join("b"), &path).unwrap();
        source.unchanged().unwrap();
        let source = Source::open(&path).unwrap();
        fs::write(&path, "five5").unwrap();
        let message = source.unchanged().unwrap_err().to_string();
        assert!(message.contains("from 6 to 5 bytes; open it again"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.npz");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let link = folder.path().join("link.npz");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        let ring = folder.path().join("ring.npz");
        std::os::unix::fs::symlink(&ring, &ring).unwrap();
        let socket = folder.path().join("socket.npz");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, found) in [
            (pipe.as_path(), "a named pipe"),
            (&link, "a named pipe"),
            (&socket, "a socket"),
            (folder.path(), "a folder"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            let error = Source::open(path).unwrap_err();
            assert!(error.to_string().ends_with(&format!("kind: expected a regular file, found {found}")), "{error}");
            assert_eq!(error.exit_code(), 5);
        }
        assert!(matches!(Source::open(&ring), Err(Error::Unreadable { .. })));
    }
}
