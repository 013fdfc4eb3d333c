// omega' = (1 - blend) omega + blend gain (Y - 16)/219: of an NV12 frame the luma plane, width x height bytes, comes first.
override width: u32 = 32u;
override height: u32 = 32u;
override gain: f32 = 1.0;
override blend: f32 = 1.0;

@group(0) @binding(0) var<storage, read> field: array<f32>;
@group(0) @binding(1) var<storage, read_write> mixed: array<f32>;
@group(0) @binding(2) var<storage, read> frame: array<u32>;
@group(0) @binding(3) var<storage, read> shape: array<u32, 4>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= shape[0] || id.y >= shape[1] {
        return;
    }
    let pixel = vec2<u32>(id.x * width / shape[0], height - 1u - id.y * height / shape[1]);
    let byte = pixel.y * width + pixel.x;
    let luma = f32((frame[byte / 4u] >> (8u * (byte % 4u))) & 0xffu);
    let at = id.y * shape[3] + id.x;
    mixed[at] = (1.0 - blend) * field[at] + blend * gain * (luma - 16.0) / 219.0;
}
