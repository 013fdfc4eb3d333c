//! Saves and branches of the run.

use crate::{
    app::{desk::Desk, run::history::Moment},
    state::State,
};

impl Desk {
    /// Saves a state as the newest of its branch.
    pub fn save_moment(&mut self, state: State) {
        let moment = Moment { state, params: self.model.params, scene: self.model.scene.clone() };
        self.run.timeline.save(moment);
        self.list_saves();
    }

    /// Another scene begins.
    pub fn begin_timeline(&mut self) {
        let (state, params, scene) = ((*self.run.origin).clone(), self.model.params, self.model.scene.clone());
        self.run.timeline.restart(Moment { state, params, scene });
        self.run.until = None;
        self.list_saves();
    }

    /// Tells the panels of saves and branches.
    pub fn list_saves(&mut self) {
        let timeline = &self.run.timeline;
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
}
