// sign(x) where |x| > t, else 0. Floats are compared by their bits, which order as whole numbers, so
// subnormal numbers count on every device.
#import shared/ternary.wgsl

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> field: array<u32>;
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
        let x = field[row * t.width + first + bit];
        let over = u32((x & 0x7fffffffu) > t.argument);
        let minus = x >> 31u;
        word |= vec2<u32>(over & ~minus, over & minus) << vec2<u32>(bit);
    }
    out[id.x] = word;
}
