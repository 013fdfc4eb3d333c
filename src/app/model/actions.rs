//! How long the last actions held a frame up.

use std::{collections::VecDeque, time::Duration};

/// Actions kept.
const KEPT: usize = 64;

/// What was asked for last, and the milliseconds that a frame waited for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actions {
    kept: VecDeque<(String, f64)>,
    /// Frames drawn so far.
    frames: u64,
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

    /// A frame was drawn.
    pub fn frame(&mut self) {
        self.frames += 1;
    }

    /// The state was edited.
    pub fn edited(&mut self) {
        self.edit = Some(self.frames);
    }

    /// A picture of the state is drawn in this frame.
    pub fn drawn(&mut self) {
        if let Some(edit) = self.edit.take() {
            self.lag = Some((self.frames + 1).saturating_sub(edit));
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
        (0..7).for_each(|_| actions.frame());
        actions.edited();
        actions.drawn();
        actions.frame();
        actions.drawn();
        assert_eq!(actions.lag(), Some(1));
        let kept: Vec<&str> = actions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((kept.len(), kept[0], kept[KEPT - 1]), (KEPT, "36", "99"));
    }
}
