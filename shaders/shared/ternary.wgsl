// Carriers as bit planes: 32 cells a word, x the plane of +1, y the plane of -1. Rows of `stride` words.

struct Ternary {
    width: u32,
    stride: u32,
    words: u32,
    argument: u32,
}

// The valid bits of word w of a row.
fn valid(t: Ternary, w: u32) -> u32 {
    let rest = t.width - w * 32u;
    return select((1u << (rest & 31u)) - 1u, 0xffffffffu, rest >= 32u);
}

// How the counts of + and - compare so far (x: + is larger, y: - is), one plane further down.
fn larger(so_far: vec2<u32>, plane: vec2<u32>) -> vec2<u32> {
    let only = plane & ~plane.yx;
    return so_far | (~so_far.yx & only);
}
