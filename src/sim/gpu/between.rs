//! What happens to the atoms between two steps: a cycle of parcels ends and another begins, a
//! description-length pass runs.
//!
//! At fixed steps the atoms and the parcels' places come back, the work is done on the CPU (refits on the
//! device, where it is hardware), and what it leaves goes up again. Without a window the run waits for that.
//! With one, the copy is recorded with a frame and the work runs on a thread of its own: frames go on being
//! drawn and only steps wait, so that the work lands on the step it belongs to and runs repeat.

use std::sync::mpsc::TryRecvError;

use super::{
    copies::{Copied, Parcels},
    held::Held,
    job::{Done, Job, Order, Worker},
    strokes::{Strokes, curves},
    views::Views,
};
use crate::{
    encode::Warm,
    error::{Error, Result},
    gpu::{Ticket, ticket::redeem},
    ops::mdl::{Rules, cpu::Outcome},
    params::{Every, Params, Switch},
    sim::{
        cycle::{carries_backgrounds, lattice, pass_is_due, passes_wait},
        rows::joins,
    },
    state::{Atoms, Change, Ledger},
};

/// How far work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// None is due.
    Idle,
    /// Its step was recorded; the copy was not.
    Due,
    /// The copy is on its way back.
    Copied,
    /// The thread has it.
    Working,
}

fn ended() -> Error {
    Error::Run("the thread of passes and refits ended".into())
}

/// Ellipses move rigidly from where they ride, without parcels. Waits for the device.
fn let_parcels_go(held: &mut Held) -> Result<()> {
    if held.carried.take().is_some()
        && let Ok(device) = held.buffers.download(&held.context)
        && let Ok(atoms) = device.atoms()
    {
        held.upload_atoms(&atoms, None)?;
    }
    Ok(())
}

/// Work on a copy of the state that is held.
fn job(held: &Held, copied: Copied) -> Job {
    let Copied { state, cycle, .. } = copied;
    Job { state, params: held.params, cycle, background: held.operators.leave_modes(), ground: held.ground() }
}

/// The book, and the way to the thread.
pub struct Between {
    pub(super) ledger: Ledger,
    /// Frames are drawn while work runs.
    live: bool,
    stage: Stage,
    copy: Option<Ticket<Copied>>,
    worker: Option<Worker>,
    /// Buffers of the last refit, for the next.
    pub(super) warm: Warm,
    /// Rules of passes changed since the last one: the next does not wait for the end of a long cycle.
    turned: bool,
    /// What the end of a cycle will need was compiled.
    foreseen: bool,
    /// Why passes and refits ended.
    fault: Option<Error>,
}

impl Between {
    /// Before the first work.
    pub(super) fn new(atoms: &Atoms) -> Self {
        let ledger = Ledger::new(atoms);
        Self {
            ledger,
            live: false,
            stage: Stage::Idle,
            copy: None,
            worker: None,
            warm: Warm::default(),
            turned: false,
            foreseen: false,
            fault: None,
        }
    }
}

impl Between {
    /// Other atoms are on the device: the book begins anew, and an answer of the thread to come is of the old ones.
    pub(super) fn restart(&mut self, atoms: &Atoms) {
        let worker = self.worker.take().filter(|_| self.stage != Stage::Working);
        let warm = if worker.is_some() { self.warm.clone() } else { Warm::default() };
        *self = Self { live: self.live, worker, warm, ..Self::new(atoms) };
    }

    /// Frames are drawn while work runs: steps wait for it, nothing else does.
    pub fn work_beside_frames(&mut self) {
        self.live = true;
    }

