// trail' = max(|omega|, fade * max of trail over the 3 x 3 periodic neighbours).
override fade: f32 = 0.9;

@group(0) @binding(0) var<storage, read> field: array<f32>;
@group(0) @binding(1) var<storage, read_write> trail: array<f32>;
@group(0) @binding(2) var<storage, read> before: array<f32>;
@group(0) @binding(3) var<storage, read> shape: array<u32, 4>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = vec2<u32>(shape[0], shape[1]);
    if any(id.xy >= size) {
        return;
    }
    var most = 0.0;
    for (var dy = 0u; dy < 3u; dy++) {
        for (var dx = 0u; dx < 3u; dx++) {
            let at = (id.xy + size + vec2<u32>(dx, dy) - 1u) % size;
            most = max(most, before[at.y * shape[3] + at.x]);
        }
    }
    let at = id.y * shape[3] + id.x;
    trail[at] = max(abs(field[at]), fade * most);
}
