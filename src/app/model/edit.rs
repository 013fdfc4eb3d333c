//! Editing: the atom that was picked.

use crate::state::{Atom, State, Stroke, owned};

/// An atom that was picked, as it was last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// Its place in the list.
    pub index: usize,
    /// Its name among all atoms of the run, which stays when others come or go; `None` where it is not known.
    pub name: Option<u64>,
    /// The atom.
    pub atom: Atom,
    /// Length of its curve.
    pub length: f64,
    /// Simulated time since it came into being; `None` where that is not known.
    pub age: Option<f64>,
    /// Simulated time at which it came into being.
    pub born: Option<f64>,
    /// Bits that the description would be longer without it.
    pub worth: f64,
}

/// A stroke that was picked after it became ellipses, as it was last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct PickedStroke {
    /// Its curve.
    pub stroke: Stroke,
    /// Ellipses that lie along it now.
    pub atoms: usize,
    /// Their circulation, without the sign.
    pub circulation: f64,
}

impl PickedStroke {
    /// The stroke of an id in a state; `None` where it is no longer there.
    pub fn of(state: &State, id: u32) -> Option<Self> {
        let stroke = state.strokes.iter().find(|stroke| stroke.id == id)?.clone();
        let own = owned(&state.atoms, &state.strokes, id);
        let circulation = own.iter().map(|i| state.atoms.view().gamma[*i]).sum();
        Some(Self { atoms: own.len(), circulation, stroke })
    }
}

/// What a picked atom is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AtomAsk {
    /// Other numbers.
    Set {
        /// +1 or -1.
        sign: crate::state::Sign,
        /// Circulation.
        gamma: f64,
        /// Core radius.
        eps: f64,
    },
    /// Out of the state.
    Remove,
    /// No longer picked.
    Forget,
}
