//! The order of operators, substeps, and the backend that runs them.
//!
//! One step: Runge-Kutta stages of (quadrature, biot_savart or mesh, mode_velocity, atom_modes,
//! kernel_galerkin, advect), then stretch where it is asked for, core_spread, kernel_linear, and every few steps
//! resample and mdl. Decode: raster, low_k, compose. Both backends read as this list.

mod atom;
pub mod auto_dt;
pub mod cpu;
pub mod cycle;
mod decode;
mod diagnose;
mod forced;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod growth;
pub mod kernel;
pub mod measure;
#[cfg(feature = "gpu")]
pub mod parity;
pub mod rows;
mod seek;
mod transforms;
pub mod truth;
pub mod vitals;

pub use atom::{induced, worth};
pub use auto_dt::{AutoDt, Bound, STILL, auto_dt, suits};
pub use cpu::CpuSim;
use cycle::short_of_parcels;
pub use decode::{decode, resolving_side};
pub use diagnose::{Diagnosis, diagnose};
#[cfg(feature = "gpu")]
pub use gpu::room;
#[cfg(feature = "gpu")]
pub use gpu::{
    Beside, Counters, Fault, FieldTarget, FlowGrid, Glimpse, GpuSim, Held, Instant, Moment, Probes, Shown, Strokes,
    Views, WholeState, ask_operators, prepare_beside, spoil, truth_of,
};
pub use growth::Growth;
pub use kernel::KernelSim;
pub use measure::{measure, measure_by};
pub use seek::{can_seek, seek};
pub use transforms::Transforms;
pub use truth::Truth;
pub use vitals::Vitals;

use crate::{
    error::{Error, Result},
    math::Complex64,
    ops::{kernel_linear, quadrature, resample},
    params::{Kernel, Params},
    state::{AtomsView, Background, Ledger, State},
};

/// A running state without a window: what `run`, tests and examples drive.
pub trait Simulator {
    /// Takes whole steps.
    ///
    /// # Errors
    /// [`Error::Run`] where a number is no longer finite, a step is not stable or the device does not answer.
    fn advance(&mut self, steps: u64) -> Result<()>;
    /// Vorticity on the `n x n` grid of the whole box, row 0 at the bottom, `n * n` values row by row.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side out of range; [`Error::Run`] where the device has no room or does not answer.
    fn decode(&mut self, n: u32) -> Result<Vec<f32>>;
    /// A copy of the state.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer, or the refit of a cycle under way fails.
    fn snapshot(&mut self) -> Result<State>;
    /// What passes and the transport changed beside motion; `None` where nothing can.
    fn ledger(&self) -> Option<&Ledger> {
        None
    }
    /// How many parcels carry ellipses now.
    fn parcels(&self) -> usize {
        0
    }
    /// Simulated time.
    fn time(&self) -> f64;
    /// Steps taken.
    fn step(&self) -> u64;
}

/// Makes a state ready to run: filaments as rows of ellipses where that is asked for and `max_atoms` has room for them
/// (see [`rows::short_of_atoms`]), segments within their bound, as genesis and drawing leave it to us.
///
/// # Errors
/// [`Error::Invalid`] for an atom that breaks an invariant.
pub fn prepared(state: &State, params: &Params) -> Result<State> {
    let mut state = state.clone();
    if params.in_rows()
        && let Some(rows) = rows::in_rows(&state.atoms, params)?
    {
        state.atoms = rows;
    }
    settled(&state, params)
}

/// A state with segments within their bound and every atom as it is: how a run on its way and an edit go on.
///
/// # Errors
/// As [`prepared`].
pub fn settled(state: &State, params: &Params) -> Result<State> {
    let mut state = state.clone();
    if params.resample == 1 {
        state.atoms = resample::cpu::settle(&state.atoms, params.segment_bound, params.max_vertices as usize)?;
    }
    Ok(state)
}

/// A state as a file holds it: its ellipses refitted to the parcels, where it was read in the middle of a cycle.
///
/// # Errors
/// Where state and parameters do not fit; what a refit answers.
pub fn whole(state: &State, params: &Params) -> Result<State> {
    match state.parcels {
        Some(_) => CpuSim::new(state, params)?.snapshot(),
        None => Ok(state.clone()),
    }
}

/// What a state asks for and does not get under these parameters, in a sentence.
pub fn short(state: &State, params: &Params) -> Option<String> {
    if let Some(wanted) = rows::short_of_atoms(&state.atoms, params) {
        return Some(format!(
            "Filaments stay filaments with round cores: as ellipses they are {wanted}, and max_atoms and max_vertices allow {}",
            params.most_ellipses()
        ));
    }
    let (wanted, thinnest) = short_of_parcels(&state.atoms, params)?;
    Some(format!(
        "The ellipses ask for {wanted} parcels a side and have {}: refits widen cores thinner than {thinnest:.3} (parcels)",
        cycle::lattice(params)
    ))
}

