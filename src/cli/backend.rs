//! Which backend runs, and why.

use super::{operators::Operators, run::Dtype};
use crate::{
    error::{Error, Result},
    lab::Place,
    params::Params,
    perf::Device,
    sim::{
        CpuSim, KernelSim, Simulator,
        kernel::{Form, Plan, Precision, Report},
    },
    state::{Dtype as Stored, Ledger, Propagator, State},
};
#[cfg(feature = "gpu")]
use crate::{
    gpu::{AdapterReport, Context, PassTime},
    params::Kernel,
    sim::GpuSim,
};

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
    /// A background alone, by a learned kernel.
    Kernel(Box<KernelSim>),
    /// f32 on a device.
    #[cfg(feature = "gpu")]
    Gpu(Box<GpuSim>),
}

/// How long the loops of a device's shaders ran.
#[derive(Clone, Copy)]
pub struct Loops {
    /// Rounds survived; `None` where that was not measured.
    pub survived: Option<u32>,
    /// Rounds after which they were ended.
    pub end_after: Option<u32>,
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
    /// What its shaders' loops did when it was opened.
    pub loops: Option<Loops>,
    /// Its numbers.
    pub dtype: Stored,
    /// Why it is the CPU although that was not asked for.
    pub why_cpu: Option<String>,
}

impl Engine {
    /// The simulation, whichever it is.
    pub fn sim(&mut self) -> &mut dyn Simulator {
        match self {
            Self::Cpu(sim) => sim.as_mut(),
            Self::Kernel(sim) => sim.as_mut(),
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => sim.as_mut(),
        }
    }

    /// Bytes of device buffers; `None` on the CPU.
    pub fn device_bytes(&self) -> Option<u64> {
        match self {
            Self::Cpu(_) => None,
            Self::Kernel(sim) => sim.device_bytes(),
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => Some(sim.bytes()),
        }
    }

    /// Time of each GPU stage in the last timed submission; empty on the CPU.
    #[cfg(feature = "gpu")]
    pub fn pass_times(&mut self) -> Vec<PassTime> {
        match self {
            Self::Cpu(_) => Vec::new(),
            Self::Kernel(sim) => sim.pass_times(),
            Self::Gpu(sim) => sim.passes_seen().to_vec(),
        }
    }

    /// Pictures that operators of the user made of the last decode: name and RGBA, rows from the bottom.
    pub fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        match self {
            #[cfg(feature = "gpu")]
            Self::Kernel(sim) => sim.images(),
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => sim.images(),
            _ => Ok(Vec::new()),
        }
    }

    /// How the atoms' velocity is found on a device, and how exactly; `None` without atoms on one.
    pub fn solver(&self) -> Option<String> {
        match self {
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) if sim.counters().atoms > 0 => Some(sim.solver()),
            _ => None,
        }
    }

    /// What description-length passes changed; `None` where none can run.
    pub fn ledger(&self) -> Option<&Ledger> {
        match self {
            Self::Cpu(sim) => sim.ledger(),
            Self::Kernel(_) => None,
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => sim.ledger(),
        }
    }

    /// The last state before a failure that the engine still holds: on the CPU of the step before, on a device of the
    /// last look at its numbers.
    pub fn kept(&mut self) -> Option<State> {
        match self {
            Self::Cpu(sim) => Some(sim.state().clone()),
            Self::Kernel(sim) => sim.snapshot().ok(),
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => sim.sound_state(),
        }
    }
}

impl Chosen {
    /// Form and spectrum of a kernel that runs alone.
    pub fn kernel(&self) -> Option<(Form, &Report)> {
        match &self.engine {
            Engine::Kernel(sim) => Some((sim.form(), sim.report())),
            _ => None,
        }
    }

    /// Why the kernel does not run in the form that was asked for.
    pub fn fallback(&self) -> Option<String> {
        self.kernel().and_then(|(_, report)| report.fallback.clone())
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
    /// Operators of the user.
    pub operators: Operators,
    /// Whether fields are decoded.
    #[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "only a device has bounded room"))]
    pub decodes: bool,
    /// Form and numbers of the kernel.
    pub kernel: Alone<'a>,
    /// What to do where the device has no room.
    pub remedy: &'static str,
}

/// What a run that insists on a device can do instead.
pub const ELSEWHERE: &str = "lower it, or --backend cpu";

/// How a kernel is to run.
#[derive(Clone, Copy)]
pub struct Alone<'a> {
    /// In its eigenbasis.
    pub modal: bool,
    /// In these numbers.
    pub dtype: Dtype,
    /// Reads its matrix once more.
    pub again: Option<&'a dyn Fn() -> Result<Propagator>>,
}

