//! What can be opened as a field: one table, from which help, messages, the dialogs' filters and the window take it.

use std::{path::Path, sync::LazyLock};

use crate::error::Error;

/// How a file of fields is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One array of NumPy's.
    Npy,
    /// An archive of them.
    Npz,
    /// NetCDF, classic or on HDF5.
    NetCdf,
    /// HDF5.
    Hdf5,
    /// MATLAB 5, or 7.3, which is HDF5.
    Matlab,
    /// TIFF of numbers, or a picture.
    Tiff,
    /// A picture: its luma is the vorticity.
    Picture,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// How it is read.
    pub format: Format,
    /// Endings of its files, without the point, in lower case; the first is the usual one.
    pub endings: &'static [&'static str],
    /// What it is.
    pub name: &'static str,
    /// What of it is read: types and axes.
    pub holds: &'static str,
}

/// All of them.
pub const TABLE: &[Row] = &[
    Row {
        format: Format::Npy,
        endings: &["npy"],
        name: "NumPy array",
        holds: "[N, N], a stack [T, N, N], u and v as [2, N, N] or [N, N, 2], complex u + i v; floats, integers or bool of \
                either byte order, C or Fortran order",
    },
    Row {
        format: Format::Npz,
        endings: &["npz"],
        name: "NumPy archive",
        holds: "such arrays by name; x, y (meshgrid too), lon, lat, t beside them are heard",
    },
    Row {
        format: Format::NetCdf,
        endings: &["nc", "nc4", "cdf", "netcdf"],
        name: "NetCDF 3 or 4",
        holds: "the same by name; dimensions x, y, lon, lat, time and their coordinates, fill values, scale and offset",
    },
    Row {
        format: Format::Hdf5,
        endings: &["h5", "hdf5", "he5"],
        name: "HDF5",
        holds: "the same, in groups too (group/name)",
    },
    Row {
        format: Format::Matlab,
        endings: &["mat"],
        name: "MATLAB 5 or 7.3",
        holds: "the same; frames may be the last axis",
    },
    Row {
        format: Format::Tiff,
        endings: &["tif", "tiff"],
        name: "TIFF",
        holds: "pages of floats, or of whole numbers of 32 bits and more, are frames, row 0 the bottom; of 8 or 16 bits \
                it is a picture",
    },
    Row {
        format: Format::Picture,
        endings: &["png", "jpg", "jpeg", "webp", "gif", "bmp"],
        name: "picture",
        holds: "its luma without the mean, scaled to rms --rms; stretched to a square whose side is a power of two, or \
                --N (--proportions: with margins instead). Opposite edges meet",
    },
];

/// How a file is read, by its ending.
pub fn format_of(path: &Path) -> Option<Format> {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase)?;
    TABLE.iter().find(|row| row.endings.contains(&ending.as_str())).map(|row| row.format)
}

/// Every ending, without the point.
pub fn endings() -> impl Iterator<Item = &'static str> {
    TABLE.iter().flat_map(|row| row.endings.iter().copied())
}

/// Formats that are not read, and the line of Python that makes an array file of each.
const OTHERS: [(&str, &str); 11] = [
    ("vti", "import pyvista; m = pyvista.read(f); numpy.save('w.npy', m[name].reshape(m.dimensions[1::-1]))"),
    ("vtk", "import pyvista; m = pyvista.read(f); numpy.save('w.npy', m[name].reshape(m.dimensions[1::-1]))"),
    ("zarr", "import zarr; numpy.save('w.npy', zarr.open(f)[name][:])"),
    ("csv", "numpy.save('w.npy', numpy.loadtxt(f, delimiter=','))"),
    ("txt", "numpy.save('w.npy', numpy.loadtxt(f))"),
    ("dat", "numpy.save('w.npy', numpy.loadtxt(f))"),
    ("fits", "from astropy.io import fits; numpy.save('w.npy', fits.getdata(f))"),
    ("pt", "import torch; numpy.save('w.npy', torch.load(f).numpy())"),
    ("grib", "import xarray; numpy.save('w.npy', xarray.open_dataset(f, engine='cfgrib')[name].values)"),
    ("grb", "import xarray; numpy.save('w.npy', xarray.open_dataset(f, engine='cfgrib')[name].values)"),
    ("raw", "numpy.save('w.npy', numpy.fromfile(f, 'f4').reshape(ny, nx))"),
];

/// Every ending as a list, for dialogs.
pub fn all_endings() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| endings().collect());
    &ALL
}

/// A file whose ending is no row of the table.
pub fn foreign(path: &Path) -> Error {
    let all: Vec<&str> = endings().collect();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let line = OTHERS.iter().find(|(other, _)| ending.as_deref() == Some(*other)).map(|(_, line)| *line);
    let remedy = line.unwrap_or("numpy.save('w.npy', a), for any array a");
    let found = ending.map_or("none".into(), |ending| format!(".{ending}"));
    Error::bad_file(path, "ending", format!("one of {} (in Python: {remedy})", all.join(", ")), found)
}

/// Longest line of help.
const WIDTH: usize = 98;

/// The table as lines of help.
pub fn lines() -> String {
    let row = |row: &Row| {
        let endings: Vec<String> = row.endings.iter().map(|ending| format!(".{ending}")).collect();
        let mut lines = vec![format!("  {}", endings.join(" "))];
        for word in format!("{}: {}", row.name, row.holds).split(' ') {
            let last = lines.len() - 1;
            let full = last == 0 || lines[last].len() + 1 + word.len() > WIDTH;
            if full { lines.push(format!("      {word}")) } else { lines[last] += &format!(" {word}") }
        }
        lines.join("\n")
    };
    TABLE.iter().map(row).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_one_row() {
        let mut all: Vec<&str> = endings().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|ending| ending.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
        assert_eq!(format_of(Path::new("a/B.NPZ")), Some(Format::Npz));
        let words = foreign(Path::new("w.dat")).to_string();
        assert!(
            words.contains("w.dat: ending: expected one of npy, npz, ")
                && words.contains(" png, ")
                && words.ends_with("found .dat"),
            "{words}"
        );
    }
}
