// Mesh velocity: each column of a coarse level is transformed and smoothed by the level's shared width.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

fn load(i: u32, q: u32) {
    v[q] = spectrum[i + q * LANES * N];
}

fn store(i: u32, kx: f32, lane: u32, q: u32) {
    let j = lane + q * LANES;
    spectrum[i + q * LANES * N] = v[q] * smoothing(mesh.shared2, kx, wavenumber(j));
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let column = group.x * SLOTS + slot;
    let i = BASE + lane * N + column;
    load(i, 0u);
    load(i, 1u);
    load(i, 2u);
    load(i, 3u);
    load(i, 4u);
    load(i, 5u);
    load(i, 6u);
    load(i, 7u);
    transform(lane, slot);
    let kx = wavenumber(column);
    store(i, kx, lane, 0u);
    store(i, kx, lane, 1u);
    store(i, kx, lane, 2u);
    store(i, kx, lane, 3u);
    store(i, kx, lane, 4u);
    store(i, kx, lane, 5u);
    store(i, kx, lane, 6u);
    store(i, kx, lane, 7u);
}