/// Factors of the linear kernel for a background, row ky.
fn linear_factors(background: &Background, params: &Params) -> Vec<Complex64> {
    let drift = [params.drift_x, params.drift_y];
    kernel_linear::cpu::factors(background.basis().radius(), params.nu, drift, params.spin, params.dt)
}

/// `E(k) = sum |omega_hat|^2 / (2 |k|^2)` over the shell `k - 1/2 <= |k| < k + 1/2` of a Hermitian square of modes,
/// as `[k, E(k)]` for k = 1 to the radius. The square is laid out as [`Background::dense`] says.
pub fn shells(square: &[Complex64], radius: i32) -> Vec<[f64; 2]> {
    let mut shells: Vec<[f64; 2]> = (1..=radius).map(|k| [f64::from(k), 0.0]).collect();
    for (cell, mode) in (0_i32..).zip(square) {
        let (kx, ky) = (cell % (2 * radius + 1) - radius, cell / (2 * radius + 1) - radius);
        let k2 = f64::from(kx * kx + ky * ky);
        let shell = k2.sqrt().round() as usize;
        if (1..=radius as usize).contains(&shell) {
            shells[shell - 1][1] += 0.5 * mode.norm_sqr() / k2;
        }
    }
    shells
}

/// Coefficients of a residual basis move by a learned kernel or stay: no other kernel knows their modes.
///
/// # Errors
/// [`Error::Invalid`] for a state that has them under another kernel.
fn residual_fits(state: &State, params: &Params, learned: bool) -> Result<()> {
    let moves = params.kernel == Kernel::Frozen || (learned && params.kernel == Kernel::Linear);
    match state.background.basis().residual_rank() {
        rank if rank > 0 && !moves => Err(Error::invalid(
            format!("kernel of a state with {rank} residual coefficients"),
            "the A that was learned with them (run --A-npz FILE) or --kernel frozen",
            format!("{:?}", params.kernel).to_lowercase(),
        )),
        _ => Ok(()),
    }
}

/// `eps^2` of every target, the vertices, and of every blob they become, without the ellipses that parcels will
/// stand for.
fn cores(state: &State, params: &Params) -> [Vec<f64>; 2] {
    let most = cycle::lattice(params);
    let carried = |i: usize| cycle::is_carried(&state.atoms, i, most);
    let view = state.atoms.view();
    let alone: Vec<bool> = (0..view.support.len()).map(|i| view.support[i] && !carried(i)).collect();
    let view = AtomsView { support: &alone, ..view };
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let targets = cpu::targets(view, &places);
    let left = (0..alone.len()).filter(|i| !carried(*i));
    let targets = left.flat_map(|i| view.start[i]..view.start[i + 1]).map(|v| targets[v].eps2).collect();
    let blobs = quadrature::cpu::blobs(view, &places).into_iter().filter(|b| b.circulation != 0.0);
    [targets, blobs.map(|b| b.eps2).collect()]
}

/// Whether the background takes part in Runge-Kutta stages.
fn in_stages(kernel: Kernel) -> bool {
    kernel == Kernel::Galerkin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_parcels_for_thin_ellipses_are_noticed() {
        use crate::state::{Atom, Atoms, Chart, Sign};
        let thin = |eps| {
            let atom = Atom::point(Sign::Plus, 1.0, eps, glam::DVec2::splat(2.0));
            Atoms::try_from_iter([Atom { chart: Chart::Ellipse, aspect: 2.0, ..atom }]).unwrap()
        };
        let with = |parcels| Params { parcels: crate::params::Most::Side(parcels), ..Params::default() };
        let (wanted, thinnest) = short_of_parcels(&thin(0.02), &with(128)).unwrap();
        assert!(wanted > 128 && (thinnest - 0.024_543_7).abs() < 1e-6, "{wanted} {thinnest}");
        assert_eq!(short_of_parcels(&thin(0.02), &with(1024)), None);
        assert_eq!(short_of_parcels(&thin(0.2), &with(128)), None);
        assert_eq!(
            short_of_parcels(&thin(0.02), &Params { refit_every: crate::params::Every::Steps(0), ..with(128) }),
            None
        );
        assert_eq!(short_of_parcels(&Atoms::default(), &with(128)), None);
    }

    #[test]
    fn a_single_wave_has_its_energy_on_its_shell() {
        // omega = 2 cos(2x - y): mean u^2/2 = |omega_hat|^2/k^2 = 1/5, on the shell of sqrt 5.
        let mut square = vec![Complex64::default(); 49];
        for (kx, ky) in [(2, -1), (-2, 1)] {
            square[((ky + 3) * 7 + kx + 3) as usize] = Complex64::new(1.0, 0.0);
        }
        assert_eq!(shells(&square, 3), [[1.0, 0.0], [2.0, 0.2], [3.0, 0.0]]);
    }
}
