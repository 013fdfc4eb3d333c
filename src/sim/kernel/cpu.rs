//! The forms on the CPU.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{Form, KernelReport, Matrix, Precision, Rollout, Stop, not_finite};
use crate::{
    error::{Error, Result},
    math::Real,
    ops::{kernel_dense, kernel_fixed, kernel_modal},
    spectral::modal::{Modal, Outward},
    state::Propagator,
};

/// The form asked for, on the CPU.
pub(super) fn rollout(
    matrix: Matrix,
    form: Form,
    z: &[f64],
    keep: usize,
    report: &mut KernelReport,
) -> Result<Box<dyn Rollout>> {
    let single = matches!(form, Form::Dense(Precision::F32) | Form::Modal(Precision::F32));
    Ok(match matrix {
        Matrix::Full(propagator) if form == Form::Fixed => {
            let matrix = kernel_fixed::Matrix::new(propagator.side(), propagator.matrix(), (keep, z[keep]))?;
            drop(propagator);
            report.fixed_bits = Some(matrix.bits);
            Box::new(Fixed::new(matrix, z)?)
        }
        Matrix::Full(propagator) if single => Box::new(Dense::<f32>::new(&propagator, z)?),
        Matrix::Full(propagator) => Box::new(Dense::<f64>::new(&propagator, z)?),
        Matrix::Modal(modal) if single => Box::new(Modes::<f32>::new(modal, z)),
        Matrix::Modal(modal) => Box::new(Modes::<f64>::new(modal, z)),
    })
}

/// Steps of the comparison between fixed point and floats.
const TRIAL: u64 = 1000;

/// Runs both for [`TRIAL`] steps, k_keep carried in both; relative Euclidean distance at the end.
pub(super) fn fixed_error(propagator: &Propagator, z: &[f64], keep: usize) -> Result<Option<(u64, f64)>> {
    let side = propagator.side();
    let mut a = propagator.matrix().to_vec();
    (0..side).for_each(|i| a[i * side + keep] = if i == keep { 1.0 } else { 0.0 });
    let mut float = Dense::<f64>::new(&Propagator::new(side, a, Default::default())?, z)?;
    let matrix = kernel_fixed::Matrix::new(side, propagator.matrix(), (keep, z[keep]))?;
    let mut fixed = Fixed::new(matrix, z)?;
    if fixed.advance(1, TRIAL).is_err() || float.advance(1, TRIAL).is_err() {
        return Ok(None);
    }
    let (a, b) = (fixed.z()?, float.z()?);
    let square: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
    let norm: f64 = b.iter().map(|b| b * b).sum();
    Ok((norm > 0.0).then(|| (TRIAL, (square / norm).sqrt())))
}

/// Fewer columns than this are not worth a second thread.
const COLUMNS_PER_THREAD: usize = 256;

/// A few threads for one step: more would wait for memory.
struct Crew {
    threads: usize,
    pool: Option<ThreadPool>,
}

impl Crew {
    fn new(side: usize) -> Result<Self> {
        let there = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = there.min(4).min(side / COLUMNS_PER_THREAD).max(1);
        let pool = || ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = (threads > 1).then(pool).transpose();
        Ok(Self { threads, pool: pool.map_err(|e| Error::Run(format!("threads for the kernel: {e}")))? })
    }

    /// Runs on the crew; `work` gets the number of threads.
    fn run<T: Send>(&self, work: impl FnOnce(usize) -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(|| work(self.threads)),
            None => work(1),
        }
    }
}

/// The full matrix.
struct Dense<R> {
    panels: kernel_dense::cpu::Panels<R>,
    z: Vec<R>,
    next: Vec<R>,
    crew: Crew,
}

impl<R: Real> Dense<R> {
    fn new(propagator: &Propagator, z: &[f64]) -> Result<Self> {
        let panels = kernel_dense::cpu::Panels::new(propagator.side(), propagator.matrix());
        let z: Vec<R> = z.iter().map(|x| R::of(*x)).collect();
        Ok(Self { panels, next: z.clone(), z, crew: Crew::new(propagator.side())? })
    }

    fn run(&mut self, steps: u64) {
        let Self { panels, z, next, crew } = self;
        crew.run(|threads| {
            for _ in 0..steps {
                panels.step(z, next, threads);
                std::mem::swap(z, next);
            }
        });
    }
}

fn first_bad<R: Real>(z: &[R]) -> Option<usize> {
    z.iter().position(|x| !x.is_finite())
}

impl<R: Real> Rollout for Dense<R> {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        let start = self.z.clone();
        self.run(steps);
        // What is not finite stays so: infinity and NaN spread over every column.
        if first_bad(&self.z).is_none() {
            return Ok(());
        }
        self.z = start;
        for taken in 0..steps {
            let before = self.z.clone();
            self.run(1);
            if let Some(index) = first_bad(&self.z) {
                self.z = before;
                return Err(Stop { taken, error: not_finite(step + taken, index) });
            }
        }
        Ok(())
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.z.iter().map(|x| x.f64()).collect())
    }
}

/// The eigenbasis.
struct Modes<R> {
    outward: Outward,
    modes: kernel_modal::cpu::Modes<R>,
}

impl<R: Real> Modes<R> {
    fn new(modal: Modal, z: &[f64]) -> Self {
        let modes = kernel_modal::cpu::Modes::new(&modal.factors(), &modal.amplitudes(z));
        Self { outward: modal.into_outward(), modes }
    }

    fn first_bad(&self) -> Option<usize> {
        let amplitudes = self.modes.amplitudes();
        // Far from overflow there is no need to leave the eigenbasis.
        match amplitudes.iter().all(|w| w.norm() < 1e200) {
            true => None,
            false => first_bad(&self.outward.state(&amplitudes)),
        }
    }
}

impl<R: Real> Rollout for Modes<R> {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        let start = self.modes.clone();
        self.modes.advance(steps);
        if self.first_bad().is_none() {
            return Ok(());
        }
        self.modes = start;
        for taken in 0..steps {
            let before = self.modes.clone();
            self.modes.advance(1);
            if let Some(index) = self.first_bad() {
                self.modes = before;
                return Err(Stop { taken, error: not_finite(step + taken, index) });
            }
        }
        Ok(())
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.outward.state(&self.modes.amplitudes()))
    }
}

/// Whole numbers.
struct Fixed {
    /// Scale and k_keep; its entries are in the panels.
    matrix: kernel_fixed::Matrix,
    panels: kernel_fixed::cpu::Panels,
    z: Vec<i32>,
    next: Vec<i32>,
    crew: Crew,
}

impl Fixed {
    fn new(mut matrix: kernel_fixed::Matrix, z: &[f64]) -> Result<Self> {
        let panels = kernel_fixed::cpu::Panels::new(&matrix);
        matrix.entries = Vec::new();
        let z = matrix.state(z)?;
        Ok(Self { panels, next: z.clone(), z, crew: Crew::new(matrix.side)?, matrix })
    }
}

impl Rollout for Fixed {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        let Self { panels, z, next, crew, .. } = self;
        crew.run(|threads| {
            for taken in 0..steps {
                if let Err(index) = panels.step(z, next, threads) {
                    return Err(Stop { taken, error: kernel_fixed::overflow(step + taken, index) });
                }
                std::mem::swap(z, next);
            }
            Ok(())
        })
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.matrix.numbers(&self.z))
    }
}
