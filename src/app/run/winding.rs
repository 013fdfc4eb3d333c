//! The window's side of time: saves, rewinding, branches, running to a time, speed.

use std::sync::Arc;

use crate::{
    app::{
        model::{SPEEDS, TimeAsk},
        run::{
            history::Moment,
            timeline::{Place, Timeline},
        },
        window::Session,
    },
    error::{Error, Result},
    params::ParamInfo,
    sim,
    spectral::modal::Modal,
    state::State,
};

/// Real time between two saves.
const SAVE_S: f64 = 0.25;
/// Steps a frame on the way to a time that was asked for.
const HURRY: u32 = 64;

/// What the session keeps of time.
#[derive(Default)]
pub struct Winding {
    pub(crate) timeline: Timeline,
    /// The time that is being run to.
    pub(crate) until: Option<f64>,
    /// When the state was last asked for.
    asked_s: f64,
    /// Eigenbasis of the loaded kernel, once it was found.
    pub(crate) modal: Option<Arc<Modal>>,
}

impl Session {
    /// Asks for the state now and then, and takes it in: for saves and for the picked atom.
    pub(crate) fn see(&mut self, now_s: f64) {
        match self.engine.take_state() {
            Some(Ok(state)) => {
                self.follow_picked(&state);
                // A state on its way while somebody edited is of the time before; one that went out of bounds is none.
                let sound = !self.model.readout.runaway && self.engine.sim.fault().is_none();
                if self.clock.is_moving() && state.time <= self.model.readout.time && sound && state.validate().is_ok()
                {
                    self.keep_checkpoint(state.clone());
                    self.save_moment(state);
                }
            }
            Some(Err(e)) => self.model.complain(e.to_string(), now_s),
            None => {}
        }
        let watched = self.model.picked.is_some() || self.model.picked_stroke.is_some();
        let wanted = if watched { 0.05 } else { SAVE_S };
        if self.clock.is_moving() && now_s - self.winding.asked_s >= wanted {
            self.winding.asked_s = now_s;
            self.engine.ask_state();
        }
        let state = self.origin.atoms.is_empty() && self.model.readout.atoms == 0;
        let known = self.engine.propagator().is_none() || self.winding.modal.is_some();
        self.model.timeline.seekable = state && known && sim::can_seek(&self.origin, &self.model.params);
        self.model.timeline.running_to = self.winding.until;
    }

    /// Saves a state as the newest of its branch.
    pub(crate) fn save_moment(&mut self, state: State) {
        let moment = Moment { state, params: self.model.params, scene: self.model.scene.clone() };
        self.winding.timeline.save(moment);
        self.list_saves();
    }

    /// Another scene begins.
    pub(crate) fn begin_timeline(&mut self) {
        let (state, params, scene) = ((*self.origin).clone(), self.model.params, self.model.scene.clone());
        self.winding.timeline.restart(Moment { state, params, scene });
        self.winding.until = None;
        self.list_saves();
    }

    fn list_saves(&mut self) {
        let timeline = &self.winding.timeline;
        let (branches, current) = timeline.branches();
        let model = &mut self.model.timeline;
        model.saves = branches.get(current).map(|branch| branch.clocks().collect()).unwrap_or_default();
        model.branches = branches
            .iter()
            .map(|branch| match branch.forked_at {
                Some(step) => format!("{} (from step {step})", branch.name),
                None => branch.name.clone(),
            })
            .collect();
        model.branch = current;
    }

    /// Puts a saved moment on the device; time waits there. On failure nothing has changed.
    fn go_to(&mut self, place: Place) -> Result<()> {
        let Some(moment) = self.winding.timeline.at(place) else { return Ok(()) };
        let atoms = self.engine.glance()?.atoms;
        self.swap(self.next_moment(&moment), Some(&atoms))?;
        self.winding.timeline.went_to(place);
        (self.settled, self.winding.until) = (moment.params, None);
        self.clock.pause();
        self.follow_picked(&moment.state);
        self.list_saves();
        Ok(())
    }

    /// To the save before, or after.
    pub(crate) fn wind(&mut self, forth: bool) -> Result<()> {
        let step = self.model.readout.step;
        let (before, after) = self.winding.timeline.around(step);
        let here = |index: &usize| self.model.timeline.saves.get(*index).is_some_and(|(s, _)| *s == step);
        let target = match (forth, before) {
            (true, _) => after,
            (false, Some(index)) if here(&index) => index.checked_sub(1),
            (false, index) => index,
        };
        target.map_or(Ok(()), |save| self.go_to(self.winding.timeline.save_at(save)))
    }

