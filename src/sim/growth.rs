//! Whether a flow grows that cannot.
//!
//! ```text
//! E = <u^2>/2,   Z = <omega^2>/2,   dE/dt = -2 nu Z,   dZ/dt = -2 nu <|grad omega|^2>/2       (nothing forces it)
//! ```
//!
//! so neither ever grows in two dimensions: on any kernel, with atoms or without, a forecast that does is wrong,
//! however finite it stays. The header of an encoded z counts the enstrophy that z does not hold; with it the sum is
//! bounded by what it was as well. Atoms that are carried and refitted, products cut at k_cut and a matrix fitted to
//! a decaying flow may all err by some percent (scenes stay below 1 % of energy and 3 % of enstrophy in 120 steps): told
//! is what goes beyond [`ENERGY`] and [`ENSTROPHY`].
//!
//! Beside atoms both are sums over the spectrum of the decoded field, always on one grid, so that what the grid adds
//! cancels. The grid holds a core `eps` where what folds back is below a percent of enstrophy: `eps >= 0.86 h`. One
//! that is thinner is not judged. A look takes as long as one decode, and there are at most some dozens a run.

use super::{
    Transforms, decode,
    measure::{self, measure, of_field},
    measure_by,
};
use crate::{
    math::BOX,
    perf::flag::BLOWN_UP,
    state::{Atoms, Invariants, State},
};

/// Times of its start that energy may reach.
pub const ENERGY: f64 = 1.1;
/// Times of its start that enstrophy may reach: round cores that approach each other add to it.
pub const ENSTROPHY: f64 = 1.25;

/// Spacings that the thinnest core is at least.
const RESOLVED: f64 = 0.86;

/// Whether the enstrophy of atoms can be told from a grid of this side.
pub fn resolves(side: u32, atoms: &Atoms) -> bool {
    atoms.thinnest().is_none_or(|eps| eps * f64::from(side) >= RESOLVED * BOX)
}

/// One quantity over a run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Track {
    name: &'static str,
    first: f64,
    most: f64,
    /// Step of the largest value.
    at: u64,
    /// Times of the first that are not yet called growth.
    tolerated: f64,
}

/// A quotient that is a number even where nothing is left of one.
fn times(most: f64, first: f64) -> f64 {
    (most / first).min(f64::MAX)
}

/// What grew most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grown {
    /// Name of the quantity that grew.
    pub name: &'static str,
    /// The quantity at the start.
    pub first: f64,
    /// The largest value seen.
    pub most: f64,
    /// Step of the largest value.
    pub at: u64,
}

impl Grown {
    /// Times of the start.
    pub fn factor(&self) -> f64 {
        times(self.most, self.first)
    }

    /// Whether nothing is left of the forecast.
    pub fn blown_up(&self) -> bool {
        self.factor() >= BLOWN_UP
    }
}

/// The quantities of a run, from its first state on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Growth {
    tracks: Vec<Track>,
    /// The grid of all looks; `None` where even the finest holds not every core.
    side: Option<u32>,
}

impl Growth {
    /// From the first state.
    pub fn begin(state: &State, transforms: &Transforms) -> Self {
        let side = measure::grid(&state.atoms, RESOLVED).map(|grid| grid.0);
        let mut growth = Self { tracks: vec![], side };
        let track = |(name, x, tolerated): (&'static str, Option<f64>, f64)| {
            // Nothing that was not there grows by a factor; atoms feed a background that was empty.
            let first = x.filter(|x| x.is_finite() && *x > f64::MIN_POSITIVE)?;
            Some(Track { name, first, most: first, at: state.step, tolerated })
        };
        growth.tracks = values(state, growth.measured(state, transforms)).into_iter().filter_map(track).collect();
        growth
    }

    /// Energy and enstrophy of a state, where they can be told.
    fn measured(&self, state: &State, transforms: &Transforms) -> [Option<f64>; 2] {
        if state.atoms.is_empty() {
            let Invariants { energy, enstrophy, .. } =
                measure_by(transforms, state).map_or_else(|_| measure(state).0, |measured| measured.0);
            return [energy, enstrophy];
        }
        let Some(side) = self.side.filter(|side| resolves(*side, &state.atoms)) else { return [None; 2] };
        let field = decode(state, side);
        let sums = transforms.energies(&field, side as usize);
        // A device that no longer answers has its say elsewhere.
        let (energy, enstrophy) = sums.unwrap_or_else(|_| of_field(&field, side as usize));
        [Some(energy), Some(enstrophy)]
    }

    /// A later state.
    pub fn look(&mut self, state: &State, transforms: &Transforms) {
        for (name, x, _) in values(state, self.measured(state, transforms)) {
            // The square of a number that is finite may be none.
            let x = x.map(|x| if x.is_finite() { x } else { f64::MAX });
            if let (Some(track), Some(x)) = (self.tracks.iter_mut().find(|track| track.name == name), x)
                && x > track.most
            {
                (track.most, track.at) = (x, state.step);
            }
        }
    }

