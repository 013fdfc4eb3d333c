// Large-eddy simulation: its vorticity on the grid, two rows a transform.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/les.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
// (omega, omega_y), [kx][y]
@group(0) @binding(1) var<storage, read> vorticity: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> field: array<f32>;

fn load(row: u32, lane: u32, q: u32) {
    let kx = lane + q * LANES;
    var a = vec2<f32>(0.0);
    var b = vec2<f32>(0.0);
    if kx <= BAND {
        a = vorticity[kx * N + row].xy;
        b = vorticity[kx * N + row + 1u].xy;
    }
    v[q] = vec2<f32>(a.x - b.y, a.y + b.x);
    mirrored[q] = vec2<f32>(a.x + b.y, b.x - a.y);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let row = 2u * (group.x * SLOTS + slot);
    for (var q = 0u; q < 4u; q++) {
        load(row, lane, q);
    }
    unmirror(lane, slot);
    if lane == 0u {
        v[0] = vec2<f32>(vorticity[row].x, vorticity[row + 1u].x);
        v[4] = vec2<f32>(0.0);
    }
    transform_back(lane, slot);
    let i = row * N + lane;
    for (var q = 0u; q < 8u; q++) {
        field[i + q * LANES] = v[q].x;
        field[i + N + q * LANES] = v[q].y;
    }
}