    /// Back to where the scene began; what happened since stays as a branch.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let (before, running) = (self.moment()?, self.clock.is_moving());
        // The start may have been thinned out or edited: it is the session's own.
        let origin = (*self.origin).clone();
        self.load(&origin, Some(&before.state.atoms))?;
        self.winding.timeline.went_to(self.winding.timeline.save_at(0));
        self.edited(before, origin);
        if running && !self.clock.is_moving() {
            self.clock.toggle();
        }
        Ok(())
    }

    /// What the timeline asks for.
    pub(crate) fn wind_to(&mut self, ask: TimeAsk, now_s: f64) -> Result<()> {
        match ask {
            TimeAsk::Rewind(save) => self.go_to(self.winding.timeline.save_at(save)),
            TimeAsk::Switch(branch) => self.winding.timeline.end_of(branch).map_or(Ok(()), |place| self.go_to(place)),
            TimeAsk::Beside(index) => {
                let time = self.engine.time();
                let name = self.model.timeline.branches.get(index).cloned().unwrap_or_default();
                match self.winding.timeline.near(index, time) {
                    Some(moment) => self.begin_twin(name, &moment.state, &moment.params),
                    None => Ok(()),
                }
            }
            TimeAsk::Speed(speed) => {
                self.set_speed(speed);
                Ok(())
            }
            TimeAsk::Seek(time) => self.seek(time),
            TimeAsk::RunTo(time) if self.model.timeline.seekable => self.seek(time),
            TimeAsk::RunTo(time) => {
                if time <= self.engine.time() {
                    let text = format!("t = {time} is past: wind back to a save instead");
                    return Err(Error::Usage(text));
                }
                self.winding.until = Some(time);
                if !self.clock.is_moving() {
                    self.clock.toggle();
                }
                self.model.inform(format!("Running to t = {time}"), now_s);
                Ok(())
            }
        }
    }

    /// At once to another time, from the scene's start.
    fn seek(&mut self, time: f64) -> Result<()> {
        let steps = ((time - self.origin.time) / self.model.params.dt).round().max(0.0);
        let step = self.origin.step + steps as u64;
        let there = match (self.engine.propagator(), &self.winding.modal) {
            (Some(_), None) => {
                return Err(Error::Usage(
                    "the eigenvalues of A are still being computed: try again in a moment".into(),
                ));
            }
            (Some(_), modal) => sim::seek(&self.origin, &self.model.params, modal.as_deref(), step)?,
            (None, _) => sim::seek(&self.origin, &self.model.params, None, step)?,
        };
        self.load(&there, None)?;
        self.list_saves();
        Ok(())
    }

    /// Steps that may be taken before the time that is being run to; `None` where there is none.
    pub(crate) fn steps_left(&mut self) -> Option<u32> {
        let until = self.winding.until?;
        let left = ((until - self.engine.time()) / self.model.params.dt - 1e-6).ceil();
        if left < 1.0 {
            self.winding.until = None;
            self.clock.pause();
            return Some(0);
        }
        Some(left.min(f64::from(HURRY)) as u32)
    }

    fn set_speed(&mut self, speed: f64) {
        let speed = SPEEDS.into_iter().min_by(|a, b| (a - speed).abs().total_cmp(&(b - speed).abs())).unwrap_or(1.0);
        self.clock.set_slow(if speed < 1.0 { (1.0 / speed).round() as u32 } else { 1 });
        if let Some(info) = ParamInfo::named("substeps") {
            self.model.params.substeps = speed.clamp(info.min.max(1.0), info.max) as u32;
        }
        self.model.timeline.speed = speed;
    }

    /// Faster or slower by a factor.
    pub(crate) fn change_speed(&mut self, factor: f64) {
        self.set_speed((self.model.timeline.speed * factor).clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]));
    }

    /// The speed that the parameter `substeps` says, where it was edited there.
    pub(crate) fn follow_speed(&mut self) {
        let substeps = f64::from(self.model.params.substeps);
        if substeps > 1.0 || self.clock.slow() == 1 {
            self.clock.set_slow(1);
            self.model.timeline.speed = substeps;
        }
    }
}
