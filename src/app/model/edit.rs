//! Editing: the atom that was picked.

use crate::state::Atom;

/// An atom that was picked, as it was last seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// Its place in the list.
    pub index: usize,
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
