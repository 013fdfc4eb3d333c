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
    // whole numbers on the grid for a unit circulation, and back to amplitudes: set on the device
    grid_units: f32,
    amplitude: f32,
    // whole numbers for a unit velocity of near pairs, and back
    near_units: f32,
    near_unit: f32,
    // near pairs: bins a side, a power of two
    bins: u32,
    // whole numbers for a unit circulation while it is found out how much meets on a node
    square_units: f32,
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
    for (var l = 0u; l < level; l++) { // turns: LEVELS
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

// Squares of 32 x 32 cells along a side of a level.
fn squares_along(m: Mesh, level: u32) -> u32 {
    return max((m.side >> level) / 32u, 1u);
}

// Bins of 16 x 16 cells along a side of a level, and the bin of a place among those of all levels.
const BIN: u32 = 16u;

fn bins_along(m: Mesh, level: u32) -> u32 {
    return max((m.side >> level) / BIN, 1u);
}

fn bin_of(m: Mesh, level: u32, place: vec2<u32>) -> u32 {
    var base = 0u;
    for (var l = 0u; l < level; l++) { // turns: LEVELS
        base += bins_along(m, l) * bins_along(m, l);
    }
    let along = bins_along(m, level);
    let cell = place >> vec2<u32>(32u - firstTrailingBit(along));
    return base + select(cell.y * along + cell.x, 0u, along == 1u);
}

// Width of the narrowest Gaussian on a grid, in cells, squared.
fn narrowest_width2(m: Mesh) -> f32 {
    let cells = f32(m.side) * 0.15915494;
    return m.eta2 * cells * cells - m.shared2;
}

// Lanes that share a footprint.
const PRINT_LANES: u32 = 16u;

// The nodes that a Gaussian touches, row by row: sixteen lanes take neighbouring ones, so that all are busy
// whatever the width.
struct Footprint {
    // first cell of the level
    base: u32,
    // number of nodes, of those along x and y, and one over those along x
    nodes: u32,
    size: vec2<u32>,
    per_column: f32,
    // lowest node, not yet wrapped around the level, and from the place to it
    corner: vec2<u32>,
    to_corner: vec2<f32>,
    // the Gaussian is 2^(k d^2)
    k: f32,
}

fn footprint(m: Mesh, at: Standing, place: vec2<u32>) -> Footprint {
    let here = on_grid(place, firstTrailingBit(m.side >> at.level));
    let half = m.reach * at.width;
    let low = ceil(here.fraction - half);
    let size = vec2<u32>(floor(here.fraction + half) - low + 1.0);
    let corner = here.cell + bitcast<vec2<u32>>(vec2<i32>(low));
    // 0.72134752 = 1 / 2 ln 2
    let k = -0.72134752 / (at.width * at.width);
    return Footprint(level_base(m, at.level), size.x * size.y, size, 1.0 / f32(size.x), corner, low - here.fraction, k);
}

// Steps from the lowest node to node n.
fn step_to(p: Footprint, n: u32) -> vec2<u32> {
    let j = u32((f32(n) + 0.5) * p.per_column);
    return vec2<u32>(n - j * p.size.x, j);
}

fn fall(p: Footprint, step: vec2<u32>) -> f32 {
    let d = p.to_corner + vec2<f32>(step);
    return exp2(p.k * dot(d, d));
}

// The peak of a blob in whole numbers of the grid, and where its thresholds start.
struct Units {
    peak: f32,
    start: u32,
}

fn whole_numbers(m: Mesh, at: Standing, circulation: f32, place: vec2<u32>) -> Units {
    // 0.15915494 = 1 / 2 pi
    let peak = 0.15915494 * circulation * m.grid_units / (at.width * at.width);
    // A start of the blob's own, and steps of the golden ratio.
    return Units(peak, (place.x ^ (place.y << 7u)) * 2654435769u);
}

// Of node n of the footprint.
fn whole_number(value: f32, start: u32, n: u32) -> i32 {
    let threshold = f32((start + n * 2654435769u) >> 8u) * 5.9604645e-8;
    return i32(floor(value + threshold));
}
