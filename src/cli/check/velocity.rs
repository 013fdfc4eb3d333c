//! `check --velocity`: what the vertices of a running state move with, against the textbook's sums in f64.

use std::path::PathBuf;

use super::CheckArgs;
use crate::{
    cli::{backend::Backend, print, print_json, remark},
    error::{Error, Result},
    genesis, io,
    params::{Params, Switch},
    sim::{CpuSim, Simulator, Truth, prepared, truth},
    state::State,
};

/// Arguments of `check --velocity`.
#[derive(clap::Args)]
pub struct VelocityArgs {
    /// Compare velocities at the vertices with textbook sums in f64 instead of checking operators
    #[arg(long = "velocity")]
    pub asked: bool,
    /// Scenes to compare in; all if neither this nor --z0-npz is given
    #[arg(long, value_name = "NAME", requires = "asked")]
    scene: Vec<String>,
    /// State file to compare in
    #[arg(long, value_name = "FILE", requires = "asked")]
    z0_npz: Option<PathBuf>,
    /// Steps before the comparison
    #[arg(long, value_name = "COUNT", default_value_t = 20, requires = "asked")]
    steps: u64,
    /// Run so many steps on the device and compare decode, direct sums and mesh there with the CPU's in f64
    #[arg(long, value_name = "STEPS", requires = "asked", conflicts_with_all = ["steps", "backend"])]
    evolved: Option<u64>,
    /// Side of the decode that --evolved compares
    #[arg(long = "N", value_name = "CELLS", default_value_t = 128, requires = "evolved")]
    n: u32,
    /// Vertex budget of --evolved
    #[arg(long, value_name = "COUNT", default_value_t = 8192, requires = "evolved")]
    max_vertices: u32,
    /// Filaments of the turbulence scene for --evolved
    #[arg(long, value_name = "COUNT", default_value_t = 40, requires = "evolved")]
    filaments: u32,
    /// Which path to compare: auto is both
    #[arg(long, value_enum, default_value = "auto", value_name = "BACKEND", requires = "asked")]
    backend: Backend,
}

/// One path in one state.
#[derive(serde::Serialize)]
struct Row {
    state: String,
    path: &'static str,
    #[serde(flatten)]
    truth: Truth,
    /// `None` where none is promised.
    tolerance: Option<f64>,
    /// `None` where nothing moves or nothing is promised.
    passed: Option<bool>,
}

/// Everything it prints as JSON.
#[derive(serde::Serialize)]
struct Whole {
    /// `None` when no device took part.
    adapter: Option<String>,
    steps: u64,
    rows: Vec<Row>,
    passed: bool,
}

/// Compares.
///
/// # Errors
/// `NoGpu` when the GPU was asked for and there is none, `CheckFailed` when an error is too large.
pub fn check(args: &CheckArgs) -> Result<()> {
    let VelocityArgs { steps, backend, .. } = args.velocity;
    let states = states(&args.velocity)?;
    if let Some(steps) = args.velocity.evolved {
        return evolved(args, steps, &states);
    }
    let mut rows = vec![];
    let mut add = |state: &str, path, truth: Truth| {
        let tolerance = Some(truth.tolerance).filter(|t| t.is_finite());
        let passed = tolerance.and_then(|_| truth.passed());
        rows.push(Row { state: state.to_owned(), path, truth, tolerance, passed });
    };
    let device = if backend == Backend::Cpu { None } else { Device::open(args)? };
    for (name, state, params) in &states {
        if backend != Backend::Gpu {
            let mut sim = CpuSim::new(state, params)?;
            sim.advance(steps)?;
            let now = sim.snapshot()?;
            add(name, "cpu f64", truth::of_cpu(&now, params));
            if let Some(truth) = truth::of_parcels(&now, params) {
                add(name, "cpu parcels", truth);
            }
        }
        if let Some(device) = &device {
            add(name, "device f32", device.truth(state, params, steps)?);
        }
    }
    let failed: Vec<String> =
        rows.iter().filter(|r| r.passed == Some(false)).map(|r| format!("{} on {}", r.state, r.path)).collect();
    let whole = Whole { adapter: device.map(|d| d.name()), steps, passed: failed.is_empty(), rows };
    if args.json {
        print_json(&whole)?
    } else {
        print(&text(&whole))?
    }
    match failed.as_slice() {
        [] => Ok(()),
        names => {
            Err(Error::CheckFailed(format!("velocities are off by more than their tolerance: {}", names.join("; "))))
        }
    }
}

#[cfg(feature = "gpu")]
fn evolved(args: &CheckArgs, steps: u64, states: &[(String, State, Params)]) -> Result<()> {
    super::evolved::check(args, steps, states)
}

