// saturate(a + b), or saturate(a - b) where `difference` is 1: minus b is b with its planes exchanged.
#import shared/ternary.wgsl

override difference: u32 = 0u;

@group(0) @binding(0) var<storage, read> t: Ternary;
@group(0) @binding(1) var<storage, read> a: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= t.words {
        return;
    }
    let x = a[id.x];
    let y = select(b[id.x], b[id.x].yx, difference == 1u);
    out[id.x] = (x & ~y.yx) | (y & ~x.yx);
}
