//! Files: NumPy arrays and archives, states, pictures. Every reader opens through [`open`] and checks names,
//! types, shapes and sizes before it takes memory; every writer goes through a temporary file and a rename
//! ([`atomic`]), so a file is either whole or absent.

pub mod array;
pub mod atomic;
pub mod beside;
pub mod config;
pub mod csv;
pub mod field_export;
pub mod field_file;
pub mod fields;
pub mod hash;
pub mod image;
pub mod lenient;
pub mod movie;
pub mod npy;
pub mod npz;
pub mod numbers;
pub mod open;
pub mod picture_field;
pub mod preset;
pub mod propagator_file;
mod residual;
pub mod rows;
pub mod session;
pub mod slab;
pub mod state_file;
pub mod table;
pub mod traj_file;

pub use array::{Array, read_npy, write_npy};
pub use fields::Selection;
pub use hash::{Hashes, hash_state, hash_z};
pub use propagator_file::{read_propagator, write_propagator};
pub use rows::RowWriter;
pub use session::{read_session, write_session};
pub use state_file::{read_state, write_state};
pub use traj_file::{Provenance, read_provenance, read_traj, write_traj};

use std::{io, path::Path};

use crate::error::Error;

/// Whether an archive has an entry of that name.
///
/// # Errors
/// [`Error::Unreadable`] or [`Error::BadFile`] when it is no archive.
pub fn holds(path: &Path, entry: &str) -> crate::error::Result<bool> {
    Ok(npz::Npz::open(path)?.has(entry))
}

/// Which entry of which file a message is about.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The file.
    pub path: &'a Path,
    /// The entry or header in it.
    pub field: &'a str,
}

impl At<'_> {
    /// An [`Error::BadFile`] about this entry.
    pub fn bad(self, expected: impl Into<String>, found: impl std::fmt::Display) -> Error {
        Error::bad_file(self.path, self.field, expected, found)
    }

    /// A failed read of this entry: its end came early, or its compressed bytes are damaged.
    pub fn damaged(self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.bad("as many bytes as its header announces", "an early end"),
            _ => self.bad("an intact entry", error),
        }
    }

    /// An invariant that the file's numbers break: [`Error::Invalid`] becomes [`Error::BadFile`].
    pub fn broken(self, error: Error) -> Error {
        match error {
            Error::Invalid { what, expected, found } => {
                // `z[5]` and `atom 3 gamma` say more than the entry's name.
                let field = if what.starts_with(self.field) { what } else { self.field.into() };
                Error::bad_file(self.path, field, expected, found)
            }
            other => other,
        }
    }
}
