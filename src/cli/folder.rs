//! The folder that a command writes to.

use std::{fs, path::Path};

use crate::{
    error::{Error, Result},
    io::{atomic::Pending, beside::same},
};

/// A file of the command line: the flag that names it, and its path.
pub type Named<'a> = (&'a str, &'a Path);

/// Sees that no file is written twice, and that none is written over one that is read.
///
/// # Errors
/// [`Error::Usage`] with both flags.
pub fn distinct(written: &[Named<'_>], read: &[Named<'_>]) -> Result<()> {
    for (i, (flag, path)) in written.iter().enumerate() {
        let others = || written[..i].iter().chain(read);
        if let Some((other, _)) = others().find(|(_, other)| same(path, other)) {
            let path = path.display();
            return Err(Error::Usage(format!("{other} and {flag} name one file, {path}: give each a name of its own")));
        }
    }
    Ok(())
}

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
