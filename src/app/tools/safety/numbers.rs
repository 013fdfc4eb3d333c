//! Values that are no numbers, and steps that went too far: paused, explained, with a way out.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread,
};

use crate::{
    app::{
        model::Fix,
        run::{history::Moment, put::Next},
        window::Session,
    },
    error::{Result, caught},
    params::{ParamInfo, Params, TABLE},
    sim::{Diagnosis, diagnose},
};

/// An edit of a parameter is a cause for so many steps.
const FRESH: u64 = 400;

/// A parameter that was edited last: name, before, after, and the step.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Edit {
    name: &'static str,
    before: f64,
    after: f64,
    step: u64,
}

/// What was found, and the way out of it.
#[derive(Default)]
pub(crate) struct Numbers {
    edit: Option<Edit>,
    /// The cause is being looked for: from this moment, with these words first.
    asked: Option<(Arc<Moment>, String, Receiver<Result<Diagnosis>>)>,
    /// Where to go back to, and with which parameters.
    plan: Option<(Arc<Moment>, Params)>,
}

impl Session {
    /// Parameters are about to change: what breaks soon after is their doing.
    pub(crate) fn note_edit(&mut self) {
        let (new, old, step) = (self.model.params, self.applied, self.model.readout.step);
        let changed = TABLE.iter().find_map(|info| {
            let (before, after) = (old.get(info.name)?, new.get(info.name)?);
            (before != after && info.name != "substeps").then_some(Edit { name: info.name, before, after, step })
        });
        // A drag over values is one edit.
        let joined = changed.map(|new| match self.safety.numbers.edit {
            Some(old) if old.name == new.name && new.step.saturating_sub(old.step) < 64 => {
                Edit { before: old.before, ..new }
            }
            _ => new,
        });
        self.safety.numbers.edit = joined.or(self.safety.numbers.edit);
    }

    /// Complaints of the device, and values that are no numbers.
    pub(crate) fn watch(&mut self, now_s: f64) {
        self.lost = self.lost.take().or_else(|| self.faults.take_lost());
        let errors = self.faults.take();
        if self.lost.is_some() {
            return;
        }
        for error in errors {
            crate::process::remark(&format!("dashi-vortex: {error}"));
            self.clock.pause();
            self.model.complain(format!("The GPU refused a command, so the run is paused: {error}"), now_s);
        }
        let (readout, fault) = (&self.model.readout, self.engine.sim.fault());
        let strange = fault.is_some() || readout.runaway || readout.nan_inf.is_some_and(|count| count > 0);
        if strange && self.clock.is_moving() {
            self.clock.pause();
            self.ask_why(now_s);
        }
        self.answer_why(now_s);
    }

    /// Looks for the cause on a thread; the last sound state is what it looks at.
    fn ask_why(&mut self, now_s: f64) {
        let readout = &self.model.readout;
        let sound = self.engine.sim.sound_state().filter(|state| state.step > self.checkpoint.state.step);
        let moment = match sound {
            Some(state) => {
                let (params, scene) = (self.model.params, self.model.scene.clone());
                Arc::new(Moment { state, params, scene })
            }
            None => self.checkpoint.clone(),
        };
        let what = match (self.engine.sim.fault(), readout.nan_inf) {
            (Some(fault), _) if fault.not_finite > 0 => {
                format!("Values that are no numbers between step {} and {}", fault.sound, fault.step)
            }
            (None, Some(count)) if count > 0 => format!("{count} values that are no numbers at step {}", readout.step),
            _ => format!("A vertex moved a quarter of the box in one step near step {}", readout.step),
        };
        let what = format!("{what}; paused, and step {} is kept", moment.state.step);
        // As they were when it happened: the moment may be older than an edit.
        let (send, receive) = channel();
        let (seen, params) = (moment.clone(), self.model.params);
        let look = move || {
            // Nobody listens any more when the window was closed.
            let _unheard = send.send(caught("the diagnosis", || Ok(diagnose(&seen.state, &params))));
        };
        if thread::Builder::new().name("diagnosis".into()).spawn(look).is_err() {
            self.model.complain(what.clone(), now_s);
        }
        self.safety.numbers.asked = Some((moment, what, receive));
    }

