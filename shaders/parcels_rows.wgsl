// Velocity of parcels, pass 1 of 3 of its transforms: each row of what they left on the mesh is
// transformed, and its whole numbers cleared for the next stage. With FIELD, rows of the field of the
// others on the same nodes instead.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/parcels.wgsl

override FIELD: bool = false;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> parcels: Parcels;
// whole numbers, or bits of the field's values
@group(0) @binding(2) var<storage, read_write> grid: array<i32>;
@group(0) @binding(3) var<storage, read_write> spectrum: array<vec2<f32>>;

fn load(i: u32, q: u32) {
    let bits = grid[i + q * LANES];
    let cells = f32(N) * f32(N);
    if FIELD {
        v[q] = vec2<f32>(bitcast<f32>(bits) / cells, 0.0);
    } else {
        v[q] = vec2<f32>(f32(bits) / (parcels.units * cells), 0.0);
        grid[i + q * LANES] = 0;
    }
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let i = (group.x * SLOTS + slot) * N + lane;
    for (var q = 0u; q < 8u; q++) {
        load(i, q);
    }
    transform(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        spectrum[i + q * LANES] = v[q];
    }
}
