//! NumPy's files as containers: .npy, an array without a name, and .npz.

use std::{
    io::{Read, Seek},
    path::{Path, PathBuf},
};

use super::{Container, Entry};
use crate::{
    error::{Error, Result},
    io::{
        At,
        array::npy_header,
        npy::Header,
        npz::{Limits, Npz, spend},
        open::affordable,
        slab::{Pick, Plane, cost, read_plane},
    },
};

/// Most bytes of an archive, 1 TiB: of a stack of fields only one is held.
const LIMITS: Limits = Limits { entry: 1 << 40, total: 1 << 40 };

/// A .npy.
pub struct Bare<R> {
    path: PathBuf,
    reader: R,
    length: u64,
    entries: [Entry; 1],
}

impl<R: Read + Seek> Bare<R> {
    /// Reads its header.
    ///
    /// # Errors
    /// [`Error::BadFile`] for one that is none.
    pub fn open(path: &Path, mut reader: R, length: u64) -> Result<Self> {
        let header = npy_header(&mut reader, length, At { path, field: "array" })?;
        Ok(Self { path: path.into(), reader, length, entries: [Entry::new("array", header)] })
    }
}

impl<R: Read + Seek> Container for Bare<R> {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn others(&self) -> &[(String, String)] {
        &[]
    }

    fn plane(&mut self, _: usize, picks: &[Pick]) -> Result<Plane> {
        let at = At { path: &self.path, field: "array" };
        // The header once more, to stand behind it.
        self.reader.rewind().map_err(|e| at.damaged(&e))?;
        let header = npy_header(&mut self.reader, self.length, at)?;
        spend(affordable(self.length), cost(&header, picks), &header, at)?;
        read_plane(&header, picks, &mut self.reader, at)
    }
}

/// An .npz.
pub struct Archive<R> {
    npz: Npz<R>,
    path: PathBuf,
    entries: Vec<Entry>,
    others: Vec<(String, String)>,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads its table of contents and the headers in it.
    ///
    /// # Errors
    /// [`Error::BadFile`] for one that is none.
    pub fn open(path: &Path, reader: R) -> Result<Self> {
        let mut npz = Npz::new_within(path, reader, LIMITS)?;
        let (mut entries, mut others) = (vec![], vec![]);
        for key in npz.keys().to_vec() {
            match npz.header(&key) {
                Ok(header) => entries.push(Entry::new(key, header)),
                // What is damaged says so once it is asked for by name.
                Err(Error::BadFile { found, .. }) => others.push((key, found)),
                Err(other) => return Err(other),
            }
        }
        Ok(Self { npz, path: path.into(), entries, others })
    }
}

impl<R: Read + Seek> Container for Archive<R> {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn others(&self) -> &[(String, String)] {
        &self.others
    }

    fn plane(&mut self, entry: usize, picks: &[Pick]) -> Result<Plane> {
        let left = self.npz.left();
        self.npz.stream(&self.entries[entry].name, |header: &Header, data, at| {
            spend(left, cost(header, picks), header, at)?;
            read_plane(header, picks, data, at)
        })
    }
}
