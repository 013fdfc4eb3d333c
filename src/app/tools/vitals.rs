//! Measuring what the flow should keep, beside the frames: the device copies state and field of one instant, a
//! thread sums, a sample joins the series.

use std::{
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread,
};

use crate::{
    app::{model::Sample, window::Session},
    error::{Error, Result, caught},
    sim::{Glimpse, Vitals},
};

/// Real time between two samples, and beside a software adapter.
const EVERY_S: f64 = 0.25;
const SOFTWARE_EVERY_S: f64 = 0.8;

/// What is on its way.
#[derive(Default)]
pub(crate) struct Watching {
    answer: Option<Receiver<Result<Vitals>>>,
    last_s: f64,
    /// Something changed that time does not show: the next sample does not wait for its turn.
    due: bool,
    /// That the flow grew beyond reason was told.
    pub told_growth: bool,
}

impl Watching {
    /// Before the first sample.
    pub fn new() -> Self {
        Self { due: true, ..Self::default() }
    }
}

impl Session {
    /// The state was changed by hand: what is on its way is of the old one.
    pub(crate) fn interrupt_series(&mut self) {
        self.watching = Watching { due: true, ..Watching::default() };
        self.model.invariants.samples.interrupt();
    }

    /// Another scene: nothing of the old one stays.
    pub(crate) fn begin_series(&mut self) {
        self.model.invariants.samples.clear();
        self.model.invariants.spectrum.clear();
        self.watching.told_growth = false;
    }

    /// Whether a sample is on its way.
    pub(crate) fn is_measuring(&self) -> bool {
        self.watching.due || self.watching.answer.is_some() || self.engine.sim.is_watching()
    }

    /// Asks for a sample when it is time to, and takes one in.
    pub(crate) fn measure_vitals(&mut self, now_s: f64) {
        if let Some(glimpse) = self.engine.sim.take_glimpse() {
            match glimpse.and_then(sum) {
                Ok(answer) => self.watching.answer = Some(answer),
                Err(e) => self.model.complain(format!("Invariants were not measured: {e}"), now_s),
            }
        }
        match self.watching.answer.as_ref().map(Receiver::try_recv) {
            Some(Ok(vitals)) => {
                self.watching.answer = None;
                match vitals {
                    Ok(vitals) => self.take_vitals(vitals),
                    Err(e) => self.model.complain(format!("Invariants were not measured: {e}"), now_s),
                }
            }
            Some(Err(TryRecvError::Disconnected)) => self.watching.answer = None,
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        let every_s = if self.model.device.software { SOFTWARE_EVERY_S } else { EVERY_S };
        let turn = self.clock.is_moving() && now_s - self.watching.last_s >= every_s;
        // After single steps the last one is measured, too.
        let behind = self.model.invariants.samples.last().is_some_and(|last| last.step != self.model.readout.step);
        let idle = self.watching.answer.is_none() && !self.engine.sim.is_watching();
        if idle && (self.watching.due || turn || (behind && !self.clock.is_moving())) {
            (self.watching.due, self.watching.last_s) = (false, now_s);
            self.engine.sim.ask_glimpse();
        }
    }

    /// What panels show beside what the device counts: energy and enstrophy where no dye moves, of the last sample;
    /// how many atoms of an encoded field are left; and once for each state that its budget of vertices is used up.
    pub(crate) fn fill_readout(&mut self, now_s: f64) {
        let (readout, last) = (&mut self.model.readout, self.model.invariants.samples.last());
        readout.energy = readout.energy.or(last.and_then(|last| last.energy));
        readout.enstrophy = readout.enstrophy.or(last.and_then(|last| last.enstrophy));
        let encode = &mut self.model.encode;
        let runs = !encode.runs_as.is_empty() && encode.runs_as == self.model.scene;
        encode.atoms_now = runs.then_some(readout.atoms);
        if readout.at_capacity && !self.told_full {
            self.told_full = true;
            let most = self.applied.max_vertices;
            self.model.complain(
                format!(
                    "The budget of {most} vertices (max_vertices) is used up: none is inserted where \
                 the flow stretches filaments, and energy drifts. Raise it, or thin the state by passes (mdl)"
                ),
                now_s,
            );
        }
    }

    fn take_vitals(&mut self, vitals: Vitals) {
        let invariants = &mut self.model.invariants;
        invariants.samples.push(Sample::new(&vitals, &self.model.passes));
        invariants.spectrum = vitals.spectrum;
    }
}

fn sum(glimpse: Glimpse) -> Result<Receiver<Result<Vitals>>> {
    let (send, receive) = channel();
    let work = move || {
        // Nobody listens any more when the state was changed by hand.
        let _unheard = send.send(caught("the sums", || Ok(glimpse.vitals())));
    };
    let spawned = thread::Builder::new().name("vitals".into()).spawn(work);
    spawned.map_err(|e| Error::Run(format!("the sums have no thread to run on: {e}")))?;
    Ok(receive)
}
