//! What a run leaves besides pictures and metrics: the history of z, the last state, the last field.

use std::path::{Path, PathBuf};

use super::{RunArgs, picture::animation_path};
use crate::{
    cli::{
        backend::Chosen,
        folder::{self, Named},
    },
    error::{Error, Result},
    io::{
        Array, RowWriter,
        beside::{free, same},
        write_npy, write_state,
    },
    state::State,
};

/// The final state, in the folder.
pub const STATE: &str = "z0.npz";

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

/// Sees that no output takes the place of another, or of a file that this run reads. The final state alone may be
/// named as the state that the run starts from: somebody asked for that.
///
/// # Errors
/// [`Error::Usage`].
pub fn distinct(args: &RunArgs) -> Result<()> {
    let (o, p) = (&args.output, &args.picture);
    let (traj, apng) = (args.reference.traj_file(args), p.apng.then(|| animation_path(args)));
    let written = [
        ("--metrics-json", args.metrics_json.as_deref()),
        ("--metrics-csv", o.metrics_csv.as_deref()),
        ("--save-z-history", o.save_z_history.as_deref()),
        ("--save-field", o.save_field.as_deref()),
        ("--save-eigenvalues", o.save_eigenvalues.as_deref()),
        ("--save-traj", traj.as_deref()),
        ("--apng", apng.as_deref()),
        ("--movie", p.movie.as_deref()),
    ];
    let written: Vec<Named<'_>> = written.iter().filter_map(|(flag, path)| Some((*flag, (*path)?))).collect();
    let z0 = args.out_dir.join(STATE);
    let read = [
        ("--session", args.session.as_deref()),
        ("--z0-npz", args.z0_npz.as_deref()),
        ("--A-npz", args.kernel.a_npz.as_deref()),
        ("--traj-npz", args.reference.traj_npz.as_deref()),
        ("the final state", Some(z0.as_path())),
        ("--save-z0", o.save_z0.as_deref()),
    ];
    let read: Vec<Named<'_>> = read.iter().filter_map(|(flag, path)| Some((*flag, (*path)?))).collect();
    folder::distinct(&written, &read)?;
    let others: Vec<Named<'_>> =
        read.iter().copied().filter(|(flag, _)| ["--session", "--A-npz", "--traj-npz"].contains(flag)).collect();
    let states = [("the final state", Some(z0.as_path())), ("--save-z0", o.save_z0.as_deref())];
    for (flag, path) in states.into_iter().filter_map(|(flag, path)| Some((flag, path?))) {
        folder::distinct(&[(flag, path)], &others)?;
    }
    Ok(())
}

/// Writes the final state as `z0.npz` of the folder. Where that is the file that the run started from, the start keeps
/// a name of its own beside it, which is returned.
///
/// # Errors
/// [`Error::Unwritable`]; then the folder is as it was.
pub fn last_state(args: &RunArgs, begin: &State, last: &State) -> Result<Option<PathBuf>> {
    let path = args.out_dir.join(STATE);
    let is_start = args.z0_npz.as_deref().is_some_and(|from| same(from, &path));
    let kept = is_start.then(|| free(&args.out_dir.join(format!("z0_t{:04}.npz", begin.step))));
    if let Some(kept) = &kept {
        // A second name where there can be one, else another name: the file itself is replaced, not written into.
        let renamed = std::fs::hard_link(&path, kept).or_else(|_| std::fs::rename(&path, kept));
        renamed.map_err(|source| Error::Unwritable { path: kept.clone(), source })?;
    }
    let written = write_state(&path, last);
    if let (Err(_), Some(kept)) = (&written, &kept) {
        // The start is where it was, or goes back there.
        let _back = if path.exists() { std::fs::remove_file(kept) } else { std::fs::rename(kept, &path) };
    }
    written.map(|()| kept)
}

fn npy(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(extension) if extension == "npy" => Ok(path),
        _ => Err("expected a file name that ends in .npy".into()),
    }
}

/// Begins the history of z.
///
/// # Errors
/// [`Error::Unwritable`].
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
///
/// # Errors
/// [`Error::Unwritable`].
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
