//! Which backend runs, and why.

use crate::{
    error::{Error, Result},
    params::Params,
    perf::Device,
    sim::{CpuSim, Simulator},
    state::State,
};
#[cfg(feature = "gpu")]
use crate::{gpu::Context, sim::GpuSim};

/// A backend by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// The GPU if there is one, software adapters included, else the CPU; says which
    Auto,
    /// The GPU, falling back to the CPU with an error line unless --require-gpu
    #[value(aliases = ["vk", "vulkan", "accelerated"])]
    Gpu,
    /// The f64 reference
    #[value(alias = "numpy")]
    Cpu,
}

impl Backend {
    /// Its word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        }
    }
}

/// A simulation on one of the backends.
pub enum Engine {
    /// f64 on the CPU.
    Cpu(Box<CpuSim>),
    /// f32 on a device.
    #[cfg(feature = "gpu")]
    Gpu(Box<GpuSim>),
}

/// An engine and what is known of where it runs.
pub struct Chosen {
    /// The simulation.
    pub engine: Engine,
    /// Where it runs.
    pub device: Device,
    /// The adapter's name.
    pub adapter: Option<String>,
    /// Its driver.
    pub driver: Option<String>,
    /// Why it is the CPU although that was not asked for.
    pub why_cpu: Option<String>,
}

impl Engine {
    /// The simulation, whichever it is.
    pub fn sim(&mut self) -> &mut dyn Simulator {
        match self {
            Self::Cpu(sim) => sim.as_mut(),
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => sim.as_mut(),
        }
    }

    /// Bytes of device buffers; `None` on the CPU.
    pub fn device_bytes(&self) -> Option<u64> {
        match self {
            Self::Cpu(_) => None,
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => Some(sim.bytes()),
        }
    }
}

/// What was asked for.
pub struct Wish<'a> {
    /// Backend by name.
    pub backend: Backend,
    /// Any part of an adapter's name.
    pub adapter: Option<&'a str>,
    /// No fallback, no software adapter.
    pub require_gpu: bool,
}

/// Finds a device if one is wanted, and puts the state on it.
///
/// # Errors
/// [`Error::NoGpu`] under `require_gpu` when no hardware adapter gives a device.
pub fn choose(wish: &Wish, state: &State, params: &Params) -> Result<Chosen> {
    let why_cpu = if wish.backend == Backend::Cpu {
        None
    } else {
        match on_device(wish, state, params) {
            Err(Error::NoGpu(why)) if !wish.require_gpu => Some(why),
            other => return other,
        }
    };
    let engine = Engine::Cpu(Box::new(CpuSim::new(state, params)?));
    Ok(Chosen { engine, device: Device::Cpu, adapter: None, driver: None, why_cpu })
}

#[cfg(feature = "gpu")]
fn on_device(wish: &Wish, state: &State, params: &Params) -> Result<Chosen> {
    let context = Context::headless(wish.adapter)?;
    let report = context.report.clone();
    if wish.require_gpu && report.software {
        let name = &report.name;
        return Err(Error::NoGpu(format!("{name} is software on the CPU and --require-gpu asks for hardware")));
    }
    Ok(Chosen {
        engine: Engine::Gpu(Box::new(GpuSim::new(&context, state, params)?)),
        device: if report.software { Device::SoftwareGpu } else { Device::Gpu },
        driver: Some(format!("{} {} ({})", report.driver, report.driver_info, report.backend)),
        adapter: Some(report.name),
        why_cpu: None,
    })
}

#[cfg(not(feature = "gpu"))]
fn on_device(wish: &Wish, _: &State, _: &Params) -> Result<Chosen> {
    let asked = wish.adapter.map(|name| format!("adapter {name} cannot be used: ")).unwrap_or_default();
    Err(Error::NoGpu(format!("{asked}this build has no GPU code; build it with `--features gpu`")))
}
