// Mesh velocity: each row of a level is transformed, and its whole numbers cleared for the next round.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/mesh.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> grid: array<i32>;
@group(0) @binding(3) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let i = BASE + (group.x * SLOTS + slot) * N + lane;
    for (var q = 0u; q < 8u; q++) {
        // The whole numbers of place i, and zero for the next round.
        v[q] = vec2<f32>(f32(grid[i + q * LANES]) * mesh.amplitude, 0.0);
        grid[i + q * LANES] = 0;
    }
    transform(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        spectrum[i + q * LANES] = v[q];
    }
}
