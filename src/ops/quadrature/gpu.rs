//! The pass.

use crate::{
    error::Result,
    gpu::{Context, Dispatch},
    ops::buffers::AtomBuffers,
};

/// Blobs of the places of this stage.
pub fn pass(context: &Context, b: &AtomBuffers) -> Result<Dispatch> {
    let buffers = [&b.counts, &b.atoms, &b.vertices, &b.places, &b.nodes, &b.blobs];
    Ok(b.over_vertices(Dispatch::new(context, "quadrature", &[], &buffers, [1, 1, 1])?))
}
