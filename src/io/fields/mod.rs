//! Fields in files of named arrays: which of them is meant ([`choose`]), and its plane ([`Raw`]), before anybody makes a
//! vorticity of it. A format is a [`Container`]: what is in it, and a plane of one of its arrays.

mod arrays;
mod choose;
mod hdf5;
mod matlab;
pub mod names;
mod netcdf3;
mod place;
mod tiff;

use std::{
    io::{BufRead, Read, Seek},
    path::Path,
};

use super::{
    At,
    npy::Header,
    slab::{Pick, Plane},
    table::{Format, foreign, format_of},
};
use crate::error::{Error, Result};

pub use choose::{Choice, choose};
pub use tiff::holds_numbers;

/// What the numbers of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// omega = dv/dx - du/dy.
    Vorticity,
    /// u and v, along x and y.
    Velocity,
    /// psi, with u = d psi/dy and v = -d psi/dx, hence omega = -lap psi.
    Streamfunction,
}

impl Quantity {
    /// In a word, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vorticity => "vorticity",
            Self::Velocity => "velocity",
            Self::Streamfunction => "streamfunction",
        }
    }
}

/// Which field of a file, and how it is taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Array of a file of several, or two of them, `u,v`, that are a velocity.
    pub key: Option<String>,
    /// Which of a stack; negative ones count from its end. Else the first.
    pub frame: Option<i64>,
    /// The frame nearest this time, where the file says the times.
    pub time: Option<f64>,
    /// What the numbers are, where the file does not say.
    pub from: Option<Quantity>,
    /// A last row and column that repeat the first ones are left out.
    pub drop_end: bool,
    /// This value (NaN for not a number) stands where nothing is, and 0 is taken there.
    pub mask_value: Option<f64>,
    /// Side that a picture becomes.
    pub n: Option<u32>,
    /// Root mean square of the vorticity that a picture becomes.
    pub rms: Option<f64>,
    /// A picture keeps its proportions: what is not square gets a margin without vorticity.
    pub proportions: bool,
}

/// An array of a file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Type and shape.
    pub header: Header,
    /// Names of its axes, as many as it has; none where the format does not say.
    pub axes: Vec<String>,
    /// Those of rows and columns are as long, and which is which is the usual order, not the file's word.
    pub assumed: bool,
    /// Values that stand where nothing is, as the file says.
    pub fill: Vec<f64>,
    /// A stored number x stands for `scale x + offset`.
    pub packed: Option<[f64; 2]>,
}

impl Entry {
    /// One of which nothing but type and shape is known.
    pub fn new(name: impl Into<String>, header: Header) -> Self {
        Self { name: name.into(), header, axes: vec![], assumed: false, fill: vec![], packed: None }
    }
}

/// A file of named arrays.
pub trait Container {
    /// The file, for messages.
    fn path(&self) -> &Path;
    /// Its arrays of numbers.
    fn entries(&self) -> &[Entry];
    /// Names of what else is in it, and why that is no array of numbers.
    fn others(&self) -> &[(String, String)];
    /// Reads a plane of an array, all other axes at one place.
    ///
    /// # Errors
    /// [`Error::BadFile`] for a plane that takes more memory than the file may, and for damage.
    fn plane(&mut self, entry: usize, picks: &[Pick]) -> Result<Plane>;
}

/// What is in a file of `length` bytes. The ending of `path` says how it is read, its first bytes which of the formats of
/// that ending it is.
///
/// # Errors
/// [`Error::BadFile`] for another ending, and for a file that is not what its ending says.
pub fn container(
    path: &Path,
    mut reader: impl BufRead + Seek + Send + 'static,
    length: u64,
) -> Result<Box<dyn Container>> {
    let at = At { path, field: "file" };
    let mut first = vec![];
    reader.by_ref().take(16).read_to_end(&mut first).and_then(|_| reader.rewind()).map_err(|e| at.damaged(&e))?;
    Ok(match format_of(path) {
        Some(Format::Npy) => Box::new(arrays::Bare::open(path, reader, length)?),
        Some(Format::Npz) => Box::new(arrays::Archive::open(path, reader)?),
        Some(Format::NetCdf) if first.starts_with(b"CDF") => Box::new(netcdf3::Classic::open(path, reader, length)?),
        Some(Format::Matlab) if !first.starts_with(b"MATLAB 7.3") => {
            Box::new(matlab::Matlab::open(path, reader, length)?)
        }
        Some(Format::NetCdf | Format::Hdf5 | Format::Matlab) => Box::new(hdf5::Hdf5::open(path, reader, length)?),
        Some(Format::Tiff) => match tiff::open(path, reader, length) {
            Some(pages) => Box::new(pages),
            None => return Err(at.bad("a whole TIFF of numbers", "another one")),
        },
        Some(Format::Picture) | None => return Err(foreign(path)),
    })
}

/// The planes that were taken of a file, as they stand there.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Name of the array, or of both.
    pub name: String,
    /// One plane, or two: u and v.
    pub planes: Vec<Plane>,
    /// What they are; `None` where two planes may as well be two frames.
    pub quantity: Option<Quantity>,
    /// Places of the columns and of the rows, and what they are called.
    pub places: [Option<(String, Vec<f64>)>; 2],
    /// Values that stand where nothing is, as the file says.
    pub fill: Vec<f64>,
    /// What was chosen where there was a choice.
    pub told: Vec<String>,
}

/// What stands in a file, for a message: no more than fits in a line.
pub(super) fn listed(file: &dyn Container) -> String {
    let arrays = file.entries().iter().map(|entry| format!("{} {}", entry.name, entry.header));
    let others = file.others().iter().map(|(name, why)| format!("{name} ({why})"));
    let all: Vec<String> = arrays.chain(others).collect();
    if all.is_empty() { "no arrays".into() } else { all.join("; ") }
}

/// The planes that are meant.
///
/// # Errors
/// [`Error::BadFile`] when nothing fits, [`Error::Usage`] for a selection that the file does not have.
pub fn raw(file: &mut dyn Container, selection: &Selection) -> Result<Raw> {
    match choose(file, selection)? {
        Choice::One(meant) => place::read(file, selection, meant),
        Choice::Many(names) => {
            let names: Vec<String> = names.into_iter().map(|(name, header)| format!("{name} {header}")).collect();
            Err(Error::bad_file(file.path(), "arrays", "one field, or --var NAME", names.join("; ")))
        }
    }
}
