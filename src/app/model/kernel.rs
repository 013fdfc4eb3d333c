//! The background's kernel and its judge.

use crate::app::model::{
    reference::{Distance, Sides},
    series::Series,
};

/// A linear kernel from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedKernel {
    /// Name of the file.
    pub name: String,
    /// Where it lies.
    pub path: std::path::PathBuf,
    /// D.
    pub side: usize,
    /// Ridge parameter of its fit, where the file says so.
    pub ridge_lambda: Option<f64>,
    /// Real and imaginary parts, once computed; or why not.
    pub eigenvalues: Option<Result<Vec<[f64; 2]>, String>>,
}

/// What the kernel tab shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KernelModel {
    /// The kernel that was loaded; the built-in one otherwise.
    pub loaded: Option<LoadedKernel>,
    /// Whether the reference LES is on.
    pub reference: bool,
    /// Its distances so far.
    pub distances: Series<Distance>,
    /// Its newest field beside the state's.
    pub sides: Option<Sides>,
    /// The canvas shows both and their difference.
    pub side_by_side: bool,
}

impl KernelModel {
    /// What the canvas shows instead of the flow.
    pub fn shown(&self) -> Option<&Sides> {
        self.sides.as_ref().filter(|_| self.reference && self.side_by_side)
    }
}