    /// Steps that may be recorded now: 0 while work is under way.
    pub fn steps_allowed(&self, held: &Held) -> u32 {
        if self.stage != Stage::Idle {
            return 0;
        }
        let (params, every) = (&held.params, u64::from(held.params.mdl_every));
        // A pass waits for the end of a cycle whose length the program chose.
        let waits = passes_wait(held.carried.as_ref().map(|carried| &carried.cycle), params);
        let pass = match params.mdl {
            Switch::On if !waits => u32::try_from(every - held.known.step % every).unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        held.carried.as_ref().map_or(pass, |carried| pass.min(carried.cycle.left(params)))
    }

    /// Whether work is due whose copy was not recorded yet.
    pub fn wants_frame(&self) -> bool {
        self.stage == Stage::Due
    }

    /// What passes changed since this state was put on the device.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Why passes and refits ended, once.
    pub fn take_fault(&mut self) -> Option<Error> {
        self.fault.take()
    }

    /// Parameters change to these: new rules of passes are followed as soon as one is due.
    pub(super) fn heed_rules(&mut self, held: &Held, params: &Params) {
        let of = |params: &Params| (Rules::new(params), params.mdl, params.mdl_every);
        self.turned |= of(params) != of(&held.params);
    }

    /// After steps were recorded or parameters changed.
    pub(super) fn look(&mut self, held: &mut Held, stepped: bool) {
        if self.turned
            && self.stage == Stage::Idle
            && let Some(carried) = &mut held.carried
        {
            self.turned = !carried.cycle.end_early(held.known.step, &held.params);
        }
        let refit = match &held.carried {
            Some(carried) => {
                carried.cycle.left(&held.params) == 0
                    || carried.scheme() != held.params.integrator
                    || (carried.cycle.carries_background() && !held.operators.leave_modes())
            }
            None => {
                lattice(&held.params) > 0
                    && (held.known.ellipses || (held.known.waits && stepped && joins(held.known.step)))
            }
        };
        let cycle = held.carried.as_ref().map(|carried| &carried.cycle);
        let pass = stepped && pass_is_due(held.known.step, cycle, &held.params);
        if self.stage == Stage::Idle && (refit || pass) {
            self.stage = Stage::Due;
        }
    }

    /// Work that is due, on the spot. Waits for the device.
    ///
    /// # Errors
    /// Where the device does not answer, or a refit or a pass fails.
    pub(super) fn now(&mut self, held: &Held, strokes: Option<&Strokes>) -> Result<Option<Done>> {
        if self.stage == Stage::Idle {
            return Ok(None);
        }
        self.stage = Stage::Idle;
        let job = job(held, held.read(Parcels::Whole, strokes)?);
        job.beside(&held.context, &self.warm).map(Some)
    }

    /// Records the copy for work that is due, in a window's frame.
    pub(super) fn record(&mut self, encoder: &mut wgpu::CommandEncoder, held: &Held, strokes: Option<&Strokes>) {
        if self.stage == Stage::Due && self.live {
            self.copy = Some(held.ask(encoder, Parcels::Whole, strokes, &[]));
            self.stage = Stage::Copied;
        }
    }

    /// Takes work one stage further, without waiting; what it came to.
    ///
    /// # Errors
    /// Where the device or the thread did not answer, or a refit or a pass failed.
    pub(super) fn harvest(&mut self, held: &Held) -> Result<Option<Done>> {
        self.foresee(held)?;
        if self.stage == Stage::Copied
            && let Some(copied) = redeem(&mut self.copy)
        {
            self.hand_on(held, Order::Now(Box::new(job(held, copied?))))?;
            self.stage = Stage::Working;
        }
        if self.stage == Stage::Working {
            match self.worker.as_ref().map(|worker| worker.answers.try_recv()) {
                Some(Ok(done)) => {
                    self.stage = Stage::Idle;
                    return done.map(Some);
                }
                Some(Err(TryRecvError::Empty)) => {}
                _ => return Err(ended()),
            }
        }
        Ok(None)
    }

    /// The run goes on without passes and refits rather than ending: ellipses move rigidly from where they ride.
    pub(super) fn end(&mut self, held: &mut Held, error: Error) {
        (held.params.mdl, held.params.refit_every) = (Switch::Off, Every::Steps(0));
        (self.stage, self.copy) = (Stage::Idle, None);
        self.fault = Some(let_parcels_go(held).err().unwrap_or(error));
    }

    /// Gives the thread something to do.
    fn hand_on(&mut self, held: &Held, task: Order) -> Result<()> {
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(&held.context, &self.warm)?,
        };
        let sent = self.worker.insert(worker).orders.send(task);
        sent.map_err(|_| ended())
    }

    /// A background that sleeps may wake at the end of this cycle: what the next needs then is compiled while frames
    /// are drawn and steps taken, not while they wait.
    fn foresee(&mut self, held: &Held) -> Result<()> {
        let (Some(carried), Some(background)) = (&held.carried, &held.background) else { return Ok(()) };
        let may_wake = !held.known.awake && held.params.mdl == Switch::On && carries_backgrounds(&held.params);
        if !self.live || self.foreseen || !may_wake || carried.cycle.pace.steps() == 0 {
            return Ok(());
        }
        self.foreseen = true;
        self.hand_on(held, Order::Ahead(carried.cycle.parcels.side() as u32, background.modes().clone()))
    }

    /// Enters changes into the book, as the device holds what they left.
    fn enter(&mut self, changes: &[Change], held: &Atoms) {
        changes.iter().for_each(|change| self.ledger.enter(change));
        if !changes.is_empty() {
            self.ledger.hold(held);
        }
    }

    /// Uploads what work left, and enters it into the book.
    ///
    /// # Errors
    /// Where the device has no room.
    pub(super) fn take_over(&mut self, done: Done, held: &mut Held, views: &mut Views) -> Result<()> {
        let Done { before, outcome, changes, drawn, next } = done;
        if self.live {
            let (strokes, time) = (views.strokes(), held.known.time);
            let curves = strokes.map_or_else(|| curves(0, &drawn, time), |strokes| strokes.drawn(&drawn, time));
            views.show_strokes(held, &curves)?;
        }
        let refitted = held.carried.is_some() || next.is_some();
        let carried = held.carries_background();
        let Some(Outcome { state, events, report }) = outcome else {
            if carried {
                held.upload_background(&before.background);
            }
            let atoms = held.upload_atoms(&before.atoms, next)?;
            self.enter(&changes, &atoms);
            return Ok(());
        };
        self.ledger.report(report);
        if events.is_empty() && !refitted {
            self.enter(&changes, &before.atoms);
            return Ok(());
        }
        if carried || state.background != before.background {
            held.upload_background(&state.background);
        }
        let atoms = state.atoms.clone();
        held.known.births.follow(&before.atoms, &atoms, before.time);
        held.known.template = state;
        let atoms = held.upload_atoms(&atoms, next)?;
        self.enter(&changes, &atoms);
        Ok(())
    }
}
