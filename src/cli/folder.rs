//! The folder that a command writes to.

use std::{fs, path::Path};

use crate::error::{Error, Result};

/// Makes the folder and sees that it can be written before time is spent.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn prepare(folder: &Path) -> Result<()> {
    let probe = folder.join(format!(".dashi-vortex-{}", std::process::id()));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&probe, b""))
        .and_then(|()| fs::remove_file(&probe))
        .map_err(|source| Error::Unwritable { path: folder.to_owned(), source })
}
