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
//!    circulations stays and linear impulse is what the parcels say. Cores then spread by the viscosity of the whole cycle.
//!
//! Between cycles the state is the ellipses alone: parcels are ephemeral, like the grid. Looking at a state
//! in the middle of a cycle refits a copy; the run goes on as if nobody had looked.
//!
//! Measured against RK4 on 1024^2 (correlation at t = 8, 18 scenes): cycles of a winding `max |omega| t = 5` without
//! remeshes lose compact fast cores (leapfrog .08, dipole .90), for they refit every few steps; with remeshes every
//! winding of 5 a jet is .90, its lattice sheared by five cells, and with every 1.5 it is .995. Cycles of a winding of
//! 2 and 4 of the root mean square, all else equal and without description-length passes, come to .828 and .967 for the
//! leapfrogging pairs, .728 and .787 for the gas, .590 and .632 for the lattice, .9994 and .9995 for the sheet, .9204 and
//! .9203 for the cells, and the jet to .9965 and .9952.
//! A remesh that divides by the continuous transform B of the splines amplifies waves of 3 to 4 cells by up to 7 % each
//! time where the flow rests; hence b, the transform as the nodes sample it.

use rayon::prelude::*;

use crate::{
    encode::{Bounds, Fitter, Maker, atoms, bounded, bounds, ellipse_of, exchange, seeds},
    error::{Error, Result},
    math::BOX,
    ops::{
        ellipse_fit::{self, Ellipse, Quadratic, REACH, Samples},
        mdl::{self, cpu::Outcome},
        parcels::cpu::Mesh,
    },
    params::{Every, Params, Switch},
    sim::rows::rounded,
    state::{Atom, Atoms, Chart, Lattice, State},
};

/// Least standard deviation of a refitted ellipse, in cells.
const LEAST: f64 = 0.5;
/// A fine lattice.
const FINE: u32 = 512;
/// Largest where the program chooses the cycles and nobody said more: what a CPU takes along.
const USUAL: u32 = 128;
/// Smallest side of a lattice whose cycle has a length that was asked for; the program's own are [`FITTED`] or more.
const LEAST_SIDE: usize = 64;
/// Cells in a thin core on the lattice of a cycle whose length the program chooses.
const CORES: f64 = 5.0;
/// Largest.
const MOST_SIDE: u32 = 1024;
/// Gauss-Newton steps of a refit, half of them before the exchange.
const STEPS: usize = 10;
/// Conjugate gradients of a step.
const GRADIENTS: usize = 6;
/// Share of the ellipses that is exchanged in a refit.
const EXCHANGE: f64 = 0.03;
/// Winding `max |omega| t` between remeshes of a cycle whose length the program chooses: a shear flow of that vorticity
/// has moved neighbours on the lattice by that many cells. At 5 a jet is off by 1 % after a unit of time.
const WINDING: f64 = 1.5;
/// Winding of the root mean square of vorticity in such a cycle. Of six scenes four came nearer to a fine grid than with
/// 2, for every refit costs a little, one stayed, and one (the jet) went .0013 farther away.
const TURNOVER: f64 = 4.0;
/// Most winding of a step there: a core turns by one radian. 0.5 loses nothing, 1.2 a few percent.
const MOST_WINDING: f64 = 2.0;
/// Most steps of such a cycle where parcels carry every atom.
const LONGEST: f64 = 1024.0;
/// Beside atoms that move by their vertices, whose winding is not measured.
const LONGEST_BESIDE: f64 = 64.0;

/// Fewest nodes a side of a lattice that is remeshed, if the parameters allow as many, and most that its refit looks at.
const FITTED: usize = 256;
/// Relative L2 distance from which on a refit sows no more ellipses.
const NEAR: f64 = 2e-3;

/// A set of ellipses on its way.
#[derive(Clone)]
pub struct Cycle {
    side: usize,
    /// Which atoms it carries.
    carries: Vec<bool>,
    ellipses: Vec<Ellipse>,
    values: Vec<f32>,
    /// Places now, in cells, unwrapped.
    places: Vec<[f64; 2]>,
    /// Made by the first who asks: on a device the parcels have another.
    mesh: Option<Mesh>,
    steps: u32,
    /// Steps of the whole cycle.
    length: u32,
    /// Steps between remeshes; `None` where the lattice stays for the whole cycle.
    remesh: Option<u32>,
    /// Steps since the lattice was last whole.
    since: u32,
    /// Whether the ellipses are where the parcels are now.
    rode: bool,
    /// Sum of the circulations.
    circulation: f64,
    /// Largest vorticity at the start.
    fastest: f64,
    /// Whether it carries every atom.
    all: bool,
    /// Most ellipses that its refit may come to.
    budget: usize,
    /// What viscosity adds to a core's variance since the lattice was last whole, `2 nu t`.
    spread: f64,
}

/// Whether parcels on a lattice of at most `most` a side carry an atom: an ellipse that a lattice of 512 or
/// `most` nodes resolves. A thinner one is thin against the flow, too, and moves as it is. 0 carries none.
pub fn is_carried(atoms: &Atoms, i: usize, most: u32) -> bool {
    let a = atoms.view();
    most > 0
        && is_wide(atoms, i, LEAST * BOX / f64::from(most.max(FINE)))
        && a.support[i]
        && a.chart[i] == Chart::Ellipse
}