    /// The largest value of a quantity, in times of its first one.
    pub fn factor(&self, name: &str) -> Option<f64> {
        self.tracks.iter().find(|track| track.name == name).map(|track| times(track.most, track.first))
    }

    /// The quantity that grew most, where one grew beyond what is tolerated.
    pub fn worst(&self) -> Option<Grown> {
        let beyond = self.tracks.iter().filter(|t| times(t.most, t.first) > t.tolerated);
        let grown = beyond.map(|t| Grown { name: t.name, first: t.first, most: t.most, at: t.at });
        grown.max_by(|a, b| a.factor().total_cmp(&b.factor()))
    }
}

/// What is watched, and what it may reach.
fn values(state: &State, [energy, enstrophy]: [Option<f64>; 2]) -> [(&'static str, Option<f64>, f64); 3] {
    let header = &state.background.header;
    let held = enstrophy.filter(|_| state.atoms.is_empty() && header.residual_energy() != 0.0);
    [
        ("energy", energy, ENERGY),
        ("enstrophy", enstrophy, ENSTROPHY),
        ("enstrophy with what z does not hold", held.map(|held| held + 0.5 * header.residual_energy()), ENSTROPHY),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis, params::Params, state::Atom};

    #[test]
    fn growth_is_the_largest_value_over_the_first() {
        let mut state = genesis::make("cells", &mut Params::default()).unwrap();
        state.atoms = Default::default();
        let mut growth = Growth::begin(&state, &Transforms::Cpu);
        let louder = |state: &State, by: f64| {
            let mut louder = state.clone();
            let dense: Vec<_> = state.background.dense().iter().map(|c| c * by).collect();
            louder.background.set_dense(&dense);
            louder
        };
        for (step, by) in [(10, 0.5), (20, 1.04), (30, 2.0), (40, 1.0)] {
            let now = State { step, ..louder(&state, by) };
            growth.look(&now, &Transforms::Cpu);
            assert_eq!(growth.worst().is_some(), step >= 30, "{growth:?}");
        }
        let worst = growth.worst().unwrap();
        assert!((worst.factor() - 4.0).abs() < 1e-9 && worst.at == 30, "{worst:?}");
        assert!((growth.factor("energy").unwrap() - 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_header_that_grows_is_seen_and_an_empty_state_is_none() {
        let mut state = genesis::make("cells", &mut Params::default()).unwrap();
        state.atoms = Default::default();
        state.background.header.resid_high_e = 0.1;
        let mut growth = Growth::begin(&state, &Transforms::Cpu);
        state.background.header.resid_high_e = 1e6;
        growth.look(&state, &Transforms::Cpu);
        assert_eq!(growth.worst().unwrap().name, "enstrophy with what z does not hold");
        let empty = State { background: crate::state::Background::empty(), ..state };
        assert_eq!(Growth::begin(&empty, &Transforms::Cpu).worst(), None);
    }

    #[test]
    fn atoms_are_judged_on_one_grid_that_holds_their_cores() {
        let state = genesis::make("merger", &mut Params::default()).unwrap();
        let mut growth = Growth::begin(&state, &Transforms::Cpu);
        assert_eq!(growth.side, Some(256));
        let with = |change: &dyn Fn(Atom) -> Atom| State {
            atoms: Atoms::try_from_iter(state.atoms.iter().map(change)).unwrap(),
            step: 50,
            ..state.clone()
        };
        let louder = with(&|a| Atom { gamma: 1.2 * a.gamma, ..a });
        growth.look(&louder, &Transforms::Cpu);
        let worst = growth.worst().unwrap();
        assert!((worst.factor() - 1.44).abs() < 1e-9 && worst.at == 50 && !worst.blown_up(), "{worst:?}");
        // Cores a tenth as wide hold a hundred times the enstrophy, which no grid here tells: silence, no guess.
        let thin = with(&|a| Atom { eps: 0.01 * a.eps, ..a });
        let before = growth.clone();
        growth.look(&thin, &Transforms::Cpu);
        assert_eq!(growth, before);
        assert_eq!(Growth::begin(&thin, &Transforms::Cpu), Growth { tracks: vec![], side: None });
        // What the grid adds to the enstrophy of the thinnest core that it holds stays below a percent wherever it lies.
        let eps = RESOLVED * BOX / 256.0;
        for at in [0.0, 0.25, 0.5, 0.61] {
            let place = glam::DVec2::splat(3.0 + at * BOX / 256.0);
            let atom = Atom::point(crate::state::Sign::Plus, 1.0, eps, place);
            let one = State { atoms: Atoms::try_from_iter([atom]).unwrap(), ..state.clone() };
            let found = Growth::begin(&one, &Transforms::Cpu);
            let exact = 1.0 / (4.0 * std::f64::consts::PI * eps * eps) / (2.0 * BOX * BOX);
            let told = found.tracks.iter().find(|t| t.name == "enstrophy").unwrap().first;
            assert!((told / exact - 1.0).abs() < 0.01, "{at}: {told} {exact}");
        }
    }
}
