//! Transport of ellipses, whose cores are wide against the scale of the flow: parcels for a while, then a
//! refit.
//!
//! 1. Start: the ellipses' field is read at the nodes of a lattice; each node becomes a parcel that keeps
//!    what it read.
//! 2. The flow carries the parcels ([`parcels`](crate::ops::parcels)), whatever shapes they draw.
//! 3. Remesh, where the program chooses the length of a cycle: after a winding that tears the lattice the field is read
//!    at the nodes again, where new parcels begin, and diffuses as long as the old ones moved.
//! 4. Refit: each ellipse is moved by the affine map that its own parcels made, then all are refined
//!    against the parcels' values at the parcels' places ([`Fit`](crate::encode::Fit)), and the weakest are exchanged for new
//!    ones where the residual is largest. Peaks are corrected, all by nearly the same, so that the sum of
//!    circulations stays and linear impulse is what the parcels say, then so that large scales and energy are theirs. Cores
//!    then spread by the viscosity of the whole cycle.
//!
//! Between cycles the state is the ellipses alone: parcels are ephemeral, like the grid. Looking at a state
//! in the middle of a cycle refits a copy; the run goes on as if nobody had looked.
//!
//! Measured against RK4 on 1024^2 (correlation at t = 8, 18 scenes): cycles of a winding `max |omega| t = 5` without
//! remeshes lose compact fast cores (leapfrog .08, dipole .90), for they refit every few steps; with remeshes every
//! winding of 5 a jet is .90, its lattice sheared by five cells, and with every 1.5 it is .995 (by cubic splines).
//! Cycles of a winding of 2 and 4 of the root mean square, all else equal and without description-length passes, come
//! to .828 and .967 for the leapfrogging pairs, .728 and .787 for the gas, .590 and .632 for the lattice, .9994 and .9995 for the sheet, and
//! the jet to .9965 and .9952. Of 16, which is taken, `length.rs` says what it brings over 8. Cells, .920
//! while the background moved by itself, are .994 since parcels carry it, too (on 128^2, against 256^2).
//! A free mean in the fit of a refit, as encoding has it, leaves its circulation to be made up for by all peaks alike. An
//! encoded young field of 66 ellipses (64^2, first frame of a trajectory, against 256^2) came by that to 1.07, 1.75, 1.93
//! and 2.24 times its energy at t = 1, 2, 4 and 8, correlations .952, .686, .066 and -.178. With the mean counted it is
//! 1.005, .905, .840 and .856 at .956, .880, .616 and .068; with energy kept, too, 1.000, 1.000, .999 and 1.000 at .956,
//! .879, .591 and .060. Scenes of 1,038 ellipses come to the same in either case.
//!
//! Where enstrophy goes: remeshes by cubic splines up to |k| = M/3 took a third of it from leapfrogging pairs on 128^2,
//! whose cores are as thin as that lattice; quintic splines up to 5M/12 take two thirds of that, and bring the gas from
//! .48 to .66 of 256^2 at t = 8, the jet from .940 to .964. On 512^2 and 1024^2 those pairs lose the same, 11 %: what is
//! too thin for 1,038 ellipses. A fit whose correlation is c holds c^2 of the enstrophy; the large scales and the energy
//! are kept, the rest is not made up for, for peaks that are raised would exceed the largest vorticity of the flow.
//!
//! A remesh that divides by the continuous transform B of the splines amplifies waves of 3 to 4 cells by up to 7 % each
//! time where the flow rests; hence b, the transform as the nodes sample it.

mod background;
mod conserve;
pub(super) mod ended;
mod energy;
mod lattice;
mod length;
mod moments;
mod pace;
pub(super) mod reach;
mod refit;
mod resume;
mod ride;
mod scales;
#[cfg(test)]
mod tests;

