//! The pass.

use super::ModeVelocity;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform},
    ops::buffers::AtomBuffers,
};

/// Velocity of `modes` at the vertices, into the partial sum after the last split.
///
/// # Errors
/// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
pub fn pass(context: &Context, b: &AtomBuffers, modes: &wgpu::Buffer, radius: i32) -> Result<Dispatch> {
    let value = ModeVelocity { radius, base: b.splits * b.vertex_capacity as u32, ..Default::default() };
    let uniform = Uniform::new(context, "mode_velocity", value);
    let buffers = [uniform.buffer(), &b.counts, &b.places, modes, &b.velocity];
    Ok(b.over_vertices(Dispatch::new(context, "mode_velocity", &[], &buffers, [1, 1, 1])?))
}
