//! The pass.

use super::AtomModes;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    ops::buffers::AtomBuffers,
};

/// Amplitudes of the blobs of this stage for `ky >= 0`, `(radius + 1) (2 radius + 1)` of them.
pub fn pass(context: &Context, b: &AtomBuffers, amplitudes: &wgpu::Buffer, radius: i32) -> Result<Dispatch> {
    let uniform = Uniform::new(context, "atom_modes", AtomModes { radius, ..Default::default() });
    let (columns, rows) = (groups(2 * radius as usize + 1, 16), groups(radius as usize + 1, 16));
    Dispatch::new(context, "atom_modes", &[], &[uniform.buffer(), &b.counts, &b.blobs, amplitudes], [columns, rows, 1])
}
