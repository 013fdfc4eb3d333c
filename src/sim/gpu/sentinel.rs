//! Numbers that are no numbers, noticed within [`EVERY`] steps however many a frame takes: every so many steps the
//! device copies state and counts of one instant, and the last sound copy stays to go back to.

use std::collections::VecDeque;

use super::{DeviceBackground, held::Held, strokes::Strokes};
use crate::{
    gpu::{Ticket, ticket::items, upload},
    ops::device::{Counts, DeviceAtom, DeviceAtoms},
    state::State,
};

/// Steps from one look to the next, K.
pub const EVERY: u64 = 16;
/// Looks under way at most: 64 steps a frame, and some frames until copies are there.
const MOST: usize = 32;
/// A state of more bytes is looked at by its counts and modes alone, and not kept.
const ROOM: u64 = 1 << 20;

/// What was found at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Step of the look that found it.
    pub step: u64,
    /// Step of the last look before it, or of the upload: up to there all was sound.
    pub sound: u64,
    /// Values that are no finite numbers; 0 where a vertex or a parcel only moved too far.
    pub not_finite: usize,
}

/// A state as it came back.
struct Look {
    bytes: Vec<Vec<u8>>,
    /// Basis, scalars and clock.
    template: State,
    /// Ellipses ride on parcels.
    rode: bool,
    /// Atoms and vertices are in it.
    whole: bool,
}

/// Looks, and what they found.
#[derive(Default)]
pub struct Sentinel {
    looks: VecDeque<Ticket<Look>>,
    /// The last that was sound, where states are small enough to keep.
    sound: Option<Look>,
    /// Step of the last sound look.
    sound_at: u64,
    fault: Option<Fault>,
}

impl Sentinel {
    pub(super) fn new(step: u64) -> Self {
        Self { sound_at: step, ..Self::default() }
    }

    /// After a step: a look, where one is due.
    pub(super) fn look(&mut self, encoder: &mut wgpu::CommandEncoder, held: &Held, strokes: Option<&Strokes>) {
        if !held.known.step.is_multiple_of(EVERY) || self.looks.len() >= MOST {
            return;
        }
        let b = &held.buffers;
        let modes = held.background.as_ref().map(|background| background.squares()[0]);
        let atoms = [&b.atoms, &b.vertices, &b.start];
        let whole = atoms.iter().map(|buffer| buffer.size()).sum::<u64>() <= ROOM;
        let atoms = atoms.into_iter().filter(|_| whole);
        let sources: Vec<_> = [&b.counts].into_iter().chain(atoms).chain(modes).map(|b| b.slice(..)).collect();
        let template = held.around(Default::default(), strokes.map_or(vec![], Strokes::list));
        let rode = held.rides();
        let ticket = held.context.readbacks().ask(encoder, &sources);
        self.looks.push_back(ticket.then(move |bytes| Ok(Look { bytes, template, rode, whole })));
    }

    /// Judges the looks that are there, in their order.
    pub(super) fn judge(&mut self) {
        while let Some(taken) = self.looks.front_mut().and_then(Ticket::take) {
            self.looks.pop_front();
            // A device that does not answer is reported elsewhere.
            let Ok(look) = taken else { continue };
            if self.fault.is_some() {
                continue;
            }
            let (step, sound) = (look.template.step, self.sound_at);
            match look.judge() {
                Some(not_finite) => self.fault = Some(Fault { step, sound, not_finite }),
                None => (self.sound_at, self.sound) = (step, Some(look).filter(|look| look.whole)),
            }
        }
    }

    /// What was found since the state was put on the device.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The state of the last sound look; `None` before the first, and where states are too large to keep.
    pub fn sound_state(&self) -> Option<State> {
        let Look { bytes, template, rode, .. } = self.sound.as_ref()?;
        let device = DeviceAtoms::unpack(bytes);
        let device = if *rode { device.riding() } else { device };
        let mut state = template.clone();
        state.atoms = device.atoms().ok()?;
        if let Some(modes) = bytes.get(4) {
            DeviceBackground::read_into(&items(modes, usize::MAX), &mut state.background);
        }
        state.validate().is_ok().then_some(state)
    }
}

impl Look {
    /// How many values are no finite numbers, or 0 where something ran away; `None` where all is sound.
    fn judge(&self) -> Option<usize> {
        let Self { bytes, whole, .. } = self;
        let counts: Counts = items(&bytes[0], 1).first().copied().unwrap_or_default();
        let modes = bytes.get(if *whole { 4 } else { 1 });
        let mut bad =
            modes.map_or(0, |modes| items::<f32>(modes, usize::MAX).iter().filter(|x| !x.is_finite()).count());
        if *whole {
            let atoms = items::<DeviceAtom>(&bytes[1], counts.atoms as usize);
            bad += atoms.iter().flat_map(|a| [a.gamma, a.eps2, a.excess, a.angle]).filter(|x| !x.is_finite()).count();
        }
        (counts.runaway != 0 || bad > 0).then_some(bad)
    }
}

/// Puts a value that is no number into the state. For tests.
pub fn spoil(held: &Held) {
    let buffer = match &held.background {
        Some(background) => background.squares(),
        None => [&held.buffers.atoms, &held.buffers.atoms],
    };
    let offset = match &held.background {
        Some(background) => {
            // The wave (1, 0), which every basis has.
            let radius = background.decoded().1 as u64;
            8 * (radius * (2 * radius + 1) + radius + 1)
        }
        None => std::mem::offset_of!(DeviceAtom, gamma) as u64,
    };
    buffer.iter().for_each(|b| upload(&held.context.queue, b, offset, &[f32::NAN]));
}
