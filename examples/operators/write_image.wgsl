// rgba = colour(omega / limit): white at zero, red above, blue below; one u32 a cell, red in the lowest byte.
override limit: f32 = 1.0;

@group(0) @binding(0) var<storage, read> field: array<f32>;
@group(0) @binding(1) var<storage, read_write> same: array<f32>;
@group(0) @binding(2) var<storage, read_write> image: array<u32>;
@group(0) @binding(3) var<storage, read> shape: array<u32, 4>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= shape[0] || id.y >= shape[1] {
        return;
    }
    let at = id.y * shape[3] + id.x;
    let omega = field[at];
    let x = clamp(omega / limit, -1.0, 1.0);
    let white = 1.0 - abs(x);
    let rgb = vec3<u32>(round(255.0 * select(vec3<f32>(white, white, 1.0), vec3<f32>(1.0, white, white), x >= 0.0)));
    image[at] = rgb.x | (rgb.y << 8u) | (rgb.z << 16u) | 0xff000000u;
    same[at] = omega;
}
