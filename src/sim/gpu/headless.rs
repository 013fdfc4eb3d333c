//! A simulation without a window: batches of steps in submissions of a bounded length.

use glam::DVec2;

use super::{FieldTarget, GpuSim, Shown, held::Held, operate};
use crate::{
    error::{Error, Result},
    gpu::Ticket,
    math::BOX,
    operator,
    ops::window::Window,
    params::{Params, Switch},
    sim::Simulator,
    state::{Ledger, State},
};

/// Submits the work of an encoder, with the read-backs that were asked for.
pub(super) fn submit(sim: &mut GpuSim, encode: impl FnOnce(&mut GpuSim, &mut wgpu::CommandEncoder)) {
    let mut encoder = sim.held.context.device.create_command_encoder(&Default::default());
    encode(sim, &mut encoder);
    sim.encode_readbacks(&mut encoder);
    sim.held.context.queue.submit([encoder.finish()]);
}

/// The view on a grid of side `n`, of the vorticity, whatever is looked at.
fn sized(sim: &mut GpuSim, n: u32) -> Result<()> {
    if sim.views.view.window().size != [n, n] {
        let held = &sim.held;
        let view = FieldTarget::new(&held.context, &held.buffers, held.modes(), Window::full(n))?;
        sim.views.replace(held, view)?;
    }
    sim.show(Shown::Whole, false, 0)
}

/// Work between steps that is due, on the spot. Waits for the device and for the work.
fn work(sim: &mut GpuSim) -> Result<()> {
    let done = sim.between.now(&sim.held, sim.views.strokes())?;
    done.map_or(Ok(()), |done| {
        sim.between.take_over(done, &mut sim.held, &mut sim.views)?;
        sim.settle();
        Ok(())
    })
}

/// Winding of the fastest vortex in a step, where that is more than a step can follow.
fn winding(held: &Held) -> Option<f64> {
    held.carried.as_ref().and_then(|carried| carried.cycle.pace.too_fast(&held.params))
}

/// Asks whether a loop of an operator overran its budget: the answer is an error where one did.
pub fn ask_operators(sim: &GpuSim) -> Ticket<()> {
    let watched = sim.views.view.watched().chain(operate::watched(&sim.held));
    operator::ask(&sim.held.context, watched.collect())
}

/// The same, waiting for the device.
fn look_at_operators(sim: &GpuSim) -> Result<()> {
    if sim.held.operators().is_empty() {
        return Ok(());
    }
    ask_operators(sim).wait(&sim.held.context.device)
}

/// Longest submission of a run without a window.
const SUBMIT_SECONDS: f64 = 0.05;

impl Simulator for GpuSim {
    fn advance(&mut self, steps: u64) -> Result<()> {
        let mut left = steps;
        work(self)?;
        while left > 0 {
            if let Some(winding) = winding(&self.held) {
                return Err(crate::sim::cycle::too_fast(self.held.known.step + 1, winding));
            }
            let n = u64::from(self.batch.min(self.between.steps_allowed(&self.held).max(1))).min(left) as u32;
            let begun = std::time::Instant::now();
            submit(self, |sim, encoder| sim.encode_steps(encoder, n));
            self.held.context.wait()?;
            self.harvest();
            if let Some(fault) = self.probes.sentinel.fault() {
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
                    self.held.known.step
                )));
            }
            work(self)?;
            look_at_operators(self)
                .map_err(|error| Error::Run(format!("near step {}: {error}", self.held.known.step)))?;
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
        if self.held.rides() {
            // In the middle of a cycle: a copy is refitted and decoded.
            let still = Params {
                n,
                tracers: 0,
                refit_every: crate::params::Every::Steps(0),
                mdl: Switch::Off,
                ..self.held.params
            };
            let state = self.snapshot()?;
            let field = Self::new(&self.held.context, &state, &still)?.decode(n)?;
            if self.held.operators().is_empty() {
                return Ok(field);
            }
            sized(self, n)?;
            let (view, timer) = (&self.views.view, &self.probes.timer);
            view.put(&self.held.context, &field);
            let mut encoder = self.held.context.device.create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            view.operators().for_each(|d| timer.run(&mut pass, d, false));
            drop(pass);
            self.held.context.queue.submit([encoder.finish()]);
            let field = view.read(&self.held.context)?;
            look_at_operators(self)?;
            return Ok(field);
        }
        sized(self, n)?;
        self.views.look(DVec2::ZERO, DVec2::splat(BOX));
        submit(self, Self::encode_decode);
        let field = self.views.view.read(&self.held.context)?;
        self.harvest();
        look_at_operators(self)?;
        Ok(field)
    }

    /// Reads the state back, ellipses refitted to where their parcels are. Waits for the device and the refit; the
    /// run goes on as if nobody had looked.
    fn snapshot(&mut self) -> Result<State> {
        self.whole().wait(&self.held.context.device)?.state()
    }

    fn parcels(&self) -> usize {
        self.held.carried.as_ref().map_or(0, |carried| carried.cycle.parcels.places().len())
    }

    fn ledger(&self) -> Option<&Ledger> {
        Some(self.between.ledger())
    }

    fn time(&self) -> f64 {
        self.held.known.time
    }

    fn step(&self) -> u64 {
        self.held.known.step
    }
}
