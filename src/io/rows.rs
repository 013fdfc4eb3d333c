//! A .npy file that grows by rows: a history of which only one row is in memory.

use std::{
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    array::Element,
    atomic::Pending,
    npy::{Header, Kind},
};
use crate::error::{Error, Result};

/// An array `[rows, shape...]` under way; the file appears when it is finished.
pub struct RowWriter {
    file: Pending,
    kind: Kind,
    shape: Vec<usize>,
    rows: usize,
    /// Bytes kept for the header, which states the number of rows.
    reserved: usize,
}

impl RowWriter {
    /// Begins a file whose rows have this shape.
    ///
    /// # Errors
    /// [`Error::Unwritable`]; [`Error::Invalid`] for a row that does not fit in memory.
    pub fn begin<T: Element>(path: &Path, shape: &[usize]) -> Result<Self> {
        let mut writer = Self { file: Pending::begin(path)?, kind: T::KIND, shape: shape.into(), rows: 0, reserved: 0 };
        // The padding of a header leaves room for as many rows as there may be.
        let header = writer.header()?.to_bytes();
        writer.reserved = header.len();
        writer.file.write(|out| out.write_all(&header))?;
        Ok(writer)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Unwritable`]; [`Error::Invalid`] for a row of another length or kind.
    pub fn push<T: Element>(&mut self, row: &[T]) -> Result<()> {
        let length = self.shape.iter().product::<usize>();
        if T::KIND != self.kind || row.len() != length {
            let found = format!("{} of {}", row.len(), T::KIND.name());
            return Err(Error::invalid("row", format!("{length} of {}", self.kind.name()), found));
        }
        let mut bytes = Vec::with_capacity(512 * T::KIND.size());
        for part in row.chunks(512) {
            bytes.clear();
            part.iter().for_each(|x| x.put(&mut bytes));
            self.file.write(|out| out.write_all(&bytes))?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// States the number of rows and puts the file in its place.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn finish(mut self) -> Result<()> {
        let header = self.header()?.to_bytes();
        if header.len() != self.reserved {
            return Err(Error::invalid("rows", "a number that fits the header", self.rows));
        }
        self.file.write(|out| {
            out.flush()?;
            out.seek(SeekFrom::Start(0))?;
            out.write_all(&header)
        })?;
        self.file.finish()
    }

    fn header(&self) -> Result<Header> {
        let shape: Vec<usize> = [self.rows].into_iter().chain(self.shape.iter().copied()).collect();
        Header::new(self.kind, &shape).ok_or_else(|| Error::invalid("rows", "an array that fits in memory", self.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::read_npy;

    #[test]
    fn rows_become_an_array_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.npy");
        let mut writer = RowWriter::begin::<f64>(&path, &[3]).unwrap();
        for i in 0..1001 {
            writer.push(&[f64::from(i), 0.5, -1.0]).unwrap();
        }
        assert!(writer.push(&[1.0]).is_err() && writer.push(&[1.0_f32; 3]).is_err() && !path.exists());
        writer.finish().unwrap();
        let array = read_npy(&path).unwrap();
        assert_eq!(array.shape(), [1001, 3]);
        assert_eq!(array.to_f64()[3000..], [1000.0, 0.5, -1.0]);
        RowWriter::begin::<f32>(&folder.path().join("dropped.npy"), &[2, 2]).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
