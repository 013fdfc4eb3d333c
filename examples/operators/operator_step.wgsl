// z'_j = sum_i z_i M_ij, M row by row.
@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> next: array<f32>;
@group(0) @binding(2) var<storage, read> m: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let side = arrayLength(&z);
    if id.x >= side {
        return;
    }
    var sum = 0.0;
    for (var i = 0u; i < side; i++) {
        sum += z[i] * m[i * side + id.x];
    }
    next[id.x] = sum;
}
