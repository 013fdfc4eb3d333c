//! How evenly pictures come: times from frame to frame, and from one frame in which the flow moved to the next.

use std::collections::VecDeque;

/// Frames that are remembered.
const FRAMES: usize = 300;
/// Fewest frames that a share of them is told from.
const ENOUGH: usize = 20;

/// The last frames of a flow that runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cadence {
    /// When the last frame began.
    last_s: Option<f64>,
    /// Milliseconds up to each frame, and whether the flow moved in it.
    frames: VecDeque<(f64, bool)>,
}

impl Cadence {
    /// A frame of a flow that runs begins; `moved` where it takes steps.
    pub fn frame(&mut self, now_s: f64, moved: bool) {
        if let Some(last_s) = self.last_s.replace(now_s) {
            self.frames.push_back((1e3 * (now_s - last_s), moved));
        }
        while self.frames.len() > FRAMES {
            self.frames.pop_front();
        }
    }

    /// What comes next is no interval between frames: a pause, a window that nobody sees, another scene.
    pub fn rest(&mut self) {
        *self = Self::default();
    }

    /// 99 of 100 frames came sooner after the one before, milliseconds; `None` of too few.
    pub fn p99_ms(&self) -> Option<f64> {
        let mut sorted: Vec<f64> = self.frames.iter().map(|(ms, _)| *ms).collect();
        sorted.sort_by(f64::total_cmp);
        let rank = (0.99 * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().filter(|_| sorted.len() >= ENOUGH)
    }

    /// Longest time from one frame in which the flow moved to the next such frame, milliseconds; `None` of too few.
    pub fn standstill_ms(&self) -> Option<f64> {
        let (mut longest, mut still) = (0.0_f64, 0.0);
        for (ms, moved) in &self.frames {
            still += ms;
            longest = longest.max(still);
            if *moved {
                still = 0.0;
            }
        }
        (self.frames.len() >= ENOUGH).then_some(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames every 20 ms; the flow moves where `moves` says so.
    fn even(count: u32, moves: impl Fn(u32) -> bool) -> Cadence {
        let mut cadence = Cadence::default();
        (0..=count).for_each(|i| cadence.frame(0.02 * f64::from(i), moves(i)));
        cadence
    }

    #[test]
    fn a_flow_that_waits_stands_still_though_frames_come() {
        let cadence = even(100, |i| !(40..47).contains(&i));
        let (p99, still) = (cadence.p99_ms().unwrap(), cadence.standstill_ms().unwrap());
        assert!((p99 - 20.0).abs() < 1e-6, "{p99}");
        assert!((still - 160.0).abs() < 1e-6, "seven frames without a step, and the way to the next: {still}");
        let ended = even(100, |i| i < 90).standstill_ms().unwrap();
        assert!((ended - 220.0).abs() < 1e-6, "one that has not ended counts as far as it has come: {ended}");
    }

    #[test]
    fn one_late_frame_of_a_hundred_is_the_last_percent() {
        let mut cadence = even(98, |_| true);
        cadence.frame(98.0 * 0.02 + 0.3, true);
        assert!((cadence.p99_ms().unwrap() - 300.0).abs() < 1e-6);
        (1..=200).for_each(|i| cadence.frame(98.0 * 0.02 + 0.3 + 0.02 * f64::from(i), true));
        assert!((cadence.p99_ms().unwrap() - 20.0).abs() < 1e-6);
        assert!((cadence.standstill_ms().unwrap() - 300.0).abs() < 1e-6);
    }

    #[test]
    fn a_pause_is_no_late_frame_and_few_frames_say_nothing() {
        let mut cadence = even(30, |_| true);
        cadence.rest();
        cadence.frame(100.0, true);
        assert_eq!((cadence.p99_ms(), cadence.standstill_ms()), (None, None));
        (1..=1000).for_each(|i| cadence.frame(100.0 + f64::from(i), true));
        assert_eq!(cadence.frames.len(), FRAMES, "memory does not grow");
    }
}
