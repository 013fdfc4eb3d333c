// Real 2-D transform, last pass backward: two rows of half a spectrum each, [kx][y], become two real
// rows as X(k) = A(k) + i B(k), X(N - k) = conj A(k) + i conj B(k).

#import shared/complex.wgsl
#import shared/fft.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
// rows y and y + 1 together
@group(0) @binding(1) var<storage, read> spectrum: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> field: array<f32>;

fn load(row: u32, lane: u32, q: u32) {
    let pair = spectrum[((lane + q * LANES) * N + row) / 2u];
    v[q] = vec2<f32>(pair.x - pair.w, pair.y + pair.z);
    mirrored[q] = vec2<f32>(pair.x + pair.w, pair.z - pair.y);
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
        // The mean and the highest wavenumber of a real row are real.
        v[0] = spectrum[row / 2u].xz;
        v[4] = spectrum[(N / 2u * N + row) / 2u].xz;
    }
    transform_back(lane, slot);
    let i = row * N + lane;
    for (var q = 0u; q < 8u; q++) {
        field[i + q * LANES] = v[q].x;
        field[i + N + q * LANES] = v[q].y;
    }
}
