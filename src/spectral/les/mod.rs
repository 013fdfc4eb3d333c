//! The reference large-eddy simulation: vorticity on a doubly periodic grid, on the CPU.
//!
//! ```text
//! d omega/dt + u . grad omega = div( (nu0 + nu_t) grad omega ),   -lap psi = omega,  u = (psi_y, -psi_x)
//! nu_t = (Cs Delta)^2 |S|,   |S| = sqrt(2 S_ij S_ij),   Delta = 2 pi/N
//! ```
//!
//! Smagorinsky's eddy viscosity (Mon. Weather Rev. 91, 1963) acts on the vorticity's gradient. Space is
//! pseudo-spectral: modes with `|kx|, |ky| <= K`, K the largest integer below N/3, so that quadratic
//! products are free of aliasing. Time is rk4 unless another [`LesScheme`] is asked for. One field is held, as its
//! modes; each evaluation streams rows through buffers that are allocated once.
//!
//! A step is taken only within its scheme's limits on `CFL = dt max(|u| + |v|)/Delta` and on the largest viscous
//! rate (`scheme`). Nothing is clamped or zeroed on the way: beyond the limits a step is subdivided if that is
//! allowed, otherwise the run ends. Nor does a run go on whose enstrophy grows, as no unforced flow's does (`watch`);
//! rk2 alone goes on, and what grew is told.
//!
//! The device has the same schemes in f32 (`gpu`), two dispatches a stage: `shaders/les_rows.wgsl` and
//! `shaders/les_columns.wgsl`.
//!
//! It is an optional microscope: to learn a kernel from, and to compare with.

#[cfg(feature = "gpu")]
pub mod gpu;
mod scheme;
mod slope;
mod solver;
mod watch;

use std::fmt;

use crate::layout::{StructLayout, Workgroup};

use crate::error::{Error, Result};
pub use scheme::LesScheme;
use solver::Solver;

/// Grid sides that the solver takes; even numbers only.
pub const SIDE_RANGE: std::ops::RangeInclusive<usize> = 16..=8192;
/// Most parts that a step may be divided into.
pub const MAX_SUBSTEPS: u32 = 4096;
/// Most parts of a step where nothing else is said.
pub const DEFAULT_SUBSTEPS: u32 = 256;

crate::shared_struct! {
    /// One stage on the device.
    LesStage in "les_columns" {
        /// Kinematic viscosity.
        nu0: f32,
        /// `(Cs Delta)^2`.
        eddy: f32,
        /// Share of h that the slope moves by.
        reach: f32,
        /// Share of the stage's own modes in what the slope is added to; the rest are those at the step's start.
        mix: f32,
        /// The first for the sum that rk4 carries beside a stage.
        sum_reach: f32,
        /// The second for that sum.
        sum_mix: f32,
        /// Unused.
        pad0: f32,
        /// Unused.
        pad1: f32,
    }
}

/// What the device and the host share.
pub const LAYOUTS: &[StructLayout] = &[LesStage::LAYOUT];

const fn lines(shader: &'static str) -> Workgroup {
    Workgroup { shader, size: [32, 1, 1] }
}

/// Threads of a workgroup; of passes over lines as their constants stand before a side is chosen.
pub const WORKGROUPS: &[Workgroup] = &[
    Workgroup { shader: "les_band", size: [64, 1, 1] },
    lines("les_columns"),
    lines("les_field"),
    lines("les_rows"),
    Workgroup { shader: "les_sums", size: [64, 1, 1] },
];

/// Largest relative L2 difference of the device's field from the CPU's in f64 after a step.
pub const TOLERANCE: f64 = 2e-6;

/// Precision of the arithmetic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// f64 above N = 1024, f32 up to there.
    #[default]
    Auto,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

impl Precision {
    /// Whether a grid of side `n` is computed in f64.
    pub fn is_f64(self, n: usize) -> bool {
        match self {
            Self::Auto => n > 1024,
            Self::F32 => false,
            Self::F64 => true,
        }
    }
}

/// What defines a simulation besides its first field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LesOptions {
    /// Side of the grid.
    pub n: usize,
    /// Kinematic viscosity.
    pub nu0: f64,
    /// Smagorinsky's constant; 0 switches the eddy viscosity off.
    pub cs: f64,
    /// Time step.
    pub dt: f64,
    /// How a step is taken.
    pub scheme: LesScheme,
    /// Most parts that a step may be divided into to stay within the scheme's limits; with 1 it is never divided.
    pub substeps: u32,
    /// Precision.
    pub dtype: Precision,
}

impl Default for LesOptions {
    fn default() -> Self {
        let scheme = LesScheme::default();
        Self { n: 64, nu0: 5e-5, cs: 0.17, dt: 0.01, scheme, substeps: DEFAULT_SUBSTEPS, dtype: Precision::Auto }
    }
}

