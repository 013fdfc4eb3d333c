//! The state as a file holds it: copied in the middle of a cycle, its ellipses refitted on any thread.

use super::{
    background::DeviceBackground,
    carried,
    copies::{Copied, Parcels},
    held::Held,
    strokes::Strokes,
};
use crate::{
    encode::Warm,
    error::Result,
    gpu::{Context, Ticket},
    ops::device::DeviceAtoms,
    state::State,
};

/// A state that came back with its cycle.
pub struct WholeState {
    copied: Copied,
    context: Context,
    warm: Warm,
}

impl WholeState {
    /// Records and submits a copy of the state as it is now.
    pub(super) fn ask(held: &Held, strokes: Option<&Strokes>, warm: &Warm) -> Ticket<Self> {
        let (context, warm) = (held.context.clone(), warm.clone());
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let copied = held.ask(&mut encoder, Parcels::Whole, strokes, &[]);
        context.queue.submit([encoder.finish()]);
        copied.then(move |copied| Ok(Self { copied, context, warm }))
    }

    /// The state, ellipses refitted to where their parcels are; takes up to seconds.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the refit fails.
    pub fn state(self) -> Result<State> {
        let Self { copied: Copied { mut state, cycle, .. }, context, warm } = self;
        if let Some(cycle) = cycle {
            state = carried::end(&context, &warm, &cycle, &state)?.state;
            // As the device would hold them.
            state.atoms = DeviceAtoms::new(&state.atoms).atoms()?;
            if cycle.carries_background() {
                state.background = DeviceBackground::held(&state.background);
            }
        }
        Ok(state)
    }
}
