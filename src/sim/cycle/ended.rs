//! The end of a cycle, as the ledger takes it.

use crate::state::State;

/// Impulse `(sum Gamma y, -sum Gamma x)`.
pub(super) type Impulse = [f64; 2];

/// The state at the end of a cycle, and what that end changed.
pub struct Ended {
    /// The state.
    pub state: State,
    /// Ellipses that were refitted; 0 after a cycle without steps, which changes nothing.
    pub refitted: usize,
    /// Impulse of the parcels beyond that of the ellipses as they rode.
    pub carried: Impulse,
    /// Jump of the unwrapped impulse: what is there now is counted at other images of the box.
    pub winding: Impulse,
}

impl Ended {
    /// After a cycle without steps.
    pub(super) fn still(now: &State) -> Self {
        Self { state: now.clone(), refitted: 0, carried: [0.0; 2], winding: [0.0; 2] }
    }
}
