//! The pass.

use super::BiotSavart;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    ops::buffers::AtomBuffers,
};

/// Partial velocities of the vertices at this stage, one for each split of the sources.
pub fn pass(context: &Context, b: &AtomBuffers) -> Result<Dispatch> {
    let value = BiotSavart { stride: b.vertex_capacity as u32, splits: b.splits, ..Default::default() };
    let uniform = Uniform::new(context, "biot_savart", value);
    let buffers = [uniform.buffer(), &b.counts, &b.atoms, &b.vertices, &b.places, &b.blobs, &b.velocity];
    let count = groups(b.vertex_capacity, super::WORKGROUP.size[0]);
    Dispatch::new(context, "biot_savart", &[], &buffers, [count, b.splits, 1])
}