/// Whether the largest lattice that the parameters allow resolves every core of a filament or point: a cell or more. A
/// thinner one is thin against the flow, too, and stays what it is.
pub fn resolved(atoms: &Atoms, i: usize, params: &Params) -> bool {
    let most = lattice(params);
    most > 0 && is_wide(atoms, i, BOX / f64::from(most))
}

fn is_wide(atoms: &Atoms, i: usize, least: f64) -> bool {
    let a = atoms.view();
    let cores = &a.core[a.segment_start[i]..a.segment_start[i + 1]];
    cores.iter().all(|core| a.eps[i] * core >= least)
}

/// Largest side of the lattice that parameters ask for; 0 where nothing is carried.
pub fn lattice(params: &Params) -> u32 {
    match params.refit_every {
        Every::Steps(0) => 0,
        Every::Steps(_) => params.parcels.or(FINE),
        Every::Auto => params.parcels.or(USUAL),
    }
}

/// Largest power of two of steps of `dt` within a time.
fn steps_within(time: f64, dt: f64, most: f64) -> u32 {
    1 << (time / dt).clamp(1.0, most).log2().floor() as u32
}

/// Steps of a cycle and between its remeshes, where the fastest vorticity is this: as many as were asked for and none, or the largest powers of two within [`TURNOVER`], [`WINDING`] and
/// `most`. The root of the mean square is that of `values`, where the ellipses sum to on the lattice.
fn lengths(fastest: f64, values: &[f32], most: f64, params: &Params) -> (u32, Option<u32>) {
    if let Every::Steps(steps) = params.refit_every {
        return (steps.max(1), None);
    }
    let square = values.iter().map(|w| f64::from(*w) * f64::from(*w)).sum::<f64>() / values.len() as f64;
    let turnover = steps_within(TURNOVER / square.sqrt(), params.dt, most);
    let remesh = steps_within(WINDING / fastest, params.dt, most);
    (turnover.max(remesh), Some(remesh))
}

