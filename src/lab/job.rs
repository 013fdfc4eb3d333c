//! What a case runs with: where, how long, and who watches.

use crate::{
    error::{Error, Result},
    params::Params,
    sim::{CpuSim, Simulator},
    spectral::les::LesScheme,
    state::{Propagator, State},
};
#[cfg(feature = "gpu")]
use crate::{gpu::Context, sim::GpuSim};

/// Where the atoms and modes of a case move.
#[derive(Clone, Default)]
pub enum Place {
    /// f64 on the CPU; a large-eddy simulation in its own precision.
    #[default]
    Cpu,
    /// f32 on a device.
    #[cfg(feature = "gpu")]
    Device(Context),
}

impl Place {
    /// The place in words.
    pub fn name(&self) -> String {
        match self {
            Self::Cpu => "cpu".into(),
            #[cfg(feature = "gpu")]
            Self::Device(context) => context.report.name.clone(),
        }
    }

    /// A simulation there.
    ///
    /// # Errors
    /// What the simulator of the CPU or of the device refuses.
    pub fn simulator(&self, state: &State, params: &Params) -> Result<Box<dyn Simulator>> {
        Ok(match self {
            Self::Cpu => Box::new(CpuSim::new(state, params)?),
            #[cfg(feature = "gpu")]
            Self::Device(context) => Box::new(GpuSim::new(context, state, params)?),
        })
    }
}

/// What the case `lowk` can be told.
#[derive(Clone)]
pub struct Lowk {
    /// Sides of the LES grid.
    pub sides: Vec<usize>,
    /// Steps of 0.01.
    pub steps: u64,
    /// A linear kernel to report on too.
    pub a: Option<Propagator>,
}

impl Default for Lowk {
    fn default() -> Self {
        Self { sides: vec![64, 128], steps: 200, a: None }
    }
}

/// How a case is to run.
#[derive(Clone, Default)]
pub struct Setup {
    /// Where the job runs.
    pub place: Place,
    /// A coarser search and a shorter run where a case takes long; the verdicts are the same.
    pub quick: bool,
    /// Seed of the random fields.
    pub seed: u64,
    /// Time scheme of every LES.
    pub scheme: LesScheme,
    /// For `lowk`.
    pub lowk: Lowk,
}

/// A case on its way.
pub struct Job<'a> {
    /// How it is to run.
    pub setup: Setup,
    watch: &'a mut dyn FnMut(f64) -> bool,
    /// Where the part at hand begins, and how large a share of all it is.
    part: (f64, f64),
}

impl<'a> Job<'a> {
    /// Nothing is done yet.
    pub fn new(setup: Setup, watch: &'a mut dyn FnMut(f64) -> bool) -> Self {
        Self { setup, watch, part: (0.0, 1.0) }
    }

    /// From now on the shares told are those of part `i` of `count` equal ones.
    pub fn part(&mut self, i: usize, count: usize) {
        self.part = (i as f64 / count as f64, 1.0 / count as f64);
    }

    /// Tells the share of this part that is done.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the case is to stop.
    pub fn tell(&mut self, share: f64) -> Result<()> {
        match (self.watch)(self.part.0 + self.part.1 * share.clamp(0.0, 1.0)) {
            true => Ok(()),
            false => Err(Error::Interrupted("no verdict was reached".into())),
        }
    }

    /// A simulation where the job runs.
    ///
    /// # Errors
    /// What the simulator of the CPU or of the device refuses.
    pub fn simulator(&self, state: &State, params: &Params) -> Result<Box<dyn Simulator>> {
        self.setup.place.simulator(state, params)
    }

    /// Takes `count` times `steps` steps and calls `each` after every portion.
    ///
    /// # Errors
    /// What the simulation, `each` or the listener returns; [`Error::Interrupted`] where the job was stopped.
    pub fn walk(
        &mut self,
        sim: &mut dyn Simulator,
        count: u64,
        steps: u64,
        mut each: impl FnMut(&mut dyn Simulator) -> Result<()>,
    ) -> Result<()> {
        for i in 0..count {
            sim.advance(steps)?;
            each(sim)?;
            self.tell((i + 1) as f64 / count as f64)?;
        }
        Ok(())
    }
}
