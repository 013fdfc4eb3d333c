// The grids of a mesh velocity: a pyramid of sides n, n/2, n/4, ... in one buffer, finest first.

struct Mesh {
    // side of the finest level, a power of two, and how many levels
    side: u32,
    levels: u32,
    // narrowest core the finest level takes as it is, squared
    eta2: f32,
    // standard deviation of the smoothing done in k, in cells, squared
    shared2: f32,
    // widths after which a Gaussian is dropped
    reach: f32,
    // whole numbers on the grid for a unit circulation, and back to amplitudes
    grid_units: f32,
    amplitude: f32,
    // whole numbers for a unit velocity of near pairs, and back
    near_units: f32,
    near_unit: f32,
    // near pairs: bins a side, a power of two, and cells of the list of each class
    bins: u32,
    capacity: u32,
    // vertices x blobs from which the mesh is taken
    from_pairs: f32,
    // the direct sum's splits, and cells of the velocity buffer from one to the next
    splits: u32,
    stride: u32,
    pad0: u32,
    pad1: u32,
}

// Where a core stands: its level, what the mesh takes for eps^2, and its width on the grid in cells.
struct Standing {
    level: u32,
    smoothed: f32,
    width: f32,
}

fn standing(m: Mesh, eps2: f32) -> Standing {
    let smoothed = max(eps2, m.eta2);
    let octave = u32(floor(max(0.5 * log2(smoothed / m.eta2), 0.0)));
    let level = min(octave, m.levels - 1u);
    let cells = f32(m.side >> level) * 0.15915494;
    return Standing(level, smoothed, sqrt(smoothed * cells * cells - m.shared2));
}

// First cell of a level.
fn level_base(m: Mesh, level: u32) -> u32 {
    var base = 0u;
    for (var l = 0u; l < level; l++) {
        base += (m.side >> l) * (m.side >> l);
    }
    return base;
}

// A place on a grid of 2^bits cells: the cell below it and the fraction of a cell past that.
struct OnGrid {
    cell: vec2<u32>,
    fraction: vec2<f32>,
}

fn on_grid(place: vec2<u32>, bits: u32) -> OnGrid {
    return OnGrid(place >> vec2<u32>(32u - bits), vec2<f32>(place << vec2<u32>(bits)) * 2.3283064e-10);
}
