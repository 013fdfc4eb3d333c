//! The order of operators, substeps, and the backend that runs them.
//!
//! One step: Runge-Kutta stages of (quadrature, biot_savart, mode_velocity, atom_modes,
//! kernel_galerkin, advect), then core_spread, kernel_linear, and every few steps resample. Decode:
//! raster, low_k, compose. Both backends read as this list.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod measure;
#[cfg(feature = "gpu")]
pub mod parity;

pub use cpu::CpuSim;
#[cfg(feature = "gpu")]
pub use gpu::{Counters, GpuSim};
pub use measure::measure;

use crate::{
    error::Result,
    math::Complex64,
    ops::{kernel_linear, resample},
    params::{Kernel, Params},
    state::{Background, State},
};

/// A running state without a window: what `run`, tests and examples drive.
pub trait Simulator {
    /// Takes whole steps.
    fn advance(&mut self, steps: u64) -> Result<()>;
    /// Vorticity on the `n x n` grid of the whole box, row 0 at the bottom.
    fn decode(&mut self, n: u32) -> Result<Vec<f32>>;
    /// A copy of the state.
    fn snapshot(&mut self) -> Result<State>;
    /// Simulated time.
    fn time(&self) -> f64;
    /// Steps taken.
    fn step(&self) -> u64;
}

/// Makes a state ready to run: segments within their bound, as genesis and drawing leave it to us.
pub fn prepared(state: &State, params: &Params) -> Result<State> {
    let mut state = state.clone();
    if params.resample == 1 {
        state.atoms = resample::cpu::settle(&state.atoms, params.segment_bound, params.max_vertices as usize)?;
    }
    Ok(state)
}

/// Factors of the linear kernel for a background, row ky.
fn linear_factors(background: &Background, params: &Params) -> Vec<Complex64> {
    let drift = [params.drift_x, params.drift_y];
    kernel_linear::cpu::factors(background.basis().radius(), params.nu, drift, params.spin, params.dt)
}

/// Whether the background takes part in Runge-Kutta stages.
fn in_stages(kernel: Kernel) -> bool {
    kernel == Kernel::Galerkin
}
