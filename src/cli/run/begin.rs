//! Loads or makes the state that a run starts from: a scene or a file, and the parameters that follow from it.

use std::path::Path;

use super::{RunArgs, kernel, start::Start, traj};
use crate::{
    cli::{params::run_defaults, remark},
    error::Result,
    genesis, open,
    perf::{Device, Ledger},
    sim::prepared,
};

/// Loads or makes the state.
///
/// # Errors
/// Those of [`open::Start`], of [`kernel::read`] and of [`traj::read`]; [`crate::Error::Invalid`] for parameters that
/// do not fit each other.
pub fn start(args: &RunArgs, ledger: &mut Ledger) -> Result<Start> {
    let reference = args.reference.traj_npz.as_deref();
    let traj = reference.map(|path| Ok((traj::read(args, path, ledger)?, path))).transpose()?;
    let mut start = ledger.time("genesis", Device::Cpu, || match (&args.z0_npz, &args.scene, &traj) {
        (Some(path), ..) => from_file(path, args),
        (None, None, Some((traj, path))) => {
            Ok(opened(traj.start(args, path)?, path.display().to_string(), true, args.quiet))
        }
        (None, name, _) => from_scene(name.as_deref().unwrap_or(genesis::scenes()[0].name), args),
    })?;
    start.steps = args.steps;
    start.propagator = kernel::read(args, &mut start.params, &args.given)?;
    if let Some((traj, path)) = traj {
        let found = traj.settle(args, path, &mut start)?;
        start.found.extend(found);
    }
    start.params.validate()?;
    let Start { state, params, .. } = &mut start;
    // A grid must be wide enough to name the modes in a file; a smaller N is only a smaller picture.
    let smallest = 2 * state.background.basis().radius() as usize + 2;
    state.meta.n = (params.n as usize).max(smallest);
    (state.meta.dt, state.meta.nu) = (params.dt, params.nu);
    kernel::fits(args, &start)?;
    Ok(start)
}

fn from_scene(name: &str, args: &RunArgs) -> Result<Start> {
    Ok(opened(
        open::Start::new(open::Source::scene(name), &rule(&[args.given.list()]))?,
        format!("scene {name}"),
        false,
        args.quiet,
    ))
}

fn from_file(path: &Path, args: &RunArgs) -> Result<Start> {
    let mut start = open::Start::new(open::Source::file(path)?, &rule(&[args.given.list()]))?;
    // A state on its way goes on as it is, so that a run in two halves equals one in a whole.
    if start.state.step == 0 {
        start.state = prepared(&start.state, &start.params)?;
    }
    Ok(opened(start, path.display().to_string(), true, args.quiet))
}

/// Flags, with what preset and session say besides, over scene and file.
fn rule<'a>(said: &'a [&'a open::Said]) -> open::Rule<'a> {
    open::Rule { defaults: run_defaults(), said, flags: true }
}

fn opened(start: open::Start, label: String, encoded: bool, quiet: bool) -> Start {
    let open::Start { state, params, told, auto_dt } = start;
    let short = crate::sim::short(&state, &params);
    told.iter().chain(&short).for_each(|sentence| remark(&format!("warning: {sentence}")));
    if let Some(found) = auto_dt.filter(|_| !quiet) {
        remark(&found.words());
    }
    Start { state, params, propagator: None, stability: None, steps: 0, encoded, forced: false, label, found: vec![] }
}