impl Alone<'_> {
    fn form(self, on_gpu: bool) -> Result<Form> {
        let precision = match self.dtype {
            Dtype::Fixed => return Ok(Form::Fixed),
            Dtype::Float64 if on_gpu => {
                return Err(Error::Usage("float64 runs on the CPU: --backend cpu, or --dtype float32 or fixed".into()));
            }
            Dtype::Float32 => Precision::F32,
            Dtype::Auto if on_gpu => Precision::F32,
            Dtype::Auto | Dtype::Float64 => Precision::F64,
        };
        Ok(if self.modal { Form::Modal(precision) } else { Form::Dense(precision) })
    }
}

impl Wish<'_> {
    /// Why float64 does not run on the device that was asked for; an error where nothing else will do.
    fn float64(&self) -> Result<String> {
        let why = "float64 runs on the CPU, a device computes in float32";
        let demanded = |flag: &str| format!("{why}: leave {flag} out, or give --dtype float32");
        match self {
            _ if !self.operators.is_empty() => Err(Error::Usage(demanded("--op"))),
            _ if self.require_gpu => Err(Error::NoGpu(demanded("--require-gpu"))),
            _ => Ok(format!("{why}; --dtype float32 runs there")),
        }
    }

    /// Whether a device was asked for in any way.
    fn names_gpu(&self) -> bool {
        self.backend == Backend::Gpu || self.require_gpu || self.adapter.is_some() || !self.operators.is_empty()
    }
}

/// Finds a device if one is wanted, and puts the state on it.
///
/// # Errors
/// [`Error::NoGpu`] under `require_gpu` when no hardware adapter gives a device.
pub fn choose(wish: &Wish, state: &State, params: &Params, propagator: Option<Propagator>) -> Result<Chosen> {
    #[cfg(feature = "gpu")]
    if let Some(chosen) = operated(wish, state, params, propagator.as_ref())? {
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
        match device(wish) {
            Ok(device) => match room(&device, params) {
                Ok(()) => return on_device(wish, &device, state, params, propagator.as_ref()),
                // Nobody insists on the device.
                Err(why) if !wish.names_gpu() => Some(why.to_string()),
                Err(why) => return Err(elsewhere(wish, why)),
            },
            Err(Error::NoGpu(why)) if !wish.require_gpu && wish.operators.is_empty() => Some(why),
            Err(error) => return Err(error),
        }
    };
    let sim = match &propagator {
        Some(a) => CpuSim::with_propagator(state, params, a)?,
        None => CpuSim::new(state, params)?,
    };
    Ok(on_cpu(Engine::Cpu(Box::new(sim)), why_cpu, Stored::F64))
}

fn on_cpu(engine: Engine, why_cpu: Option<String>, dtype: Stored) -> Chosen {
    Chosen { engine, device: Device::Cpu, adapter: None, driver: None, loops: None, dtype, why_cpu }
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
        match device(wish) {
            Ok(device) => return alone_on_device(wish, &device, state, params, propagator),
            Err(Error::NoGpu(why)) if !wish.require_gpu => why_cpu = Some(why),
            Err(error) => return Err(error),
        }
    }
    let form = wish.kernel.form(false)?;
    let plan = Plan { again: wish.kernel.again, ..Plan::cpu(form, params.dt) };
    let sim = KernelSim::new(state, propagator, plan)?;
    let dtype = stored(sim.form());
    Ok(on_cpu(Engine::Kernel(Box::new(sim)), why_cpu, dtype))
}

fn stored(form: Form) -> Stored {
    match form {
        Form::Dense(Precision::F32) | Form::Modal(Precision::F32) => Stored::F32,
        Form::Dense(Precision::F64) | Form::Modal(Precision::F64) => Stored::F64,
        Form::Fixed => Stored::Fixed,
    }
}

/// A device that answers the wish.
#[cfg(feature = "gpu")]
fn device(wish: &Wish) -> Result<Context> {
    context(wish.adapter, wish.require_gpu)
}

#[cfg(feature = "gpu")]
fn context(adapter: Option<&str>, require_gpu: bool) -> Result<Context> {
    let context = Context::headless(adapter)?;
    if require_gpu && context.report.software {
        let name = &context.report.name;
        return Err(Error::NoGpu(format!("{name} is software on the CPU and --require-gpu asks for hardware")));
    }
    Ok(context)
}

/// A device for the laboratory.
///
/// # Errors
/// [`Error::NoGpu`] without one, or with a software adapter only where hardware is required.
#[cfg(feature = "gpu")]
pub fn place(adapter: Option<&str>, require_gpu: bool) -> Result<Place> {
    context(adapter, require_gpu).map(Place::Device)
}

#[cfg(feature = "gpu")]
fn chosen_on(context: &Context, engine: Engine, dtype: Stored) -> Chosen {
    let report = AdapterReport::clone(&context.report);
    Chosen {
        engine,
        device: if report.software { Device::SoftwareGpu } else { Device::Gpu },
        loops: Some(Loops { survived: report.loop_rounds, end_after: report.loops_end_after() }),
        driver: Some(format!("{} {} ({})", report.driver, report.driver_info, report.backend)),
        adapter: Some(report.name),
        dtype,
        why_cpu: None,
    }
}

