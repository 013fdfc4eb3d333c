//! Whole files or none: write beside the target, then rename over it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::error::{Error, Result};

/// A file on its way: it disappears unless it is finished.
pub struct Pending {
    target: PathBuf,
    temporary: PathBuf,
    out: Option<BufWriter<File>>,
}

impl Pending {
    /// Begins a file beside its target.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn begin(path: &Path) -> Result<Self> {
        let (temporary, file) =
            create_beside(path).map_err(|source| Error::Unwritable { path: path.into(), source })?;
        Ok(Self { target: path.into(), temporary, out: Some(BufWriter::new(file)) })
    }

    /// The temporary file that stands for the new one until it is finished: another program may write there.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// A second handle, for an encoder that owns its writer; both share one position.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn second(&self) -> Result<File> {
        let clone = match &self.out {
            Some(out) => out.get_ref().try_clone(),
            None => Err(io::Error::other("it is finished")),
        };
        clone.map_err(|source| self.unwritable(source))
    }

    /// Writes to it.
    ///
    /// # Errors
    /// [`Error::Unwritable`] for what `write` meets.
    pub fn write<T>(&mut self, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> Result<T> {
        // Only `finish` takes the writer, and it takes the whole value with it.
        let result = self.out.as_mut().map_or_else(|| Err(io::Error::other("it is finished")), write);
        result.map_err(|source| self.unwritable(source))
    }

    /// Puts it in the place of its target.
    ///
    /// # Errors
    /// [`Error::Unwritable`]; then the target is as it was.
    pub fn finish(mut self) -> Result<()> {
        self.write(|out| {
            out.flush()?;
            out.get_ref().sync_all()
        })?;
        self.rename()
    }

    fn rename(mut self) -> Result<()> {
        drop(self.out.take());
        fs::rename(&self.temporary, &self.target).map_err(|source| self.unwritable(source))?;
        self.temporary.clear();
        Ok(())
    }

    fn unwritable(&self, source: io::Error) -> Error {
        Error::Unwritable { path: self.target.clone(), source }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            // Nothing more can be done about a leftover here; the error that led here is reported.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Creates or replaces `path` with what `write` puts out. On any failure the old file stays as it
/// was and the temporary one is removed.
///
/// # Errors
/// [`Error::Unwritable`] with the operating system's words; an error of `write` passes through.
pub fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let mut pending = Pending::begin(path)?;
    if let Some(out) = &mut pending.out {
        write(out)?;
    }
    pending.finish()
}

/// Replaces a file that is written many times a second and that nobody needs after a power cut: whole or absent to
/// who reads it, but not forced to the disk.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write_often(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut pending = Pending::begin(path)?;
    pending.write(|out| out.write_all(bytes).and_then(|()| out.flush()))?;
    pending.rename()
}

/// As [`write_file`], for writers that only meet I/O errors.
///
/// # Errors
/// [`Error::Unwritable`]; what stood at `path` before is untouched then.
pub fn write_io(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    write_file(path, |out| write(out).map_err(|source| Error::Unwritable { path: path.into(), source }))
}

/// A new file in the folder of `path`, so that the rename stays on one file system. Its name begins with no dot: a
/// confined program (an ffmpeg from a snap) may not write names that do.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    loop {
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!("{}.{}-{count}.tmp", name.display(), std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_io(&path, |out| out.write_all(b"old")).unwrap();
        let error = write_io(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert_eq!(error.unwrap_err().exit_code(), 1);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_unwritable() {
        let message = write_io(Path::new("/no/such/folder/x"), |_| Ok(())).unwrap_err().to_string();
        assert!(message.starts_with("/no/such/folder/x: cannot be written"), "{message}");
    }
}
