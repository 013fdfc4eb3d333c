// Mesh velocity: each column of a coarse level is transformed and smoothed by the level's shared width.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

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
    for (var q = 0u; q < 8u; q++) {
        v[q] = spectrum[i + q * LANES * N];
    }
    transform(lane, slot);
    let kx = wavenumber(column);
    for (var q = 0u; q < 8u; q++) {
        store(i, kx, lane, q);
    }
}
