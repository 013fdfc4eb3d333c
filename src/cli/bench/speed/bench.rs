//! What every row of a device needs, and the rows that there are so far.

use super::{SpeedArgs, Suite, clock::Clock, row::Row, wanted};
use crate::error::{Error, Result};

/// What every row needs.
pub struct Bench<'a> {
    pub clock: Clock,
    pub suite: Suite,
    pub args: &'a SpeedArgs,
    /// Bytes a second of a copy.
    pub copy: Option<f64>,
    pub rows: Vec<Row>,
    pub left_out: Vec<String>,
}

impl Bench<'_> {
    /// Sizes of a suite.
    pub fn sizes<T: Copy>(&self, quick: &[T], full: &[T]) -> Vec<T> {
        if self.suite == Suite::Quick { quick.to_vec() } else { full.to_vec() }
    }

    /// Measures a row unless it is not asked for; one that the device has no room for is left out with its reason.
    ///
    /// # Errors
    /// What `row` returns, but for a device without room.
    pub fn add(&mut self, name: &'static str, size: usize, row: impl FnOnce(&Self) -> Result<Row>) -> Result<()> {
        if !wanted(self.args, name) {
            return Ok(());
        }
        eprintln!("{name} {size}");
        match row(self) {
            Ok(row) => self.rows.push(row),
            Err(why @ (Error::Run(_) | Error::Invalid { .. })) => self.left_out.push(format!("{name} {size}: {why}")),
            Err(other) => return Err(other),
        }
        Ok(())
    }
}
