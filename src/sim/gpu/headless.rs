//! A simulation without a window: batches of steps in submissions of a bounded length.

use glam::DVec2;

use super::{FieldTarget, GpuSim, Shown, background::DeviceBackground};
use crate::{
    error::{Error, Result},
    math::BOX,
    ops::window::Window,
    params::{Params, Switch},
    sim::Simulator,
    state::{Ledger, State},
};

impl GpuSim {
    /// Submits an encoder's work.
    pub(super) fn submit(&mut self, encode: impl FnOnce(&mut Self, &mut wgpu::CommandEncoder)) {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        encode(self, &mut encoder);
        self.encode_readbacks(&mut encoder);
        self.context.queue.submit([encoder.finish()]);
    }
}

impl GpuSim {
    /// The view on a grid of side `n`.
    fn sized(&mut self, n: u32) -> Result<()> {
        if self.views.view.window().size != [n, n] {
            let modes = self.background.as_ref().map(DeviceBackground::decoded);
            let view = FieldTarget::new(&self.context, &self.buffers, modes, Window::full(n))?;
            self.replace_view(view)?;
        }
        // A field is vorticity, whatever is looked at.
        self.show(Shown::Whole, false, 0)
    }
}

/// Longest submission of a run without a window.
const SUBMIT_SECONDS: f64 = 0.05;

impl Simulator for GpuSim {
    fn advance(&mut self, steps: u64) -> Result<()> {
        let mut left = steps;
        self.work_now()?;
        while left > 0 {
            if let Some(winding) = self.winding_of_a_step() {
                return Err(crate::sim::cycle::too_fast(self.held.step + 1, winding));
            }
            let n = u64::from(self.batch.min(self.steps_allowed().max(1))).min(left) as u32;
            let begun = std::time::Instant::now();
            self.submit(|sim, encoder| sim.encode_steps(encoder, n));
            self.context.wait()?;
            self.harvest();
            if let Some(fault) = self.fault() {
                let sound = fault.sound;
                let what = match fault.not_finite {
                    0 => "a vertex or a parcel moved a quarter of the box in one step".into(),
                    count => format!("{count} values are no finite numbers"),
                };
                return Err(Error::Run(format!("between step {sound} and {}: {what}", fault.step)));
            }
            if self.probes.counters.runaway {
                return Err(Error::Run(format!(
                    "near step {}: a vertex or a parcel moved a quarter of the box in one step or is not finite",
                    self.held.step
                )));
            }
            self.work_now()?;
            self.look_at_operators().map_err(|error| Error::Run(format!("near step {}: {error}", self.held.step)))?;
            left -= u64::from(n);
            let seconds = begun.elapsed().as_secs_f64();
            self.batch = if seconds < 0.5 * SUBMIT_SECONDS {
                (self.batch * 2).min(256)
            } else if seconds > SUBMIT_SECONDS {
                (self.batch / 2).max(1)
            } else {
                self.batch
            };
        }
        Ok(())
    }

    fn decode(&mut self, n: u32) -> Result<Vec<f32>> {
        if self.carried.as_ref().is_some_and(|carried| carried.cycle.steps() > 0) {
            // In the middle of a cycle: a copy is refitted and decoded.
            let still =
                Params { n, tracers: 0, refit_every: crate::params::Every::Steps(0), mdl: Switch::Off, ..self.params };
            let state = self.snapshot()?;
            let field = Self::new(&self.context, &state, &still)?.decode(n)?;
            if self.operators.list.is_empty() {
                return Ok(field);
            }
            self.sized(n)?;
            let (view, timer) = (&self.views.view, &self.probes.timer);
            view.put(&self.context, &field);
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            view.operators().for_each(|d| timer.run(&mut pass, d, false));
            drop(pass);
            self.context.queue.submit([encoder.finish()]);
            let field = view.read(&self.context)?;
            self.look_at_operators()?;
            return Ok(field);
        }
        self.sized(n)?;
        self.look(DVec2::ZERO, DVec2::splat(BOX));
        self.submit(Self::encode_decode);
        let field = self.views.view.read(&self.context)?;
        self.harvest();
        self.look_at_operators()?;
        Ok(field)
    }

    fn snapshot(&mut self) -> Result<State> {
        Self::snapshot(self)
    }

    fn parcels(&self) -> usize {
        self.carried.as_ref().map_or(0, |carried| carried.cycle.places().len())
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(self.pass_ledger())
    }

    fn time(&self) -> f64 {
        self.held.time
    }

    fn step(&self) -> u64 {
        self.held.step
    }
}
