//! The pass.

use super::ModeVelocity;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    ops::buffers::AtomBuffers,
};

/// Velocity of `modes` at the vertices, into the partial sum after the last split.
pub fn pass(context: &Context, b: &AtomBuffers, modes: &wgpu::Buffer, radius: i32) -> Result<Dispatch> {
    let value = ModeVelocity { radius, base: b.splits * b.vertex_capacity as u32, ..Default::default() };
    let uniform = Uniform::new(context, "mode_velocity", value);
    let buffers = [uniform.buffer(), &b.counts, &b.places, modes, &b.velocity];
    let count = groups(b.vertex_capacity, super::WORKGROUP.size[0]);
    Dispatch::new(context, "mode_velocity", &[], &buffers, [count, 1, 1])
}
