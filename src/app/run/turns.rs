//! What was asked for and waits: for the state as it is between two steps, or for another simulation.

use std::{collections::VecDeque, time::Duration};

use crate::app::{input::Act, model::Ask};

/// What waits, in the order in which it was asked for.
#[derive(Debug, Default)]
pub struct Turns {
    /// Each with the longest time that it has held a frame up.
    asks: VecDeque<(Ask, Duration)>,
    /// The same of parameters that are not followed yet.
    pub followed: Duration,
}

impl Turns {
    /// Those that wait, to be tried again.
    pub fn take(&mut self) -> VecDeque<(Ask, Duration)> {
        std::mem::take(&mut self.asks)
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.asks.is_empty()
    }

    /// Whether an ask may be answered before those that wait: it leaves the run as it is, and what moves the camera
    /// waits for gestures that were made under it.
    pub fn lets(&self, ask: &Ask) -> bool {
        let gesture = |(ask, _): &(Ask, Duration)| matches!(ask, Ask::Act(_));
        let of_view = matches!(ask, Ask::Act(Act::Pan(_) | Act::Zoom(..)));
        self.asks.is_empty() || (ask.leaves_the_run() && !(of_view && self.asks.iter().any(gesture)))
    }

    /// Has an ask wait after the others; two that come to one wait as one.
    pub fn wait(&mut self, ask: Ask, longest: Duration) {
        if self.asks.back_mut().is_none_or(|(last, _)| !last.join(&ask)) {
            self.asks.push_back((ask, longest));
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec2;

    use super::*;
    use crate::app::command::Command;

    #[test]
    fn asks_wait_in_order_and_a_drag_is_one() {
        let (carry, none) = (|x| Ask::Act(Act::Carry(DVec2::new(x, 1.0))), Duration::ZERO);
        let mut turns = Turns::default();
        assert!(turns.lets(&Ask::Command(Command::Undo)));
        turns.wait(Ask::Command(Command::Undo), none);
        assert!(!turns.lets(&Ask::Command(Command::Redo)) && turns.lets(&Ask::Command(Command::NextMap)));
        assert!(turns.lets(&Ask::Act(Act::Pan(DVec2::ONE))), "no gesture waits");
        [1.0, 2.0].into_iter().for_each(|x| turns.wait(carry(x), none));
        assert!(!turns.lets(&Ask::Act(Act::Pan(DVec2::ONE))), "a gesture was made under the camera as it is");
        let asks: Vec<_> = turns.take().into_iter().map(|(ask, _)| ask).collect();
        assert_eq!(asks, [Ask::Command(Command::Undo), Ask::Act(Act::Carry(DVec2::new(3.0, 2.0)))]);
    }
}
