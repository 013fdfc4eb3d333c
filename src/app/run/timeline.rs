//! Saved states, so that time can be wound back: a list of kilobytes each, a megabyte with parcels, thinned with age and bounded in number and
//! in bytes, and branches where a rewound run went on differently.

use std::sync::Arc;

use crate::{
    app::run::history::Moment,
    state::{Atoms, State},
};

/// Most saves of a branch; beyond them every other one of the older half goes.
pub const SAVES: usize = 200;
/// Bytes that the saves of all branches may hold, about.
pub const BYTES: usize = 64 << 20;
/// Most branches; beyond them the oldest that is not in use goes.
pub const BRANCHES: usize = 8;

/// One course of events.
#[derive(Clone, Debug)]
pub struct Branch {
    /// What the list calls it.
    pub name: String,
    /// Step at which it left another branch.
    pub forked_at: Option<u64>,
    /// By step, each later than the one before.
    saves: Vec<Arc<Moment>>,
}

/// A save on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    branch: usize,
    save: usize,
}

/// All branches since the scene began.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    branches: Vec<Branch>,
    current: usize,
    /// The save that was wound back to, until time passes again.
    rewound: Option<usize>,
    made: usize,
}

impl Timeline {
    /// Another scene: everything before it is forgotten.
    pub fn restart(&mut self, moment: Moment) {
        *self = Self::default();
        let name = self.next_name();
        self.branches.push(Branch { name, forked_at: None, saves: vec![Arc::new(moment)] });
    }

    fn next_name(&mut self) -> String {
        self.made += 1;
        if self.made == 1 { "main".into() } else { format!("branch {}", self.made) }
    }

    /// Saves a moment of the current branch. One that is no later than the last replaces what it overlaps; one
    /// that follows a rewind opens a branch.
    pub fn save(&mut self, moment: Moment) {
        let Some(branch) = self.branches.get(self.current) else { return self.restart(moment) };
        if let Some(index) = self.rewound.take().filter(|index| index + 1 < branch.saves.len()) {
            let kept = branch.saves[..=index].to_vec();
            let forked_at = Some(kept[index].state.step);
            let name = self.next_name();
            self.branches.push(Branch { name, forked_at, saves: kept });
            self.current = self.branches.len() - 1;
            self.forget_surplus();
        }
        let most = most(&moment.state, self.branches.len());
        let Some(branch) = self.branches.get_mut(self.current) else { return };
        branch.saves.retain(|old| old.state.step < moment.state.step);
        branch.saves.push(Arc::new(moment));
        if branch.saves.len() > most {
            let half = branch.saves.len() / 2;
            let mut index = 0;
            // The first save is where the scene began.
            branch.saves.retain(|_| {
                index += 1;
                index > half || index % 2 == 1
            });
        }
    }

    fn forget_surplus(&mut self) {
        if self.branches.len() > BRANCHES
            && let Some(oldest) = (0..self.branches.len()).find(|i| *i != self.current)
        {
            self.branches.remove(oldest);
            self.current -= usize::from(oldest < self.current);
        }
    }

    /// A save of the branch that runs.
    pub fn save_at(&self, save: usize) -> Place {
        Place { branch: self.current, save }
    }

    /// The last save of a branch.
    pub fn end_of(&self, branch: usize) -> Option<Place> {
        Some(Place { branch, save: self.branches.get(branch)?.saves.len().checked_sub(1)? })
    }

    /// What was saved there.
    pub fn at(&self, place: Place) -> Option<Arc<Moment>> {
        self.branches.get(place.branch)?.saves.get(place.save).cloned()
    }

    /// The run went back, or forth again, to a save.
    pub fn went_to(&mut self, place: Place) {
        if self.at(place).is_some() {
            (self.current, self.rewound) = (place.branch, Some(place.save));
        }
    }

    /// The last save at or before a step, and the first after it.
    pub fn around(&self, step: u64) -> (Option<usize>, Option<usize>) {
        let Some(branch) = self.branches.get(self.current) else { return (None, None) };
        let after = branch.saves.partition_point(|save| save.state.step <= step);
        (after.checked_sub(1), (after < branch.saves.len()).then_some(after))
    }

    /// The moment of a branch nearest to a time.
    pub fn near(&self, branch: usize, time: f64) -> Option<Arc<Moment>> {
        let saves = &self.branches.get(branch)?.saves;
        let far = |save: &&Arc<Moment>| (save.state.time - time).abs();
        saves.iter().min_by(|a, b| far(a).total_cmp(&far(b))).cloned()
    }

