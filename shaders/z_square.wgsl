// The field of z as a Hermitian square: omega_hat(k) = (z(k) + conj z(-k)) / 2.

struct ZSquare {
    low: u32,
    kept: u32,
    cells: u32,
    pad0: u32,
}

const ABSENT: u32 = 0xffffffffu;

@group(0) @binding(0) var<storage, read> params: ZSquare;
// storage numbers of k and -k, low modes first
@group(0) @binding(1) var<storage, read> sources: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> z: array<f32>;
@group(0) @binding(3) var<storage, read_write> first: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> second: array<vec2<f32>>;

// Real part at its place in z, imaginary part one block further.
fn stored(number: u32, keep: u32) -> vec2<f32> {
    let is_low = number < params.low;
    let here = select(params.low + 4u + number, number, is_low);
    let next = here + select(params.kept, params.low, is_low);
    let is_there = number != ABSENT && number < params.low + keep;
    let at = select(vec2<u32>(0u), vec2<u32>(here, next), is_there);
    return select(vec2<f32>(0.0), vec2<f32>(z[at.x], z[at.y]), is_there);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.cells {
        return;
    }
    let keep = u32(clamp(round(z[2u * params.low + 3u]), 0.0, f32(params.kept)));
    let source = sources[id.x];
    let value = 0.5 * (stored(source.x, keep) + stored(source.y, keep) * vec2<f32>(1.0, -1.0));
    first[id.x] = value;
    second[id.x] = value;
}
