//! The pass.

use super::BiotSavart;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform},
    ops::buffers::AtomBuffers,
};

/// Partial velocities of the vertices at this stage, one for each split of the sources.
pub fn pass(context: &Context, b: &AtomBuffers) -> Result<Dispatch> {
    let value = BiotSavart { stride: b.vertex_capacity as u32, splits: b.splits, ..Default::default() };
    let uniform = Uniform::new(context, "biot_savart", value);
    let buffers = [uniform.buffer(), &b.counts, &b.atoms, &b.vertices, &b.places, &b.blobs, &b.velocity];
    Ok(b.over_splits(Dispatch::new(context, "biot_savart", &[], &buffers, [1, b.splits, 1])?))
}
