//! The folder that a command writes to.

use std::{fs, path::Path};

use crate::{
    error::{Error, Result},
    io::atomic::Pending,
};

/// Makes the folder and sees that it can be written before time is spent.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn prepare(folder: &Path) -> Result<()> {
    let unwritable = |source| Error::Unwritable { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(unwritable)?;
    // Dropped, it is removed.
    match Pending::begin(&folder.join("probe")) {
        Err(Error::Unwritable { source, .. }) => Err(unwritable(source)),
        other => other.map(drop),
    }
}