/// Says that there is no device to run on.
#[cfg(not(feature = "gpu"))]
fn evolved(_: &CheckArgs, _: u64, _: &[(String, State, Params)]) -> Result<()> {
    Err(Error::NoGpu("this build has no GPU code; build it with `--features gpu`".into()))
}

/// States to compare in, ready to run.
fn states(args: &VelocityArgs) -> Result<Vec<(String, State, Params)>> {
    // Parcels have no velocities of vertices to compare: filaments stay filaments.
    let ellipses = if args.evolved.is_some() { Switch::On } else { Switch::Off };
    let mut small = Params { n: 32, tracers: 0, ellipses, ..Params::default() };
    if args.evolved.is_some() {
        let of_evolved = [("n", args.n), ("max_vertices", args.max_vertices), ("filaments", args.filaments)];
        of_evolved.into_iter().try_for_each(|(name, value)| small.set(name, value.into()))?;
    }
    let mut states = vec![];
    if let Some(path) = &args.z0_npz {
        let state = io::read_state(path)?;
        let basis = state.background.basis();
        let mut params = Params { k_cut: basis.k_cut(), resid_mid_cut: basis.resid_mid_cut(), ..small };
        params.topk_mid = basis.topk_mid();
        (params.dt, params.nu) = (state.meta.dt, state.meta.nu);
        params.validate()?;
        states.push((path.display().to_string(), prepared(&state, &params)?, params));
    }
    let all = || genesis::scenes().iter().map(|scene| scene.name.to_owned()).collect();
    let scenes: Vec<String> = if args.scene.is_empty() && states.is_empty() { all() } else { args.scene.clone() };
    for name in scenes {
        let mut params = small;
        states.push((name.clone(), genesis::make(&name, &mut params)?, params));
    }
    Ok(states)
}

fn text(whole: &Whole) -> String {
    let adapter = whole.adapter.as_deref().unwrap_or("no device");
    let mut text = format!(
        "velocity of the vertices after {} steps, against textbook sums in f64 over finer nodes; errors over the \
         largest speed\ndevice   {adapter}\n\n{:<20} {:<11} {:>13} {:>10} {:>9} {:>9} {:>9}  verdict\n",
        whole.steps, "state", "path", "samples", "top speed", "max", "rms", "tolerance"
    );
    for r in &whole.rows {
        let error = |e: Option<f64>| e.map_or("-".into(), |e| format!("{e:.1e}"));
        let verdict = match r.passed {
            None if r.truth.max_error.is_some() => "reported",
            None => "nothing to compare",
            Some(true) => "ok",
            Some(false) => "FAILED",
        };
        text += &format!(
            "{:<20} {:<11} {:>13} {:>10.4} {:>9} {:>9} {:>9}  {verdict}\n",
            r.state,
            r.path,
            format!("{} of {}", r.truth.samples, r.truth.vertices),
            r.truth.top_speed,
            error(r.truth.max_error),
            error(r.truth.rms_error),
            r.tolerance.map_or("-".into(), |t| format!("{t:.0e}")),
        );
    }
    text
}

/// A device that takes part.
#[cfg(feature = "gpu")]
struct Device(crate::gpu::Context);

#[cfg(feature = "gpu")]
impl Device {
    /// `None` where there is none and nobody insists.
    fn open(args: &CheckArgs) -> Result<Option<Self>> {
        match crate::gpu::Context::headless(args.adapter.as_deref()) {
            Ok(context) => Ok(Some(Self(context))),
            Err(error) => absent(args, error),
        }
    }

    fn name(&self) -> String {
        self.0.report.name.clone()
    }

    fn truth(&self, state: &State, params: &Params, steps: u64) -> Result<Truth> {
        let mut sim = crate::sim::GpuSim::new(&self.0, state, params)?;
        sim.advance(steps)?;
        crate::sim::truth_of(&mut sim)
    }
}

/// What stands for a device in a build without one: nothing.
#[cfg(not(feature = "gpu"))]
enum Device {}

#[cfg(not(feature = "gpu"))]
impl Device {
    fn open(args: &CheckArgs) -> Result<Option<Self>> {
        absent(args, Error::NoGpu("this build has no GPU code; build it with `--features gpu`".into()))
    }

    fn name(&self) -> String {
        match *self {}
    }

    fn truth(&self, _: &State, _: &Params, _: u64) -> Result<Truth> {
        match *self {}
    }
}

/// Without a device the CPU is compared alone, unless the GPU was asked for.
fn absent(args: &CheckArgs, error: Error) -> Result<Option<Device>> {
    if args.velocity.backend == Backend::Gpu || args.adapter.is_some() {
        return Err(error);
    }
    remark(&format!("the CPU's path alone is compared: {error}"));
    Ok(None)
}
