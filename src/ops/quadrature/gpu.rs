//! The pass.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, dispatch::groups},
    ops::buffers::AtomBuffers,
};

/// Blobs of the places of this stage.
pub fn pass(context: &Context, b: &AtomBuffers) -> Result<Dispatch> {
    let buffers = [&b.counts, &b.atoms, &b.vertices, &b.places, &b.nodes, &b.blobs];
    let count = groups(b.vertex_capacity, super::WORKGROUP.size[0]);
    Dispatch::new(context, "quadrature", &[], &buffers, [count, 1, 1])
}
