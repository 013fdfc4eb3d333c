//! Undo and redo of edits and of parameters: a short stack.

use std::sync::Arc;

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

/// Where a restart, a leap in time and a reset of parameters begin.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The state of the start.
    pub state: Arc<State>,
    /// Its parameters.
    pub home: Params,
}

/// What an edit changed, as it was before.
#[derive(Clone, Debug)]
pub enum Past {
    /// The state, and what belongs to it.
    Moment(Box<Moment>, Box<Origin>),
    /// Parameters alone: the state goes on.
    Params(Box<Params>),
}

/// How many edits can be taken back.
pub const DEPTH: usize = 24;

/// Moments before each edit, and those taken back.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Past>,
    future: Vec<Past>,
}

impl History {
    /// An edit is about to change the state as it is `now`.
    pub fn record(&mut self, now: Moment, origin: Origin) {
        self.enter(Past::Moment(Box::new(now), Box::new(origin)));
    }

    /// Parameters were changed that were these before.
    pub fn record_params(&mut self, before: Params) {
        self.enter(Past::Params(Box::new(before)));
    }

    fn enter(&mut self, past: Past) {
        self.past.push(past);
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
        self.future.clear();
    }

    /// What was before the last edit, or what the last undo left: where [`History::travelled`] leads.
    pub fn there(&self, back: bool) -> Option<&Past> {
        if back { self.past.last() } else { self.future.last() }
    }

    /// The way there was gone; back from it leads `now`, which began at `origin`.
    pub fn travelled(&mut self, back: bool, now: Moment, origin: Origin) {
        let (from, to) = if back { (&mut self.past, &mut self.future) } else { (&mut self.future, &mut self.past) };
        if let Some(past) = from.pop() {
            to.push(past.instead(now, origin));
        }
    }

    /// Whether there is an edit to undo, and one to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }
}

impl Past {
    /// The same kind of thing as it is now.
    fn instead(&self, now: Moment, origin: Origin) -> Self {
        match self {
            Self::Moment(..) => Self::Moment(Box::new(now), Box::new(origin)),
            Self::Params(_) => Self::Params(Box::new(now.params)),
        }
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

    fn origin() -> Origin {
        Origin { state: Arc::new(moment(0).state), home: Params::default() }
    }

    /// Goes there, and says what it was.
    fn go(history: &mut History, back: bool, now: Moment) -> Option<Past> {
        let there = history.there(back).cloned();
        history.travelled(back, now, origin());
        there
    }

    fn step(past: Option<Past>) -> u64 {
        match past {
            Some(Past::Moment(moment, _)) => moment.state.step,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_way_that_was_not_gone_is_still_there() {
        let mut history = History::default();
        history.record(moment(1), origin());
        for _ in 0..3 {
            assert_eq!(step(history.there(true).cloned()), 1);
        }
        assert_eq!(history.can(), (true, false));
        assert!(history.there(false).is_none());
    }

    #[test]
    fn parameters_are_taken_back_alone() {
        let mut history = History::default();
        history.record_params(Params { nu: 0.25, ..Params::default() });
        let Some(Past::Params(params)) = go(&mut history, true, moment(7)) else { panic!("parameters") };
        assert_eq!(params.nu, 0.25);
        let Some(Past::Params(params)) = go(&mut history, false, moment(9)) else { panic!("parameters") };
        assert_eq!(*params, Params::default());
    }

    #[test]
    fn undo_and_redo_are_inverse_and_an_edit_ends_redo() {
        let mut history = History::default();
        history.record(moment(1), origin());
        assert_eq!(step(go(&mut history, true, moment(2))), 1);
        assert_eq!(step(go(&mut history, false, moment(1))), 2);
        history.travelled(true, moment(2), origin());
        history.record(moment(3), origin());
        assert_eq!(history.can(), (true, false));
    }

    #[test]
    fn the_stack_stays_short() {
        let mut history = History::default();
        (0..100).for_each(|step| history.record(moment(step), origin()));
        let mut count = 0;
        while go(&mut history, true, moment(0)).is_some() {
            count += 1;
        }
        assert_eq!(count, DEPTH);
    }
}