pub use background::carried as carries_backgrounds;
use conserve::circulation;
pub use ended::Ended;
pub use lattice::Parcels;
use length::{fastest, lengths};
pub use pace::Pace;
use reach::LEAST;
pub use reach::{is_carried, lattice, resolved};

use crate::{
    encode::{Bounds, bounded, bounds, ellipse_of},
    error::{Error, Result},
    math::BOX,
    ops::{
        ellipse_fit::{self, Ellipse, Quadratic, Samples},
        mdl::{self, cpu::Outcome},
    },
    params::{Every, Params, Switch},
    sim::{forced, rows::rounded},
    state::{Atoms, Event, State},
};

/// Smallest side of a lattice whose cycle has a length that was asked for; the program's own are [`FITTED`] or more.
const LEAST_SIDE: usize = 64;
/// Cells in a thin core on the lattice of a cycle whose length the program chooses.
const CORES: f64 = 5.0;
/// Largest side of a lattice whose cycle has a length that the program chose.
const MOST_SIDE: u32 = 1024;
/// Most winding of a step there: a core turns by one radian. 0.5 loses nothing, 1.2 a few percent.
const MOST_WINDING: f64 = 2.0;
/// Most steps of such a cycle where parcels carry every atom.
const LONGEST: f64 = 1024.0;
/// Beside atoms that move by their vertices, whose winding is not measured.
const LONGEST_BESIDE: f64 = 64.0;

/// Fewest nodes a side of a lattice that is remeshed, if the parameters allow as many, and most that its refit looks at.
const FITTED: usize = 256;

/// A set of ellipses on its way.
#[derive(Clone)]
pub struct Cycle {
    /// Which atoms it carries.
    carries: Vec<bool>,
    ellipses: Vec<Ellipse>,
    /// What carries them.
    pub parcels: Parcels,
    /// How far it has come.
    pub pace: Pace,
    /// Whether the ellipses are where the parcels are now.
    rode: bool,
    /// Sum of the circulations.
    circulation: f64,
    /// Whether the cycle carries every atom.
    all: bool,
    /// Most ellipses that its refit may come to.
    budget: usize,
    /// Whether the parcels carry the background's vorticity, too.
    background: bool,
}

/// Whether description-length passes wait for the end of a cycle: one of a length that the program chose, with every
/// atom in it. A pass edits ellipses, not parcels, and would cut each such cycle short; filaments beside it are passed
/// over when they are due.
pub fn passes_wait(cycle: Option<&Cycle>, params: &Params) -> bool {
    params.refit_every == Every::Auto && cycle.is_some_and(|cycle| cycle.all)
}

/// Whether a description-length pass runs after step `step`.
pub fn pass_is_due(step: u64, cycle: Option<&Cycle>, params: &Params) -> bool {
    match cycle {
        Some(cycle) if passes_wait(Some(cycle), params) => {
            params.mdl == Switch::On && cycle.left(params) == 0 && waits(step, cycle, params)
        }
        _ => mdl::cpu::is_due(step, params),
    }
}

/// Whether a pass was due in this cycle up to step `step`, and waits for its end.
fn waits(step: u64, cycle: &Cycle, params: &Params) -> bool {
    let every = u64::from(params.mdl_every);
    step / every > (step - u64::from(cycle.pace.steps)) / every
}

/// Why a step is not taken.
pub fn too_fast(step: u64, winding: f64) -> Error {
    Error::Run(format!(
        "step {step}: it would wind the fastest vortex by max |omega| dt = {winding:.1}, and follows {MOST_WINDING} at \
         most; the state before it is kept"
    ))
}

/// A description-length pass over a state. The blobs that it makes of ellipses become round ellipses where filaments
/// become rows, so that parcels go on carrying all.
///
/// # Errors
/// As [`mdl::cpu::pass`].
pub fn pass(state: &State, params: &Params) -> Result<Outcome> {
    let mut done = mdl::cpu::pass(state, params)?;
    if params.in_rows() {
        let (atoms, count) = rounded(&done.state.atoms, params)?;
        if count > 0 {
            // The same Gaussians in other words.
            let change = forced::chart(state.step, "blob as a round ellipse", &done.state.atoms, &atoms, count, params);
            done.events.extend(change.events().iter().map(|event| Event { enstrophy: Some(0.0), ..*event }));
        }
        done.state.atoms = atoms;
    }
    Ok(done)
}

