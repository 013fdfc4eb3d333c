// Whole numbers clamped to [-1, 1].
#import shared/ternary.wgsl

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> values: array<i32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= t.words {
        return;
    }
    let row = id.x / t.stride;
    let first = (id.x % t.stride) * 32u;
    let count = min(32u, t.width - first);
    var word = vec2<u32>(0u);
    for (var bit = 0u; bit < count; bit++) { // turns: 32
        let value = values[row * t.width + first + bit];
        word |= vec2<u32>(u32(value > 0), u32(value < 0)) << vec2<u32>(bit);
    }
    out[id.x] = word;
}
