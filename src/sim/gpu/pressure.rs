//! Description-length passes of a state on the device.
//!
//! At fixed steps the atoms come back, a pass runs on the CPU, and what it leaves goes up again. Without a
//! window the run waits for that. With one, the copy is recorded with a frame and the pass runs on a worker:
//! frames go on being drawn and only steps wait, so that the pass lands on the step it belongs to and runs
//! repeat.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use super::{DeviceBackground, GpuSim};
use crate::{
    error::{Error, Result},
    gpu::{Context, Readback},
    ops::{
        buffers::AtomBuffers,
        device::{Counts, DeviceAtoms},
        mdl::cpu::{Outcome, is_due, pass},
    },
    params::{Params, Switch},
    state::{Atoms, Ledger, State},
};

/// How far a pass has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// None is due.
    Idle,
    /// Its step was recorded; the copy was not.
    Due,
    /// The copy is on its way back.
    Copied,
    /// The worker has it.
    Working,
}

/// Passes, their book, and the way to the worker.
pub(super) struct Pressure {
    pub ledger: Ledger,
    /// Frames are drawn while a pass runs.
    live: bool,
    stage: Stage,
    copies: Option<Copies>,
    worker: Option<Worker>,
    /// Why passes ended.
    fault: Option<Error>,
}

/// Copies of the atoms and modes of one step.
struct Copies {
    back: Vec<Readback>,
    taken: Vec<Option<Vec<u8>>>,
}

struct Worker {
    jobs: Sender<(State, Params)>,
    answers: Receiver<(State, Result<Outcome>)>,
}

impl Pressure {
    /// Before the first pass.
    pub fn new(atoms: &Atoms) -> Self {
        Self { ledger: Ledger::new(atoms), live: false, stage: Stage::Idle, copies: None, worker: None, fault: None }
    }
}

impl Copies {
    fn new(context: &Context, b: &AtomBuffers, modes: Option<&wgpu::Buffer>) -> Self {
        let sources = Self::sources(b, modes);
        let back: Vec<Readback> = sources
            .iter()
            .map(|source| Readback::with_slots(context, "description length", source.size(), 1))
            .collect();
        Self { taken: back.iter().map(|_| None).collect(), back }
    }

    fn sources<'a>(b: &'a AtomBuffers, modes: Option<&'a wgpu::Buffer>) -> Vec<&'a wgpu::Buffer> {
        [&b.counts, &b.atoms, &b.vertices, &b.start].into_iter().chain(modes).collect()
    }

    /// Takes what came back; `true` once all did.
    fn harvest(&mut self) -> bool {
        for (back, taken) in self.back.iter().zip(&mut self.taken) {
            if taken.is_none() {
                *taken = back.take();
            }
        }
        self.taken.iter().all(Option::is_some)
    }
}

/// The first `count` items of a copy.
fn items<T: bytemuck::AnyBitPattern>(bytes: Option<Vec<u8>>, count: usize) -> Vec<T> {
    let bytes = bytes.unwrap_or_default();
    bytes.chunks_exact(size_of::<T>()).take(count).map(bytemuck::pod_read_unaligned).collect()
}

impl Worker {
    fn start() -> Result<Self> {
        let ((jobs, inbox), (outbox, answers)) = (channel::<(State, Params)>(), channel());
        let work = move || {
            for (state, params) in inbox {
                let outcome = pass(&state, &params);
                if outbox.send((state, outcome)).is_err() {
                    break;
                }
            }
        };
        let spawned = thread::Builder::new().name("description length".into()).spawn(work);
        spawned.map_err(|e| Error::Run(format!("description-length passes have no thread to run on: {e}")))?;
        Ok(Self { jobs, answers })
    }
}

impl GpuSim {
    /// Frames are drawn while passes run: steps wait for them, nothing else does.
    pub fn pass_beside_frames(&mut self) {
        self.pressure.live = true;
    }

    /// Steps that may be recorded now: 0 while a pass is under way.
    pub fn steps_allowed(&self) -> u32 {
        if self.params.mdl == Switch::Off {
            return u32::MAX;
        }
        match self.pressure.stage {
            Stage::Idle => {
                let every = u64::from(self.params.mdl_every);
                u32::try_from(every - self.step % every).unwrap_or(u32::MAX)
            }
            _ => 0,
        }
    }

    /// What passes changed since this simulation was made.
    pub fn pass_ledger(&self) -> &Ledger {
        &self.pressure.ledger
    }

    /// Why a pass failed, once.
    pub fn take_pass_fault(&mut self) -> Option<Error> {
        self.pressure.fault.take()
    }

