// Mesh velocity: each column of a coarse level is multiplied, smoothed and transformed back.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

fn load(i: u32, column: u32, lane: u32, q: u32) {
    let j = lane + q * LANES;
    let smooth_part = smoothing(mesh.shared2, wavenumber(column), wavenumber(j));
    v[q] = packed_velocity(spectrum[i + q * LANES * N], column, j) * smooth_part;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let column = group.x * SLOTS + slot;
    let i = BASE + lane * N + column;
    for (var q = 0u; q < 8u; q++) {
        load(i, column, lane, q);
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        spectrum[i + q * LANES * N] = v[q];
    }
}
