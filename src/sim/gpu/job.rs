//! Work on the state of one step, away from the frames: a cycle ends, a description-length pass runs, and the next cycle
//! gets what carries it.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use super::{
    background::Squares,
    carried::{self, Carried, Kind},
};
use crate::{
    encode::Warm,
    error::{Error, Result, caught},
    gpu::Context,
    ops::{buffers::AtomBuffers, device::DeviceAtoms, mdl::cpu::Outcome},
    params::{Integrator, Params},
    sim::{
        cycle::{Cycle, pass, pass_is_due},
        forced,
        rows::join,
    },
    state::{Atom, Atoms, Change, State},
};

/// What a cycle to come finds on the device.
pub(super) struct Ground {
    pub buffers: AtomBuffers,
    pub background: Option<Squares>,
    /// Whether anything is in it.
    pub awake: bool,
    /// Kind of the cycle whose passes are there.
    pub now: Option<Kind>,
}

/// What the thread is given.
pub(super) enum Order {
    /// Work that steps wait for.
    Now(Box<Job>),
    /// Programs for a lattice of this side, compiled before anything waits for them.
    Ahead(u32, Squares),
}

/// A cycle to come.
pub(super) enum Next {
    /// The passes that are there serve it.
    Same(Box<Cycle>),
    /// With passes of its own, which may have had to be compiled: no work for a frame.
    Other(Box<Carried>),
}

/// Work on the state of one step.
pub(super) struct Job {
    pub state: State,
    pub params: Params,
    /// The cycle that ends.
    pub cycle: Option<Cycle>,
    /// Whether the next may carry the background.
    pub background: bool,
    pub ground: Ground,
}

/// What became of it.
pub(super) struct Done {
    /// The state that a pass came to; without a pass the outcome.
    pub before: State,
    /// What a pass did.
    pub outcome: Option<Outcome>,
    /// All of it, in order, for the ledger.
    pub changes: Vec<Change>,
    /// Filaments and points that became ellipses.
    pub drawn: Vec<Atom>,
    /// The cycle that begins.
    pub next: Option<Next>,
}

/// The thread that works beside a window's frames.
pub(super) struct Worker {
    pub orders: Sender<Order>,
    pub answers: Receiver<Result<Done>>,
}

impl Job {
    /// On a thread of the pool: what it hands to the others then waits for none of them to wake.
    pub fn beside(self, context: &Context, warm: &Warm) -> Result<Done> {
        rayon::scope(|_| self.run(context, warm))
    }

    /// Refit, pass, parcels, in this order.
    fn run(self, context: &Context, warm: &Warm) -> Result<Done> {
        let Self { state: mut before, params, cycle, background, mut ground } = self;
        let (begun, carried) = (before.background.clone(), cycle.as_ref().is_some_and(Cycle::carries_background));
        let due = pass_is_due(before.step, cycle.as_ref(), &params);
        let mut changes = vec![];
        if let Some(cycle) = cycle {
            let ended = carried::end(context, warm, &cycle, &before)?;
            changes.extend(forced::refit(before.step, &before.atoms, &ended, &params));
            before = ended.state;
        }
        before.parcels = None;
        let mut outcome = due.then(|| pass(&before, &params)).transpose()?;
        if let Some(Outcome { state, events, report }) = &outcome {
            changes.push(Change::new(&before.atoms, events.clone(), &state.atoms).across(report.winding));
        }
        let after = outcome.as_mut().map_or(&mut before, |done| &mut done.state);
        let mut drawn = vec![];
        if let Some(joined) = join(after, &params)? {
            changes.push(joined.change);
            drawn = joined.drawn;
        }
        ground.awake |= ground.background.is_some() && (carried || after.background != begun);
        let next = Cycle::of(after, &params, background);
        let next = next.map(|cycle| ground.next(context, &after.atoms, params.integrator, cycle)).transpose()?;
        Ok(Done { before, outcome, changes, drawn, next })
    }
}

impl Ground {
    /// What carries these atoms in a cycle.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn next(&self, context: &Context, atoms: &Atoms, scheme: Integrator, cycle: Cycle) -> Result<Next> {
        if self.now == Some(Kind::of(atoms, &cycle, scheme, self.awake)) {
            return Ok(Next::Same(Box::new(cycle)));
        }
        let held = DeviceAtoms::with(atoms, |i| cycle.carries(i)).atoms()?;
        let background = self.background.as_ref().filter(|_| self.awake);
        Ok(Next::Other(Box::new(Carried::new(context, &self.buffers, background, scheme, &held, cycle)?)))
    }
}

impl Next {
    pub fn cycle(&self) -> &Cycle {
        match self {
            Self::Same(cycle) => cycle,
            Self::Other(carried) => &carried.cycle,
        }
    }
}

impl Worker {
    pub fn start(context: &Context, warm: &Warm) -> Result<Self> {
        let ((orders, inbox), (outbox, answers)) = (channel(), channel());
        let (context, warm) = (context.clone(), warm.clone());
        let work = move || {
            for task in inbox {
                match task {
                    Order::Now(job) => {
                        if outbox.send(caught("a pass between steps", || job.beside(&context, &warm))).is_err() {
                            break;
                        }
                    }
                    // What does not compile says so where it is needed.
                    Order::Ahead(side, background) => {
                        let _ = caught("compiling ahead", || carried::foresee(&context, side, &background));
                    }
                }
            }
        };
        let spawned = thread::Builder::new().name("between steps".into()).spawn(work);
        spawned.map_err(|e| Error::Run(format!("passes and refits have no thread to run on: {e}")))?;
        Ok(Self { orders, answers })
    }
}