/// Side of the lattice that the ellipses ask for, and the core below which a refit widens them, where the parameters
/// allow fewer parcels than that.
pub fn short_of_parcels(atoms: &Atoms, params: &Params) -> Option<(u32, f64)> {
    let most = lattice(params);
    let mut thin: Vec<f64> =
        (0..atoms.len()).filter(|i| is_carried(atoms, *i, most)).map(|i| atoms.view().eps[i]).collect();
    let wanted = if thin.is_empty() { 0 } else { side(&mut thin, MOST_SIDE, params) as u32 };
    let thinnest = LEAST * BOX / f64::from(most);
    (wanted > most && thin[0] < thinnest).then_some((wanted, thinnest))
}

/// Which atoms act by themselves: the supported ones, without those that the parcels of a cycle stand for.
pub fn acting(atoms: &Atoms, cycle: Option<&Cycle>) -> Vec<bool> {
    let support = atoms.view().support;
    (0..atoms.len()).map(|i| support[i] && !cycle.is_some_and(|cycle| cycle.carries(i))).collect()
}

/// Bounds of a refit.
fn limits(side: usize) -> Bounds {
    Bounds { least: LEAST, ..bounds(side) }
}

/// Side of the lattice for these ellipses, a power of two up to `most`, from their thin cores (the tenth part that is
/// thinnest aside): the nearest to where they have [`CORES`] cells, [`FITTED`] or more; where a number of steps was
/// asked for, to where they are as narrow as a fit allows, [`LEAST_SIDE`] or more.
fn side(thin: &mut [f64], most: u32, params: &Params) -> usize {
    thin.sort_by(f64::total_cmp);
    let eps = thin[thin.len() / 10];
    let (cells, least) = match params.refit_every {
        Every::Auto => (CORES, FITTED),
        Every::Steps(_) => (bounds(64).least, LEAST_SIDE),
    };
    let wanted = (cells * BOX / eps).max(least as f64).log2().round();
    1 << (wanted as u32).min(most.ilog2())
}

impl Cycle {
    /// Parcels for the ellipses of a state, as many as their cores ask for and at most as many as the parameters
    /// allow, 64 a side or more; `None` where there are none. Cores thinner than half a cell are widened to that by a
    /// refit. Beside description-length passes, which drop what does not pay, a refit of a cycle of the program's choice
    /// may add ellipses up to `max_atoms`; else it keeps their number. They carry the background, too, where it moves by
    /// the flow and `background` allows it.
    pub fn start(state: &State, params: &Params, background: bool) -> Option<Self> {
        let (atoms, most) = (&state.atoms, lattice(params));
        let carries: Vec<bool> = (0..atoms.len()).map(|i| is_carried(atoms, i, most)).collect();
        let carried: Vec<usize> = (0..atoms.len()).filter(|i| carries[*i]).collect();
        if carried.is_empty() {
            return None;
        }
        let side = side(&mut carried.iter().map(|i| atoms.view().eps[*i]).collect::<Vec<_>>(), most, params);
        let h = BOX / side as f64;
        let ellipses: Vec<Ellipse> = carried.iter().filter_map(|i| ellipse_of(atoms, *i, h)).collect();
        let mut fastest = fastest(&ellipses, side);
        let mut cycle = Self { carries, ..Self::new(ellipses, side) };
        if background && background::carries(state, params) {
            cycle.take_in(&state.background);
            fastest = cycle.parcels.largest();
        }
        Some(cycle.planned(fastest, params))
    }

