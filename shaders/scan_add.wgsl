// Exclusive prefix sum of pairs, pass 3 of 3: each block adds what stands before it.

@group(0) @binding(0) var<storage, read> sums: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> prefix: array<vec2<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
    if id.x < arrayLength(&prefix) {
        prefix[id.x] += sums[group.x];
    }
}