/// What to do where a device has no room.
fn elsewhere(wish: &Wish, error: Error) -> Error {
    match error {
        Error::Invalid { what, expected, found } => {
            Error::Invalid { what, expected, found: format!("{found}: {}", wish.remedy) }
        }
        other => other,
    }
}

/// Whether a device has room for a simulation.
#[cfg(feature = "gpu")]
fn room(context: &Context, params: &Params) -> Result<()> {
    params.validate()?;
    crate::sim::room::check(context, params)
}

#[cfg(feature = "gpu")]
fn on_device(
    wish: &Wish,
    context: &Context,
    state: &State,
    params: &Params,
    propagator: Option<&Propagator>,
) -> Result<Chosen> {
    let mut sim = GpuSim::with_kernel(context, state, params, propagator)?;
    sim.set_operators(&wish.operators)?;
    Ok(chosen_on(context, Engine::Gpu(Box::new(sim)), Stored::F32))
}

/// A vector that operators move, after a matrix or alone. `None` where there are none, or atoms or another kernel
/// beside them.
#[cfg(feature = "gpu")]
fn operated(wish: &Wish, state: &State, params: &Params, propagator: Option<&Propagator>) -> Result<Option<Chosen>> {
    let vector_alone = state.atoms.is_empty() && (propagator.is_some() || params.kernel == Kernel::Frozen);
    if wish.operators.is_empty() || !vector_alone {
        return Ok(None);
    }
    if wish.kernel.modal {
        return Err(Error::Usage("--modal excludes --op: operators act on z, not on its eigenmodes".into()));
    }
    let precision = match wish.kernel.dtype {
        Dtype::Auto => None,
        Dtype::Float32 => Some(Precision::F32),
        Dtype::Float64 => Some(Precision::F64),
        Dtype::Fixed => {
            return Err(Error::Usage(
                "--dtype fixed excludes --op: precision = \"i32\" in a manifest steps in Q8.23".into(),
            ));
        }
    };
    let context = device(wish)?;
    fits_decode(wish, &context, params)?;
    let sim = KernelSim::with_operators(state, propagator, &context, &wish.operators, precision, params.dt)?;
    let dtype = stored(sim.form());
    Ok(Some(chosen_on(&context, Engine::Kernel(Box::new(sim)), dtype)))
}

/// Whether a device has room for the fields that a background by itself is decoded to.
#[cfg(feature = "gpu")]
fn fits_decode(wish: &Wish, context: &Context, params: &Params) -> Result<()> {
    match wish.decodes {
        true => crate::sim::room::field(context, params.n).map_err(|error| elsewhere(wish, error)),
        false => Ok(()),
    }
}

#[cfg(feature = "gpu")]
fn alone_on_device(
    wish: &Wish,
    context: &Context,
    state: &State,
    params: &Params,
    propagator: Propagator,
) -> Result<Chosen> {
    fits_decode(wish, context, params)?;
    let plan = Plan { form: wish.kernel.form(true)?, dt: params.dt, device: Some(context), again: wish.kernel.again };
    let sim = KernelSim::new(state, propagator, plan)?;
    let dtype = stored(sim.form());
    Ok(chosen_on(context, Engine::Kernel(Box::new(sim)), dtype))
}

/// What stands for a device in a build without one: nothing.
#[cfg(not(feature = "gpu"))]
enum Context {}

#[cfg(not(feature = "gpu"))]
fn device(wish: &Wish) -> Result<Context> {
    Err(no_gpu_code(wish.adapter))
}

/// Says that this build has none.
#[cfg(not(feature = "gpu"))]
pub fn place(adapter: Option<&str>, _: bool) -> Result<Place> {
    Err(no_gpu_code(adapter))
}

#[cfg(not(feature = "gpu"))]
fn no_gpu_code(adapter: Option<&str>) -> Error {
    let asked = adapter.map(|name| format!("adapter {name} cannot be used: ")).unwrap_or_default();
    Error::NoGpu(format!("{asked}this build has no GPU code; build it with `--features gpu`"))
}

#[cfg(not(feature = "gpu"))]
fn room(context: &Context, _: &Params) -> Result<()> {
    match *context {}
}

#[cfg(not(feature = "gpu"))]
fn on_device(_: &Wish, context: &Context, _: &State, _: &Params, _: Option<&Propagator>) -> Result<Chosen> {
    match *context {}
}

#[cfg(not(feature = "gpu"))]
fn alone_on_device(_: &Wish, context: &Context, _: &State, _: &Params, _: Propagator) -> Result<Chosen> {
    match *context {}
}
