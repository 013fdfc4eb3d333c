//! Which backend runs, and why.

#[cfg(feature = "gpu")]
mod device;
mod engine;
#[cfg(not(feature = "gpu"))]
mod no_device;
mod wish;

use engine::stored;
#[cfg(not(feature = "gpu"))]
use no_device as device;

use crate::{
    error::{Error, Result},
    params::Params,
    sim::{CpuSim, KernelSim, kernel::Plan},
    state::{Dtype as Stored, Propagator, State},
};

pub use device::place;
pub use engine::{Chosen, Engine};
pub use wish::{Alone, Dtype, ELSEWHERE, Wish};

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
    /// Word of the backend on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        }
    }
}

/// Finds a device if one is wanted, and puts the state on it.
///
/// # Errors
/// [`Error::NoGpu`] under `require_gpu` when no hardware adapter gives a device.
pub fn choose(wish: &Wish, state: &State, params: &Params, propagator: Option<Propagator>) -> Result<Chosen> {
    if let Some(chosen) = device::operated(wish, state, params, propagator.as_ref())? {
        return Ok(chosen);
    }
    // Beside atoms the matrix moves the background, and everything runs as it does without one.
    let propagator = match propagator {
        Some(propagator) if state.atoms.is_empty() => return alone(wish, state, params, propagator),
        beside => beside,
    };
    if propagator.is_some() && (wish.kernel.modal || wish.kernel.dtype == Dtype::Fixed) {
        return Err(Error::Usage("--modal and --dtype fixed need a state without atoms".into()));
    }
    let exact = wish.kernel.dtype == Dtype::Float64;
    if wish.kernel.dtype == Dtype::Float32 && wish.backend == Backend::Cpu {
        let why = "--dtype float32 on the CPU needs --A-npz FILE and a state without atoms";
        return Err(Error::Usage(why.into()));
    }
    let why_cpu = if wish.backend == Backend::Cpu {
        None
    } else if exact {
        Some(wish.float64()?)
    } else if state.background.basis().residual_rank() > 0 && !wish.names_gpu() {
        Some("residual coefficients beside atoms, or frozen, run there".into())
    } else {
        match device::device(wish) {
            Ok(context) => match device::room(&context, params) {
                Ok(()) => return device::on_device(wish, &context, state, params, propagator.as_ref()),
                // Nobody insists on the device.
                Err(why) if !wish.names_gpu() => Some(why.to_string()),
                Err(why) => return Err(wish.elsewhere(why)),
            },
            Err(Error::NoGpu(why)) if !wish.require_gpu && wish.operators.is_empty() => Some(why),
            Err(error) => return Err(error),
        }
    };
    let sim = match &propagator {
        Some(a) => CpuSim::with_propagator(state, params, a)?,
        None => CpuSim::new(state, params)?,
    };
    Ok(Chosen::on_cpu(Engine::Cpu(Box::new(sim)), why_cpu, Stored::F64))
}

/// A background by itself. Without a word for the GPU no adapter is looked for: a matrix that fits in a cache
/// steps faster than a device starts.
fn alone(wish: &Wish, state: &State, params: &Params, propagator: Propagator) -> Result<Chosen> {
    let mut why_cpu = match wish.backend {
        Backend::Cpu => None,
        _ => Some(format!("{} numbers step fastest there; --backend gpu insists", propagator.side())),
    };
    if wish.kernel.dtype == Dtype::Float64 && wish.names_gpu() {
        why_cpu = Some(wish.float64()?);
    } else if wish.names_gpu() {
        match device::device(wish) {
            Ok(context) => return device::alone_on_device(wish, &context, state, params, propagator),
            Err(Error::NoGpu(why)) if !wish.require_gpu => why_cpu = Some(why),
            Err(error) => return Err(error),
        }
    }
    let form = wish.kernel.form(false)?;
    let plan = Plan { again: wish.kernel.again, ..Plan::cpu(form, params.dt) };
    let sim = KernelSim::new(state, propagator, plan)?;
    let dtype = stored(sim.form());
    Ok(Chosen::on_cpu(Engine::Kernel(Box::new(sim)), why_cpu, dtype))
}
