//! The passes.

use super::AtomModes;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    ops::{buffers::AtomBuffers, part::parts},
};

/// Blobs of a batch; its rounds are one, four turns of four blobs each, and one to leave these.
const BATCH: u32 = 16;
const BATCH_ROUNDS: u32 = 6;

/// Batches that a launch may take within so many rounds.
pub fn batches_of_a_launch(rounds: u32) -> u32 {
    ((rounds - 100) / BATCH_ROUNDS).min(1 << 26)
}

/// Amplitudes of the blobs of this stage for `ky >= 0`, `(radius + 1) (2 radius + 1)` of them.
///
/// # Errors
/// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
pub fn passes(context: &Context, b: &AtomBuffers, amplitudes: &wgpu::Buffer, radius: i32) -> Result<Vec<Dispatch>> {
    let blocks = [groups(2 * radius as usize + 1, 16), groups(radius as usize + 1, 16), 1];
    let each = parts(b.blob_capacity, BATCH * batches_of_a_launch(context.rounds()));
    each.map(|part| {
        let value = AtomModes { radius, first: part.first, count: part.count, ..Default::default() };
        let uniform = Uniform::new(context, "atom_modes", value);
        Dispatch::new(context, "atom_modes", &[], &[uniform.buffer(), &b.counts, &b.blobs, amplitudes], blocks)
    })
    .collect()
}
