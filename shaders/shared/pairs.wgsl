// The direct sum of few pairs and of many. Many pairs are split (Ewald) at the width SPLIT: what a vortex
// as wide as that would do goes through the waves |kx|, |ky| <= FAR, the rest falls to 2e-7 at r = pi.

struct BiotSavart {
    // cells of the velocity buffer from one split to the next
    stride: u32,
    splits: u32,
    // vertices x blobs from which the sum is split into pairs and waves
    from_pairs: f32,
    // first tile of sources of this launch; the sums so far are there
    first: u32,
}

// Tiles of sources that a workgroup takes in a launch at most.
override TILES: u32 = 1048576u;

// The tiles of a split in this launch, and the one behind them.
fn tiles_of(b: BiotSavart, c: Counts, split: u32) -> vec2<u32> {
    let all = (c.blobs + TILE - 1u) / TILE;
    let here = min(all - min(b.first, all), TILES * b.splits);
    let share = (here + b.splits - 1u) / b.splits;
    let begin = min(split * share, here);
    return b.first + vec2<u32>(begin, min(begin + share, here));
}

// Whether an earlier launch has taken the last tile.
fn all_done(b: BiotSavart, c: Counts) -> bool {
    return b.first > 0u && b.first * TILE >= c.blobs;
}

// Sources a workgroup looks at together, and targets of one lane.
const TILE: u32 = 64u;
const TARGETS: u32 = 4u;
// Cores wider than this reach past the nearest image.
const WIDE_EPS2: f32 = 0.16;

const SPLIT2: f32 = 0.3249;
const FAR: i32 = 9;
// Waves of one ky, kx = -FAR .. FAR; then ky = 0 .. FAR.
const ROW: u32 = 19u;
const ROWS: u32 = 10u;
// Partial sums of the waves at most, one for so many vertices.
const MOST_CHUNKS: u32 = 128u;
const CHUNK: u32 = 128u;

fn many_pairs(b: BiotSavart, c: Counts) -> bool {
    return f32(c.vertices) * f32(c.blobs) >= b.from_pairs;
}

fn chunks(c: Counts) -> u32 {
    return clamp((c.vertices + CHUNK - 1u) / CHUNK, 1u, MOST_CHUNKS);
}
