// One round of 3 x 3 periodic majority: sums of three along the row, then of three rows, in bit planes.
#import shared/ternary.wgsl

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> carrier: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2<u32>>;

// A sum of three: planes of weight 1 and 2.
struct Sum {
    ones: vec2<u32>,
    twos: vec2<u32>,
}

fn full_adder(a: vec2<u32>, b: vec2<u32>, c: vec2<u32>) -> Sum {
    return Sum(a ^ b ^ c, (a & b) | (c & (a ^ b)));
}

// Left, middle and right of word w of a row.
fn across(row: u32, w: u32) -> Sum {
    let base = row * t.stride;
    let last = t.stride - 1u;
    let end = (t.width - 1u) % 32u;
    let x = carrier[base + w];
    let left = carrier[base + select(w - 1u, last, w == 0u)];
    let right = carrier[base + select(w + 1u, 0u, w == last)];
    let before = (left >> vec2<u32>(select(31u, end, w == 0u))) & vec2<u32>(1u);
    let after = (right & vec2<u32>(1u)) << vec2<u32>(select(31u, end, w == last));
    return full_adder((x << vec2<u32>(1u)) | before, x, (x >> vec2<u32>(1u)) | after);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= t.words {
        return;
    }
    let height = t.words / t.stride;
    let row = id.x / t.stride;
    let w = id.x % t.stride;
    let below = across(select(row - 1u, height - 1u, row == 0u), w);
    let here = across(row, w);
    let above = across(select(row + 1u, 0u, row == height - 1u), w);
    let ones = full_adder(below.ones, here.ones, above.ones);
    let twos = full_adder(below.twos, here.twos, above.twos);
    let more = twos.ones & ones.twos;
    var sign = larger(vec2<u32>(0u), twos.twos & more);
    sign = larger(sign, twos.twos ^ more);
    sign = larger(sign, twos.ones ^ ones.twos);
    sign = larger(sign, ones.ones);
    out[id.x] = sign & vec2<u32>(valid(t, w));
}
