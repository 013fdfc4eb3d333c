//! The pass.

use crate::{
    error::Result,
    gpu::{Context, Dispatch},
    ops::buffers::AtomBuffers,
};

/// Blobs of the places of this stage.
///
/// # Errors
/// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
pub fn pass(context: &Context, b: &AtomBuffers) -> Result<Dispatch> {
    let buffers = [&b.counts, &b.atoms, &b.vertices, &b.places, &b.nodes, &b.blobs];
    Ok(b.over_vertices(Dispatch::new(context, "quadrature", &[], &buffers, [1, 1, 1])?))
}
