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

use crate::state::{Invariants, State};

/// Times of its start that energy may reach.
pub const ENERGY: f64 = 1.1;
/// And enstrophy, to which round cores that approach each other add.
pub const ENSTROPHY: f64 = 1.25;

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

/// What grew most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grown {
    /// Its name.
    pub name: &'static str,
    /// At the start.
    pub first: f64,
    /// The largest value seen.
    pub most: f64,
    /// Its step.
    pub at: u64,
}

impl Grown {
    /// Times of the start.
    pub fn factor(&self) -> f64 {
        self.most / self.first
    }
}

/// The quantities of a run, from its first state on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Growth(Vec<Track>);

impl Growth {
    /// From the first state; `measured` is what is known of its energy and enstrophy.
    pub fn begin(state: &State, measured: &Invariants) -> Self {
        let track = |(name, x, tolerated): (&'static str, Option<f64>, f64)| {
            // Nothing that was not there grows by a factor; atoms feed a background that was empty.
            let first = x.filter(|x| x.is_finite() && *x > f64::MIN_POSITIVE)?;
            Some(Track { name, first, most: first, at: state.step, tolerated })
        };
        Self(values(state, measured).into_iter().filter_map(track).collect())
    }

    /// A later state.
    pub fn look(&mut self, state: &State, measured: &Invariants) {
        for (name, x, _) in values(state, measured) {
            if let (Some(track), Some(x)) = (self.0.iter_mut().find(|track| track.name == name), x)
                && x > track.most
                && x.is_finite()
            {
                (track.most, track.at) = (x, state.step);
            }
        }
    }

    /// The largest value of a quantity, in times of its first one.
    pub fn factor(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|track| track.name == name).map(|track| track.most / track.first)
    }

    /// The quantity that grew most, where one grew beyond what is tolerated.
    pub fn worst(&self) -> Option<Grown> {
        let beyond = self.0.iter().filter(|t| t.most > t.tolerated * t.first);
        let grown = beyond.map(|t| Grown { name: t.name, first: t.first, most: t.most, at: t.at });
        grown.max_by(|a, b| a.factor().total_cmp(&b.factor()))
    }
}

/// What is watched, and what it may reach.
fn values(state: &State, measured: &Invariants) -> [(&'static str, Option<f64>, f64); 3] {
    let header = &state.background.header;
    let held = measured.enstrophy.filter(|_| state.atoms.is_empty() && header.residual_energy() != 0.0);
    [
        ("energy", measured.energy, ENERGY),
        ("enstrophy", measured.enstrophy, ENSTROPHY),
        ("enstrophy with what z does not hold", held.map(|held| held + 0.5 * header.residual_energy()), ENSTROPHY),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis, params::Params, sim::measure};

    #[test]
    fn growth_is_the_largest_value_over_the_first() {
        let mut state = genesis::make("cells", &mut Params::default()).unwrap();
        state.atoms = Default::default();
        let mut growth = Growth::begin(&state, &measure(&state).0);
        let louder = |state: &State, by: f64| {
            let mut louder = state.clone();
            let dense: Vec<_> = state.background.dense().iter().map(|c| c * by).collect();
            louder.background.set_dense(&dense);
            louder
        };
        for (step, by) in [(10, 0.5), (20, 1.04), (30, 2.0), (40, 1.0)] {
            let now = State { step, ..louder(&state, by) };
            growth.look(&now, &measure(&now).0);
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
        let mut growth = Growth::begin(&state, &measure(&state).0);
        state.background.header.resid_high_e = 1e6;
        growth.look(&state, &measure(&state).0);
        assert_eq!(growth.worst().unwrap().name, "enstrophy with what z does not hold");
        let empty = State { background: crate::state::Background::empty(), ..state };
        assert_eq!(Growth::begin(&empty, &measure(&empty).0).worst(), None);
    }
}
