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

fn store(i: u32, q: u32) {
    spectrum[i + q * LANES * N] = v[q];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let column = group.x * SLOTS + slot;
    let i = BASE + lane * N + column;
    load(i, column, lane, 0u);
    load(i, column, lane, 1u);
    load(i, column, lane, 2u);
    load(i, column, lane, 3u);
    load(i, column, lane, 4u);
    load(i, column, lane, 5u);
    load(i, column, lane, 6u);
    load(i, column, lane, 7u);
    transform_back(lane, slot);
    store(i, 0u);
    store(i, 1u);
    store(i, 2u);
    store(i, 3u);
    store(i, 4u);
    store(i, 5u);
    store(i, 6u);
    store(i, 7u);
}
