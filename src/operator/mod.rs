//! Operators of yours: a WGSL or SPIR-V compute shader and a small TOML manifest, run as a black box.
//!
//! ```text
//! z        z'     = op(z)            after each step, D numbers
//! field    omega' = op(omega)        after each decode, one number a cell
//! carrier  c'     = op(c)            after each decode, on c = sign(omega) where |omega| > threshold, else 0;
//!                                    the field shown is then c'
//! ```
//!
//! Shape is kept: as many numbers come out as go in. Beside `in` and `out` an operator may have `state` of
//! its own that lives on between launches, `table`s of constants and the `shape` of what it works on.
//!
//! Nothing reaches the device before [`check`] has found the module to be what its manifest says, and [`guard`]
//! has given each invocation a budget for its loops, so that none runs for ever. Then a trial, a few workgroups
//! first, measures the time of a launch ([`device`]).

pub mod check;
mod depth;
pub mod device;
mod field;
pub mod guard;
pub mod manifest;
pub mod shape;
mod size;
mod table;

use std::path::{Path, PathBuf};

pub use check::Checked;
pub use device::{Chain, LAUNCH_LIMIT_S, Resident, Watched, ask};
pub use field::FieldChain;
pub use manifest::{Manifest, Precision};
pub use shape::{ActsOn, Shape};

use crate::error::Result;

/// An operator whose manifest and module agree.
#[derive(Clone, Debug)]
pub struct Operator {
    /// File of the manifest.
    pub path: PathBuf,
    /// What that says.
    pub manifest: Manifest,
    /// The module, guarded.
    pub checked: Checked,
}

impl Operator {
    /// Reads and checks manifest and module. No device is needed.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`] or [`crate::Error::BadFile`], naming file, field, what was expected and found.
    pub fn open(path: &Path) -> Result<Self> {
        let manifest = Manifest::read(path)?;
        let checked = check::module(&manifest.module_path(path), &manifest)?;
        Ok(Self { path: path.into(), manifest, checked })
    }

    /// Name of the operator: its profiler label and panel row.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }
}

#[cfg(test)]
mod tests;
