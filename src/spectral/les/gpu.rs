//! The simulation on the device.
//!
//! Two dispatches a stage: rows, where products are taken, and columns, where modes move. Between them
//! lie four columns of every kx (psi, u, omega, omega_y) and two of every slope (G, Fy). The largest speed
//! and eddy viscosity come back after a batch of steps, and with them what the modes hold of enstrophy and energy: a
//! batch that was too fast, or met a value that is not finite, is taken back and done again in more parts, or ends
//! the run as on the CPU; so does one after which there is more than before.

mod build;
mod follow;
mod seen;

use super::{
    LesOptions, LesScheme, LesStage,
    watch::{Fastest, Floor, Watch},
};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, readback},
};
use seen::Seen;

/// Steps of a batch of [`Les::advance`].
const BATCH: u32 = 32;
/// Dispatches of a submission at most.
const SUBMISSION: u32 = 512;

/// A running simulation on the device.
pub struct Les {
    context: Context,
    options: LesOptions,
    count: u64,
    /// Parts that a step is divided into.
    parts: u32,
    cfl: Option<f64>,
    /// Parts that a unit of time asked for last.
    rate: f64,
    /// What must not grow, once it was looked at.
    floor: Option<Floor>,
    /// The sentence that steps are divided, until it was taken.
    remark: Option<String>,
    divided: bool,
    stages: Vec<Uniform<LesStage>>,
    held: Held,
    /// Steps recorded since the last [`Les::heed`].
    unheeded: u32,
    launches: Launches,
}

/// Buffers that the host copies or reads.
struct Held {
    /// Modes, `[kx][ky]`.
    omega: wgpu::Buffer,
    /// The same before a batch.
    saved: wgpu::Buffer,
    /// Bits of the largest speeds and eddy viscosities, and of the modes' sums.
    seen: wgpu::Buffer,
    /// `[N, N]`.
    field: wgpu::Buffer,
}

impl Held {
    fn see_nothing(&self, context: &Context) {
        let mut encoder = context.device.create_command_encoder(&Default::default());
        encoder.clear_buffer(&self.seen, 0, None);
        context.queue.submit([encoder.finish()]);
    }

    /// Waits for the device.
    fn seen(&self, context: &Context) -> Result<Seen> {
        let words = self.seen.size() as usize / size_of::<u32>();
        Ok(Seen::of(&readback::read::<u32>(context, &self.seen, words)?))
    }
}

fn copy(context: &Context, source: &wgpu::Buffer, target: &wgpu::Buffer) {
    let mut encoder = context.device.create_command_encoder(&Default::default());
    encoder.copy_buffer_to_buffer(source, 0, target, 0, source.size());
    context.queue.submit([encoder.finish()]);
}

/// What is dispatched.
struct Launches {
    /// From the spectrum of a field to the modes.
    start: Dispatch,
    /// Flow and vorticity of the modes, before a first step.
    first: Dispatch,
    /// A part of a step, two dispatches a stage.
    step: Vec<Dispatch>,
    sums: Dispatch,
    /// The field of the modes.
    picture: Dispatch,
}

/// Shares of h and of the stage's modes: of a stage, and of the sum beside it.
type Shares = [f64; 4];

/// The stages of a part.
fn shares(scheme: LesScheme) -> &'static [Shares] {
    const THIRD: f64 = 1.0 / 3.0;
    match scheme {
        LesScheme::Rk2 => &[[0.5, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]],
        LesScheme::SspRk3 => &[[1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.0, 0.0], [2.0 * THIRD, 2.0 * THIRD, 0.0, 0.0]],
        // y + h/6 k1 = y + (y2 - y)/3, and h/3 k3 = (y4 - y)/3
        LesScheme::Rk4 => {
            &[[0.5, 0.0, 0.0, 0.0], [0.5, 0.0, THIRD, THIRD], [1.0, 0.0, 0.0, 0.0], [0.5 * THIRD, THIRD, 0.0, 0.0]]
        }
    }
}

impl Les {
    fn submit(&self, record: impl FnOnce(&mut wgpu::ComputePass<'_>, &Self)) {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            record(&mut pass, self);
        }
        self.context.queue.submit([encoder.finish()]);
    }

    /// Parts of each step from now on.
    fn divide(&mut self, parts: u32) {
        self.parts = parts;
        let h = self.options.dt / f64::from(parts);
        for (stage, [reach, mix, sum_reach, sum_mix]) in self.stages.iter_mut().zip(shares(self.options.scheme)) {
            let value = LesStage {
                reach: (reach * h) as f32,
                mix: *mix as f32,
                sum_reach: (sum_reach * h) as f32,
                sum_mix: *sum_mix as f32,
                ..*stage.value()
            };
            stage.set(&self.context.queue, value);
        }
    }

    /// The dispatches of a part of a step, two a stage.
    pub fn passes(&self) -> &[Dispatch] {
        &self.launches.step
    }

    /// The dispatch that writes [`Les::field_buffer`].
    pub fn picture(&self) -> &Dispatch {
        &self.launches.picture
    }

    /// The field, f32, row-major, as of the last [`Les::picture`].
    pub fn field_buffer(&self) -> &wgpu::Buffer {
        &self.held.field
    }

