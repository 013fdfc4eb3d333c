//! How long the last actions held a frame up.

use std::{collections::VecDeque, time::Duration};

/// Actions kept.
const KEPT: usize = 64;

/// What was asked for last, and the milliseconds that a frame waited for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actions(VecDeque<(String, f64)>);

impl Actions {
    /// Enters one.
    pub fn took(&mut self, name: String, time: Duration) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((name, 1e3 * time.as_secs_f64()));
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &(String, f64)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ones_make_room() {
        let mut actions = Actions::default();
        (0..100).for_each(|i| actions.took(i.to_string(), Duration::from_millis(i)));
        let kept: Vec<&str> = actions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((kept.len(), kept[0], kept[KEPT - 1]), (KEPT, "36", "99"));
    }
}
