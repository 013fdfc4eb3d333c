// Majority of K carriers: both signs are counted in bit planes, then compared from the top plane down.
#import shared/ternary.wgsl

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> carriers: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= t.words {
        return;
    }
    let k = t.argument;
    let planes = 32u - countLeadingZeros(k);
    var counts = array<vec2<u32>, 16>();
    for (var j = 0u; j < k; j++) {
        var carry = carriers[j * t.words + id.x];
        for (var b = 0u; b < planes; b++) {
            let count = counts[b];
            counts[b] = count ^ carry;
            carry &= count;
        }
    }
    var sign = vec2<u32>(0u);
    for (var b = planes; b > 0u; b--) {
        sign = larger(sign, counts[b - 1u]);
    }
    out[id.x] = sign;
}
