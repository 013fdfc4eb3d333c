//! The passes: segments of the atoms, then tiles of nodes.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    ops::{buffers::AtomBuffers, part::parts, window::Window},
};

/// Geometry of every segment at the places of this stage; once for all windows. `free` leaves out ellipses
/// that parcels stand for; without it they are left out only where the parcels are shown in their place.
///
/// # Errors
/// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
pub fn segments(context: &Context, b: &AtomBuffers, free: bool) -> Result<Dispatch> {
    let buffers = [&b.counts, &b.atoms, &b.vertices, &b.places, &b.segments, &b.shown];
    let constants = [("FREE", f64::from(u8::from(free)))];
    Ok(b.over_vertices(Dispatch::new(context, "raster_segments", &constants, &buffers, [1, 1, 1])?))
}

/// Rounds of a chunk of segments in a tile: each of its batches of 256 is looked at by four turns of a lane and gone
/// through in 8 words for each of three kinds; a segment takes a round, and ten where all its images are near.
const CHUNK_ROUNDS: u32 = 8 * (1 + 5 + 3 * (8 * 2 + 1) + 256 * 11) + 2;

/// Chunks that a launch may take within so many rounds.
pub fn chunks_of_a_launch(rounds: u32) -> u32 {
    (rounds - 100) / CHUNK_ROUNDS
}

/// Vorticity of the segments on the nodes of a window; `window` is its uniform, `value` its nodes.
///
/// # Errors
/// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
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
    let launches = |constants: &[(&str, f64)], lists: [&wgpu::Buffer; 2]| -> Result<Vec<Dispatch>> {
        let chunks = b.vertex_capacity.div_ceil(super::CHUNK);
        let each = parts(chunks, chunks_of_a_launch(context.rounds()));
        each.map(|part| {
            let part = Uniform::new(context, "part of the segments", part);
            let buffers = [window, &b.counts, &b.segments, field, lists[0], lists[1], part.buffer()];
            Dispatch::new(context, "raster", constants, &buffers, [tiles[0], tiles[1], 1])
        })
        .collect()
    };
    let Some(bins) = bins else {
        let nothing = storage::<u32>(context, "no lists", 1)?;
        return launches(&[], [&nothing; 2]);
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
    Ok(std::iter::once(list).chain(launches(&constants, [lists, lengths])?).collect())
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
