//! Whole files or none: write beside the target, then rename over it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::error::{Error, Result};

/// A temporary file that disappears unless it is renamed.
struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing more can be done about a leftover here; the error that led here is reported.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates or replaces `path` with what `write` puts out. On any failure the old file stays as it
/// was and the temporary one is removed.
///
/// # Errors
/// [`Error::Unwritable`] with the operating system's words; an error of `write` passes through.
pub fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let unwritable = |source: io::Error| Error::Unwritable { path: path.into(), source };
    let (mut temporary, file) = create_beside(path).map_err(unwritable)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush().map_err(unwritable)?;
    out.get_ref().sync_all().map_err(unwritable)?;
    drop(out);
    fs::rename(&temporary.path, path).map_err(unwritable)?;
    temporary.kept = true;
    Ok(())
}

/// As [`write_file`], for writers that only meet I/O errors.
pub fn write_io(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<()> {
    write_file(path, |out| write(out).map_err(|source| Error::Unwritable { path: path.into(), source }))
}

/// A new file in the folder of `path`, so that the rename stays on one file system.
fn create_beside(path: &Path) -> io::Result<(Temporary, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    loop {
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{}.{}-{count}.tmp", name.display(), std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((Temporary { path: temporary, kept: false }, file)),
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
