// c' = saturate(c - b), 32 cells a word [plus, minus]: minus b is b with its planes exchanged.
@group(0) @binding(0) var<storage, read> carrier: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> change: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> before: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&carrier) {
        return;
    }
    let c = carrier[id.x];
    let b = before[id.x];
    change[id.x] = (c & ~b) | (b.yx & ~c.yx);
    before[id.x] = c;
}
