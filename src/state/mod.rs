//! The structural state `S_t = (A_t, b_t)`: signed vortex atoms and a spectral background.
//!
//! Its size depends on neither the decode grid nor the number of steps. Everything here is
//! checked when it is made: a state in hand is a valid state.

mod ages;
mod atom;
mod atoms;
mod background;
mod basis;
mod change;
mod event;
mod invariants;
mod lattice;
mod ledger;
mod passes;
mod propagator;
mod residual;
mod stroke;

pub use ages::Births;
pub use atom::{Atom, Chart, EPS_MAX, Sign, Topology};
pub use atoms::{Atoms, AtomsView};
pub use background::{Background, Header};
pub(crate) use basis::dense_index;
pub use basis::{Basis, flat_index};
pub use change::Change;
use change::Moved;
pub use event::{Event, Kind};
pub use invariants::{Invariants, impulse};
pub use lattice::Lattice;
pub use ledger::{Cause, Drift, Ledger, Sums};
pub use passes::{PassReport, Passes};
pub use propagator::{MAX_SIDE, Origin, Propagator};
pub use residual::{MAX_CUT as MAX_RESIDUAL_CUT, MAX_RANK, ResidualBasis};
pub use stroke::{MOST as MOST_STROKES, POINTS as STROKE_POINTS, Stroke, TORN, owned};

use std::sync::Arc;

use crate::error::{Error, Result};

/// Precision a saved run was made in (`dtype_code` of the file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit floats.
    F32 = 0,
    /// 64-bit floats.
    F64 = 1,
    /// Fixed point, exact.
    Fixed = 2,
}

impl Dtype {
    /// Word of the type in metrics and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Fixed => "fixed",
        }
    }
}

/// Configuration scalars that travel with a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meta {
    /// Grid side that `mask_low` and `anchor_idx` refer to in files.
    pub n: usize,
    /// Ternary carrier threshold, in standard deviations of the residual.
    pub dashi_tau: f64,
    /// Rounds of 3x3 majority smoothing of the carrier.
    pub dashi_smooth_k: u32,
    /// Precision of the run.
    pub dtype: Dtype,
    /// Seed of the genesis.
    pub seed: u64,
    /// Time step.
    pub dt: f64,
    /// Kinematic viscosity.
    pub nu: f64,
}

impl Default for Meta {
    fn default() -> Self {
        Self { n: 64, dashi_tau: 0.35, dashi_smooth_k: 1, dtype: Dtype::F64, seed: 0, dt: 0.01, nu: 5e-5 }
    }
}

/// Atoms, background and the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Signed vortex atoms.
    pub atoms: Atoms,
    /// Spectral background.
    pub background: Background,
    /// Simulated time.
    pub time: f64,
    /// Steps taken since genesis.
    pub step: u64,
    /// Configuration scalars.
    pub meta: Meta,
    /// Parcels in whose place the ellipses stand, where it was read in the middle of a cycle.
    pub parcels: Option<Arc<Lattice>>,
    /// Curves of drawn filaments that became ellipses: for the picture and for editing, in no file.
    pub strokes: Vec<Stroke>,
}

impl State {
    /// A state at time zero.
    pub fn new(atoms: Atoms, background: Background, meta: Meta) -> Self {
        Self { atoms, background, time: 0.0, step: 0, meta, parcels: None, strokes: vec![] }
    }

    /// Independent real numbers: 6 an ellipse, 3 + 2V a filament of V vertices, and those of the background.
    pub fn floats(&self) -> usize {
        let atoms = self.atoms.view();
        let vertices = |i: usize| atoms.start[i + 1] - atoms.start[i];
        let own = (0..self.atoms.len()).map(|i| if atoms.chart[i] == Chart::Ellipse { 6 } else { 3 + 2 * vertices(i) });
        own.sum::<usize>() + self.background.independent_reals()
    }

    /// Checks every invariant of atoms, background and clock.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field at fault.
    pub fn validate(&self) -> Result<()> {
        self.atoms.validate()?;
        self.background.validate()?;
        if !(self.time.is_finite() && self.meta.dt.is_finite() && self.meta.nu.is_finite() && self.meta.nu >= 0.0) {
            return Err(Error::invalid(
                "state time, dt and nu",
                "finite numbers, nu >= 0",
                format!("{} {} {}", self.time, self.meta.dt, self.meta.nu),
            ));
        }
        Ok(())
    }
}
