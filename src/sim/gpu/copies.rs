//! Copies of the state on their way from the device: of atoms, parcels, background and the curves of strokes, all of one
//! place of an encoder, and the state that they are.

use std::sync::Arc;

use super::{
    DeviceBackground, carried,
    held::Held,
    strokes::{self, Strokes},
};
use crate::{
    error::Result,
    gpu::{Ticket, ticket::items},
    ops::device::DeviceAtoms,
    sim::cycle::Cycle,
    state::{Background, Basis, State},
};

/// What of the parcels is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parcels {
    /// What pictures show of them.
    Shown,
    /// What the end of their cycle needs: their values, and where they are unless they stand on the nodes.
    Whole,
}

/// What came back.
pub(super) struct Copied {
    /// The state, ellipses as they ride; with what pictures show of the parcels, where that was asked for.
    pub state: State,
    /// The cycle with its parcels where they are, where that was asked for.
    pub cycle: Option<Cycle>,
    /// Bytes of the other buffers, in their order.
    pub others: Vec<Vec<u8>>,
}

/// What the parts of a copy are.
struct Plan {
    /// Basis, scalars and clock of the state.
    template: State,
    /// Ellipses ride on parcels.
    rode: bool,
    /// What pictures show of the parcels is among what was copied.
    shown: bool,
    cycle: Option<Cycle>,
    /// Parts that the parcels of the cycle are in.
    moved: usize,
    /// So are modes.
    modes: bool,
    /// The background itself, where a matrix moves it.
    z: Option<Basis>,
    /// The curves of strokes.
    strokes: bool,
}

impl Held {
    /// Records a copy of the state, and of other buffers.
    pub(super) fn ask(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        parcels: Parcels,
        strokes: Option<&Strokes>,
        others: &[&wgpu::Buffer],
    ) -> Ticket<Copied> {
        let b = &self.buffers;
        let cycle = self.carried.as_ref().filter(|_| parcels == Parcels::Whole);
        let moved: Vec<_> = match cycle {
            Some(carried) if carried.cycle.pace.is_whole() => vec![carried.values()],
            Some(carried) => carried.sources().to_vec(),
            None => vec![],
        };
        let shown = (parcels == Parcels::Shown).then_some(&b.shown);
        let modes = self.background.as_ref().map(|background| background.squares()[0]);
        let z = self.learned.as_ref().filter(|_| self.is_learned());
        let plan = Plan {
            template: self.around(self.known.template.atoms.clone(), strokes.map_or(vec![], Strokes::list)),
            rode: self.rides(),
            shown: shown.is_some(),
            cycle: cycle.map(|carried| carried.cycle.clone()),
            moved: moved.len(),
            modes: modes.is_some(),
            z: z.map(|learned| learned.basis.clone()),
            strokes: strokes.is_some(),
        };
        let sources: Vec<_> = [&b.counts, &b.atoms, &b.vertices, &b.start]
            .into_iter()
            .chain(shown)
            .chain(moved)
            .chain(modes)
            .chain(z.map(|learned| learned.dense.now()))
            .chain(strokes.map(Strokes::places))
            .chain(others.iter().copied())
            .map(|buffer| buffer.slice(..))
            .collect();
        self.context.readbacks().ask(encoder, &sources).then(|bytes| plan.state(bytes))
    }

    /// The state now, as [`Held::ask`] has it. Waits for the device.
    pub(super) fn read(&self, parcels: Parcels, strokes: Option<&Strokes>) -> Result<Copied> {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let ticket = self.ask(&mut encoder, parcels, strokes, &[]);
        self.context.queue.submit([encoder.finish()]);
        ticket.wait(&self.context.device)
    }
}

impl Plan {
    /// The state of the bytes.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] where what came back breaks an invariant of an atom.
    fn state(self, bytes: Vec<Vec<u8>>) -> Result<Copied> {
        let Self { template: mut state, rode, shown, mut cycle, moved, modes, z, strokes } = self;
        let device = DeviceAtoms::unpack(&bytes);
        let device = if rode { device.riding() } else { device };
        state.atoms = device.atoms()?;
        let mut rest = bytes.into_iter().skip(4);
        if let Some(shown) = next(&mut rest, shown) {
            state.parcels = carried::lattice(&shown, &state.atoms).map(Arc::new);
        }
        let parcels: Vec<_> = rest.by_ref().take(moved).collect();
        match (&mut cycle, &parcels[..]) {
            (Some(cycle), [values]) => carried::take(cycle, values, None, &state.atoms),
            (Some(cycle), [values, start, winding]) => {
                carried::take(cycle, values, Some([start, winding]), &state.atoms);
            }
            _ => {}
        }
        if let Some(modes) = next(&mut rest, modes) {
            DeviceBackground::read_into(&items(&modes, usize::MAX), &mut state.background);
        }
        if let Some(basis) = z {
            let z: Vec<f32> = rest.next().map_or(vec![], |z| items(&z, basis.dimension()));
            state.background = Background::from_z(basis, &z.into_iter().map(f64::from).collect::<Vec<_>>())?;
        }
        if let Some(places) = next(&mut rest, strokes) {
            strokes::read_into(&places, &mut state.strokes);
        }
        Ok(Copied { state, cycle, others: rest.collect() })
    }
}

/// The next part, where it is there.
fn next(rest: &mut impl Iterator<Item = Vec<u8>>, there: bool) -> Option<Vec<u8>> {
    if there { rest.next() } else { None }
}
