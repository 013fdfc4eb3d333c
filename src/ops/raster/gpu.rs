//! The passes: segments of the atoms, then tiles of nodes.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::storage, dispatch::groups},
    ops::{buffers::AtomBuffers, window::Window},
};

/// Geometry of every segment at the places of this stage; once for all windows. `free` leaves out ellipses
/// that parcels stand for.
pub fn segments(context: &Context, b: &AtomBuffers, free: bool) -> Result<Dispatch> {
    let buffers = [&b.counts, &b.atoms, &b.vertices, &b.places, &b.segments];
    let constants = [("FREE", f64::from(u8::from(free)))];
    Ok(b.over_vertices(Dispatch::new(context, "raster_segments", &constants, &buffers, [1, 1, 1])?))
}

/// Vorticity of the segments on the nodes of a window; `window` is its uniform, `value` its nodes.
pub fn passes(
    context: &Context,
    b: &AtomBuffers,
    window: &wgpu::Buffer,
    value: &Window,
    field: &wgpu::Buffer,
) -> Result<Vec<Dispatch>> {
    let tiles = value.size.map(|n| groups(n as usize, super::TILE));
    // A software adapter has few lanes to feed.
    let many = if context.report.software { 16 * super::MANY } else { super::MANY };
    let bins = if b.vertex_capacity < many { None } else { Bins::new(context, b, tiles)? };
    let Some(bins) = bins else {
        let nothing = storage::<u32>(context, "no lists", 1)?;
        let buffers = [window, &b.counts, &b.segments, field, &nothing, &nothing];
        return Ok(vec![Dispatch::new(context, "raster", &[], &buffers, [tiles[0], tiles[1], 1])?]);
    };
    let Bins { each, chunks, lists, lengths } = &bins;
    let (each, side) = (f64::from(*each), f64::from(super::GROUPS));
    let nodes = [("NODES", each * f64::from(super::TILE)), ("GROUPS", side)];
    let shared = [window, &b.counts, &b.segments];
    let list = Dispatch::new(
        context,
        "raster_bin",
        &nodes,
        &[&shared[..], &[lists, lengths]].concat(),
        [super::GROUPS, super::GROUPS, *chunks],
    )?;
    let constants = [("TILES", each), ("GROUPS", side), ("CHUNKS", f64::from(*chunks))];
    let buffers = [&shared[..], &[field, lists, lengths]].concat();
    Ok(vec![list, Dispatch::new(context, "raster", &constants, &buffers, [tiles[0], tiles[1], 1])?])
}

/// Lists of the segments that reach into each group of tiles.
struct Bins {
    /// Tiles of a group along a side.
    each: u32,
    /// Chunks of segments.
    chunks: u32,
    lists: wgpu::Buffer,
    lengths: wgpu::Buffer,
}

impl Bins {
    /// `None` where the lists would not fit the device, or are no shorter than all segments.
    fn new(context: &Context, b: &AtomBuffers, tiles: [u32; 2]) -> Result<Option<Self>> {
        let each = tiles[0].max(tiles[1]).div_ceil(super::GROUPS);
        let chunks = b.vertex_capacity.div_ceil(super::CHUNK);
        let lists = (super::GROUPS * super::GROUPS) as usize * chunks;
        let limit = context.device.limits().max_storage_buffer_binding_size;
        if (4 * lists * super::CHUNK) as u64 > limit || chunks > 65_535 {
            return Ok(None);
        }
        Ok(Some(Self {
            each,
            chunks: chunks as u32,
            lists: storage::<u32>(context, "segments of each group", lists * super::CHUNK)?,
            lengths: storage::<u32>(context, "lengths of the lists", lists)?,
        }))
    }
}
