//! The pass.

use super::CoreSpread;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    ops::{buffers::AtomBuffers, device::EPS2_UNITS},
};

/// Widens every core once a step.
pub struct Spread {
    uniform: Uniform<CoreSpread>,
    /// The launch.
    pub pass: Dispatch,
}

impl Spread {
    /// `set` gives it its numbers.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn new(context: &Context, b: &AtomBuffers) -> Result<Self> {
        let uniform = Uniform::new(context, "core_spread", CoreSpread::default());
        let count = groups(b.vertex_capacity, super::WORKGROUP.size[0]);
        let pass = Dispatch::new(context, "core_spread", &[], &[uniform.buffer(), &b.counts, &b.atoms], [count, 1, 1])?;
        Ok(Self { uniform, pass })
    }

    /// Viscosity and step.
    pub fn set(&mut self, context: &Context, nu: f64, dt: f64) {
        let growth = (2.0 * nu * dt * EPS2_UNITS).round() as u64;
        let (growth_high, growth_low) = ((growth >> 32) as u32, growth as u32);
        self.uniform.set(&context.queue, CoreSpread { growth_high, growth_low, ..Default::default() });
    }
}
