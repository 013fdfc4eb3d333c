//! Undo and redo of edits: a short stack of states.

use crate::{params::Params, state::State};

/// A state with what belongs to it.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The state.
    pub state: State,
    /// Its parameters.
    pub params: Params,
    /// Name of the scene or file.
    pub scene: String,
}

/// How many edits can be taken back.
pub const DEPTH: usize = 24;

/// Moments before each edit, and those taken back.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Moment>,
    future: Vec<Moment>,
}

impl History {
    /// An edit is about to change `now`.
    pub fn record(&mut self, now: Moment) {
        self.past.push(now);
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
        self.future.clear();
    }

    /// The moment before the last edit; `now` can be redone.
    pub fn undo(&mut self, now: Moment) -> Option<Moment> {
        let moment = self.past.pop()?;
        self.future.push(now);
        Some(moment)
    }

    /// The moment that the last undo left.
    pub fn redo(&mut self, now: Moment) -> Option<Moment> {
        let moment = self.future.pop()?;
        self.past.push(now);
        Some(moment)
    }

    /// Whether there is an edit to undo, and one to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Atoms, Background, Meta};

    fn moment(step: u64) -> Moment {
        let mut state = State::new(Atoms::default(), Background::empty(), Meta::default());
        state.step = step;
        Moment { state, params: Params::default(), scene: String::new() }
    }

    #[test]
    fn undo_and_redo_are_inverse_and_an_edit_ends_redo() {
        let mut history = History::default();
        history.record(moment(1));
        assert_eq!(history.undo(moment(2)).unwrap().state.step, 1);
        assert_eq!(history.redo(moment(1)).unwrap().state.step, 2);
        history.undo(moment(2));
        history.record(moment(3));
        assert_eq!(history.can(), (true, false));
    }

    #[test]
    fn the_stack_stays_short() {
        let mut history = History::default();
        (0..100).for_each(|step| history.record(moment(step)));
        let mut count = 0;
        while history.undo(moment(0)).is_some() {
            count += 1;
        }
        assert_eq!(count, DEPTH);
    }
}
