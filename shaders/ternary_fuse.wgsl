// Majority of K carriers: both signs are counted in bit planes, then compared from the top plane down.
#import shared/ternary.wgsl

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> carriers: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2<u32>>;

// How often either sign came so far, bit by bit.
var<private> counts: array<vec2<u32>, 16>;

// Adds a carry to plane b; leaves the next.
fn carried(b: u32, carry: vec2<u32>) -> vec2<u32> {
    let count = counts[b];
    counts[b] = count ^ carry;
    return carry & count;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= t.words {
        return;
    }
    let k = t.argument;
    let planes = 32u - countLeadingZeros(k);
    // Two at a time: a half of the sum goes into plane 0, its carries into the planes above.
    for (var j = 0u; j < k; j += 2u) { // turns: CARRIER_PAIRS
        let a = carriers[j * t.words + id.x];
        var b = vec2<u32>(0u);
        if j + 1u < k {
            b = carriers[(j + 1u) * t.words + id.x];
        }
        let low = counts[0];
        counts[0] = low ^ a ^ b;
        var carry = (low & a) | (low & b) | (a & b);
        carry = carried(1u, carry);
        carry = carried(2u, carry);
        carry = carried(3u, carry);
        // The same for all lanes.
        if planes > 4u {
            carry = carried(4u, carry);
            carry = carried(5u, carry);
            carry = carried(6u, carry);
            carry = carried(7u, carry);
        }
        if planes > 8u {
            carry = carried(8u, carry);
            carry = carried(9u, carry);
            carry = carried(10u, carry);
            carry = carried(11u, carry);
        }
        if planes > 12u {
            carry = carried(12u, carry);
            carry = carried(13u, carry);
            carry = carried(14u, carry);
            carry = carried(15u, carry);
        }
    }
    var sign = vec2<u32>(0u);
    for (var b = planes; b > 0u; b--) { // turns: 16
        sign = larger(sign, counts[b - 1u]);
    }
    out[id.x] = sign;
}