    /// After steps were recorded.
    pub(super) fn look_for_pass(&mut self) {
        if is_due(self.step, &self.params) {
            self.pressure.stage = Stage::Due;
        }
    }

    /// A pass that is due, on the spot. Waits for the device.
    pub(super) fn pass_now(&mut self) -> Result<()> {
        if self.pressure.stage == Stage::Idle {
            return Ok(());
        }
        self.pressure.stage = Stage::Idle;
        let state = self.snapshot()?;
        let outcome = pass(&state, &self.params)?;
        self.take_over(&state, outcome)
    }

    /// Records the copy of a pass that is due, in a window's frame.
    pub(super) fn copy_for_pass(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if self.pressure.stage != Stage::Due || !self.pressure.live {
            return;
        }
        let modes = self.background.as_ref().map(|b| b.squares()[0]);
        let (context, buffers) = (&self.context, &self.buffers);
        let copies = self.pressure.copies.get_or_insert_with(|| Copies::new(context, buffers, modes));
        for (back, source) in copies.back.iter_mut().zip(Copies::sources(buffers, modes)) {
            back.copy(encoder, source, 0);
        }
        self.pressure.stage = Stage::Copied;
    }

    /// Asks for the recorded copy.
    pub(super) fn ask_for_pass(&self) {
        self.pressure.copies.iter().flat_map(|c| &c.back).for_each(Readback::after_submit);
    }

    /// Takes a pass one stage further, without waiting.
    pub(super) fn harvest_pass(&mut self) {
        if let Err(error) = self.try_harvest_pass() {
            // The run goes on without passes rather than ending.
            (self.params.mdl, self.pressure.stage, self.pressure.fault) = (Switch::Off, Stage::Idle, Some(error));
        }
    }

    fn try_harvest_pass(&mut self) -> Result<()> {
        if self.pressure.stage == Stage::Copied
            && let Some(copies) = self.pressure.copies.as_mut()
            && copies.harvest()
        {
            let mut taken: Vec<Option<Vec<u8>>> = copies.taken.iter_mut().map(Option::take).collect();
            let counts: Counts = items(taken[0].take(), 1).first().copied().unwrap_or_default();
            let device = DeviceAtoms {
                atoms: items(taken[1].take(), counts.atoms as usize),
                vertices: items(taken[2].take(), counts.vertices as usize),
                places: items(taken[3].take(), counts.vertices as usize),
                counts,
            };
            let mut state = self.around(device.atoms()?);
            if let Some(modes) = taken.get_mut(4) {
                DeviceBackground::read_into(&items(modes.take(), usize::MAX), &mut state.background);
            }
            if self.pressure.worker.is_none() {
                self.pressure.worker = Some(Worker::start()?);
            }
            let sent = self.pressure.worker.as_ref().is_some_and(|w| w.jobs.send((state, self.params)).is_ok());
            if !sent {
                return Err(Error::Run("the thread of description-length passes ended".into()));
            }
            self.pressure.stage = Stage::Working;
        }
        if self.pressure.stage == Stage::Working {
            let answer = self.pressure.worker.as_ref().map(|worker| worker.answers.try_recv());
            match answer {
                Some(Ok((state, outcome))) => {
                    self.pressure.stage = Stage::Idle;
                    self.take_over(&state, outcome?)?;
                }
                Some(Err(std::sync::mpsc::TryRecvError::Empty)) => {}
                _ => return Err(Error::Run("the thread of description-length passes ended".into())),
            }
        }
        Ok(())
    }

    /// Uploads what a pass left, and enters it into the book.
    fn take_over(&mut self, before: &State, outcome: Outcome) -> Result<()> {
        let Outcome { state, events, report } = outcome;
        if events.is_empty() {
            self.pressure.ledger.record(&before.atoms, &[], &before.atoms, &before.atoms, report);
            return Ok(());
        }
        let device = DeviceAtoms::new(&state.atoms);
        self.buffers.upload(&self.context, &device)?;
        let held = device.atoms()?;
        self.pressure.ledger.record(&before.atoms, &events, &state.atoms, &held, report);
        if state.background != before.background
            && let Some(background) = &self.background
        {
            background.upload(&self.context, &state.background);
            self.awake = true;
        }
        self.circulation = held.circulation();
        (self.counters.vertices, self.counters.atoms) = (device.counts.vertices, device.counts.atoms);
        self.counters.blobs = device.counts.blobs;
        self.template = State { atoms: held, ..state };
        let params = self.params;
        self.set_params(&params);
        Ok(())
    }
}