    /// Takes `steps` steps of dt. Waits for the device.
    ///
    /// # Errors
    /// [`crate::Error::Run`] naming step, CFL and remedy when a step would not be stable or a value is no longer
    /// finite; the field before the batch of up to 32 steps is kept.
    pub fn advance(&mut self, steps: u32) -> Result<()> {
        let mut left = steps;
        while left > 0 {
            let batch = left.min(BATCH);
            self.batch(batch)?;
            (self.count, left) = (self.count + u64::from(batch), left - batch);
        }
        self.submit(|pass, les| les.launches.picture.encode(pass));
        Ok(())
    }

    fn batch(&mut self, steps: u32) -> Result<()> {
        if self.floor.is_none() {
            let now = self.look()?;
            self.floor = Some(Floor::new(now.sums));
        }
        copy(&self.context, &self.held.omega, &self.held.saved);
        loop {
            self.held.see_nothing(&self.context);
            let (mut left, each) = (steps * self.parts, self.launches.step.len() as u32);
            while left > 0 {
                let some = left.min(SUBMISSION / each);
                left -= some;
                self.submit(|pass, les| {
                    (0..some).for_each(|_| les.launches.step.iter().for_each(|d| d.encode(pass)));
                    if left == 0 {
                        les.launches.sums.encode(pass);
                    }
                });
            }
            let seen = self.held.seen(&self.context)?;
            let (mut first, finite) = (seen.first, seen.is_finite());
            if finite {
                self.note(first);
            }
            let wanted = self.options.dt * self.watch().rate(first);
            let needed = if finite { wanted.ceil() } else { 2.0 * f64::from(self.parts) };
            if finite && needed <= f64::from(self.parts) {
                if let Err(error) = self.weigh(&seen, steps) {
                    self.take_back();
                    return Err(error);
                }
                // A little ahead of a flow that gets faster; back when it has become slower.
                let next = (1.1 * wanted).ceil().clamp(1.0, f64::from(self.options.substeps));
                self.divide(next as u32);
                return Ok(());
            }
            self.take_back();
            let stage = if first.is_finite() { 2 } else { 1 };
            if !finite {
                // What was seen last says nothing of the cause; the first stage of the batch may.
                first = self.look()?.first;
            }
            let told = first.is_finite();
            let rate = if told { self.watch().rate(first) } else { 0.0 };
            if told {
                self.note(first);
            }
            let needed = needed.max((self.options.dt * rate).ceil());
            if needed > f64::from(self.options.substeps) {
                let fast = self.options.dt * rate > f64::from(self.options.substeps);
                return Err(if fast { self.watch().too_fast(first) } else { self.watch().not_finite(stage) });
            }
            if !std::mem::replace(&mut self.divided, true) {
                self.remark = Some(self.watch().divided(first, needed as u32));
            }
            self.divide(needed as u32);
        }
    }

    /// The modes before the batch.
    fn take_back(&self) {
        copy(&self.context, &self.held.saved, &self.held.omega);
        self.submit(|pass, les| les.launches.first.encode(pass));
    }

    /// Keeps what the first slopes of steps said.
    fn note(&mut self, first: Fastest) {
        self.rate = self.watch().rate(first);
        self.cfl = Some(self.options.dt * self.watch().cfl_rate(first));
    }

    /// Looks whether enstrophy or energy grew in so many steps; rk2 goes on, and it is known.
    fn weigh(&mut self, seen: &Seen, steps: u32) -> Result<()> {
        let mut floor = *self.floor.get_or_insert_with(|| Floor::new(seen.sums));
        let grown = floor.grown(seen.sums, u64::from(steps), &self.watch());
        if let Some(grown) = grown.filter(|_| self.options.scheme != LesScheme::Rk2) {
            return Err(self.watch().grows(grown));
        }
        self.floor = Some(floor);
        Ok(())
    }

    fn watch(&self) -> Watch<'_> {
        Watch { options: &self.options, count: self.count, cfl: self.cfl, single: true }
    }

    /// The flow as it is.
    fn look(&self) -> Result<Seen> {
        self.held.see_nothing(&self.context);
        self.submit(|pass, les| [&les.launches.step[0], &les.launches.sums].iter().for_each(|d| d.encode(pass)));
        let seen = self.held.seen(&self.context)?;
        self.held.see_nothing(&self.context);
        Ok(seen)
    }

    /// The field, row-major `N x N`. Waits for the device.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn field(&self) -> Result<Vec<f64>> {
        let field: Vec<f32> = readback::read(&self.context, &self.held.field, self.options.n * self.options.n)?;
        Ok(field.into_iter().map(f64::from).collect())
    }

    /// Options that the simulation was made with.
    pub fn options(&self) -> &LesOptions {
        &self.options
    }

    /// Steps taken.
    pub fn step_count(&self) -> u64 {
        self.count
    }

    /// CFL of a whole dt, the largest of the last batch; `None` before the first.
    pub fn cfl(&self) -> Option<f64> {
        self.cfl
    }

    /// Parts that a step is divided into.
    pub fn parts(&self) -> u32 {
        self.parts
    }

    /// Largest growth of enstrophy over its lowest at the ends of batches, of the lowest; 0 where it only fell.
    pub fn growth(&self) -> f64 {
        self.floor.map_or(0.0, |floor| floor.growth)
    }

    /// Whether enstrophy, or with Cs = 0 energy, ever grew beyond rounding, as it may under rk2.
    pub fn grew(&self) -> bool {
        self.floor.is_some_and(|floor| floor.grew)
    }

    /// The sentence that steps are divided, once.
    pub fn remark(&mut self) -> Option<String> {
        self.remark.take()
    }
}

#[cfg(test)]
mod tests;
