//! Measuring what the flow should keep, beside the frames: the device copies state and field of one instant, a
//! thread sums, a sample joins the series.

use crate::{
    app::{desk::Desk, model::Sample},
    process::task::{self, Task},
    sim::Vitals,
};

/// Real time between two samples, and beside a software adapter.
const EVERY_S: f64 = 0.25;
const SOFTWARE_EVERY_S: f64 = 0.8;

/// Samples on their way.
#[derive(Default)]
pub struct Watching {
    sums: Option<Task<Vitals>>,
    last_s: f64,
    /// The state that was measured last: of another one a sample does not wait for its turn.
    put: Option<u64>,
}

impl Watching {
    /// Whether a sample is on its way.
    pub fn is_measuring(&self, desk: &Desk) -> bool {
        self.put != Some(desk.run.puts) || self.sums.is_some() || desk.device.main.sim.probes().watch.is_asked()
    }

    /// Asks for a sample when it is time to, and takes one in.
    pub fn hear(&mut self, desk: &mut Desk, now_s: f64) {
        let due = self.put != Some(desk.run.puts);
        if due && self.put.is_some() {
            // What is on its way is of the state before.
            self.sums = None;
        }
        if let Some(glimpse) = desk.device.main.sim.probes_mut().watch.take() {
            let sums = glimpse.and_then(|glimpse| Task::once("the sums", move || Ok(glimpse.vitals())));
            match sums {
                Ok(sums) => self.sums = Some(sums),
                Err(e) => desk.complain(format!("Invariants were not measured: {e}")),
            }
        }
        match task::answer(&mut self.sums) {
            Some(Ok(vitals)) => {
                let sample = Sample::new(&vitals, &desk.model.passes);
                desk.model.invariants.samples.push(sample);
                desk.model.invariants.spectrum = vitals.spectrum;
            }
            Some(Err(e)) => desk.complain(format!("Invariants were not measured: {e}")),
            None => {}
        }
        let every_s = if desk.model.device.software { SOFTWARE_EVERY_S } else { EVERY_S };
        let turn = desk.run.clock.is_moving() && now_s - self.last_s >= every_s;
        // After single steps the last one is measured, too.
        let behind = desk.model.invariants.samples.last().is_some_and(|last| last.step != desk.model.readout.step);
        let idle = self.sums.is_none() && !desk.device.main.sim.probes().watch.is_asked();
        if idle && (due || turn || (behind && !desk.run.clock.is_moving())) {
            (self.put, self.last_s) = (Some(desk.run.puts), now_s);
            desk.device.main.sim.probes_mut().watch.ask();
        }
    }
}

/// What panels show beside what the device counts: energy and enstrophy where no dye moves, of the last sample; how
/// many atoms of an encoded field are left; and once for each state that its budget of vertices is used up.
pub fn fill_readout(desk: &mut Desk) {
    let (readout, last) = (&mut desk.model.readout, desk.model.invariants.samples.last());
    readout.energy = readout.energy.or(last.and_then(|last| last.energy));
    readout.enstrophy = readout.enstrophy.or(last.and_then(|last| last.enstrophy));
    let encode = &mut desk.model.encode;
    let runs = !encode.runs_as.is_empty() && encode.runs_as == desk.model.scene;
    encode.atoms_now = runs.then_some(readout.atoms);
    if readout.at_capacity && !desk.run.told_full {
        desk.run.told_full = true;
        let most = desk.run.applied.max_vertices;
        desk.complain(format!(
            "The budget of {most} vertices (max_vertices) is used up: none is inserted where the flow stretches \
             filaments, and energy drifts. Raise it, or thin the state by passes (mdl)"
        ));
    }
}
