//! Where a run starts: a scene or a file, and the parameters that follow from it.

use std::path::Path;

use super::{RunArgs, kernel, traj};
use crate::{
    cli::params::{Given, run_defaults},
    error::{Error, Result},
    genesis,
    io::read_state,
    params::{ParamInfo, Params},
    perf::{Device, Finding, Ledger},
    sim::prepared,
    state::{Propagator, State},
};

/// A state ready to run.
pub struct Start {
    /// The state.
    pub state: State,
    /// Its parameters: flag over file over scene over default.
    pub params: Params,
    /// What moves the background, until the simulation takes it over.
    pub propagator: Option<Propagator>,
    /// How it was made stable, where this run fitted it.
    pub stability: Option<traj::Stabilised>,
    /// Steps to take.
    pub steps: u64,
    /// Whether an encoder's statistics came with it.
    pub encoded: bool,
    /// What to call it.
    pub label: String,
    /// What is worth a flag already.
    pub found: Vec<Finding>,
}

/// Loads or makes the state.
pub fn start(args: &RunArgs, ledger: &mut Ledger) -> Result<Start> {
    let reference = args.reference.traj_npz.as_deref();
    let traj = reference.map(|path| traj::read(args, path, ledger)).transpose()?;
    let mut start = ledger.time("genesis", Device::Cpu, || match (&args.z0_npz, &args.scene, &traj) {
        (Some(path), ..) => from_file(path, &args.given),
        (None, None, Some(traj)) => traj.start(args),
        (None, name, _) => from_scene(name.as_deref().unwrap_or(genesis::scenes()[0].name), &args.given),
    })?;
    start.steps = args.steps;
    start.propagator = kernel::read(args, &mut start.params, &args.given)?;
    if let Some((traj, path)) = traj.zip(reference) {
        let found = traj.settle(args, path, &mut start)?;
        start.found.extend(found);
    }
    start.params.validate()?;
    let Start { state, params, .. } = &mut start;
    let (basis, cuts) = (state.background.basis(), (params.k_cut, params.resid_mid_cut, params.topk_mid));
    if (basis.k_cut(), basis.resid_mid_cut(), basis.topk_mid()) != cuts {
        state.background = state.background.recut(cuts.0, cuts.1, cuts.2)?;
    }
    // A grid must be wide enough to name the modes in a file; a smaller N is only a smaller picture.
    let smallest = 2 * state.background.basis().radius() as usize + 2;
    state.meta.n = (params.n as usize).max(smallest);
    (state.meta.dt, state.meta.nu) = (params.dt, params.nu);
    kernel::fits(args, &start)?;
    Ok(start)
}

fn from_scene(name: &str, given: &Given) -> Result<Start> {
    let (mut params, defaults) = (run_defaults(), run_defaults());
    given.apply(&mut params)?;
    // A scene is made on the default cuts and cut afterwards, so that its modes compete for the anchors.
    (params.k_cut, params.resid_mid_cut, params.topk_mid) = (defaults.k_cut, defaults.resid_mid_cut, defaults.topk_mid);
    let state = genesis::make(name, &mut params)?;
    given.apply(&mut params)?;
    Ok(Start {
        state,
        params,
        propagator: None,
        stability: None,
        steps: 0,
        encoded: false,
        label: format!("scene {name}"),
        found: vec![],
    })
}

fn from_file(path: &Path, given: &Given) -> Result<Start> {
    let mut state = read_state(path)?;
    let mut params = run_defaults();
    let (meta, basis) = (state.meta, state.background.basis());
    for (name, value) in [
        ("dt", meta.dt),
        ("nu", meta.nu),
        ("n", meta.n as f64),
        ("k_cut", f64::from(basis.k_cut())),
        ("resid_mid_cut", f64::from(basis.resid_mid_cut())),
        ("topk_mid", f64::from(basis.topk_mid())),
    ] {
        if !given.has(name) {
            set_from_file(&mut params, path, name, value)?;
        }
    }
    given.apply(&mut params)?;
    // A file may hold a seed beyond the flag's range: it stays what it is.
    state.meta.seed = if given.has("seed") { u64::from(params.seed) } else { state.meta.seed };
    params.seed = u32::try_from(state.meta.seed).unwrap_or(u32::MAX);
    // A state on its way goes on as it is, so that a run in two halves equals one in a whole.
    if state.step == 0 {
        state = prepared(&state, &params)?;
    }
    Ok(Start {
        state,
        params,
        propagator: None,
        stability: None,
        steps: 0,
        encoded: true,
        label: path.display().to_string(),
        found: vec![],
    })
}

/// A value of the file that `run` cannot use is the file's fault and has a remedy.
fn set_from_file(params: &mut Params, path: &Path, name: &str, value: f64) -> Result<()> {
    params.set(name, value).map_err(|error| match (error, ParamInfo::named(name)) {
        (Error::Invalid { expected, found, .. }, Some(info)) => {
            Error::bad_file(path, info.flag(), format!("{expected} (--{} overrides it)", info.flag()), found)
        }
        (other, _) => other,
    })
}
