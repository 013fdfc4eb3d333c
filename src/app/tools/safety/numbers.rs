//! Values that are no numbers, and steps that went too far: paused, explained, with a way out.

use std::sync::Arc;

use crate::{
    app::{
        desk::Desk,
        model::Fix,
        run::{history::Moment, put::Next},
    },
    error::Result,
    params::{ParamInfo, Params, TABLE},
    process::task::{self, Task},
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

/// A cause that is being looked for.
struct Asked {
    /// The moment that is looked at.
    moment: Arc<Moment>,
    /// What happened, in words.
    what: String,
    diagnosis: Option<Task<Diagnosis>>,
}

/// What was found, and the way out of it.
#[derive(Default)]
pub struct Numbers {
    edit: Option<Edit>,
    asked: Option<Asked>,
    /// Where to go back to, and with which parameters.
    plan: Option<(Arc<Moment>, Params)>,
    /// The state that all of this is about.
    put: u64,
}

impl Numbers {
    /// Parameters are about to change: what breaks soon after is their doing.
    pub fn note_edit(&mut self, desk: &Desk) {
        let (new, old, step) = (desk.model.params, desk.run.applied, desk.model.readout.step);
        let changed = TABLE.iter().find_map(|info| {
            let (before, after) = (old.get(info.name)?, new.get(info.name)?);
            (before != after && info.name != "substeps").then_some(Edit { name: info.name, before, after, step })
        });
        // A drag over values is one edit.
        let joined = changed.map(|new| match self.edit {
            Some(old) if old.name == new.name && new.step.saturating_sub(old.step) < 64 => {
                Edit { before: old.before, ..new }
            }
            _ => new,
        });
        self.edit = joined.or(self.edit);
    }

    /// Complaints of the device, and values that are no numbers.
    pub fn watch(&mut self, desk: &mut Desk) {
        if self.put != desk.run.puts {
            // What was found out is of the state before.
            (self.asked, self.plan, self.put) = (None, None, desk.run.puts);
        }
        let errors = desk.device.faults.take();
        for error in errors {
            crate::process::remark(&format!("dashi-vortex: {error}"));
            desk.run.clock.pause();
            desk.complain(format!("The GPU refused a command, so the run is paused: {error}"));
        }
        let (readout, fault) = (&desk.model.readout, desk.device.main.sim.probes().sentinel().fault());
        let strange = fault.is_some() || readout.runaway || readout.nan_inf.is_some_and(|count| count > 0);
        if strange && desk.run.clock.is_moving() {
            desk.run.clock.pause();
            self.ask_why(desk);
        }
        self.answer_why(desk);
    }

    /// Looks for the cause on a thread; the last sound state is what it looks at.
    fn ask_why(&mut self, desk: &mut Desk) {
        let readout = &desk.model.readout;
        let sound = desk
            .device
            .main
            .sim
            .probes()
            .sentinel()
            .sound_state()
            .filter(|state| state.step > desk.run.checkpoint.state.step);
        let moment = match sound {
            Some(state) => {
                let (params, scene) = (desk.model.params, desk.model.scene.clone());
                Arc::new(Moment { state, params, scene })
            }
            None => desk.run.checkpoint.clone(),
        };
        let what = match (desk.device.main.sim.probes().sentinel().fault(), readout.nan_inf) {
            (Some(fault), _) if fault.not_finite > 0 => {
                format!("Values that are no numbers between step {} and {}", fault.sound, fault.step)
            }
            (None, Some(count)) if count > 0 => format!("{count} values that are no numbers at step {}", readout.step),
            _ => format!("A vertex moved a quarter of the box in one step near step {}", readout.step),
        };
        let what = format!("{what}; paused, and step {} is kept", moment.state.step);
        // As they were when it happened: the moment may be older than an edit.
        let (seen, params) = (moment.clone(), desk.model.params);
        match Task::once("the diagnosis", move || Ok(diagnose(&seen.state, &params))) {
            Ok(task) => self.asked = Some(Asked { moment, what, diagnosis: Some(task) }),
            Err(e) => desk.complain(format!("{what}; {e}")),
        }
    }

    /// Takes the cause in and offers the way out.
    fn answer_why(&mut self, desk: &mut Desk) {
        let Some(asked) = &mut self.asked else { return };
        let Some(found) = task::answer(&mut asked.diagnosis) else { return };
        let found = found.map_err(|e| desk.complain(e.to_string())).ok();
        let Some(Asked { moment, what, .. }) = self.asked.take() else { return };
        let step = desk.model.readout.step;
        let edit = self.edit.filter(|edit| step.saturating_sub(edit.step) <= FRESH);
        // A matrix was made for its time step.
        let bound = desk.device.propagator().is_some();
        let (cause, label, params) = remedy(found, edit, &desk.model.params, bound);
        desk.model.rescue.fix = Some(Fix { text: format!("{what}: {cause}."), label });
        self.plan = Some((moment, params));
    }

    /// Back to the last sound state with the remedy, and on. On failure nothing has changed, and it is still offered.
    ///
    /// # Errors
    /// What the device refuses.
    pub fn take_fix(&mut self, desk: &mut Desk) -> Result<()> {
        let plan = self.plan.clone().filter(|_| self.put == desk.run.puts);
        let Some((moment, params)) = plan else { return Ok(()) };
        desk.put(Next { params, ..desk.next_moment(&moment) }, None)?;
        desk.run.settled = params;
        desk.model.readout.runaway = false;
        desk.model.readout.nan_inf = None;
        self.edit = None;
        desk.save_moment(moment.state.clone());
        if !desk.run.clock.is_moving() {
            desk.run.clock.toggle();
        }
        desk.inform(format!("On from step {}", moment.state.step));
        Ok(())
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
