//! A device that answers a wish, and the engines on it.

use super::{
    Chosen, Dtype, Engine, Wish,
    engine::{Loops, stored},
};
use crate::{
    error::{Error, Result},
    gpu::{AdapterReport, Context},
    lab::Place,
    params::{Kernel, Params},
    perf::Device,
    sim::{
        GpuSim, KernelSim,
        kernel::{Plan, Precision},
    },
    state::{Dtype as Stored, Propagator, State},
};

/// A device that answers the wish.
pub(super) fn device(wish: &Wish) -> Result<Context> {
    context(wish.adapter, wish.require_gpu)
}

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
pub fn place(adapter: Option<&str>, require_gpu: bool) -> Result<Place> {
    context(adapter, require_gpu).map(Place::Device)
}

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

/// Whether a device has room for a simulation.
pub(super) fn room(context: &Context, params: &Params) -> Result<()> {
    params.validate()?;
    crate::sim::room::check(context, params)
}

/// A simulation of atoms and background on a device, whatever its kernel.
pub(super) fn on_device(
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
pub(super) fn operated(
    wish: &Wish,
    state: &State,
    params: &Params,
    propagator: Option<&Propagator>,
) -> Result<Option<Chosen>> {
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
fn fits_decode(wish: &Wish, context: &Context, params: &Params) -> Result<()> {
    match wish.decodes {
        true => crate::sim::room::field(context, params.n).map_err(|error| wish.elsewhere(error)),
        false => Ok(()),
    }
}

/// A background by itself on a device.
pub(super) fn alone_on_device(
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
