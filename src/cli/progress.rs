//! Progress of a long command on stderr: a bar where stderr is a terminal, a line now and then where it
//! is not, nothing with `--quiet`.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::remark;

/// Time between two lines.
const PAUSE: Duration = Duration::from_secs(2);

/// Steps done of steps to do.
pub struct Progress {
    steps: u64,
    bar: Option<ProgressBar>,
    lines: bool,
    told: (Instant, u64),
}

impl Progress {
    /// Of a stage with this many steps.
    pub fn new(what: &'static str, steps: u64, quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len}, {per_sec}, {eta} left, {msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.with_prefix(what)
        });
        Self { steps, bar, lines: !terminal && !quiet, told: (Instant::now(), 0) }
    }

    /// Tells that `done` steps are done; `more` in words.
    pub fn at(&mut self, done: u64, more: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(more());
            bar.set_position(done);
        } else if self.lines && self.told.0.elapsed() > PAUSE {
            let rate = (done - self.told.1) as f64 / self.told.0.elapsed().as_secs_f64();
            let left = (self.steps - done) as f64 / rate;
            let steps = self.steps;
            remark(&format!("step {done} of {steps}, {}, {rate:.1} steps/s, about {left:.0} s left", more()));
            self.told = (Instant::now(), done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
