//! The passes: segments of the atoms, then tiles of nodes.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, dispatch::groups},
    ops::{buffers::AtomBuffers, window::Window},
};

/// Geometry of every segment at the places of this stage; once for all windows. `free` leaves out ellipses
/// that parcels stand for.
pub fn segments(context: &Context, b: &AtomBuffers, free: bool) -> Result<Dispatch> {
    let buffers = [&b.counts, &b.atoms, &b.vertices, &b.places, &b.segments];
    let constants = [("FREE", f64::from(u8::from(free)))];
    Ok(b.over_vertices(Dispatch::new(context, "raster_segments", &constants, &buffers, [1, 1, 1])?))
}

/// Vorticity of the segments on the nodes of a window; `window` is its uniform, `size` its nodes.
pub fn pass(
    context: &Context,
    b: &AtomBuffers,
    window: &wgpu::Buffer,
    value: &Window,
    field: &wgpu::Buffer,
) -> Result<Dispatch> {
    let [x, y] = value.size.map(|n| groups(n as usize, super::TILE));
    Dispatch::new(context, "raster", &[], &[window, &b.counts, &b.segments, field], [x, y, 1])
}
