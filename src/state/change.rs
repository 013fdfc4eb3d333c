//! A change of the atoms at one moment, as the [`Ledger`](super::Ledger) takes it in.

use super::{Atoms, Event, Invariants, impulse};

/// Circulation and impulse of a set of atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moved {
    pub circulation: f64,
    pub impulse: [f64; 2],
}

impl Moved {
    pub fn of(atoms: &Atoms) -> Self {
        let Invariants { impulse_x, impulse_y, .. } = impulse(atoms);
        // Of the atoms as wholes: shares of segments sum to 1 only to the precision of a device.
        Self { circulation: atoms.circulation(), impulse: [impulse_x, impulse_y] }
    }

    pub fn from(&self, other: &Self) -> (f64, [f64; 2]) {
        let impulse = [self.impulse[0] - other.impulse[0], self.impulse[1] - other.impulse[1]];
        (self.circulation - other.circulation, impulse)
    }
}

/// What came to it, what it did, and what it left.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub(super) before: Moved,
    pub(super) events: Vec<Event>,
    pub(super) winding: [f64; 2],
    pub(super) after: Moved,
}

impl Change {
    /// From some atoms to others, by these events.
    pub fn new(before: &Atoms, events: Vec<Event>, after: &Atoms) -> Self {
        Self { before: Moved::of(before), events, winding: [0.0; 2], after: Moved::of(after) }
    }

    /// With a jump of the unwrapped impulse, where what is there is counted at other images of the box.
    pub fn across(self, winding: [f64; 2]) -> Self {
        Self { winding, ..self }
    }

    /// Where motion had brought so much more impulse than the atoms that came to it say.
    pub fn carried(mut self, impulse: [f64; 2]) -> Self {
        self.before.impulse = [self.before.impulse[0] + impulse[0], self.before.impulse[1] + impulse[1]];
        self
    }

    /// What its events leave unexplained of circulation and impulse: rounding.
    pub fn unexplained(&self) -> (f64, [f64; 2]) {
        let (mut circulation, mut impulse) = self.after.from(&self.before);
        circulation -= self.events.iter().map(|event| event.circulation).sum::<f64>();
        for (k, left) in impulse.iter_mut().enumerate() {
            *left -= self.winding[k] + self.events.iter().map(|event| event.impulse[k]).sum::<f64>();
        }
        (circulation, impulse)
    }

    /// Events of the change.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}
