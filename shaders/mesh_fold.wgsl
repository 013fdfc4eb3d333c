// Mesh velocity: each column of a coarse level is transformed and smoothed by the level's shared width.

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
        line[j] = spectrum[BASE + j * N + group.x];
    }
    let begin = transform(lane, false);
    let kx = wavenumber(group.x);
    for (var j = lane; j < N; j += LANES) {
        spectrum[BASE + j * N + group.x] = line[begin + j] * smoothing(mesh.shared2, kx, wavenumber(j));
    }
}
