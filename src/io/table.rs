//! What can be opened as a field: one table, from which help, messages, the dialogs' filters and the window take it.

use std::path::Path;

use crate::error::Error;

/// How a file of fields is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One array of NumPy's.
    Npy,
    /// An archive of them.
    Npz,
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

/// A file whose ending is no row of the table.
pub fn foreign(path: &Path) -> Error {
    let all: Vec<&str> = endings().collect();
    let remedy = "numpy.save('field.npy', a) makes one of any array a in Python";
    let found = path.extension().map_or("none".into(), |ending| format!(".{}", ending.to_string_lossy()));
    Error::bad_file(path, "ending", format!("one of {} ({remedy})", all.join(", ")), found)
}

/// The table as lines of help.
pub fn lines() -> String {
    let row = |row: &Row| {
        let endings: Vec<String> = row.endings.iter().map(|ending| format!(".{ending}")).collect();
        format!("  {}  {}: {}", endings.join(" "), row.name, row.holds)
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
            words.contains("w.dat: ending: expected one of npy, npz, png") && words.ends_with("found .dat"),
            "{words}"
        );
    }
}
