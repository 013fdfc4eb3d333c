//! Numbers that are no numbers, noticed within [`EVERY`] steps however many a frame takes: every so many steps the
//! device copies state and counts of one instant, and the last sound copy stays to go back to.

use std::collections::VecDeque;

use super::{DeviceBackground, GpuSim};
use crate::{
    gpu::{
        readback::{Once, items},
        upload,
    },
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

/// One look on its way back.
struct Look {
    once: Once,
    /// Basis, scalars and clock.
    template: State,
    /// Ellipses ride on parcels.
    rode: bool,
    /// Atoms and vertices are in it.
    whole: bool,
}

/// A copy that was sound, as it came back.
struct Sound {
    bytes: Vec<Vec<u8>>,
    template: State,
    rode: bool,
}

/// Looks, and what they found.
#[derive(Default)]
pub(super) struct Sentinel {
    looks: VecDeque<Look>,
    /// Staging buffers of looks that are done.
    spare: Vec<Once>,
    sound: Option<Sound>,
    /// Step of the last sound look.
    sound_at: u64,
    fault: Option<Fault>,
}

impl Sentinel {
    pub fn new(step: u64) -> Self {
        Self { sound_at: step, ..Self::default() }
    }
}

impl GpuSim {
    /// After a step: a look, where one is due.
    pub(super) fn look_at_numbers(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if !self.held.step.is_multiple_of(EVERY) || self.probes.sentinel.looks.len() >= MOST {
            return;
        }
        let b = &self.buffers;
        let modes = self.background.as_ref().map(|background| background.squares()[0]);
        let atoms = [&b.atoms, &b.vertices, &b.start];
        let whole = atoms.iter().map(|buffer| buffer.size()).sum::<u64>() <= ROOM;
        let atoms = atoms.into_iter().filter(|_| whole);
        let sources: Vec<_> = [&b.counts].into_iter().chain(atoms).chain(modes).collect();
        let once = match self.probes.sentinel.spare.pop() {
            Some(mut once) => {
                once.again(encoder, &sources);
                once
            }
            None => Once::copy(&self.context, encoder, &sources),
        };
        let rode = self.carried.as_ref().is_some_and(|carried| carried.cycle.steps() > 0);
        self.probes.sentinel.looks.push_back(Look { once, template: self.around(Default::default()), rode, whole });
    }

    /// Judges the looks that are there, in their order.
    pub(super) fn judge_looks(&mut self) {
        while let Some(taken) = self.probes.sentinel.looks.front().and_then(|look| look.once.take()) {
            let Some(Look { once, template, rode, whole }) = self.probes.sentinel.looks.pop_front() else { return };
            // A device that does not answer is reported elsewhere.
            let Ok(bytes) = taken else { continue };
            self.probes.sentinel.spare.push(once);
            if self.probes.sentinel.fault.is_some() {
                continue;
            }
            let (step, sound) = (template.step, self.probes.sentinel.sound_at);
            match judge(&bytes, whole) {
                Some(not_finite) => self.probes.sentinel.fault = Some(Fault { step, sound, not_finite }),
                None => {
                    self.probes.sentinel.sound_at = step;
                    self.probes.sentinel.sound = whole.then_some(Sound { bytes, template, rode });
                }
            }
        }
    }

    /// What was found since the state was put on the device.
    pub fn fault(&self) -> Option<Fault> {
        self.probes.sentinel.fault
    }

    /// The state of the last sound look; `None` before the first, and where states are too large to keep.
    pub fn sound_state(&self) -> Option<State> {
        let Sound { bytes, template, rode } = self.probes.sentinel.sound.as_ref()?;
        let device = DeviceAtoms::unpack(bytes);
        let device = if *rode { device.riding() } else { device };
        let mut state = template.clone();
        state.atoms = device.atoms().ok()?;
        if let Some(modes) = bytes.get(4) {
            DeviceBackground::read_into(&items(modes, usize::MAX), &mut state.background);
        }
        state.validate().is_ok().then_some(state)
    }

    /// Puts a value that is no number into the state. For tests.
    pub fn spoil(&self) {
        let buffer = match &self.background {
            Some(background) => background.squares(),
            None => [&self.buffers.atoms, &self.buffers.atoms],
        };
        let offset = match &self.background {
            Some(background) => {
                // The wave (1, 0), which every basis has.
                let radius = background.decoded().1 as u64;
                8 * (radius * (2 * radius + 1) + radius + 1)
            }
            None => std::mem::offset_of!(DeviceAtom, gamma) as u64,
        };
        buffer.iter().for_each(|b| upload(&self.context.queue, b, offset, &[f32::NAN]));
    }
}

/// How many values are no finite numbers, or 0 where something ran away; `None` where all is sound.
fn judge(bytes: &[Vec<u8>], whole: bool) -> Option<usize> {
    let counts: Counts = items(&bytes[0], 1).first().copied().unwrap_or_default();
    let modes = bytes.get(if whole { 4 } else { 1 });
    let mut bad = modes.map_or(0, |modes| items::<f32>(modes, usize::MAX).iter().filter(|x| !x.is_finite()).count());
    if whole {
        let atoms = items::<DeviceAtom>(&bytes[1], counts.atoms as usize);
        bad += atoms.iter().flat_map(|a| [a.gamma, a.eps2, a.excess, a.angle]).filter(|x| !x.is_finite()).count();
    }
    (counts.runaway != 0 || bad > 0).then_some(bad)
}
