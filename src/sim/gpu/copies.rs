//! Copies of atoms, parcels, modes and strokes on their way from the device, and the state that they are.

use std::sync::Arc;

use super::{
    DeviceBackground, GpuSim,
    carried::{self, Carried},
    strokes::{self, Strokes},
};
use crate::{
    error::{Error, Result},
    gpu::readback::{Once, items},
    ops::device::DeviceAtoms,
    sim::cycle::Cycle,
    state::State,
};

/// Copies on their way back: of atoms, of the parcels that a cycle ends with, of modes and strokes.
pub(super) struct Copied {
    pub once: Once,
    /// What is copied of the parcels.
    pub parcels: Parcels,
}

/// What of the parcels is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parcels {
    /// What pictures show of them.
    Shown,
    /// Their values: they stand on the nodes.
    Values,
    /// Their values, and where they are.
    Moved,
}

impl Copied {
    /// The bytes of each source when all are there, and what they say of the parcels.
    pub fn take(&self) -> Option<(Result<Vec<Vec<u8>>>, Parcels)> {
        self.once.take().map(|bytes| (bytes, self.parcels))
    }
}

impl GpuSim {
    /// The state as it rides, and the cycle with its parcels where they are. Waits for the device.
    pub(super) fn read_cycle(&mut self) -> Result<(State, Option<Cycle>)> {
        let state = self.read(self.parcels_of_work())?;
        Ok((state, self.carried.as_ref().map(|carried| carried.cycle.clone())))
    }

    /// The state as it rides, with what pictures show of the parcels. Waits for the device.
    pub(super) fn read_shown(&mut self) -> Result<State> {
        self.read(Parcels::Shown)
    }

    fn read(&mut self, parcels: Parcels) -> Result<State> {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let copied = self.copy_all(&mut encoder, parcels);
        self.context.queue.submit([encoder.finish()]);
        self.context.wait()?;
        let bytes = copied.once.take();
        let bytes = bytes.ok_or_else(|| Error::Run("the state did not come back from the device".into()))??;
        let mut state = self.unpack(&bytes, parcels)?;
        if self.learned.is_some() {
            state.background = self.read_background()?;
        }
        Ok(state)
    }

    /// What the end of a cycle needs of the parcels as they are.
    pub(super) fn parcels_of_work(&self) -> Parcels {
        match self.carried.as_ref().is_some_and(|carried| carried.cycle.is_whole()) {
            true => Parcels::Values,
            false => Parcels::Moved,
        }
    }

    /// Records copies of atoms, parcels and modes.
    pub(super) fn copy_all(&self, encoder: &mut wgpu::CommandEncoder, parcels: Parcels) -> Copied {
        let b = &self.buffers;
        let of_parcels: Vec<_> = match parcels {
            Parcels::Shown => vec![&b.shown],
            Parcels::Values => self.carried.iter().map(Carried::values).collect(),
            Parcels::Moved => self.carried.iter().flat_map(Carried::sources).collect(),
        };
        let modes = self.background.as_ref().map(|b| b.squares()[0]);
        let sources: Vec<_> = [&b.counts, &b.atoms, &b.vertices, &b.start]
            .into_iter()
            .chain(of_parcels)
            .chain(modes)
            .chain(self.views.strokes.iter().map(Strokes::places))
            .collect();
        Copied { once: Once::copy(&self.context, encoder, &sources), parcels }
    }

    /// The state of such copies; the parcels go to the cycle, or what pictures show of them to the state.
    pub(super) fn unpack(&mut self, bytes: &[Vec<u8>], parcels: Parcels) -> Result<State> {
        let device = DeviceAtoms::unpack(bytes);
        let rode = self.carried.as_ref().is_some_and(|carried| carried.cycle.steps() > 0);
        let device = if rode { device.riding() } else { device };
        let mut state = self.around(device.atoms()?);
        let mut rest = bytes[4..].iter();
        match (parcels, &mut self.carried) {
            (Parcels::Shown, _) => {
                state.parcels = rest.next().and_then(|shown| carried::lattice(shown, &state.atoms)).map(Arc::new);
            }
            (Parcels::Values, Some(carried)) => {
                if let Some(values) = rest.next() {
                    carried::take(&mut carried.cycle, values, None, &state.atoms);
                }
            }
            (Parcels::Moved, Some(carried)) => {
                if let (Some(values), Some(start), Some(winding)) = (rest.next(), rest.next(), rest.next()) {
                    carried::take(&mut carried.cycle, values, Some([start, winding]), &state.atoms);
                }
            }
            (_, None) => {}
        }
        if self.background.is_some()
            && let Some(modes) = rest.next()
        {
            DeviceBackground::read_into(&items(modes, usize::MAX), &mut state.background);
        }
        if let Some(places) = rest.next() {
            strokes::read_into(places, &mut state.strokes);
        }
        Ok(state)
    }
}
