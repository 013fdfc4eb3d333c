// Mesh velocity: each column of a coarse level is multiplied, smoothed and transformed back.

#import shared/complex.wgsl
#import shared/line.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var j = lane; j < N; j += LANES) {
        let smooth_part = smoothing(mesh.shared2, wavenumber(group.x), wavenumber(j));
        line[j] = packed_velocity(spectrum[BASE + j * N + group.x], group.x, j) * smooth_part;
    }
    let begin = transform(lane, true);
    for (var j = lane; j < N; j += LANES) {
        spectrum[BASE + j * N + group.x] = line[begin + j];
    }
}
