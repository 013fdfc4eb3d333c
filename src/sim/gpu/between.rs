//! What happens to the atoms between two steps: a cycle of parcels ends and another begins, a
//! description-length pass runs.
//!
//! At fixed steps the atoms and the parcels' places come back, the work is done on the CPU (refits on the
//! device, where it is hardware), and what it leaves goes up again. Without a window the run waits for that.
//! With one, the copy is recorded with a frame and the work runs on a thread of its own: frames go on being
//! drawn and only steps wait, so that the work lands on the step it belongs to and runs repeat.

use std::sync::mpsc::TryRecvError;

use super::{
    GpuSim,
    carried::Carried,
    copies::Copied,
    job::{Done, Ground, Job, Next, Order, Worker},
};
use crate::{
    encode::Warm,
    error::{Error, Result},
    ops::{
        device::DeviceAtoms,
        mdl::{Rules, cpu::Outcome},
    },
    params::{Every, Params, Switch},
    sim::{
        cycle::{Cycle, carries_backgrounds, is_carried, lattice, pass_is_due, passes_wait},
        rows::{joins, waits},
    },
    state::{Atoms, Background, Change, Ledger, State},
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

/// The book, and the way to the thread.
pub(super) struct Between {
    pub ledger: Ledger,
    /// Frames are drawn while work runs.
    live: bool,
    stage: Stage,
    copy: Option<Copied>,
    worker: Option<Worker>,
    /// Buffers of the last refit, for the next.
    pub warm: Warm,
    /// Rules of passes changed since the last one: the next does not wait for the end of a long cycle.
    turned: bool,
    /// What the end of a cycle will need was compiled.
    foreseen: bool,
    /// Why passes and refits ended.
    fault: Option<Error>,
}

impl Between {
    /// Before the first work.
    pub fn new(atoms: &Atoms) -> Self {
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
    pub fn restart(&mut self, atoms: &Atoms) {
        let worker = self.worker.take().filter(|_| self.stage != Stage::Working);
        let warm = if worker.is_some() { self.warm.clone() } else { Warm::default() };
        *self = Self { live: self.live, worker, warm, ..Self::new(atoms) };
    }
}

impl GpuSim {
    /// Frames are drawn while work runs: steps wait for it, nothing else does.
    pub fn work_beside_frames(&mut self) {
        self.between.live = true;
    }

    /// Steps that may be recorded now: 0 while work is under way.
    pub fn steps_allowed(&self) -> u32 {
        if self.between.stage != Stage::Idle {
            return 0;
        }
        let (params, every) = (&self.params, u64::from(self.params.mdl_every));
        // A pass waits for the end of a cycle whose length the program chose.
        let waits = passes_wait(self.carried.as_ref().map(|carried| &carried.cycle), params);
        let pass = match params.mdl {
            Switch::On if !waits => u32::try_from(every - self.held.step % every).unwrap_or(u32::MAX),
            _ => u32::MAX,
        };
        self.carried.as_ref().map_or(pass, |carried| pass.min(carried.cycle.left(params)))
    }

    /// Winding of the fastest vortex in a step, where that is more than a step can follow.
    pub(super) fn winding_of_a_step(&self) -> Option<f64> {
        self.carried.as_ref().and_then(|carried| carried.cycle.too_fast(&self.params))
    }

    /// Whether work is due whose copy was not recorded yet.
    pub fn has_work(&self) -> bool {
        self.between.stage == Stage::Due
    }

    /// What passes changed since this simulation was made.
    pub fn pass_ledger(&self) -> &Ledger {
        &self.between.ledger
    }

    /// Why passes and refits ended, once.
    pub fn take_fault(&mut self) -> Option<Error> {
        self.between.fault.take()
    }

    fn pass_is_due(&self) -> bool {
        pass_is_due(self.held.step, self.carried.as_ref().map(|carried| &carried.cycle), &self.params)
    }

    /// Parameters change to these: new rules of passes are followed as soon as one is due.
    pub(super) fn heed_rules(&mut self, params: &Params) {
        let of = |params: &Params| (Rules::new(params), params.mdl, params.mdl_every);
        self.between.turned |= of(params) != of(&self.params);
    }

    /// After steps were recorded or parameters changed.
    pub(super) fn look_for_work(&mut self, stepped: bool) {
        if self.between.turned
            && self.between.stage == Stage::Idle
            && let Some(carried) = &mut self.carried
        {
            self.between.turned = !carried.cycle.end_early(self.held.step, &self.params);
        }
        let refit = match &self.carried {
            Some(carried) => {
                carried.cycle.left(&self.params) == 0
                    || carried.scheme() != self.params.integrator
                    || (carried.cycle.carries_background() && !self.operators.leave_modes())
            }
            None => {
                lattice(&self.params) > 0
                    && (self.held.ellipses || (self.held.waits && stepped && joins(self.held.step)))
            }
        };
        if self.between.stage == Stage::Idle && (refit || (stepped && self.pass_is_due())) {
            self.between.stage = Stage::Due;
        }
    }

    fn job(&self, state: State, cycle: Option<Cycle>) -> Job {
        Job { state, params: self.params, cycle, background: self.operators.leave_modes(), ground: self.ground() }
    }

    pub(super) fn ground(&self) -> Ground {
        Ground {
            buffers: self.buffers.clone(),
            background: self.background.as_ref().map(|background| background.modes().clone()),
            awake: self.held.awake,
            now: self.carried.as_ref().map(Carried::kind),
        }
    }

    /// Work that is due, on the spot. Waits for the device.
    pub(super) fn work_now(&mut self) -> Result<()> {
        if self.between.stage == Stage::Idle {
            return Ok(());
        }
        self.between.stage = Stage::Idle;
        let (state, cycle) = self.read_cycle()?;
        let job = self.job(state, cycle);
        let done = job.beside(&self.context, &self.between.warm)?;
        self.take_over(done)
    }

    /// Records the copy for work that is due, in a window's frame.
    pub(super) fn copy_for_work(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if self.between.stage == Stage::Due && self.between.live {
            self.between.copy = Some(self.copy_all(encoder, self.parcels_of_work()));
            self.between.stage = Stage::Copied;
        }
    }

    /// Takes work one stage further, without waiting.
    pub(super) fn harvest_work(&mut self) {
        if let Err(error) = self.try_harvest_work() {
            self.end_work(error);
        }
    }

    /// The run goes on without passes and refits rather than ending: ellipses move rigidly from where they ride.
    fn end_work(&mut self, error: Error) {
        (self.params.mdl, self.params.refit_every) = (Switch::Off, Every::Steps(0));
        (self.between.stage, self.between.fault, self.between.copy) = (Stage::Idle, Some(error), None);
        if self.carried.take().is_some()
            && let Ok(device) = self.buffers.download(&self.context)
            && let Ok(atoms) = device.atoms()
            && let Err(error) = self.upload_atoms(&atoms, None)
        {
            self.between.fault = Some(error);
        }
        let params = self.params;
        self.set_params(&params);
    }

    fn try_harvest_work(&mut self) -> Result<()> {
        self.foresee()?;
        if self.between.stage == Stage::Copied
            && let Some((bytes, parcels)) = self.between.copy.as_ref().and_then(Copied::take)
        {
            self.between.copy = None;
            let state = self.unpack(&bytes?, parcels)?;
            let cycle = self.carried.as_ref().map(|carried| carried.cycle.clone());
            let job = self.job(state, cycle);
            self.hand_on(Order::Now(Box::new(job)))?;
            self.between.stage = Stage::Working;
        }
        if self.between.stage == Stage::Working {
            match self.between.worker.as_ref().map(|worker| worker.answers.try_recv()) {
                Some(Ok(done)) => {
                    self.between.stage = Stage::Idle;
                    self.take_over(done?)?;
                }
                Some(Err(TryRecvError::Empty)) => {}
                _ => return Err(ended()),
            }
        }
        Ok(())
    }

    /// Gives the thread something to do.
    fn hand_on(&mut self, task: Order) -> Result<()> {
        let worker = match self.between.worker.take() {
            Some(worker) => worker,
            None => Worker::start(&self.context, &self.between.warm)?,
        };
        let sent = self.between.worker.insert(worker).orders.send(task);
        sent.map_err(|_| ended())
    }

    /// A background that sleeps may wake at the end of this cycle: what the next needs then is compiled while frames
    /// are drawn and steps taken, not while they wait.
    fn foresee(&mut self) -> Result<()> {
        let (Some(carried), Some(background)) = (&self.carried, &self.background) else { return Ok(()) };
        let may_wake = !self.held.awake && self.params.mdl == Switch::On && carries_backgrounds(&self.params);
        if !self.between.live || self.between.foreseen || !may_wake || carried.cycle.steps() == 0 {
            return Ok(());
        }
        self.between.foreseen = true;
        self.hand_on(Order::Ahead(carried.cycle.side() as u32, background.modes().clone()))
    }

    /// Enters changes into the book, as the device holds what they left.
    fn enter(&mut self, changes: &[Change], held: &Atoms) {
        changes.iter().for_each(|change| self.between.ledger.enter(change));
        if !changes.is_empty() {
            self.between.ledger.hold(held);
        }
    }

    /// Uploads what work left, and enters it into the book.
    fn take_over(&mut self, done: Done) -> Result<()> {
        let Done { before, outcome, changes, drawn, next } = done;
        if self.between.live {
            self.add_strokes(&drawn)?;
        }
        let refitted = self.carried.is_some() || next.is_some();
        let carried = self.carries_background();
        let Some(Outcome { state, events, report }) = outcome else {
            if carried {
                self.upload_background(&before.background);
            }
            let held = self.upload_atoms(&before.atoms, next)?;
            self.enter(&changes, &held);
            return Ok(());
        };
        self.between.ledger.report(report);
        if events.is_empty() && !refitted {
            self.enter(&changes, &before.atoms);
            return Ok(());
        }
        if carried || state.background != before.background {
            self.upload_background(&state.background);
        }
        let atoms = state.atoms.clone();
        self.held.births.follow(&before.atoms, &atoms, before.time);
        self.held.template = state;
        let held = self.upload_atoms(&atoms, next)?;
        self.enter(&changes, &held);
        Ok(())
    }

    /// Puts another background on the device.
    fn upload_background(&mut self, now: &Background) {
        if let Some(background) = &self.background {
            background.upload(&self.context, now);
            self.held.awake = true;
            self.held.template.background = now.clone();
        }
    }

    /// The first cycle of these atoms.
    ///
    /// # Errors
    /// Where the device has no room.
    pub(super) fn begin(&self, atoms: &Atoms, cycle: Option<Cycle>) -> Result<Option<Next>> {
        let next = |cycle| self.ground().next(&self.context, atoms, self.params.integrator, cycle);
        cycle.map(next).transpose()
    }

    /// Puts other atoms on the device, with the cycle that carries their ellipses; as the device holds them.
    pub(super) fn upload_atoms(&mut self, atoms: &Atoms, next: Option<Next>) -> Result<Atoms> {
        let carries = |i| next.as_ref().is_some_and(|next| next.cycle().carries(i));
        let device = DeviceAtoms::with(atoms, carries);
        self.buffers.upload(&self.context, &device)?;
        self.buffers.show_atoms(&self.context);
        let held = device.atoms()?;
        self.held.waits = waits(atoms, &self.params);
        self.held.ellipses = (0..atoms.len()).any(|i| is_carried(atoms, i, lattice(&self.params)));
        self.carried = match (self.carried.take(), next) {
            (Some(old), Some(Next::Same(cycle))) => Some(old.with(&self.context, &self.buffers, &held, *cycle)?),
            (_, Some(Next::Other(carried))) => Some(*carried),
            (None, Some(Next::Same(_))) => {
                return Err(Error::Run("a cycle of parcels counts on passes that are gone".into()));
            }
            (_, None) => None,
        };
        self.held.circulation = held.circulation();
        let counts = device.counts;
        (self.probes.counters.vertices, self.probes.counters.atoms, self.probes.counters.blobs) =
            (counts.vertices, counts.atoms, counts.blobs);
        self.held.template.atoms = held.clone();
        let params = self.params;
        self.set_params(&params);
        if let Some(carried) = self.carried.as_ref().filter(|carried| carried.cycle.steps() > 0) {
            // It goes on with parcels: what is shown is theirs.
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            carried.show().for_each(|d| d.encode(&mut pass));
            drop(pass);
            self.context.queue.submit([encoder.finish()]);
        }
        Ok(held)
    }
}
