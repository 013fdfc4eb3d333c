// Source of the pressure: -lap p = (a^2 + b^2 - omega^2) / 2, strain less rotation.

@group(0) @binding(0) var<storage, read> omega: array<f32>;
@group(0) @binding(1) var<storage, read> strain: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> source: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.y * groups.x * 64u + id.x;
    if i < arrayLength(&source) {
        source[i] = 0.5 * (dot(strain[i], strain[i]) - omega[i] * omega[i]);
    }
}
