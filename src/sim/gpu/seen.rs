//! The state as a frame showed it, copied back without waiting: for rewinding, picking and plots.

use std::sync::Arc;

use super::{
    DeviceBackground, GpuSim,
    carried::lattice,
    strokes::{self, Strokes},
};
use crate::{
    error::Result,
    gpu::readback::{Once, items},
    ops::device::DeviceAtoms,
    state::State,
};

/// A state that was asked for.
#[derive(Default)]
pub(super) struct Seen {
    asked: bool,
    copy: Option<StateCopy>,
}

/// A copy of the state on its way, and whatever else was copied at the same place of the encoder.
pub(super) struct StateCopy {
    once: Once,
    /// Basis, scalars and clock of the state.
    template: State,
    /// Ellipses ride on parcels.
    rode: bool,
    /// Modes are among what was copied.
    modes: bool,
    /// So are the curves of strokes.
    strokes: bool,
}

impl GpuSim {
    /// The next frame copies the state back, unless a copy is on its way.
    pub fn ask_state(&mut self) {
        self.probes.seen.asked = true;
    }

    /// Whether a frame is to record a copy.
    pub fn wants_state(&self) -> bool {
        self.probes.seen.asked && self.probes.seen.copy.is_none()
    }

    /// Records the copy.
    pub(super) fn copy_seen(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if self.wants_state() {
            self.probes.seen = Seen { asked: false, copy: Some(self.copy_state(encoder, None)) };
        }
    }

    /// Records a copy of the state, and of one more buffer.
    pub(super) fn copy_state(&self, encoder: &mut wgpu::CommandEncoder, more: Option<&wgpu::Buffer>) -> StateCopy {
        let b = &self.buffers;
        let modes = self.background.as_ref().map(|background| background.squares()[0]);
        let strokes = self.views.strokes.as_ref().map(Strokes::places);
        let atoms = [&b.counts, &b.atoms, &b.vertices, &b.start, &b.shown];
        let sources: Vec<_> = atoms.into_iter().chain(modes).chain(strokes).chain(more).collect();
        StateCopy {
            once: Once::copy(&self.context, encoder, &sources),
            template: self.around(self.held.template.atoms.clone()),
            rode: self.carried.as_ref().is_some_and(|carried| carried.cycle.steps() > 0),
            modes: modes.is_some(),
            strokes: strokes.is_some(),
        }
    }

    /// The copied state once it is there, ellipses as they ride. Never waits. A background that a matrix moves
    /// comes back in single precision.
    ///
    /// # Errors
    /// When the device could not answer.
    pub fn take_state(&mut self) -> Option<Result<State>> {
        let bytes = self.probes.seen.copy.as_ref()?.take()?;
        let copy = self.probes.seen.copy.take()?;
        Some(bytes.and_then(|bytes| Ok(copy.state(&bytes)?.0)))
    }
}

impl StateCopy {
    /// Its bytes, once they are there. Never waits.
    pub fn take(&self) -> Option<Result<Vec<Vec<u8>>>> {
        self.once.take()
    }

    /// The state of its bytes, and the bytes of the other buffer.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] where what came back breaks an invariant of an atom.
    pub fn state(self, bytes: &[Vec<u8>]) -> Result<(State, Option<&Vec<u8>>)> {
        let device = DeviceAtoms::unpack(bytes);
        let device = if self.rode { device.riding() } else { device };
        let mut state = self.template;
        state.atoms = device.atoms()?;
        let mut rest = bytes.iter().skip(4);
        if let Some(shown) = rest.next() {
            state.parcels = lattice(shown, &state.atoms).map(Arc::new);
        }
        if self.modes
            && let Some(modes) = rest.next()
        {
            DeviceBackground::read_into(&items(modes, usize::MAX), &mut state.background);
        }
        if self.strokes
            && let Some(places) = rest.next()
        {
            strokes::read_into(places, &mut state.strokes);
        }
        Ok((state, rest.next()))
    }
}
