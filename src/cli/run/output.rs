//! What a run leaves besides pictures and metrics: the history of z, the last state, the last field.

use std::path::{Path, PathBuf};

use super::RunArgs;
use crate::{
    cli::backend::Chosen,
    error::{Error, Result},
    io::{Array, RowWriter, write_npy, write_state},
    state::State,
};

/// Arguments of the output.
#[derive(clap::Args)]
#[command(next_help_heading = "Further files")]
pub struct OutputArgs {
    /// Also write z of step 0, of every --stride steps and of the last step, as float64 [rows, D]
    #[arg(long, value_name = "FILE.npy", value_parser = npy)]
    pub save_z_history: Option<PathBuf>,
    /// Also write the final state here
    #[arg(long, value_name = "FILE")]
    pub save_z0: Option<PathBuf>,
    /// Write the eigenvalues of A, float64 [D, 2], real and imaginary parts; a state without atoms, D up to 2048
    #[arg(long, value_name = "FILE.npy", value_parser = npy, requires = "a_npz")]
    pub save_eigenvalues: Option<PathBuf>,
    /// One line a picture: step, time, max |omega|, norm of z, and the distance from the reference
    #[arg(long, value_name = "FILE")]
    pub metrics_csv: Option<PathBuf>,
    /// Write the final vorticity, float32 [N, N], row 0 at the bottom
    #[arg(long, value_name = "FILE.npy", value_parser = npy)]
    pub save_field: Option<PathBuf>,
}

impl OutputArgs {
    /// Files asked for, to see beforehand that they can be written.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.save_z_history, &self.save_z0, &self.save_field, &self.metrics_csv, &self.save_eigenvalues]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }
}

fn npy(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(extension) if extension == "npy" => Ok(path),
        _ => Err("expected a file name that ends in .npy".into()),
    }
}

/// Begins the history of z.
pub fn history(args: &RunArgs, state: &State) -> Result<Option<RowWriter>> {
    let shape = [state.background.basis().dimension()];
    args.output.save_z_history.as_deref().map(|path| RowWriter::begin::<f64>(path, &shape)).transpose()
}

/// Writes the eigenvalues that are known before the run.
///
/// # Errors
/// [`Error::Usage`] where none were computed, [`Error::Unwritable`].
pub fn eigenvalues(args: &RunArgs, chosen: &Chosen) -> Result<()> {
    let Some(path) = &args.output.save_eigenvalues else { return Ok(()) };
    let known = chosen.kernel().map(|(_, report)| report.eigenvalues.as_slice()).filter(|values| !values.is_empty());
    let Some(values) = known else {
        let why = "--save-eigenvalues needs a state without atoms and an A of at most 2048 x 2048";
        return Err(Error::Usage(why.into()));
    };
    let parts: Vec<f64> = values.iter().flat_map(|l| [l.re, l.im]).collect();
    write_npy(path, &Array::new(&[values.len(), 2], &parts)?)
}

/// Writes the last state, and the field if there is one.
pub fn save(args: &RunArgs, last: &State, field: Option<&[f32]>) -> Result<()> {
    if let Some(path) = &args.output.save_z0 {
        write_state(path, last)?;
    }
    if let (Some(path), Some(field)) = (&args.output.save_field, field) {
        let side = field.len().isqrt();
        write_npy(path, &Array::new(&[side, side], field)?)?;
    }
    Ok(())
}
