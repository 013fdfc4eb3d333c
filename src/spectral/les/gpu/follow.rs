//! Steps recorded beside frames: nothing waits, and what came back later says in how many parts the next ones go.

use super::{Les, seen::Seen};
use crate::{
    error::Result,
    gpu::{Ticket, ticket::first},
    spectral::les::{LesStage, watch::Floor},
};

impl Les {
    /// Records steps in as many parts as the flow last needed, and half as many again. Nothing waits: give
    /// [`Les::heed`] what [`Les::seen_buffer`] holds later on.
    pub fn record(&mut self, pass: &mut wgpu::ComputePass<'_>, steps: u32) {
        (0..steps * self.parts).for_each(|_| self.launches.step.iter().for_each(|d| d.encode(pass)));
        self.launches.sums.encode(pass);
        self.count += u64::from(steps);
        self.unheeded += steps;
    }

    /// Bits of the largest speeds and eddy viscosities since [`Les::forget_seen`], and of the modes' sums.
    pub fn seen_buffer(&self) -> &wgpu::Buffer {
        &self.held.seen
    }

    /// Records that the largest values are looked for anew.
    pub fn forget_seen(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.clear_buffer(&self.held.seen, 0, None);
    }

    /// Follows a flow that gets faster or slower. `bits` are the words of [`Les::seen_buffer`].
    ///
    /// # Errors
    /// [`crate::Error::Run`] where a value is not finite, a step was not stable, or enstrophy grew.
    pub fn heed(&mut self, bits: &[u32]) -> Result<()> {
        let seen = Seen::of(bits);
        if !seen.is_finite() {
            return Err(self.watch().not_finite(1));
        }
        let rate = self.watch().rate(seen.first);
        if rate == 0.0 {
            // No step was recorded since.
            return Ok(());
        }
        self.note(seen.first);
        if self.options.dt * rate > f64::from(self.parts) {
            return Err(self.watch().too_fast(seen.first));
        }
        let steps = std::mem::take(&mut self.unheeded);
        self.weigh(&seen, steps)?;
        self.lead(rate);
        Ok(())
    }

    /// Half as many parts again as a rate needs.
    fn lead(&mut self, rate: f64) {
        let parts = (1.5 * self.options.dt * rate).ceil().clamp(1.0, f64::from(self.options.substeps)) as u32;
        if parts != self.parts {
            self.divide(parts);
        }
    }

    /// Asks how fast the flow is: the words are for [`Les::take_first`].
    pub fn ask_first(&self) -> Ticket<Vec<u32>> {
        self.held.see_nothing(&self.context);
        self.submit(|pass, les| [&les.launches.step[0], &les.launches.sums].iter().for_each(|d| d.encode(pass)));
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let ticket = self.context.readbacks().ask(&mut encoder, &[self.held.seen.slice(..)]);
        self.context.queue.submit([encoder.finish()]);
        self.held.see_nothing(&self.context);
        ticket.then(first)
    }

    /// Takes the words that were asked for with [`Les::ask_first`], so that the first recorded step has the parts it needs.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where a value is not finite, or the flow is too fast for the most parts.
    pub fn take_first(&mut self, words: &[u32]) -> Result<()> {
        let now = Seen::of(words);
        if !now.first.is_finite() {
            return Err(self.watch().not_finite(1));
        }
        self.floor = Some(Floor::new(now.sums));
        self.note(now.first);
        if self.options.dt * self.rate > f64::from(self.options.substeps) {
            return Err(self.watch().too_fast(now.first));
        }
        self.lead(self.rate);
        Ok(())
    }

    /// Another time step and viscosity for the steps recorded from now on.
    pub fn retime(&mut self, dt: f64, nu0: f64) {
        if (dt, nu0) == (self.options.dt, self.options.nu0) {
            return;
        }
        (self.options.dt, self.options.nu0) = (dt, nu0);
        for stage in &mut self.stages {
            let value = LesStage { nu0: nu0 as f32, ..*stage.value() };
            stage.set(&self.context.queue, value);
        }
        self.divide(self.parts);
        self.lead(self.rate);
    }
}
