//! The window's side of time: saves, rewinding, branches, running to a time, speed.

use crate::{
    app::{
        desk::Desk,
        model::{SPEEDS, TimeAsk},
        run::{beside, edits, timeline::Place},
    },
    error::{Error, Result},
    params::ParamInfo,
    sim,
};

/// Real time between two saves.
const SAVE_S: f64 = 0.25;
/// Steps a frame on the way to a time that was asked for.
const HURRY: u32 = 64;

/// Asks for the state now and then, and takes it in: for saves and for the picked atom.
pub fn see(desk: &mut Desk, now_s: f64) {
    match desk.device.take_state() {
        Some(Ok(state)) => {
            edits::follow_picked(desk, &state);
            // A state on its way while somebody edited is of the time before; one that went out of bounds is none.
            let sound = !desk.model.readout.runaway && desk.device.main.sim.probes().sentinel().fault().is_none();
            if desk.run.clock.is_moving() && state.time <= desk.model.readout.time && sound && state.validate().is_ok()
            {
                desk.keep_checkpoint(state.clone());
                desk.save_moment(state);
            }
        }
        Some(Err(e)) => desk.complain(e.to_string()),
        None => {}
    }
    let watched = desk.model.picked.is_some() || desk.model.picked_stroke.is_some();
    let wanted = if watched { 0.05 } else { SAVE_S };
    if desk.run.clock.is_moving() && now_s - desk.run.asked_s >= wanted {
        desk.run.asked_s = now_s;
        desk.device.main.sim.probes_mut().ask_state();
    }
    let state = desk.run.origin.atoms.is_empty() && desk.model.readout.atoms == 0;
    let known = desk.device.propagator().is_none() || desk.run.modal.is_some();
    desk.model.timeline.seekable = state && known && sim::can_seek(&desk.run.origin, &desk.model.params);
    desk.model.timeline.running_to = desk.run.until;
}

/// Puts a saved moment on the device; time waits there. On failure nothing has changed.
fn go_to(desk: &mut Desk, place: Place) -> Result<()> {
    let Some(moment) = desk.run.timeline.at(place) else { return Ok(()) };
    let atoms = desk.device.state()?.atoms;
    desk.put(desk.next_moment(&moment), Some(&atoms))?;
    desk.run.timeline.went_to(place);
    (desk.run.settled, desk.run.until) = (moment.params, None);
    desk.run.clock.pause();
    edits::follow_picked(desk, &moment.state);
    desk.list_saves();
    Ok(())
}

/// To the save before, or after.
///
/// # Errors
/// What the device refuses.
pub fn wind(desk: &mut Desk, forth: bool) -> Result<()> {
    let step = desk.model.readout.step;
    let (before, after) = desk.run.timeline.around(step);
    let here = |index: &usize| desk.model.timeline.saves.get(*index).is_some_and(|(s, _)| *s == step);
    let target = match (forth, before) {
        (true, _) => after,
        (false, Some(index)) if here(&index) => index.checked_sub(1),
        (false, index) => index,
    };
    target.map_or(Ok(()), |save| go_to(desk, desk.run.timeline.save_at(save)))
}

/// Back to where the scene began; what happened since stays as a branch.
///
/// # Errors
/// What the device refuses.
pub fn restart(desk: &mut Desk) -> Result<()> {
    let (before, running) = (desk.moment()?, desk.run.clock.is_moving());
    // The start may have been thinned out or edited: it is the session's own.
    let origin = (*desk.run.origin).clone();
    desk.load(&origin, Some(&before.state.atoms))?;
    desk.run.timeline.went_to(desk.run.timeline.save_at(0));
    edits::edited(desk, before, origin);
    if running && !desk.run.clock.is_moving() {
        desk.run.clock.toggle();
    }
    Ok(())
}

/// What the timeline asks for.
///
/// # Errors
/// [`Error::Usage`] for a time that cannot be reached; what the device refuses.
pub fn wind_to(desk: &mut Desk, ask: TimeAsk) -> Result<()> {
    match ask {
        TimeAsk::Rewind(save) => go_to(desk, desk.run.timeline.save_at(save)),
        TimeAsk::Switch(branch) => desk.run.timeline.end_of(branch).map_or(Ok(()), |place| go_to(desk, place)),
        TimeAsk::Beside(index) => {
            let time = desk.device.main.sim.held().time();
            let name = desk.model.timeline.branches.get(index).cloned().unwrap_or_default();
            match desk.run.timeline.near(index, time) {
                Some(moment) => beside::begin(desk, name, &moment.state, &moment.params),
                None => Ok(()),
            }
        }
        TimeAsk::Speed(speed) => {
            set_speed(desk, speed);
            Ok(())
        }
        TimeAsk::Seek(time) => seek(desk, time),
        TimeAsk::RunTo(time) if desk.model.timeline.seekable => seek(desk, time),
        TimeAsk::RunTo(time) => {
            if time <= desk.device.main.sim.held().time() {
                let text = format!("t = {time} is past: wind back to a save instead");
                return Err(Error::Usage(text));
            }
            desk.run.until = Some(time);
            if !desk.run.clock.is_moving() {
                desk.run.clock.toggle();
            }
            desk.inform(format!("Running to t = {time}"));
            Ok(())
        }
    }
}

/// At once to another time, from the scene's start.
fn seek(desk: &mut Desk, time: f64) -> Result<()> {
    let steps = ((time - desk.run.origin.time) / desk.model.params.dt).round().max(0.0);
    let step = desk.run.origin.step + steps as u64;
    let there = match (desk.device.propagator(), &desk.run.modal) {
        (Some(_), None) => {
            return Err(Error::Usage("the eigenvalues of A are still being computed: try again in a moment".into()));
        }
        (Some(_), modal) => sim::seek(&desk.run.origin, &desk.model.params, modal.as_deref(), step)?,
        (None, _) => sim::seek(&desk.run.origin, &desk.model.params, None, step)?,
    };
    desk.load(&there, None)?;
    desk.list_saves();
    Ok(())
}

/// Steps that may be taken before the time that is being run to; `None` where there is none.
pub fn steps_left(desk: &mut Desk) -> Option<u32> {
    let until = desk.run.until?;
    let left = ((until - desk.device.main.sim.held().time()) / desk.model.params.dt - 1e-6).ceil();
    if left < 1.0 {
        desk.run.until = None;
        desk.run.clock.pause();
        return Some(0);
    }
    Some(left.min(f64::from(HURRY)) as u32)
}

fn set_speed(desk: &mut Desk, speed: f64) {
    let speed = SPEEDS.into_iter().min_by(|a, b| (a - speed).abs().total_cmp(&(b - speed).abs())).unwrap_or(1.0);
    desk.run.clock.set_slow(if speed < 1.0 { (1.0 / speed).round() as u32 } else { 1 });
    if let Some(info) = ParamInfo::named("substeps") {
        desk.model.params.substeps = speed.clamp(info.min.max(1.0), info.max) as u32;
    }
    desk.model.timeline.speed = speed;
}

/// Faster or slower by a factor.
pub fn change_speed(desk: &mut Desk, factor: f64) {
    set_speed(desk, (desk.model.timeline.speed * factor).clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]));
}

/// The speed that the parameter `substeps` says, where it was edited there.
pub fn follow_speed(desk: &mut Desk) {
    let substeps = f64::from(desk.model.params.substeps);
    if substeps > 1.0 || desk.run.clock.slow() == 1 {
        desk.run.clock.set_slow(1);
        desk.model.timeline.speed = substeps;
    }
}