/// Largest vorticity of ellipses (lengths in cells of a lattice of `side`) at their centres, in double precision, so that
/// every backend finds the same.
fn fastest(ellipses: &[Ellipse], side: usize) -> f64 {
    let forms: Vec<_> = ellipses.iter().map(|e| (e.center, e.precision(), e.peak, e.axes().1 * REACH)).collect();
    let at = |x: [f64; 2]| {
        let bell = |(center, [xx, xy, yy], peak, reach): &([f64; 2], [f64; 3], f64, f64)| {
            let [dx, dy] = [0, 1].map(|k| {
                let d = x[k] - center[k];
                d - side as f64 * (d / side as f64).round()
            });
            if dx.abs().max(dy.abs()) > *reach {
                return 0.0;
            }
            peak * (-0.5 * (xx * dx * dx + 2.0 * xy * dx * dy + yy * dy * dy)).exp()
        };
        forms.iter().map(bell).sum::<f64>()
    };
    ellipses.par_iter().map(|e| at(e.center).abs()).reduce(|| 0.0, f64::max)
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
            let every = u64::from(params.mdl_every);
            let joined = step / every > (step - u64::from(cycle.steps)) / every;
            params.mdl == Switch::On && cycle.left(params) == 0 && joined
        }
        _ => mdl::cpu::is_due(step, params),
    }
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
        done.state.atoms = rounded(&done.state.atoms, params)?;
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
    /// Parcels for the ellipses among these atoms, as many as their cores ask for and at most as many as the parameters
    /// allow, 64 a side or more; `None` where there are none. Cores thinner than half a cell are widened to that by a
    /// refit. Beside description-length passes, which drop what does not pay, a refit of a cycle of the program's choice
    /// may add ellipses up to `max_atoms`; else it keeps their number.
    pub fn start(atoms: &Atoms, params: &Params) -> Option<Self> {
        let most = lattice(params);
        let carries: Vec<bool> = (0..atoms.len()).map(|i| is_carried(atoms, i, most)).collect();
        let carried: Vec<usize> = (0..atoms.len()).filter(|i| carries[*i]).collect();
        if carried.is_empty() {
            return None;
        }
        let side = side(&mut carried.iter().map(|i| atoms.view().eps[*i]).collect::<Vec<_>>(), most, params);
        let h = BOX / side as f64;
        let ellipses: Vec<Ellipse> = carried.iter().filter_map(|i| ellipse_of(atoms, *i, h)).collect();
        let others = atoms.len() - carried.len();
        let grows = params.in_rows() && params.mdl == Switch::On;
        let room = if grows { params.most_ellipses().saturating_sub(others) } else { 0 };
        let most = if others == 0 { LONGEST } else { LONGEST_BESIDE };
        let cycle = Self::new(ellipses, side);
        let fastest = fastest(&cycle.ellipses, side);
        let (length, remesh) = lengths(fastest, &cycle.values, most, params);
        let budget = room.max(carried.len());
        Some(Self { carries, length, remesh, fastest, all: others == 0, budget, ..cycle })
    }

    /// The cycle that a state was read in, else one of its ellipses.
    pub fn of(state: &State, params: &Params) -> Option<Self> {
        match &state.parcels {
            Some(read) if params.refit_every == Every::Auto => Self::resume(&state.atoms, read, params),
            _ => Self::start(&state.atoms, params),
        }
    }

    /// Goes on with the parcels that were read, changed by what the ellipses were edited by since. They are refitted
    /// when it ends; until then they are no more than riders.
    fn resume(atoms: &Atoms, read: &Lattice, params: &Params) -> Option<Self> {
        let most = lattice(params);
        let carried = |atoms: &Atoms| (0..atoms.len()).map(|i| is_carried(atoms, i, most)).collect::<Vec<_>>();
        let (now, then) = (carried(atoms), carried(&read.atoms));
        let (side, h) = (read.side, BOX / read.side as f64);
        let of = |atoms: &Atoms, which: &[bool]| -> Vec<Atom> {
            (0..atoms.len()).filter(|i| which[*i]).map(|i| atoms.get(i)).collect()
        };
        let (added, taken) = apart_from_one_another(of(atoms, &now), of(&read.atoms, &then));
        // Riders may be thinner than a fit can follow.
        let riders = (0..atoms.len()).filter(|i| now[*i]).filter_map(|i| ellipse_of(atoms, i, h));
        let ellipses: Vec<Ellipse> = riders.map(|e| bounded(e, limits(side))).collect();
        if ellipses.is_empty() {
            return None;
        }
        let nodes = Samples::grid(&vec![0.0; side * side], side);
        let mut values = read.values.clone();
        for (edited, sign) in [(added, 1.0), (taken, -1.0)] {
            let edited = Atoms::try_from_iter(edited).ok()?;
            let bells: Vec<Ellipse> = (0..edited.len()).filter_map(|i| ellipse_of(&edited, i, h)).collect();
            let peaks: Vec<Quadratic> = bells.iter().map(|e| [sign * e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
            let field = ellipse_fit::cpu::field(&bells, &peaks, &nodes);
            values.iter_mut().zip(field).for_each(|(w, more)| *w += more);
        }
        let all = now.iter().all(|carried| *carried);
        let others = atoms.len() - ellipses.len();
        let most = if all { LONGEST } else { LONGEST_BESIDE };
        let fastest = values.iter().fold(0.0_f32, |m, w| m.max(w.abs())).into();
        let (length, remesh) = lengths(fastest, &values, most, params);
        let room = if params.in_rows() && params.mdl == Switch::On { params.most_ellipses() } else { 0 };
        let budget = room.saturating_sub(others).max(ellipses.len());
        let circulation = ellipses.iter().map(circulation).sum();
        // A step is counted: its refit is due, though no step was taken since.
        let whole = Self {
            carries: now,
            values,
            length,
            remesh,
            fastest,
            all,
            budget,
            circulation,
            steps: 1,
            ..Self::new(vec![], side)
        };
        Some(Self { ellipses, ..whole })
    }

    fn new(ellipses: Vec<Ellipse>, side: usize) -> Self {
        let lattice = Samples::grid(&vec![0.0; side * side], side);
        let peaks: Vec<Quadratic> = ellipses.iter().map(|e| [e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
        let values = ellipse_fit::cpu::field(&ellipses, &peaks, &lattice);
        let places = (0..side * side).map(|p| node(p, side)).collect();
        let (carries, budget) = (vec![true; ellipses.len()], ellipses.len());
        let circulation = ellipses.iter().map(circulation).sum();
        Self {
            side,
            carries,
            ellipses,
            values,
            places,
            mesh: None,
            steps: 0,
            length: 1,
            remesh: None,
            since: 0,
            rode: false,
            circulation,
            fastest: 0.0,
            all: true,
            budget,
            spread: 0.0,
        }
    }

    /// The mesh of the parcels' vorticity and velocity.
    pub fn mesh(&mut self) -> &mut Mesh {
        self.mesh.get_or_insert_with(|| Mesh::new(self.side))
    }

    /// Steps were taken, in each of which viscosity adds `spread = 2 nu dt` to a core's variance.
    pub fn stepped(&mut self, steps: u32, spread: f64) {
        self.steps += steps;
        self.since += steps;
        self.spread += f64::from(steps) * spread;
    }

    /// Winding of the fastest vortex in a step, where that is more than a step can follow.
    pub fn too_fast(&self, params: &Params) -> Option<f64> {
        let winding = self.fastest * params.dt;
        (self.remesh.is_some() && winding > MOST_WINDING).then_some(winding)
    }

    /// Steps between remeshes; `None` where there are none.
    pub fn remesh_every(&self) -> Option<u32> {
        self.remesh
    }

    /// Whether new parcels are to begin on the nodes.
    pub fn remesh_is_due(&self) -> bool {
        self.remesh == Some(self.since)
    }

    /// A device began new parcels on the nodes.
    pub fn remeshed(&mut self) {
        (self.since, self.spread) = (0, 0.0);
    }

    /// New parcels on the nodes, with what the old ones say there after viscosity; the ellipses ride to where they are.
    pub fn remesh(&mut self) {
        self.ellipses = self.carried(limits(self.side));
        let places = std::mem::take(&mut self.places);
        self.spread(&places);
        let spread = self.spread;
        self.values = self.mesh().vorticity(0.5 * spread);
        self.places = (0..self.side * self.side).map(|p| node(p, self.side)).collect();
        self.remeshed();
    }

    /// What a device came to: places and values of the parcels, and the atoms as they ride.
    pub fn take(&mut self, places: Vec<[f64; 2]>, values: Vec<f32>, riding: &Atoms) {
        self.places = places;
        if self.remesh.is_some() {
            let (h, limits) = (BOX / self.side as f64, limits(self.side));
            let carried = (0..riding.len()).filter(|i| self.carries(*i));
            self.ellipses = carried.filter_map(|i| ellipse_of(riding, i, h)).map(|e| bounded(e, limits)).collect();
            (self.values, self.rode) = (values, true);
        }
    }

    /// Steps until a refit is due; 0 where it is.
    pub fn left(&self, params: &Params) -> u32 {
        let length = match params.refit_every {
            Every::Auto => self.length,
            Every::Steps(steps) => steps,
        };
        length.saturating_sub(self.steps)
    }

    /// Most ellipses that its refit may come to.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// Steps since the start.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Vorticity of the parcels, in the order of the lattice.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether it carries atom `i`.
    pub fn carries(&self, i: usize) -> bool {
        self.carries.get(i).is_some_and(|carries| *carries)
    }

    /// Side of the lattice.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Places of the parcels in cells, unwrapped.
    pub fn places(&self) -> &[[f64; 2]] {
        &self.places
    }

    /// Puts the parcels elsewhere.
    pub fn move_to(&mut self, places: Vec<[f64; 2]>) {
        self.places = places;
    }

    /// Spreads the vorticity of parcels at these places on the mesh.
    pub fn spread(&mut self, places: &[[f64; 2]]) {
        self.mesh.get_or_insert_with(|| Mesh::new(self.side)).spread(places, &self.values);
    }

    /// The ellipses where the parcels are: each moved by the affine map that its parcels made of its surroundings,
    /// `x -> x + <d>, d -> (I + <d delta^T> S^-1) delta`, averages under its own bell at the start; between remeshes
    /// by what became of its centre and its axes.
    fn carried(&self, bounds: Bounds) -> Vec<Ellipse> {
        if self.remesh.is_some() {
            if self.rode || self.since == 0 {
                return self.ellipses.clone();
            }
            let (cells, side) = (self.spread * (self.side as f64 / BOX).powi(2), self.side);
            let ride = |e: &Ellipse| bounded(wider(&ridden(e, &self.places, side), cells), bounds);
            return self.ellipses.par_iter().map(ride).collect();
        }
        let lattice = Samples::grid(&vec![0.0; self.side * self.side], self.side);
        let shift = |axis: usize| -> Vec<f32> {
            self.places.iter().enumerate().map(|(p, x)| (x[axis] - node(p, self.side)[axis]) as f32).collect()
        };
        let moments = ellipse_fit::cpu::first_moments(&self.ellipses, [&shift(0), &shift(1)], &lattice);
        self.ellipses.iter().zip(&moments).map(|(e, [x, y])| bounded(mapped(e, x, y), bounds)).collect()
    }

    /// The ellipses of the start as their parcels carried them, before any refit, lengths in cells.
    pub fn ellipses_now(&self) -> Vec<Ellipse> {
        self.carried(limits(self.side))
    }

    /// The ellipses refined against the parcels as they are, and the relative L2 distance that is left. Where there
    /// are fewer than `budget`, new ones are sown where the residual is largest until there are as many; there are
    /// never fewer than the cycle began with because the budget is smaller.
    ///
    /// # Errors
    /// What a fit that `make` makes answers.
    pub fn refit(&self, make: Maker<'_>, budget: usize) -> Result<(Vec<Ellipse>, f64)> {
        let bounds = limits(self.side);
        let samples = Samples::scattered(&self.places, &self.values, self.side);
        let start = self.carried(bounds);
        let count = start.len().max(budget);
        let mut fit = make(samples, count, bounds)?;
        fit.set(start)?;
        fit.steps(STEPS / 2, GRADIENTS)?;
        if self.remesh.is_some() {
            self.sow(fit.as_mut(), count, bounds)?;
        }
        if self.remesh.is_none() || fit.rel_l2() > NEAR {
            // Free room is sown before anything is given for it.
            let drop = ((EXCHANGE * count as f64) as usize).saturating_sub(count - fit.ellipses().len());
            exchange(fit.as_mut(), self.side, drop, count, bounds, |fit| fit.steps(STEPS / 2, GRADIENTS))?;
        }
        let mut refitted = fit.ellipses().to_vec();
        let lack = self.circulation - refitted.iter().map(circulation).sum::<f64>();
        let seam = self.seam();
        conserve(&mut refitted, self.side, seam, lack, self.first_moments(&fit.gridded()?, seam));
        Ok((refitted, fit.rel_l2()))
    }

    /// Fills free room in stages, at most as many new ellipses as there are in one, so that each finds its place.
    fn sow(&self, fit: &mut dyn Fitter, count: usize, bounds: Bounds) -> Result<()> {
        while fit.ellipses().len() + count / 8 < count && fit.rel_l2() > NEAR {
            let mut all = fit.ellipses().to_vec();
            let more = (count - all.len()).min(all.len().max(count / 8));
            let new = seeds(&fit.gridded()?, self.side, more, bounds);
            if new.is_empty() {
                break;
            }
            all.extend(new);
            fit.set(all)?;
            fit.steps(STEPS / 2, GRADIENTS)?;
        }
        Ok(())
    }

    /// The same cycle on every other node, until there are at most [`FITTED`] a side. The parcels must be on the nodes.
    fn coarser(&mut self) {
        let stride = (self.side / FITTED).max(1);
        if stride == 1 {
            return;
        }
        let (side, fine, share) = (self.side / stride, self.side, 1.0 / stride as f64);
        self.values = (0..side * side).map(|p| self.values[(p / side * fine + p % side) * stride]).collect();
        self.places = (0..side * side).map(|p| node(p, side)).collect();
        self.ellipses.iter_mut().for_each(|e| {
            e.center = e.center.map(|x| x * share);
            e.covariance = e.covariance.map(|x| x * share * share);
        });
        (self.side, self.mesh, self.circulation) = (side, None, self.circulation * share * share);
    }

    /// Cells the parcels are nearest to.
    fn cells(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        let n = self.side as i64;
        self.places.iter().map(move |p| p.map(|x| (x.round() as i64).rem_euclid(n) as usize))
    }

    /// Column and row of cells where the flow is weakest: there the torus is cut to measure moments.
    fn seam(&self) -> [usize; 2] {
        let n = self.side;
        let mut lines = [vec![0.0_f64; n], vec![0.0_f64; n]];
        for (cell, value) in self.cells().zip(&self.values) {
            lines.iter_mut().zip(cell).for_each(|(line, i)| line[i] += f64::from(value.abs()));
        }
        let weakest = |line: &Vec<f64>| {
            let around = |i: usize| (0..=n / 16).map(|d| line[(i + n + d - n / 32) % n]).sum::<f64>();
            (0..n).map(|i| (around(i), i)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, i)| i)
        };
        [weakest(&lines[0]), weakest(&lines[1])]
    }

    /// First moments of a residual given by its mean over the parcels of each cell.
    fn first_moments(&self, residual: &[f32], seam: [usize; 2]) -> [f64; 2] {
        let n = self.side;
        self.cells().fold([0.0; 2], |sum, [i, j]| {
            let r = f64::from(residual[j * n + i]);
            [sum[0] + r * apart(i as f64, seam[0], n), sum[1] + r * apart(j as f64, seam[1], n)]
        })
    }

    /// The atoms at the end of the cycle: what is not carried as it is, then the refitted ellipses, widened
    /// by viscosity, at most `budget` ellipses if there were not more. A cycle without steps leaves all as they are.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] where an ellipse breaks an atom's invariants; what a fit answers.
    pub fn end(&self, make: Maker<'_>, now: &Atoms, budget: usize) -> Result<Atoms> {
        if self.steps == 0 {
            return Ok(now.clone());
        }
        let mut whole = std::borrow::Cow::Borrowed(self);
        if self.remesh.is_some() {
            let whole = whole.to_mut();
            if whole.since > 0 {
                whole.remesh();
            }
            whole.coarser();
        }
        let (h, limits) = (BOX / whole.side as f64, limits(whole.side));
        let spread = |e: &Ellipse| bounded(wider(e, whole.spread / (h * h)), limits);
        let refitted = atoms(&whole.refit(make, budget)?.0.iter().map(spread).collect::<Vec<_>>(), h)?;
        let others = (0..now.len()).filter(|i| !self.carries(*i)).map(|i| now.get(i));
        Atoms::try_from_iter(others.chain(refitted.iter()))
    }
}

/// What of two lists is in one of them alone.
fn apart_from_one_another(a: Vec<Atom>, b: Vec<Atom>) -> (Vec<Atom>, Vec<Atom>) {
    let mut left: Vec<Option<Atom>> = b.into_iter().map(Some).collect();
    let mut alone = vec![];
    for (i, atom) in a.into_iter().enumerate() {
        let same = |other: &Option<Atom>| other.as_ref() == Some(&atom);
        let at = match left.get(i) {
            Some(other) if same(other) => Some(i),
            _ => left.iter().position(same),
        };
        match at {
            Some(at) => left[at] = None,
            None => alone.push(atom),
        }
    }
    (alone, left.into_iter().flatten().collect())
}

/// Circulation of an ellipse, lengths in cells.
fn circulation(e: &Ellipse) -> f64 {
    BOX * e.determinant().sqrt() * e.peak
}

/// Offset from the middle of the axis that begins at a seam.
fn apart(x: f64, seam: usize, n: usize) -> f64 {
    (x - seam as f64).rem_euclid(n as f64) - 0.5 * n as f64
}

/// Changes peaks by `a + b x + c y`, offsets on the torus cut at a seam, so that circulation grows by `lack` and its
/// first moments by `moments`: of all changes that do, about the one that the field feels least. Unwrapped centres
/// would not do: neighbours counted at different images hand circulation to one another in a fit.
fn conserve(ellipses: &mut [Ellipse], n: usize, seam: [usize; 2], lack: f64, moments: [f64; 2]) {
    // Circulation of a unit peak.
    let weight = |e: &Ellipse| BOX * e.determinant().sqrt();
    let place = |e: &Ellipse| [0, 1].map(|k| apart(e.center[k], seam[k], n));
    let total: f64 = ellipses.iter().map(weight).sum();
    if total <= 0.0 {
        return;
    }
    let mean = [0, 1].map(|k| ellipses.iter().map(|e| weight(e) * place(e)[k]).sum::<f64>() / total);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for e in ellipses.iter() {
        let (w, [x, y]) = (weight(e), place(e));
        let (x, y) = (x - mean[0], y - mean[1]);
        (xx, xy, yy) = (xx + w * x * x, xy + w * x * y, yy + w * y * y);
    }
    // About the mean the sum and the first moments part.
    let (lx, ly) = (moments[0] - lack * mean[0], moments[1] - lack * mean[1]);
    let det = xx * yy - xy * xy;
    let (b, c) = if det > 1e-9 * xx * yy { ((lx * yy - ly * xy) / det, (ly * xx - lx * xy) / det) } else { (0.0, 0.0) };
    for e in ellipses.iter_mut() {
        let [x, y] = place(e);
        e.peak += lack / total + b * (x - mean[0]) + c * (y - mean[1]);
    }
}

/// An ellipse whose variances have grown by `spread`, circulation kept.
fn wider(e: &Ellipse, spread: f64) -> Ellipse {
    let [xx, xy, yy] = e.covariance;
    let wide = Ellipse { covariance: [xx + spread, xy, yy + spread], ..*e };
    Ellipse { peak: e.peak * (e.determinant() / wide.determinant()).sqrt(), ..wide }
}

/// An ellipse as it rides on parcels at these places, which began on the nodes: at the place of its centre, with half
/// axes `a = (x(c + major) - x(c - major))/2` and b likewise, `S = a a^T + b b^T`, circulation kept.
fn ridden(e: &Ellipse, places: &[[f64; 2]], side: usize) -> Ellipse {
    let carried = |x: [f64; 2]| {
        let (low, n) = (x.map(f64::floor), side as i64);
        let shift = |i: i64, j: i64| {
            let [i, j] = [low[0] as i64 + i, low[1] as i64 + j].map(|i| i.rem_euclid(n) as usize);
            let (p, at) = (places[j * side + i], node(j * side + i, side));
            [p[0] - at[0], p[1] - at[1]]
        };
        let (four, t) = ([shift(0, 0), shift(1, 0), shift(0, 1), shift(1, 1)], [x[0] - low[0], x[1] - low[1]]);
        [0, 1].map(|k| {
            let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
            x[k] + mix(mix(four[0][k], four[1][k], t[0]), mix(four[2][k], four[3][k], t[0]), t[1])
        })
    };
    let (minor, major, angle) = e.axes();
    let (s, c) = libm::sincos(angle);
    let drawn = |axis: [f64; 2]| {
        let [from, to] = [-1.0, 1.0].map(|sign| carried([0, 1].map(|k| e.center[k] + sign * axis[k])));
        [0.5 * (to[0] - from[0]), 0.5 * (to[1] - from[1])]
    };
    let (a, b) = (drawn([major * c, major * s]), drawn([-minor * s, minor * c]));
    let covariance = [a[0] * a[0] + b[0] * b[0], a[0] * a[1] + b[0] * b[1], a[1] * a[1] + b[1] * b[1]];
    let moved = Ellipse { peak: e.peak, center: carried(e.center), covariance };
    Ellipse { peak: e.peak * (e.determinant() / moved.determinant().max(1e-6)).sqrt(), ..moved }
}

/// Place of a node.
fn node(p: usize, side: usize) -> [f64; 2] {
    [(p % side) as f64, (p / side) as f64]
}

/// An ellipse under the affine map of its parcels, from the moments of their displacements.
fn mapped(e: &Ellipse, x: &[f64; 3], y: &[f64; 3]) -> Ellipse {
    let mass = BOX * e.determinant().sqrt();
    let [pxx, pxy, pyy] = e.precision();
    let slope = |m: &[f64; 3]| [(m[1] * pxx + m[2] * pxy) / mass, (m[1] * pxy + m[2] * pyy) / mass];
    let (gx, gy) = (slope(x), slope(y));
    let (a, b, c, d) = (1.0 + gx[0], gx[1], gy[0], 1.0 + gy[1]);
    let [xx, xy, yy] = e.covariance;
    let covariance = [
        a * a * xx + 2.0 * a * b * xy + b * b * yy,
        a * c * xx + (a * d + b * c) * xy + b * d * yy,
        c * c * xx + 2.0 * c * d * xy + d * d * yy,
    ];
    let center = [e.center[0] + x[0] / mass, e.center[1] + y[0] / mass];
    let moved = Ellipse { covariance, center, ..*e };
    Ellipse { peak: e.peak * (e.determinant() / moved.determinant().max(1e-6)).sqrt(), ..moved }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        encode::on_cpu,
        math::nearness,
        sim::{CpuSim, Simulator},
        spectral::les::{Les, LesOptions},
        state::{Background, Meta, Sign},
    };

    fn ellipses() -> Vec<Ellipse> {
        [(1.0, [20.0, 30.0], 3.0, 5.0, 0.3), (-1.3, [42.0, 28.0], 2.5, 4.0, 1.2), (0.8, [33.0, 45.0], 2.0, 6.0, 2.2)]
            .map(|(peak, at, minor, major, angle)| Ellipse::from_axes(8.0 * peak, at, minor, major, angle))
            .to_vec()
    }

    #[test]
    fn a_translation_and_a_shear_are_followed_exactly() {
        let mut cycle = Cycle::new(ellipses(), 64);
        // x -> x + 3 + 0.4 (y - 32): the lattice's own shear, away from the seam.
        let moved = cycle.places().iter().map(|p| [p[0] + 3.0 + 0.4 * (p[1] - 32.0), p[1] - 1.0]).collect();
        cycle.move_to(moved);
        for (e, got) in ellipses().iter().zip(cycle.carried(limits(64))) {
            let [xx, xy, yy] = e.covariance;
            let exact = [xx + 0.8 * xy + 0.16 * yy, xy + 0.4 * yy, yy];
            let center = [e.center[0] + 3.0 + 0.4 * (e.center[1] - 32.0), e.center[1] - 1.0];
            for k in 0..3 {
                assert!((got.covariance[k] - exact[k]).abs() < 0.01 * exact[0], "{:?} {exact:?}", got.covariance);
            }
            assert!((0..2).all(|k| (got.center[k] - center[k]).abs() < 0.02));
        }
    }

    /// Wide ellipses that turn and deform one another, against the LES of the field they decode to.
    #[test]
    fn ellipses_stay_near_the_flow_they_stand_for() {
        let h = BOX / 64.0;
        let meta = Meta { nu: 1e-4, ..Meta::default() };
        let state = State::new(atoms(&ellipses(), h).unwrap(), Background::empty(), meta);
        let distance = |refit_every: u32| {
            let params = Params { refit_every: Every::Steps(refit_every), nu: 1e-4, dt: 0.02, ..Params::default() };
            let mut sim = CpuSim::new(&state, &params).unwrap();
            sim.advance(50).unwrap();
            let got: Vec<f64> = sim.decode(128).unwrap().iter().map(|w| f64::from(*w)).collect();
            let options = LesOptions { n: 128, nu0: 1e-4, cs: 0.0, dt: 0.01, substeps: 4, ..LesOptions::default() };
            let mut les = Les::new(&options, &crate::sim::decode(&state, 128)).unwrap();
            for _ in 0..100 {
                les.step().unwrap();
            }
            nearness(&got, &les.field()).rel_l2
        };
        let (carried, rigid) = (distance(10), distance(0));
        // Three ellipses cannot draw the arms that the LES draws; rigid ones do not even lean.
        assert!(carried < 0.25 && carried < 0.5 * rigid, "{carried} carried, {rigid} rigid");
    }

    /// Room is filled where the parcels hold what the ellipses do not say, and that brings them nearer.
    #[test]
    fn a_refit_sows_as_many_ellipses_as_there_is_room_for() {
        let mut cycle = Cycle::new(ellipses(), 64);
        let bent = cycle.places().iter().map(|p| [p[0] + 6.0 * (0.2 * p[1]).sin(), p[1]]).collect();
        cycle.move_to(bent);
        let (few, far) = cycle.refit(&on_cpu, cycle.budget()).unwrap();
        let (many, near) = cycle.refit(&on_cpu, 12).unwrap();
        assert_eq!((few.len(), many.len()), (3, 12));
        assert!(near < 0.6 * far, "{near} with room, {far} without");
        assert_eq!(cycle.refit(&on_cpu, 1).unwrap().0, few, "a budget below what is there asks for nothing");
        let sum = |all: &[Ellipse]| all.iter().map(circulation).sum::<f64>();
        let scale: f64 = cycle.ellipses.iter().map(|e| circulation(e).abs()).sum();
        assert!((sum(&many) - sum(&cycle.ellipses)).abs() < 1e-12 * scale);
    }

    #[test]
    fn vorticity_sets_the_lengths_of_a_cycle_and_between_remeshes() {
        let one = |gamma: f64| Atom::ellipse(Sign::Plus, gamma, 0.2, 1.0, 0.0, glam::DVec2::splat(2.0));
        let params = Params { dt: 0.01, mdl: Switch::On, mdl_every: 20, ..Params::default() };
        let peak = |gamma: f64| gamma / (BOX * 0.04);
        for gamma in [0.5, 2.0, 12.0] {
            let atoms = Atoms::try_from_iter([one(gamma)]).unwrap();
            let cycle = Cycle::start(&atoms, &params).unwrap();
            let (steps, remesh) = (f64::from(cycle.left(&params)), f64::from(cycle.remesh_every().unwrap()));
            assert!(steps.log2().fract() == 0.0 && remesh.log2().fract() == 0.0 && steps >= remesh);
            let winding = remesh * params.dt * peak(gamma);
            assert!(winding <= WINDING && 2.0 * winding > WINDING, "{gamma}: {remesh} {winding}");
            // A Gaussian's mean square over the box is Gamma^2/(4 pi s^2) over its area.
            let rms = gamma / (4.0 * std::f64::consts::PI * 0.04).sqrt() / BOX;
            let turned = steps * params.dt * rms;
            assert!(turned <= TURNOVER && (2.0 * turned > TURNOVER || steps == LONGEST), "{gamma}: {steps} {turned}");
            assert_eq!(cycle.too_fast(&params), None);
            let long = Params { dt: 2.1 / peak(gamma), ..params };
            assert!(cycle.too_fast(&long).is_some_and(|winding| (winding - 2.1).abs() < 0.01));
            assert!(passes_wait(Some(&cycle), &params) && !pass_is_due(20, Some(&cycle), &params));
            let fixed = Params { refit_every: Every::Steps(50), ..params };
            assert!(cycle.left(&fixed) == 50 && pass_is_due(20, Some(&cycle), &fixed));
        }
        // A slow ellipse beside a filament neither winds for long nor keeps passes from the filament.
        let line = vec![glam::DVec2::splat(4.0), glam::DVec2::new(4.1, 4.0)];
        let filament = Atom::polyline(crate::state::Topology::Open, Sign::Plus, 1.0, 0.1, line);
        let cycle = Cycle::start(&Atoms::try_from_iter([one(1e-3), filament]).unwrap(), &params).unwrap();
        assert_eq!(cycle.left(&params), 64);
        assert!(pass_is_due(20, Some(&cycle), &params));
    }

    /// Lamb and Oseen: a Gaussian stays one, `s^2 = s0^2 + 2 nu t`, through remeshes and a refit.
    #[test]
    fn a_vortex_spreads_by_viscosity_in_a_cycle() {
        let one = Atom::ellipse(Sign::Plus, 2.0, 0.3, 1.0, 0.0, glam::DVec2::splat(3.0));
        let meta = Meta { nu: 4e-3, ..Meta::default() };
        let state = State::new(Atoms::try_from_iter([one]).unwrap(), Background::empty(), meta);
        let params = Params { nu: 4e-3, dt: 0.2, ..Params::default() };
        let mut sim = CpuSim::new(&state, &params).unwrap();
        // The first refit comes at step 64; the look after it is in the middle of a cycle.
        assert_eq!(Cycle::start(&state.atoms, &params).unwrap().left(&params), 64);
        for steps in [64, 7] {
            sim.advance(steps).unwrap();
            let atoms = sim.snapshot().unwrap().atoms;
            let view = atoms.view();
            let exact = 0.09 + 2.0 * 4e-3 * 0.2 * sim.step() as f64;
            assert_eq!(atoms.len(), 1, "beside no passes a refit keeps the number");
            let (minor, major) = (view.eps[0], view.eps[0] * view.aspect[0]);
            assert!((minor * major / exact - 1.0).abs() < 2e-3 && major / minor < 1.02, "{minor} {major} {exact}");
        }
    }

    /// Without flow a remesh gives back what was there, and the ellipses ride nowhere.
    #[test]
    fn a_remesh_of_a_whole_lattice_changes_nothing() {
        let mut cycle = Cycle { remesh: Some(4), ..Cycle::new(ellipses(), 64) };
        let before = cycle.clone();
        cycle.stepped(4, 0.0);
        assert!(cycle.remesh_is_due());
        cycle.remesh();
        let most = before.values.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
        let off = cycle.values.iter().zip(&before.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-3 * most && !cycle.remesh_is_due(), "{off} of {most}");
        for (now, then) in cycle.ellipses.iter().zip(&before.ellipses) {
            assert!((now.peak / then.peak - 1.0).abs() < 1e-9 && (now.center[0] - then.center[0]).abs() < 1e-9);
        }
    }

    #[test]
    fn a_refit_keeps_circulation_and_impulse() {
        let state = State::new(atoms(&ellipses(), BOX / 64.0).unwrap(), Background::empty(), Meta::default());
        let params = Params { refit_every: Every::Steps(5), dt: 0.02, ..Params::default() };
        let mut sim = CpuSim::new(&state, &params).unwrap();
        let before = crate::state::impulse(&state.atoms);
        sim.advance(20).unwrap();
        let after = crate::state::impulse(&sim.snapshot().unwrap().atoms);
        let scale = state.atoms.view().gamma.iter().sum::<f64>();
        assert!((after.circulation - before.circulation).abs() < 1e-12 * scale);
        for (a, b) in [(after.impulse_x, before.impulse_x), (after.impulse_y, before.impulse_y)] {
            assert!((a - b).abs() < 1e-3 * scale, "{a} {b}");
        }
    }

    #[test]
    fn looking_changes_nothing_and_runs_repeat() {
        let state = State::new(atoms(&ellipses(), BOX / 64.0).unwrap(), Background::empty(), Meta::default());
        let params = Params { refit_every: Every::Steps(4), dt: 0.02, ..Params::default() };
        let mut looked = CpuSim::new(&state, &params).unwrap();
        let mut alone = CpuSim::new(&state, &params).unwrap();
        for _ in 0..9 {
            looked.advance(1).unwrap();
            let seen = looked.snapshot().unwrap();
            seen.validate().unwrap();
            assert_eq!(seen.step, looked.step());
        }
        alone.advance(9).unwrap();
        assert_eq!(looked.snapshot().unwrap(), alone.snapshot().unwrap());
    }
}
