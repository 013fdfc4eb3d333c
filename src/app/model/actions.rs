//! How long the last actions held a frame up.

use std::{collections::VecDeque, time::Duration};

/// Actions kept.
const KEPT: usize = 64;

/// What was asked for last, and the milliseconds that a frame waited for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actions {
    kept: VecDeque<(String, f64)>,
    /// Frames drawn when the last edit was made, and when its picture was.
    edit: Option<u64>,
    lag: Option<u64>,
}

impl Actions {
    /// Enters one.
    pub fn took(&mut self, name: String, time: Duration) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((name, 1e3 * time.as_secs_f64()));
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &(String, f64)> {
        self.kept.iter()
    }

    /// The state was edited after so many frames.
    pub fn edited(&mut self, frames: u64) {
        self.edit = Some(frames);
    }

    /// A picture of the state was drawn as the frame of this number, counted from 1.
    pub fn drawn(&mut self, frame: u64) {
        if let Some(edit) = self.edit.take() {
            self.lag = Some(frame.saturating_sub(edit));
        }
    }

    /// Frames from the last edit to its picture: 1 where the next frame shows it.
    pub fn lag(&self) -> Option<u64> {
        self.lag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ones_make_room() {
        let mut actions = Actions::default();
        (0..100).for_each(|i| actions.took(i.to_string(), Duration::from_millis(i)));
        actions.edited(7);
        actions.drawn(8);
        actions.drawn(9);
        assert_eq!(actions.lag(), Some(1));
        let kept: Vec<&str> = actions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((kept.len(), kept[0], kept[KEPT - 1]), (KEPT, "36", "99"));
    }
}