    /// Takes the cause in and offers the way out.
    fn answer_why(&mut self, now_s: f64) {
        let Some((_, _, receive)) = &self.safety.numbers.asked else { return };
        let found = match receive.try_recv() {
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => None,
            Ok(Ok(found)) => Some(found),
            Ok(Err(e)) => {
                self.model.complain(e.to_string(), now_s);
                None
            }
        };
        let Some((moment, what, _)) = self.safety.numbers.asked.take() else { return };
        let step = self.model.readout.step;
        let edit = self.safety.numbers.edit.filter(|edit| step.saturating_sub(edit.step) <= FRESH);
        // A matrix was made for its time step.
        let bound = self.engine.propagator().is_some();
        let (cause, label, params) = remedy(found, edit, &self.model.params, bound);
        self.model.rescue.fix = Some(Fix { text: format!("{what}: {cause}."), label });
        self.safety.numbers.plan = Some((moment, params));
        self.heard = true;
    }

    /// Whether a cause is being looked for.
    pub(crate) fn is_asking_why(&self) -> bool {
        self.safety.numbers.asked.is_some()
    }

    /// Back to the last sound state with the remedy, and on. On failure nothing has changed, and it is still offered.
    pub(crate) fn take_fix(&mut self, now_s: f64) -> Result<()> {
        let Some((moment, params)) = self.safety.numbers.plan.clone() else { return Ok(()) };
        self.swap(Next { params, ..self.next_moment(&moment) }, None)?;
        self.settled = params;
        self.model.readout.runaway = false;
        self.model.readout.nan_inf = None;
        self.safety.numbers.edit = None;
        self.save_moment(moment.state.clone());
        if !self.clock.is_moving() {
            self.clock.toggle();
        }
        self.model.inform(format!("On from step {}", moment.state.step), now_s);
        Ok(())
    }

    /// Another state is on the device: what was offered for the old one is not any more.
    pub(crate) fn forget_fix(&mut self) {
        (self.safety.numbers.asked, self.safety.numbers.plan, self.model.rescue.fix) = (None, None, None);
    }
}

/// Cause, button and parameters.
fn remedy(found: Option<Diagnosis>, edit: Option<Edit>, now: &Params, bound: bool) -> (String, String, Params) {
    let mut params = *now;
    let too_large = found.is_some_and(|found| found.cfl > 0.5);
    if let Some(edit) = edit.filter(|edit| edit.name != "dt" && !too_large)
        && params.set(edit.name, edit.before).is_ok()
    {
        let name = ParamInfo::named(edit.name).map_or_else(|| edit.name.into(), ParamInfo::flag);
        let cause = format!("{name} was changed from {} to {} shortly before", edit.before, edit.after);
        return (cause, format!("Go back and set {name} to {}", edit.before), params);
    }
    let cause = found.map_or_else(|| "the cause was not found".into(), |found| found.cause());
    if bound {
        return (cause, "Go back and go on".into(), params);
    }
    let half = 0.5 * now.dt;
    let dt = found.map_or(half, |found| found.remedy);
    params.dt = dt;
    let label = if dt == half { "Go back and halve dt".into() } else { format!("Go back and set dt to {dt}") };
    (cause, label, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cfl: f64) -> Diagnosis {
        let (speed, length, dt) = (1.0, 0.1, 0.1);
        Diagnosis { cfl, speed, length, core: true, dt, remedy: 0.03, second_order: false }
    }

    #[test]
    fn the_remedy_follows_the_cause() {
        let now = Params { dt: 0.1, spin: 9.0, ..Params::default() };
        let edit = Some(Edit { name: "spin", before: 0.5, after: 9.0, step: 7 });
        let (cause, label, params) = remedy(Some(found(0.1)), edit, &now, false);
        assert!(cause.contains("spin was changed from 0.5 to 9"), "{cause}");
        assert_eq!((label.as_str(), params.spin, params.dt), ("Go back and set spin to 0.5", 0.5, 0.1));
        let (cause, label, params) = remedy(Some(found(5.0)), edit, &now, false);
        assert!(cause.contains("time step is too large"), "{cause}");
        assert_eq!((label.as_str(), params.dt), ("Go back and set dt to 0.03", 0.03));
        assert_eq!(remedy(None, None, &now, false).1, "Go back and halve dt");
        assert_eq!(remedy(Some(found(5.0)), None, &now, true).2.dt, 0.1, "a matrix has its own dt");
    }
}
