// omega -> (u, v) on the grid, pass 3 of 3: each row is transformed back, u as the real part of one
// complex row and v as its imaginary part.

#import shared/complex.wgsl
#import shared/fft.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
// (u, v) of each column, [kx][y]
@group(0) @binding(1) var<storage, read> columns: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> velocity: array<vec2<f32>>;

// X(k) = U + i V, X(N - k) = conj U + i conj V.
fn load(i: u32, q: u32) {
    let both = columns[i + q * LANES * N];
    v[q] = vec2<f32>(both.x - both.w, both.y + both.z);
    mirrored[q] = vec2<f32>(both.x + both.w, both.z - both.y);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let row = group.x * SLOTS + slot;
    for (var q = 0u; q < 4u; q++) {
        load(lane * N + row, q);
    }
    unmirror(lane, slot);
    if lane == 0u {
        // The highest wavenumber has no velocity.
        v[4] = vec2<f32>(0.0);
    }
    transform_back(lane, slot);
    let i = row * N + lane;
    for (var q = 0u; q < 8u; q++) {
        velocity[i + q * LANES] = v[q];
    }
}
