// A carrier as numbers: -1, 0 or 1 a cell.
#import shared/ternary.wgsl

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> carrier: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= t.words {
        return;
    }
    let row = id.x / t.stride;
    let first = (id.x % t.stride) * 32u;
    let count = min(32u, t.width - first);
    let word = carrier[id.x];
    for (var bit = 0u; bit < count; bit++) { // turns: 32
        let planes = (word >> vec2<u32>(bit)) & vec2<u32>(1u);
        out[row * t.width + first + bit] = f32(planes.x) - f32(planes.y);
    }
}
