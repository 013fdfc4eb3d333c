//! The time between two fields of a trajectory, and how it is known.

use std::path::Path;

use crate::error::{Error, Result};

/// The time between two fields of a trajectory, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    pub dt: f64,
    /// `file`, `flag` or `assumed`.
    pub from: &'static str,
}

/// The clock of the trajectory `path`, which says `file`, where the command line says `given`.
///
/// # Errors
/// [`Error::Usage`] where they differ.
pub fn clock(path: &Path, file: Option<f64>, given: Option<f64>, otherwise: f64) -> Result<Clock> {
    match (file, given) {
        (Some(dt), Some(given)) if dt != given => {
            Err(Error::Usage(format!("--dt {given} differs from the dt of {}, {dt}: leave it out", path.display())))
        }
        (Some(dt), _) => Ok(Clock { dt, from: "file" }),
        (None, Some(dt)) => Ok(Clock { dt, from: "flag" }),
        (None, None) => Ok(Clock { dt: otherwise, from: "assumed" }),
    }
}

/// What is said where a clock is assumed.
pub fn assumed(path: &Path, dt: f64) -> String {
    format!("{} does not say how far apart its fields are: {dt} is assumed; --dt says what it is", path.display())
}
