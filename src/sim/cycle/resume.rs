//! A cycle that goes on from where its state was read.

use super::{Cycle, Pace, Parcels, conserve::circulation, is_carried, lattice, limits};
use crate::{
    encode::{bounded, ellipse_of},
    math::BOX,
    ops::ellipse_fit::{self, Ellipse, Quadratic, Samples},
    params::Params,
    state::{Atom, Atoms, Lattice, State},
};

impl Cycle {
    /// Goes on with the parcels that were read, changed by what the ellipses were edited by since. They are refitted
    /// when it ends; until then they are no more than riders.
    pub(super) fn resume(state: &State, read: &Lattice, params: &Params, background: bool) -> Option<Self> {
        let atoms = &state.atoms;
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
        let circulation = ellipses.iter().map(circulation).sum();
        // A step is counted: its refit is due, though no step was taken since.
        let mut cycle = Self {
            carries: now,
            ellipses,
            parcels: Parcels::new(values, side),
            pace: Pace { steps: 1, ..Pace::begin() },
            circulation,
            ..Self::new(vec![], side)
        };
        if background && super::background::carries(state, params) {
            cycle.take_in(&state.background);
        }
        let fastest = cycle.parcels.largest();
        Some(cycle.planned(fastest, params))
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
