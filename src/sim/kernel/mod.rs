//! The kernel alone: a rollout of `z` by a propagator, without atoms and without a grid.
//!
//! `z_{n+1} = z_n A` in one of three forms ([`Form`]). What is held is the vector, the matrix in the
//! form that steps, and two more vectors; neither steps nor a grid side enter. A grid exists only
//! while [`Simulator::decode`] makes one.

mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
mod operated;

use super::Simulator;
use crate::{
    error::{Error, Result},
    math::Complex64,
    ops::{low_k, window::Window},
    spectral::{
        Modal,
        modal::{CONDITION_LIMIT, eigenvalues, radius},
    },
    state::{Background, Propagator, State},
};
#[cfg(feature = "gpu")]
use crate::{
    gpu::{Context, PassTime},
    operator::{Operator, Precision as Numbers},
};

/// Numbers of a rollout in floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit.
    F32,
    /// 64-bit.
    F64,
}

/// How a step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The full matrix.
    Dense(Precision),
    /// Its eigenvalues, each step by itself; the full matrix where the eigenvectors are
    /// ill-conditioned.
    Modal(Precision),
    /// Whole numbers, the same on every machine.
    Fixed,
}

/// What is known of the kernel.
#[derive(Clone, Debug, Default)]
pub struct KernelReport {
    /// Eigenvalues of A; none above [`MAX_SPECTRUM_SIDE`].
    pub eigenvalues: Vec<Complex64>,
    /// The largest modulus.
    pub spectral_radius: Option<f64>,
    /// Condition number of the eigenvectors, where they were computed.
    pub condition: Option<f64>,
    /// Why the full matrix steps although the modal form was asked for.
    pub fallback: Option<String>,
    /// Fraction bits of A in fixed point.
    pub fixed_bits: Option<u32>,
    /// Relative distance of a fixed-point `z` from the float64 one after so many steps, tried before the
    /// run; `None` where one of them does not get that far.
    pub fixed_error: Option<(u64, f64)>,
    /// Whether operators of the user act on z after each step, or are the step.
    pub operated: bool,
}

/// Larger matrices are run without asking for their spectrum: it would take minutes.
pub const MAX_SPECTRUM_SIDE: usize = 2048;

/// Steps between two looks at whether `z` is finite.
const BATCH: u64 = 4096;

/// A rollout that went wrong after so many good steps; the state of the last good one is current.
struct Stop {
    taken: u64,
    error: Error,
}

/// The matrix of a rollout, as it steps.
enum Matrix {
    Full(Propagator),
    Modal(Modal),
}

/// Something that steps a vector.
trait Rollout {
    /// Takes steps, at most [`BATCH`]; `step` is the number of the first one, for messages.
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop>;
    /// The vector z, D numbers.
    fn z(&mut self) -> Result<Vec<f64>>;
    /// Bytes on a device.
    fn device_bytes(&self) -> Option<u64> {
        None
    }
    /// Decodes a background on the full box, where the rollout has a device for it.
    fn decode(&mut self, _: &Background, _: &Window) -> Option<Result<Vec<f32>>> {
        None
    }
    /// Pictures that operators made of the last decode.
    #[cfg(feature = "gpu")]
    fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(Vec::new())
    }
    /// Time of each pass on a device, in the last submission.
    #[cfg(feature = "gpu")]
    fn pass_times(&mut self) -> Vec<PassTime> {
        Vec::new()
    }
}

/// A background that runs by a propagator.
pub struct KernelSim {
    /// Basis and scalars; its amplitudes are those of the start.
    template: State,
    rollout: Box<dyn Rollout>,
    form: Form,
    report: KernelReport,
    dt: f64,
    time: f64,
    step: u64,
}

/// Where and how it runs.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// How a step is taken.
    pub form: Form,
    /// Time step of the run. One that differs from the propagator's needs the modal form, which
    /// takes `lambda^(dt / dt_A)`.
    pub dt: f64,
    /// The device; `None` for the CPU.
    #[cfg(feature = "gpu")]
    pub device: Option<&'a Context>,
    /// Nothing else lives in it where there is no device.
    #[cfg(not(feature = "gpu"))]
    pub device: std::marker::PhantomData<&'a ()>,
    /// Gives the propagator once more: the modal form then works in its memory, and asks again only
    /// where it gives way to the full matrix. Without it a copy is held meanwhile.
    pub again: Option<&'a dyn Fn() -> Result<Propagator>>,
}

