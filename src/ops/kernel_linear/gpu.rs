//! The pass; the factors come from the host in double precision.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::storage, dispatch::groups, upload},
};

/// Multiplies every mode by its factor.
pub struct Linear {
    factors: wgpu::Buffer,
    /// The launch.
    pub pass: Dispatch,
}

impl Linear {
    /// For a square of `count` modes.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, modes: &wgpu::Buffer, count: usize) -> Result<Self> {
        let factors = storage::<[f32; 2]>(context, "kernel_linear factors", count)?;
        let blocks = groups(count, super::WORKGROUP.size[0]);
        let pass = Dispatch::new(context, "kernel_linear", &[], &[&factors, modes], [blocks, 1, 1])?;
        Ok(Self { factors, pass })
    }

    /// The factor of every mode. In the order of [`crate::state::Background::dense`], as real and imaginary part.
    pub fn set(&self, context: &Context, factors: &[[f32; 2]]) {
        upload(&context.queue, &self.factors, 0, factors);
    }
}