impl LesOptions {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the option.
    pub fn validate(&self) -> Result<()> {
        let Self { n, nu0, cs, dt, substeps, .. } = *self;
        if !SIDE_RANGE.contains(&n) || n % 2 == 1 {
            let expected = format!("an even number from {} to {}", SIDE_RANGE.start(), SIDE_RANGE.end());
            return Err(Error::invalid("N of the LES", expected, n));
        }
        if !(dt.is_finite() && dt > 0.0) {
            return Err(Error::invalid("dt of the LES", "a number above 0", dt));
        }
        for (name, value) in [("nu0", nu0), ("Cs", cs)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::invalid(format!("{name} of the LES"), "a number of at least 0", value));
            }
        }
        if !(1..=MAX_SUBSTEPS).contains(&substeps) {
            return Err(Error::invalid("substeps of the LES", format!("1 to {MAX_SUBSTEPS}"), substeps));
        }
        Ok(())
    }

    /// Bytes that the solver holds.
    pub fn bytes(&self) -> u64 {
        let (n, k) = (self.n as u64, slope::band(self.n) as u64);
        let complex = if self.dtype.is_f64(self.n) { 16 } else { 8 };
        let (columns, rows) = if self.cs > 0.0 { (4, 2) } else { (4, 1) };
        let modes = 2 + u64::from(self.scheme != LesScheme::Rk2) + u64::from(self.substeps > 1);
        complex * (k + 1) * (modes * (2 * k + 1) + (columns + rows) * n)
    }
}

/// A running simulation, in either precision.
pub struct Les(Inner);

enum Inner {
    F32(Solver<f32>),
    F64(Solver<f64>),
}

macro_rules! either {
    ($inner:expr, $solver:ident => $value:expr) => {
        match $inner {
            Inner::F32($solver) => $value,
            Inner::F64($solver) => $value,
        }
    };
}

impl Les {
    /// Starts from `omega[j, i]`, row-major `N x N`. Its mean and its modes beyond the 2/3 band are
    /// not part of the simulation; [`Les::dropped`] says how much that was.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an option out of range or a field of the wrong size or with values that
    /// are not finite; [`Error::Run`] when there is not enough memory.
    pub fn new(options: &LesOptions, omega: &[f64]) -> Result<Self> {
        options.validate()?;
        let cells = options.n * options.n;
        if omega.len() != cells {
            return Err(Error::invalid("first field of the LES", format!("{cells} numbers"), omega.len()));
        }
        if let Some(i) = omega.iter().position(|w| !w.is_finite()) {
            let place = format!("first field of the LES at [{}, {}]", i / options.n, i % options.n);
            return Err(Error::invalid(place, "a finite number", omega[i]));
        }
        Ok(Self(match options.dtype.is_f64(options.n) {
            true => Inner::F64(Solver::new(options, omega)?),
            false => Inner::F32(Solver::new(options, omega)?),
        }))
    }

    /// Takes one step of dt.
    ///
    /// # Errors
    /// [`Error::Run`] naming stage, step, CFL and remedy when the step would not be stable or a value
    /// is no longer finite; the field before the step is kept.
    pub fn step(&mut self) -> Result<()> {
        either!(&mut self.0, s => s.step())
    }

    /// Writes the field, row-major `N x N`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `omega` has another length.
    pub fn field_into(&mut self, omega: &mut [f64]) -> Result<()> {
        let cells = self.options().n * self.options().n;
        if omega.len() != cells {
            return Err(Error::invalid("room for the field of the LES", format!("{cells} numbers"), omega.len()));
        }
        either!(&mut self.0, s => s.field_into(omega));
        Ok(())
    }

    /// The field, row-major `N x N`.
    pub fn field(&mut self) -> Vec<f64> {
        let n = self.options().n;
        let mut omega = vec![0.0; n * n];
        either!(&mut self.0, s => s.field_into(&mut omega));
        omega
    }

    /// Options that the simulation was made with.
    pub fn options(&self) -> &LesOptions {
        either!(&self.0, s => &s.options)
    }

    /// Steps taken.
    pub fn step_count(&self) -> u64 {
        either!(&self.0, s => s.count)
    }

    /// Simulated time since the first field.
    pub fn time(&self) -> f64 {
        self.step_count() as f64 * self.options().dt
    }

    /// CFL of a whole dt, measured at the start of the last step; `None` before the first.
    pub fn cfl(&self) -> Option<f64> {
        either!(&self.0, s => s.cfl)
    }

    /// Largest growth of enstrophy over its lowest so far, of the lowest; 0 where it only fell.
    pub fn growth(&self) -> f64 {
        either!(&self.0, s => s.floor.growth)
    }

    /// Whether enstrophy, or with Cs = 0 energy, ever grew beyond rounding, as it may under rk2.
    pub fn grew(&self) -> bool {
        either!(&self.0, s => s.floor.grew)
    }

    /// The sentence that steps are divided, once.
    pub fn remark(&mut self) -> Option<String> {
        either!(&mut self.0, s => s.remark.take())
    }

    /// Parts that the last step was divided into, 1 if it was not; `None` before the first.
    pub fn parts(&self) -> Option<u32> {
        either!(&self.0, s => s.parts)
    }

    /// Mean of `(u^2 + v^2)/2` and of `omega^2/2`, summed over the modes.
    pub fn energy_enstrophy(&self) -> (f64, f64) {
        either!(&self.0, s => s.energy_enstrophy())
    }

    /// Share of the first field's mean square that the simulation cannot hold: its mean, and modes
    /// beyond the 2/3 band. Rounding makes it about 1e-13 in f32 where nothing was dropped.
    pub fn dropped(&self) -> f64 {
        either!(&self.0, s => s.dropped)
    }
}

impl fmt::Debug for Les {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Les").field("options", self.options()).field("step", &self.step_count()).finish()
    }
}

#[cfg(test)]
mod tests;