impl<'a> Plan<'a> {
    /// A plan for the CPU.
    pub fn cpu(form: Form, dt: f64) -> Self {
        Self { form, dt, device: Default::default(), again: None }
    }
}

impl KernelSim {
    /// From a state without atoms and a propagator that fits it. The matrix is taken over so that it
    /// is held once.
    ///
    /// # Errors
    /// [`Error::Invalid`] when they do not fit, the form cannot hold them, or dt is another one and
    /// the form not modal.
    pub fn new(state: &State, propagator: Propagator, plan: Plan<'_>) -> Result<Self> {
        state.validate()?;
        propagator.fits(state.background.basis())?;
        if !state.atoms.is_empty() {
            return Err(Error::invalid("atoms", "none: this rollout moves z alone", state.atoms.len()));
        }
        let own_dt = propagator.origin.dt;
        let power = own_dt.map_or(1.0, |own| ratio(plan.dt, own));
        let (basis, z) = (state.background.basis(), state.background.to_z());
        let mut report = KernelReport::default();
        if plan.form == Form::Fixed {
            report.fixed_error = cpu::fixed_error(&propagator, &z, basis.keep_index())?;
        }
        let mut form = plan.form;
        let matrix = if let Form::Modal(precision) = form {
            match Self::modal(propagator, power, &plan, &mut report)? {
                Ok(modal) => Matrix::Modal(modal),
                Err(propagator) => {
                    propagator.fits(basis)?;
                    form = Form::Dense(precision);
                    Matrix::Full(propagator)
                }
            }
        } else {
            if propagator.side() <= MAX_SPECTRUM_SIDE {
                report.eigenvalues = eigenvalues(&propagator)?;
                report.spectral_radius = Some(radius(&report.eigenvalues));
            }
            Matrix::Full(propagator)
        };
        if let (Matrix::Full(_), Some(own)) = (&matrix, own_dt.filter(|_| power != 1.0)) {
            let rule = format!("{own}, the dt of A (the modal form takes any dt)");
            return Err(Error::invalid("dt", rule, plan.dt));
        }
        let rollout = Self::rollout(matrix, form, &z, basis.keep_index(), &mut report, &plan)?;
        let template = state.clone();
        Ok(Self { template, rollout, form, report, dt: plan.dt, time: state.time, step: state.step })
    }

    /// On a device, with operators of a user: those on z act after each step of the propagator, or without one
    /// are the step; those on field and carrier act after each decode.
    ///
    /// # Errors
    /// As [`KernelSim::new`], and whatever an operator's trial finds.
    #[cfg(feature = "gpu")]
    pub fn with_operators(
        state: &State,
        propagator: Option<&Propagator>,
        context: &Context,
        operators: &[std::sync::Arc<Operator>],
        precision: Option<Precision>,
        dt: f64,
    ) -> Result<Self> {
        state.validate()?;
        if !state.atoms.is_empty() {
            return Err(Error::invalid("atoms", "none: this rollout moves z alone", state.atoms.len()));
        }
        let (basis, z) = (state.background.basis(), state.background.to_z());
        if let Some(propagator) = propagator {
            propagator.fits(basis)?;
            if propagator.origin.dt.is_some_and(|own| ratio(dt, own) != 1.0) {
                return Err(Error::invalid("dt", "the dt of A: operators act on z after each of its steps", dt));
            }
        }
        let numbers = operated::numbers(operators, propagator.is_some(), precision)?;
        let rollout = operated::Operated::new(context, propagator, operators, numbers, &z, basis.low().len())?;
        let form = match numbers {
            Numbers::F64 => Form::Dense(Precision::F64),
            Numbers::I32 => Form::Fixed,
            Numbers::F32 | Numbers::Ternary => Form::Dense(Precision::F32),
        };
        let (template, report) = (state.clone(), KernelReport { operated: true, ..Default::default() });
        Ok(Self { template, rollout: Box::new(rollout), form, report, dt, time: state.time, step: state.step })
    }

