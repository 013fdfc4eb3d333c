//! Three clocks - real, rendered, simulated - and the run state.
//!
//! A drawn frame asks for `substeps` simulated steps. When frames grow longer than
//! [`FRAME_BUDGET_S`] the grant is halved, and it recovers one step a frame: steps are dropped
//! and counted rather than piled up, so a slow machine shows a slower flow, never a frozen window.

use crate::app::run::cadence::Cadence;

/// A frame longer than this makes the clock grant fewer steps.
pub const FRAME_BUDGET_S: f64 = 1.0 / 12.0;
/// Shortest time between two drawn frames.
pub const FRAME_MIN_S: f64 = 1.0 / 60.0;
/// Rates are averaged over windows of this length.
const WINDOW_S: f64 = 0.5;

/// Whether simulated time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Every drawn frame steps.
    Running,
    /// Frames are drawn when something changes; no time passes.
    Paused,
    /// So many more steps, then paused.
    StepOnce(u32),
}

/// What was measured over the last window; `None` until a window is full.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Simulated steps in a real second.
    pub steps_per_s: Option<f64>,
    /// Drawn frames in a real second.
    pub frames_per_s: Option<f64>,
    /// Mean real time between drawn frames.
    pub frame_ms: Option<f64>,
    /// Steps that were asked for and not granted, in a real second.
    pub dropped_per_s: Option<f64>,
    /// 99 of 100 of the last frames came sooner after the one before.
    pub frame_p99_ms: Option<f64>,
    /// Longest time among them in which the flow stood still, from one frame in which it moved to the next.
    pub standstill_ms: Option<f64>,
}

/// Grants simulated steps to drawn frames and measures both.
#[derive(Clone, Debug)]
pub struct Clock {
    state: RunState,
    /// Frames from one step to the next, for slow motion.
    slow: u32,
    waited: u32,
    allowance: u32,
    last_s: Option<f64>,
    window_start_s: f64,
    window: [u32; 3],
    rates: Rates,
    cadence: Cadence,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            state: RunState::Running,
            slow: 1,
            waited: 0,
            allowance: 1,
            last_s: None,
            window_start_s: 0.0,
            window: [0; 3],
            rates: Rates::default(),
            cadence: Cadence::default(),
        }
    }
}

impl Clock {
    /// Run state.
    pub fn state(&self) -> RunState {
        self.state
    }

    /// Whether the next frame will step.
    pub fn is_moving(&self) -> bool {
        self.state != RunState::Paused
    }

    /// What was measured over the last window.
    pub fn rates(&self) -> Rates {
        self.rates
    }

    /// Running becomes paused and the other way round.
    pub fn toggle(&mut self) {
        self.state = if self.state == RunState::Paused { RunState::Running } else { RunState::Paused };
        self.forget();
    }

    /// Pauses.
    pub fn pause(&mut self) {
        self.state = RunState::Paused;
    }

    /// Asks for so many steps, then a pause; from a run it pauses first.
    pub fn step(&mut self, steps: u32) {
        let left = if let RunState::StepOnce(left) = self.state { left } else { 0 };
        self.state = RunState::StepOnce(left.saturating_add(steps));
    }

    /// Slow motion: a running clock steps in every so many frames only.
    pub fn set_slow(&mut self, frames: u32) {
        self.slow = frames.max(1);
    }

    /// Frames from one step to the next.
    pub fn slow(&self) -> u32 {
        self.slow
    }

    /// A gap that is not the simulation's fault (a dialog, a rebuild, a minimised window).
    pub fn forget(&mut self) {
        self.last_s = None;
        self.window = [0; 3];
        self.cadence.rest();
    }

    /// The steps that the frame drawn at `now_s` may take.
    pub fn grant(&mut self, now_s: f64, substeps: u32) -> u32 {
        let wanted = substeps.max(1);
        let frame_s = self.last_s.map(|last| now_s - last);
        self.last_s = Some(now_s);
        self.allowance = match frame_s {
            Some(frame_s) if frame_s > FRAME_BUDGET_S => self.allowance / 2,
            _ => self.allowance.saturating_add(1),
        }
        .clamp(1, wanted);
        let granted = match self.state {
            RunState::Running => {
                self.waited = (self.waited + 1) % self.slow;
                if self.waited == 0 { self.allowance } else { 0 }
            }
            RunState::Paused => 0,
            RunState::StepOnce(left) => left.min(self.allowance),
        };
        if let RunState::StepOnce(left) = self.state {
            self.state = if left > granted { RunState::StepOnce(left - granted) } else { RunState::Paused };
        }
        let dropped = if self.state == RunState::Running && self.slow == 1 { wanted - granted } else { 0 };
        self.measure(now_s, frame_s.is_some(), granted, dropped);
        granted
    }

    /// A drawn frame in which no time may pass, though nothing is late.
    pub fn hold(&mut self, now_s: f64) -> u32 {
        let continues = self.last_s.replace(now_s).is_some();
        self.measure(now_s, continues, 0, 0);
        0
    }

