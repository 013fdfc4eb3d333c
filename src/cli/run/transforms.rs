//! Where transforms are asked to run, and where they do.

use super::{RunArgs, start::Start};
use crate::{error::Result, perf::Device, sim::Transforms};

/// Where FFTs are asked to run: those of the reference LES, of comparisons and of energies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FftBackend {
    /// On the GPU for a reference LES beside a run on hardware, else on the CPU
    Auto,
    /// On the GPU, falling back to the CPU with a warning unless --require-gpu
    #[value(aliases = ["vkfft", "vkfft-vulkan", "vkfft-opencl", "vk", "vulkan"])]
    Gpu,
    /// On the CPU
    #[value(alias = "numpy")]
    Cpu,
}

/// The place, and why it is not the one asked for.
///
/// # Errors
/// `NoGpu` where --require-gpu cannot be met.
#[cfg(feature = "gpu")]
pub fn place(args: &RunArgs, start: &Start, simulated_on: Device) -> Result<(Transforms, Option<String>)> {
    use crate::{error::Error, gpu::Context, primitives::fft::lines::SIDES};
    let most = *SIDES.end();
    let les = args.reference.ground_truth;
    let compared = les || (args.reference.traj_npz.is_some() && !args.reference.no_ground_truth);
    let wanted = match args.fft_backend {
        FftBackend::Cpu => false,
        FftBackend::Gpu => true,
        FftBackend::Auto => les && simulated_on == Device::Gpu && start.params.n.is_power_of_two(),
    };
    if !wanted {
        return Ok((Transforms::Cpu, None));
    }
    let cannot = |why: String| match args.require_gpu {
        true => Err(Error::NoGpu(format!("{why}; leave --fft-backend gpu or --require-gpu out"))),
        false => Ok((Transforms::Cpu, Some(why))),
    };
    if args.kernel.dtype() == crate::cli::backend::Dtype::Float64 {
        return cannot("those of a device are float32, and --dtype float64 was asked for".into());
    }
    let n = start.params.n;
    if compared && !((16..=most).contains(&n) && n.is_power_of_two()) {
        return cannot(format!("transforms on the GPU take powers of two from 16 to {most}, found N = {n}"));
    }
    match Context::headless(args.adapter.as_deref()) {
        Ok(context) if context.report.software && args.require_gpu => {
            cannot(format!("--require-gpu asks for hardware, {} is software", context.report.name))
        }
        Ok(context) => Ok((Transforms::Device(context), None)),
        Err(Error::NoGpu(why)) => cannot(why),
        Err(other) => Err(other),
    }
}

/// Without a device there is one place.
///
/// # Errors
/// None here.
#[cfg(not(feature = "gpu"))]
pub fn place(args: &RunArgs, _: &Start, _: Device) -> Result<(Transforms, Option<String>)> {
    let why = (args.fft_backend == FftBackend::Gpu).then(|| "this build has no GPU code".into());
    Ok((Transforms::Cpu, why))
}
