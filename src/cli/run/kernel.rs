//! The kernel of a run: which matrix, in which numbers, and what must be said before it starts.

use std::path::PathBuf;

use super::{RunArgs, start::Start};
use crate::{
    cli::{backend::Dtype, params::Given, remark},
    error::{Error, Result},
    io::{At, read_propagator},
    open::step_of_kernel,
    params::{Kernel, Params},
    state::{Origin, Propagator},
};

/// Arguments of the kernel.
#[derive(clap::Args)]
#[command(next_help_heading = "Kernel")]
pub struct KernelArgs {
    /// Linear kernel z' = z A for the background: implies --kernel linear and, without --dt, the dt of A
    #[arg(long = "A-npz", value_name = "FILE")]
    pub a_npz: Option<PathBuf>,
    /// Move z alone; needs --z0-npz without atoms, and --A-npz or --kernel. Never runs an LES nor fits an A
    #[arg(long)]
    pub kernel_only: bool,
    /// Step A in its eigenbasis, the full matrix where that is ill-conditioned; takes any --dt
    #[arg(long, requires = "a_npz")]
    pub modal: bool,
    /// Numbers to compute in
    #[arg(long, value_enum, default_value = "auto", ignore_case = true)]
    pub dtype: Dtype,
    /// The same as --dtype float64
    #[arg(long, conflicts_with = "dtype")]
    pub float64: bool,
}

impl KernelArgs {
    /// Numbers asked for.
    pub fn dtype(&self) -> Dtype {
        if self.float64 { Dtype::Float64 } else { self.dtype }
    }
}

/// What can be told from the command line alone.
///
/// # Errors
/// [`Error::Usage`] for arguments that exclude each other.
pub fn check(args: &RunArgs) -> Result<()> {
    let kernel = &args.kernel;
    if kernel.kernel_only && (args.z0_npz.is_none() || !(kernel.a_npz.is_some() || args.given.has("kernel"))) {
        let missing = if args.z0_npz.is_none() { "--z0-npz FILE" } else { "--A-npz FILE or --kernel WORD" };
        return Err(Error::Usage(format!(
            "--kernel-only needs {missing}: it starts from a file and never runs an LES nor fits an A"
        )));
    }
    if kernel.a_npz.is_none() && kernel.dtype() == Dtype::Fixed {
        return Err(Error::Usage("--dtype fixed needs --A-npz FILE: it is the linear kernel in whole numbers".into()));
    }
    let own_step = match (&kernel.a_npz, &args.reference.traj_npz) {
        _ if !args.given.is_auto("dt") => None,
        (Some(_), _) => Some("--A-npz: a matrix is made for one time step"),
        (None, Some(_)) => Some("--traj-npz: its fields are one time step apart"),
        (None, None) => None,
    };
    if let Some(what) = own_step {
        return Err(Error::Usage(format!("--dt auto excludes {what}; leave --dt out, or give it as a number")));
    }
    if kernel.modal && kernel.dtype() == Dtype::Fixed {
        return Err(Error::Usage("--modal excludes --dtype fixed: eigenvectors are no whole numbers".into()));
    }
    if kernel.a_npz.is_some() && args.given.has("kernel") {
        let mut params = Params::default();
        args.given.apply(&mut params)?;
        if params.kernel != Kernel::Linear {
            return Err(Error::Usage("--A-npz is a linear kernel: leave --kernel out or give --kernel linear".into()));
        }
    }
    Ok(())
}

/// Reads A and lets it settle kernel and time step, before anything depends on them.
///
/// # Errors
/// [`Error::Unreadable`] or [`Error::BadFile`] for a file that holds no matrix; [`Error::Usage`] for a `--dt` that is
/// not the matrix's.
pub fn read(args: &RunArgs, params: &mut Params, given: &Given) -> Result<Option<Propagator>> {
    let Some(path) = &args.kernel.a_npz else { return Ok(None) };
    let propagator = read_propagator(path)?;
    params.kernel = Kernel::Linear;
    match propagator.origin.dt {
        Some(dt) if !given.has("dt") => {
            if let Some(words) = step_of_kernel(params, Some(dt), path)? {
                remark(&format!("warning: {words}"));
            }
        }
        Some(dt) if dt != params.dt && !args.kernel.modal => {
            return Err(Error::Usage(format!(
                "--dt {} differs from the dt of A, {dt}: leave it out, or add --modal, which takes lambda^(dt / dt_A)",
                params.dt
            )));
        }
        _ => {}
    }
    Ok(Some(propagator))
}

/// Sees that A and state fit, once the state stands on its basis.
///
/// # Errors
/// [`Error::Usage`] for atoms under `--kernel-only`; [`Error::BadFile`] naming what differs between matrix and state.
pub fn fits(args: &RunArgs, start: &Start) -> Result<()> {
    if args.kernel.kernel_only && !start.state.atoms.is_empty() {
        return Err(Error::Usage(format!(
            "--kernel-only moves z alone, and {} holds {} atoms: leave the flag out, then A moves the background and \
             the atoms move with the flow",
            start.label,
            start.state.atoms.len()
        )));
    }
    match (&start.propagator, &args.kernel.a_npz) {
        (Some(propagator), Some(path)) => {
            let basis = start.state.background.basis();
            propagator.fits(basis).map_err(|error| At { path, field: "" }.broken(error))?;
            if propagator.origin == Origin::default() {
                remark(&format!(
                    "warning: {} holds A alone: its anchors, cuts and dt cannot be compared with the state's",
                    path.display()
                ));
            }
            if let Some(what) = propagator.remark_on_k_keep(&start.state.background.to_z(), basis)
                && args.kernel.dtype() != Dtype::Fixed
            {
                remark(&format!("warning: {}: {what}", path.display()));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