    /// With its length, its remeshes and the most ellipses of its refit, where the fastest vorticity is this.
    fn planned(self, fastest: f64, params: &Params) -> Self {
        let others = self.carries.iter().filter(|carries| !**carries).count();
        let grows = params.in_rows() && params.mdl == Switch::On;
        let room = if grows { params.most_ellipses().saturating_sub(others) } else { 0 };
        let most = if others == 0 { LONGEST } else { LONGEST_BESIDE };
        let (length, remesh) = lengths(fastest, &self.parcels.values, most, params);
        let budget = room.max(self.ellipses.len());
        let pace = Pace { length, remesh, fastest, ..self.pace };
        Self { pace, all: others == 0, budget, ..self }
    }

    /// The cycle that a state was read in, else one of its ellipses. `background`: as for [`Cycle::start`].
    pub fn of(state: &State, params: &Params, background: bool) -> Option<Self> {
        match &state.parcels {
            Some(read) if params.refit_every == Every::Auto => Self::resume(state, read, params, background),
            _ => Self::start(state, params, background),
        }
    }

    fn new(ellipses: Vec<Ellipse>, side: usize) -> Self {
        let lattice = Samples::grid(&vec![0.0; side * side], side);
        let peaks: Vec<Quadratic> = ellipses.iter().map(|e| [e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
        let values = ellipse_fit::cpu::field(&ellipses, &peaks, &lattice);
        let (carries, budget) = (vec![true; ellipses.len()], ellipses.len());
        let circulation = ellipses.iter().map(circulation).sum();
        Self {
            carries,
            ellipses,
            parcels: Parcels::new(values, side),
            pace: Pace::begin(),
            rode: false,
            circulation,
            all: true,
            budget,
            background: false,
        }
    }

    /// New parcels on the nodes, with what the old ones say there after viscosity; the ellipses ride to where they are.
    pub fn remesh(&mut self) {
        self.ellipses = self.carried(limits(self.parcels.side));
        self.parcels.remesh(0.5 * self.pace.spread);
        self.pace.remeshed();
    }

    /// What a device came to: places and values of the parcels, and the atoms as they ride.
    pub fn take(&mut self, places: Vec<[f64; 2]>, values: Vec<f32>, riding: &Atoms) {
        self.parcels.places = places;
        if self.pace.remesh.is_some() {
            let (h, limits) = (BOX / self.parcels.side as f64, limits(self.parcels.side));
            let carried = (0..riding.len()).filter(|i| self.carries(*i));
            self.ellipses = carried.filter_map(|i| ellipse_of(riding, i, h)).map(|e| bounded(e, limits)).collect();
            (self.parcels.values, self.rode) = (values, true);
        }
    }

    /// Steps until a refit is due; 0 where it is, and where the background is no longer to be carried.
    pub fn left(&self, params: &Params) -> u32 {
        let length = match params.refit_every {
            _ if self.background && !background::carried(params) => 0,
            Every::Auto => self.pace.length,
            Every::Steps(steps) => steps,
        };
        length.saturating_sub(self.pace.steps)
    }

    /// Ends it at this step if a pass waits for its end: who turned a threshold wants to see what it does. Whether it does.
    pub fn end_early(&mut self, step: u64, params: &Params) -> bool {
        let cut = passes_wait(Some(self), params) && waits(step, self, params);
        if cut {
            self.pace.length = self.pace.steps;
        }
        cut
    }

    /// Most ellipses that its refit may come to.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Whether the cycle carries atom `i`.
    pub fn carries(&self, i: usize) -> bool {
        self.carries.get(i).is_some_and(|carries| *carries)
    }

    /// Whether the cycle carries every atom.
    pub fn carries_all(&self) -> bool {
        self.all
    }

    /// The ellipses of the start as their parcels carried them, before any refit, lengths in cells.
    pub fn ellipses_now(&self) -> Vec<Ellipse> {
        self.carried(limits(self.parcels.side))
    }
}