    /// Pictures that operators of the user made of the last decode, by their names: rows from the bottom, RGBA.
    ///
    /// # Errors
    /// When the device does not answer.
    #[cfg(feature = "gpu")]
    pub fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.rollout.images()
    }

    /// Time of each pass on a device in the last submission; empty on the CPU.
    #[cfg(feature = "gpu")]
    pub fn pass_times(&mut self) -> Vec<PassTime> {
        self.rollout.pass_times()
    }

    /// The modal form, or the propagator again where its eigenvectors are ill-conditioned.
    fn modal(
        propagator: Propagator,
        power: f64,
        plan: &Plan<'_>,
        report: &mut KernelReport,
    ) -> Result<std::result::Result<Modal, Propagator>> {
        let copy = if plan.again.is_none() { Some(propagator.clone()) } else { None };
        let again = || match (&copy, plan.again) {
            (Some(propagator), _) => Ok(propagator.clone()),
            (None, Some(again)) => again(),
            (None, None) => Err(Error::Run("the matrix of the kernel is gone".into())),
        };
        let mut modal = Modal::taking(propagator, &again)?;
        (report.condition, report.spectral_radius) = (Some(modal.condition()), Some(modal.spectral_radius()));
        report.eigenvalues = modal.eigenvalues().to_vec();
        if modal.well_conditioned() {
            modal.to_power(power)?;
            return Ok(Ok(modal));
        }
        report.fallback = Some(format!(
            "eigenvectors of A have condition number {:.1e}, above {CONDITION_LIMIT:.0e}: the full matrix steps",
            modal.condition()
        ));
        drop(modal);
        again().map(Err)
    }

    fn rollout(
        matrix: Matrix,
        form: Form,
        z: &[f64],
        keep: usize,
        report: &mut KernelReport,
        plan: &Plan<'_>,
    ) -> Result<Box<dyn Rollout>> {
        #[cfg(feature = "gpu")]
        if let Some(context) = plan.device {
            return gpu::rollout(context, matrix, form, z, keep, report);
        }
        let _ = plan;
        cpu::rollout(matrix, form, z, keep, report)
    }

    /// How steps are taken: the full matrix where a modal form was refused.
    pub fn form(&self) -> Form {
        self.form
    }

    /// What is known of the kernel.
    pub fn report(&self) -> &KernelReport {
        &self.report
    }

    /// The vector, raw: its header is not read. D numbers, in the order of [`Background::to_z`].
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn z(&mut self) -> Result<Vec<f64>> {
        self.rollout.z()
    }

    /// Bytes on the device; `None` on the CPU.
    pub fn device_bytes(&self) -> Option<u64> {
        self.rollout.device_bytes()
    }

    /// `z` as a background: finite-checked, so that k_keep may be read.
    fn background(&mut self) -> Result<Background> {
        Background::from_z(self.template.background.basis().clone(), &self.rollout.z()?)
    }

    fn count(&mut self, steps: u64) {
        self.step += steps;
        // One by one, as every backend adds them: a run in two halves has the time of one in a whole.
        (0..steps).for_each(|_| self.time += self.dt);
    }
}

/// How many steps of `own` make one of `dt`; exactly 1 for equal ones, whole numbers where meant.
fn ratio(dt: f64, own: f64) -> f64 {
    let ratio = dt / own;
    let whole = ratio.round();
    if (ratio - whole).abs() < 1e-9 * whole { whole } else { ratio }
}

impl Simulator for KernelSim {
    fn advance(&mut self, steps: u64) -> Result<()> {
        let mut left = steps;
        while left > 0 {
            // Batches begin at multiples, so that what is looked at does not depend on the caller.
            let count = (BATCH - self.step % BATCH).min(left);
            match self.rollout.advance(self.step + 1, count) {
                Ok(()) => self.count(count),
                Err(stop) => {
                    self.count(stop.taken);
                    return Err(stop.error);
                }
            }
            left -= count;
        }
        Ok(())
    }

    fn decode(&mut self, n: u32) -> Result<Vec<f32>> {
        let (background, window) = (self.background()?, Window::full(n));
        if let Some(field) = self.rollout.decode(&background, &window) {
            return field;
        }
        // In bands, so that of the grid only the answer is held.
        let (dense, radius) = (background.dense(), background.basis().radius());
        let mut field = Vec::with_capacity(window.cells());
        for row in (0..n).step_by(64) {
            let band = low_k::cpu::rows(&dense, radius, &window, row..(row + 64).min(n));
            field.extend(band.iter().map(|w| *w as f32));
        }
        Ok(field)
    }

    fn snapshot(&mut self) -> Result<State> {
        let background = self.background()?;
        Ok(State { background, time: self.time, step: self.step, ..self.template.clone() })
    }

    fn time(&self) -> f64 {
        self.time
    }

    fn step(&self) -> u64 {
        self.step
    }
}

/// The message of a step after which `z` is no longer finite.
fn not_finite(step: u64, index: usize) -> Error {
    Error::Run(format!(
        "step {step}: z[{index}] is no longer finite; the state before it is kept: A has a spectral radius above 1, \
         learn it with the clamp"
    ))
}

#[cfg(test)]
mod tests;
