//! Session files and presets of `run`: they fill in what no flag says.

use super::RunArgs;
use crate::{
    cli::{params::preset, remark},
    error::Result,
    io::{config, read_session},
    params::{Kernel, ParamValue},
};

/// The arguments with what preset and session say besides: a flag beats the preset, which beats the session.
///
/// # Errors
/// As [`preset`]; [`crate::Error::Unreadable`] or [`crate::Error::BadFile`] for what is no session.
pub fn filled(mut args: RunArgs) -> Result<RunArgs> {
    if let Some(word) = &args.preset {
        args.given = args.given.over(&preset(word, config::folder().as_deref())?);
    }
    let Some(path) = &args.session else { return Ok(args) };
    let (session, lost) = read_session(path)?;
    lost.iter().for_each(|sentence| remark(&format!("warning: {sentence}")));
    let own_start = args.scene.is_some() || args.z0_npz.is_some() || args.reference.traj_npz.is_some();
    if !own_start {
        (args.z0_npz, args.scene) = match session.state {
            Some(state) => (Some(state), None),
            None => (None, session.scene),
        };
    }
    // A session whose kernel was switched back to another keeps its A without using it.
    let linear = session.params.iter().all(|(name, x)| *name != "kernel" || *x == Kernel::Linear.get());
    if args.kernel.a_npz.is_none() && !args.given.has("kernel") && linear {
        args.kernel.a_npz = session.kernel;
    }
    if args.op.is_empty() {
        args.op = session.operators.into_iter().filter(|operator| operator.on).map(|operator| operator.file).collect();
    }
    args.given = args.given.over(&session.params);
    Ok(args)
}