    fn measure(&mut self, now_s: f64, continues: bool, granted: u32, dropped: u32) {
        if self.state == RunState::Running && self.slow == 1 {
            self.cadence.frame(now_s, granted > 0);
        } else {
            self.cadence.rest();
        }
        if !continues {
            (self.window_start_s, self.window) = (now_s, [0; 3]);
            return;
        }
        for (sum, more) in self.window.iter_mut().zip([1, granted, dropped]) {
            *sum = sum.saturating_add(more);
        }
        let span_s = now_s - self.window_start_s;
        if span_s >= WINDOW_S {
            let [frames, steps, dropped] = self.window.map(f64::from);
            self.rates = Rates {
                steps_per_s: Some(steps / span_s),
                frames_per_s: Some(frames / span_s),
                frame_ms: Some(1e3 * span_s / frames),
                dropped_per_s: Some(dropped / span_s),
                frame_p99_ms: self.cadence.p99_ms(),
                standstill_ms: self.cadence.standstill_ms(),
            };
            (self.window_start_s, self.window) = (now_s, [0; 3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(clock: &mut Clock, count: usize, frame_s: f64, substeps: u32) -> u32 {
        let start = clock.last_s.unwrap_or(0.0);
        (1..=count).map(|i| clock.grant(start + i as f64 * frame_s, substeps)).sum()
    }

    #[test]
    fn a_fast_machine_gets_every_step_and_a_slow_one_drops_them() {
        let mut clock = Clock::default();
        frames(&mut clock, 64, 0.01, 8);
        assert_eq!(frames(&mut clock, 100, 0.01, 8), 800);
        frames(&mut clock, 8, 0.5, 8);
        assert_eq!(frames(&mut clock, 10, 0.5, 8), 10, "a slow frame keeps one step and no debt");
        assert!(clock.rates().dropped_per_s.unwrap() > 0.0);
    }

    #[test]
    fn a_long_gap_grants_one_bounded_frame() {
        let mut clock = Clock::default();
        frames(&mut clock, 10, 0.01, 4);
        assert!(clock.grant(1e6, 4) <= 4);
    }

    #[test]
    fn a_held_frame_takes_nothing_from_what_was_asked_for() {
        let mut clock = Clock::default();
        clock.step(3);
        let first = frames(&mut clock, 1, 0.01, 4);
        assert!((1..3).contains(&first));
        assert_eq!(clock.hold(0.05), 0);
        assert_eq!(first + frames(&mut clock, 40, 0.01, 4), 3);
        assert_eq!(clock.state(), RunState::Paused);
    }

    #[test]
    fn a_flow_that_is_held_stands_still_and_one_that_is_paused_does_not() {
        let mut clock = Clock::default();
        frames(&mut clock, 40, 0.02, 1);
        let start = clock.last_s.unwrap();
        (1..=10).for_each(|i| assert_eq!(clock.hold(start + 0.02 * f64::from(i)), 0));
        frames(&mut clock, 40, 0.02, 1);
        assert!((clock.rates().standstill_ms.unwrap() - 220.0).abs() < 1e-6, "{:?}", clock.rates());
        clock.toggle();
        clock.toggle();
        let resumed = clock.last_s.unwrap_or(start) + 60.0;
        (0..80).for_each(|i| assert!(clock.grant(resumed + 0.02 * f64::from(i), 1) == 1));
        assert!((clock.rates().standstill_ms.unwrap() - 20.0).abs() < 1e-6, "{:?}", clock.rates());
    }

    #[test]
    fn paused_time_does_not_pass() {
        let mut clock = Clock::default();
        clock.toggle();
        assert_eq!(frames(&mut clock, 50, 0.01, 4), 0);
        assert!(!clock.is_moving());
    }

    #[test]
    fn ten_single_steps_are_ten_steps_whatever_the_frame_takes() {
        for frame_s in [0.01, 0.3] {
            let mut clock = Clock::default();
            clock.step(1);
            clock.step(9);
            assert_eq!(frames(&mut clock, 40, frame_s, 4), 10);
            assert_eq!(clock.state(), RunState::Paused);
        }
    }

    #[test]
    fn slow_motion_steps_in_every_fourth_frame() {
        let mut clock = Clock::default();
        clock.set_slow(4);
        assert_eq!(frames(&mut clock, 80, 0.01, 1), 20);
        assert_eq!(clock.rates().dropped_per_s, Some(0.0), "nothing that was asked for is dropped");
        clock.step(3);
        assert_eq!(frames(&mut clock, 10, 0.01, 1), 3, "single steps do not wait");
    }

    #[test]
    fn rates_are_unknown_until_measured() {
        let mut clock = Clock::default();
        clock.grant(0.0, 2);
        assert_eq!(clock.rates(), Rates::default());
        frames(&mut clock, 100, 0.02, 2);
        let rates = clock.rates();
        assert!((rates.frames_per_s.unwrap() - 50.0).abs() < 2.0, "{rates:?}");
        assert!((rates.steps_per_s.unwrap() - 100.0).abs() < 4.0, "{rates:?}");
        assert!((rates.frame_p99_ms.unwrap() - 20.0).abs() < 1e-6, "{rates:?}");
        assert!((rates.standstill_ms.unwrap() - 20.0).abs() < 1e-6, "{rates:?}");
    }
}
