//! Single numbers of an archive, in whatever type a foreign program stored them.

use std::{
    io::{Read, Seek},
    ops::RangeInclusive,
};

use super::Npz;
use crate::{
    error::Result,
    io::{At, npy::Kind},
};

/// Every kind a number may have in a foreign file.
const NUMBERS: &[Kind] =
    &[Kind::I8, Kind::I16, Kind::I32, Kind::I64, Kind::U8, Kind::U16, Kind::U32, Kind::U64, Kind::F32, Kind::F64];

impl<R: Read + Seek> Npz<R> {
    /// A scalar inside a range, as `[]` or `[1]`; `None` when there is no such entry.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`].
    pub fn real(&mut self, key: &str, range: RangeInclusive<f64>) -> Result<Option<f64>> {
        if !self.has(key) {
            return Ok(None);
        }
        let x = self.array(key, NUMBERS, |shape| matches!(shape, [] | [1]), "one number")?.to_f64()[0];
        if x.is_finite() && range.contains(&x) {
            return Ok(Some(x));
        }
        let expected = match *range.start() {
            f64::MIN => "a finite number",
            0.0 => "a finite number >= 0",
            _ => "a finite number > 0",
        };
        Err(At { path: self.path(), field: key }.bad(expected, x))
    }

    /// A whole number inside a range, as `[]` or `[1]` of any kind; `None` when there is no such entry.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`].
    pub fn whole(&mut self, key: &str, range: RangeInclusive<i128>) -> Result<Option<i128>> {
        if !self.has(key) {
            return Ok(None);
        }
        let expected = match range.start() == range.end() {
            true => range.start().to_string(),
            false => format!("a whole number from {} to {}", range.start(), range.end()),
        };
        let array = self.array(key, NUMBERS, |shape| matches!(shape, [] | [1]), &expected)?;
        let value = match array.to_int() {
            Some(values) => Some(values[0]),
            // Older files hold 8.0 where 8 is meant.
            None => Some(array.to_f64()[0]).filter(|x| x.fract() == 0.0 && x.abs() < 1e15).map(|x| x as i128),
        };
        match value.filter(|value| range.contains(value)) {
            Some(value) => Ok(Some(value)),
            None => Err(At { path: self.path(), field: key }.bad(expected, array.to_f64()[0])),
        }
    }
}
