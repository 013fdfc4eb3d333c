//! A simulation on one of the backends, and what is known of where it runs.

use crate::{
    error::Result,
    perf::Device,
    sim::{
        CpuSim, KernelSim, Simulator,
        kernel::{Form, KernelReport, Precision},
    },
    state::{Dtype as Stored, Ledger, State},
};
#[cfg(feature = "gpu")]
use crate::{gpu::PassTime, sim::GpuSim};

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
    /// Where the simulation runs.
    pub device: Device,
    /// The adapter's name.
    pub adapter: Option<String>,
    /// Driver of the adapter.
    pub driver: Option<String>,
    /// What its shaders' loops did when it was opened.
    pub loops: Option<Loops>,
    /// Numbers that the simulation computes in.
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
            Self::Gpu(sim) => sim.probes_mut().passes_seen().to_vec(),
        }
    }

    /// Pictures that operators of the user made of the last decode: name and RGBA, rows from the bottom.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        match self {
            #[cfg(feature = "gpu")]
            Self::Kernel(sim) => sim.images(),
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) => sim.views().images(),
            _ => Ok(Vec::new()),
        }
    }

    /// How the atoms' velocity is found on a device, and how exactly; `None` without atoms on one.
    pub fn solver(&self) -> Option<String> {
        match self {
            #[cfg(feature = "gpu")]
            Self::Gpu(sim) if sim.probes().counters().atoms > 0 => {
                let [_, exactly] = sim.solver();
                Some(exactly)
            }
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
            Self::Gpu(sim) => sim.probes().sentinel().sound_state(),
        }
    }
}

impl Chosen {
    /// An engine on the CPU, and why there.
    pub(super) fn on_cpu(engine: Engine, why_cpu: Option<String>, dtype: Stored) -> Self {
        Self { engine, device: Device::Cpu, adapter: None, driver: None, loops: None, dtype, why_cpu }
    }

    /// Form and spectrum of a kernel that runs alone.
    pub fn kernel(&self) -> Option<(Form, &KernelReport)> {
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

/// The numbers that a form of the kernel steps in.
pub(super) fn stored(form: Form) -> Stored {
    match form {
        Form::Dense(Precision::F32) | Form::Modal(Precision::F32) => Stored::F32,
        Form::Dense(Precision::F64) | Form::Modal(Precision::F64) => Stored::F64,
        Form::Fixed => Stored::Fixed,
    }
}
