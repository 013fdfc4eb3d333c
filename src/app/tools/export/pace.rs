//! Which simulated steps a recording takes. The simulation never runs past one that is not yet taken, so none is
//! lost, however slow the encoder.

/// Steps of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    stride: u64,
    wanted: Option<u64>,
    taken: u64,
    /// The step of the next frame.
    next: u64,
    /// The step of the first frame.
    first: u64,
    /// The step of the last frame.
    last: Option<u64>,
}

/// What a recording makes of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// This step is a frame.
    Take,
    /// It is none.
    Pass,
    /// The run is no longer where the recording left it: it was reset, undone or replaced.
    Lost,
}

impl Pace {
    /// From `step` on, every `stride` steps, `wanted` frames or until stopped.
    pub fn new(step: u64, stride: u32, wanted: Option<u64>) -> Self {
        Self { stride: u64::from(stride.max(1)), wanted, taken: 0, next: step, first: step, last: None }
    }

    /// Frames taken.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// The step of the first frame.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The step of the last frame.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Whether all frames are taken.
    pub fn is_complete(&self) -> bool {
        self.wanted.is_some_and(|wanted| self.taken >= wanted)
    }

    /// What `step` is.
    pub fn look(&self, step: u64) -> Look {
        if self.is_complete() {
            Look::Pass
        } else if step > self.next || self.last.is_some_and(|last| step < last) {
            Look::Lost
        } else if step == self.next {
            Look::Take
        } else {
            Look::Pass
        }
    }

    /// `step` was taken.
    pub fn take(&mut self, step: u64) {
        (self.taken, self.last, self.next) = (self.taken + 1, Some(step), step + self.stride);
    }

    /// Steps that may be taken from `step` on, up to the next frame: none while that frame is due.
    pub fn allow(&self, step: u64) -> u32 {
        if self.is_complete() {
            return u32::MAX;
        }
        u32::try_from(self.next.saturating_sub(step)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that grants `grant` steps a frame, with an encoder that has room in some frames only.
    fn run(mut pace: Pace, mut step: u64, grant: u32, room: impl Fn(u64) -> bool, frames: u64) -> Vec<u64> {
        let mut taken = vec![];
        for frame in 0..frames {
            step += u64::from(grant.min(pace.allow(step)));
            if pace.look(step) == Look::Take && room(frame) {
                pace.take(step);
                taken.push(step);
            }
        }
        taken
    }

    #[test]
    fn every_stride_is_taken_whatever_is_granted_and_however_slow_the_encoder() {
        let expected: Vec<u64> = (0..8).map(|i| 7 + 3 * i).collect();
        for grant in [1, 2, 3, 50] {
            for slow in [1, 2, 7] {
                let taken = run(Pace::new(7, 3, Some(8)), 7, grant, |frame| frame % slow == 0, 500);
                assert_eq!(taken, expected, "{grant} steps a frame, room in every {slow}th");
            }
        }
    }

    #[test]
    fn the_simulation_waits_while_a_frame_is_due_and_runs_on_afterwards() {
        let mut pace = Pace::new(5, 4, Some(1));
        assert_eq!((pace.look(5), pace.allow(5)), (Look::Take, 0));
        pace.take(5);
        assert!(pace.is_complete());
        assert_eq!((pace.look(99), pace.allow(99)), (Look::Pass, u32::MAX));
    }

    #[test]
    fn a_pause_and_an_edit_go_on_but_a_reset_is_noticed() {
        let mut pace = Pace::new(10, 2, None);
        pace.take(10);
        assert_eq!([pace.look(10), pace.look(11), pace.look(12)], [Look::Pass, Look::Pass, Look::Take]);
        assert_eq!([pace.look(0), pace.look(13)], [Look::Lost; 2]);
        assert!(!pace.is_complete());
    }
}
