//! The state as a frame showed it, copied back without waiting: for rewinding, picking and plots.

use super::{DeviceBackground, GpuSim};
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
    copy: Option<Copy>,
}

/// A copy on its way.
struct Copy {
    once: Once,
    /// Basis, scalars and clock of the state.
    template: State,
    /// Ellipses ride on parcels.
    rode: bool,
}

impl GpuSim {
    /// The next frame copies the state back, unless a copy is on its way.
    pub fn ask_state(&mut self) {
        self.seen.asked = true;
    }

    /// Whether a frame is to record a copy.
    pub fn wants_state(&self) -> bool {
        self.seen.asked && self.seen.copy.is_none()
    }

    /// Records the copy.
    pub(super) fn copy_seen(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if !self.wants_state() {
            return;
        }
        self.seen.asked = false;
        let b = &self.buffers;
        let modes = self.background.as_ref().map(|background| background.squares()[0]);
        let sources: Vec<_> = [&b.counts, &b.atoms, &b.vertices, &b.start].into_iter().chain(modes).collect();
        self.seen.copy = Some(Copy {
            once: Once::copy(&self.context, encoder, &sources),
            template: self.around(self.template.atoms.clone()),
            rode: self.carried.as_ref().is_some_and(|carried| carried.cycle.steps() > 0),
        });
    }

    /// Asks for the recorded copy.
    pub(super) fn ask_seen(&mut self) {
        if let Some(copy) = &mut self.seen.copy {
            copy.once.after_submit();
        }
    }

    /// The copied state once it is there, ellipses as they ride. Never waits. A background that a matrix moves
    /// comes back in single precision.
    ///
    /// # Errors
    /// When the device could not answer.
    pub fn take_state(&mut self) -> Option<Result<State>> {
        let bytes = self.seen.copy.as_ref()?.once.take()?;
        let copy = self.seen.copy.take()?;
        Some(bytes.and_then(|bytes| copy.state(&bytes)))
    }
}

impl Copy {
    fn state(self, bytes: &[Vec<u8>]) -> Result<State> {
        let device = DeviceAtoms::unpack(bytes);
        let device = if self.rode { device.riding() } else { device };
        let mut state = self.template;
        state.atoms = device.atoms()?;
        if let Some(modes) = bytes.get(4) {
            DeviceBackground::read_into(&items(modes, usize::MAX), &mut state.background);
        }
        Ok(state)
    }
}