    /// All branches and which one runs.
    pub fn branches(&self) -> (&[Branch], usize) {
        (&self.branches, self.current)
    }
}

impl Branch {
    /// Step and time of each save.
    pub fn clocks(&self) -> impl Iterator<Item = (u64, f64)> {
        self.saves.iter().map(|save| (save.state.step, save.state.time))
    }
}

/// Most saves of a branch, of so many, by the size of a state.
fn most(state: &State, branches: usize) -> usize {
    let (atoms, modes) = (&state.atoms, state.background.independent_reals());
    // Places, and weight, core and twist of a segment; the other columns of an atom.
    let of_atoms = |atoms: &Atoms| 40 * atoms.vertex_count() + 80 * atoms.len();
    let parcels = state.parcels.as_ref().map_or(0, |read| 4 * read.values.len() + of_atoms(&read.atoms));
    let strokes: usize = state.strokes.iter().map(|stroke| 16 * stroke.points.len()).sum();
    let bytes = of_atoms(atoms) + parcels + strokes + 16 * modes + size_of::<Moment>();
    (BYTES / (bytes * branches.max(1))).clamp(4, SAVES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        params::Params,
        state::{Atom, Atoms, Background, Meta, Sign, Topology},
    };

    fn moment(step: u64) -> Moment {
        let mut state = State::new(Atoms::default(), Background::empty(), Meta::default());
        (state.step, state.time) = (step, step as f64 * 0.1);
        Moment { state, params: Params::default(), scene: String::new() }
    }

    /// Goes there; the step that was saved.
    fn go(timeline: &mut Timeline, place: Place) -> u64 {
        let step = timeline.at(place).unwrap().state.step;
        timeline.went_to(place);
        step
    }

    fn steps(timeline: &Timeline) -> Vec<u64> {
        let (branches, current) = timeline.branches();
        branches[current].clocks().map(|(step, _)| step).collect()
    }

    #[test]
    fn a_run_after_a_rewind_is_a_branch_and_the_old_one_stays() {
        let mut timeline = Timeline::default();
        [0, 10, 20, 30].into_iter().for_each(|step| timeline.save(moment(step)));
        assert_eq!(timeline.around(15), (Some(1), Some(2)));
        // Looking is not going.
        assert_eq!(timeline.at(timeline.save_at(1)).unwrap().state.step, 10);
        timeline.save(moment(40));
        assert_eq!((steps(&timeline), timeline.branches().0.len()), (vec![0, 10, 20, 30, 40], 1));
        let place = timeline.save_at(1);
        assert_eq!(go(&mut timeline, place), 10);
        timeline.save(moment(12));
        assert_eq!(steps(&timeline), [0, 10, 12]);
        let (branches, current) = timeline.branches();
        assert_eq!((branches.len(), current, branches[1].forked_at), (2, 1, Some(10)));
        let end = timeline.end_of(0).unwrap();
        assert_eq!(go(&mut timeline, end), 40);
        timeline.save(moment(50));
        assert_eq!(steps(&timeline), [0, 10, 20, 30, 40, 50], "from its end a branch just goes on");
    }

    #[test]
    fn saves_stay_few_and_keep_the_start() {
        let mut timeline = Timeline::default();
        (0..100_000).for_each(|step| timeline.save(moment(step)));
        let kept = steps(&timeline);
        assert!(kept.len() <= SAVES && kept[0] == 0 && kept[kept.len() - 1] == 99_999);
        assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn saves_of_a_large_state_stay_within_their_bytes() {
        let small = moment(0).state;
        assert_eq!(most(&small, 1), SAVES);
        let line = (0..100_000).map(|i| glam::DVec2::new(1e-3 * f64::from(i), 1.0)).collect();
        let line = Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, line);
        let large = State { atoms: Atoms::try_from_iter([line]).unwrap(), ..small };
        assert_eq!(most(&large, 1), BYTES / 4_000_000);
        assert_eq!(most(&large, 8), 4);
    }

    #[test]
    fn branches_stay_few_and_the_one_in_use_is_among_them() {
        let mut timeline = Timeline::default();
        timeline.save(moment(0));
        for round in 0..30 {
            timeline.save(moment(10 + round));
            timeline.went_to(timeline.save_at(0));
            timeline.save(moment(1));
        }
        let (branches, current) = timeline.branches();
        assert!(branches.len() <= BRANCHES && current < branches.len());
        assert_eq!(steps(&timeline), [0, 1]);
    }
}
