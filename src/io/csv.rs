//! Tables as CSV: one header line, numbers as short as they can be and still come back to the same bits, nothing
//! where nothing was measured.

use std::{io::Write, path::Path};

use super::atomic;
use crate::error::{Error, Result};

/// A number as short as it can be read back from.
pub fn number(x: f64) -> String {
    if x != 0.0 && x.is_finite() && !(1e-5..1e16).contains(&x.abs()) { format!("{x:e}") } else { format!("{x}") }
}

/// Writes columns, by name, and rows of as many cells. `None` and NaN become empty cells.
///
/// # Errors
/// [`Error::Unwritable`]; [`Error::Invalid`] for a row of another length or a name with a comma. Then an older file
/// is as it was.
pub fn write_csv(path: &Path, columns: &[&str], rows: impl Iterator<Item = Vec<Option<f64>>>) -> Result<()> {
    if let Some(name) = columns.iter().find(|name| name.contains([',', '"', '\n'])) {
        return Err(Error::invalid("name of a CSV column", "one without comma, quote and line break", *name));
    }
    atomic::write_file(path, |out| {
        let unwritable = |source| Error::Unwritable { path: path.into(), source };
        writeln!(out, "{}", columns.join(",")).map_err(unwritable)?;
        for row in rows {
            if row.len() != columns.len() {
                return Err(Error::invalid("row of a CSV table", format!("{} cells", columns.len()), row.len()));
            }
            let cells: Vec<String> =
                row.iter().map(|cell| cell.filter(|x| !x.is_nan()).map_or(String::new(), number)).collect();
            writeln!(out, "{}", cells.join(",")).map_err(unwritable)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_to_the_same_bits() {
        for x in [0.0, -0.0, 0.1, 1.0 / 3.0, 1e-300, -2.5e17, 123_456.789, f64::MIN_POSITIVE, f64::MAX] {
            let text = number(x);
            assert!(text.parse::<f64>().unwrap().to_bits() == x.to_bits() && text.len() < 26, "{text}");
        }
    }

    #[test]
    fn what_was_not_measured_is_an_empty_cell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let rows = [vec![Some(0.5), None], vec![Some(f64::NAN), Some(2.0)]];
        write_csv(&path, &["t [T]", "E [L^2/T^2]"], rows.into_iter()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "t [T],E [L^2/T^2]\n0.5,\n,2\n");
        let short = [vec![None]].into_iter();
        assert!(write_csv(&path, &["a", "b"], short).is_err() && write_csv(&path, &["a,b"], [].into_iter()).is_err());
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("t [T]"), "a failure leaves the old file");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
