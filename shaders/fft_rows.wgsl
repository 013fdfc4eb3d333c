// Real 2-D transform, pass 1: two real rows in one complex transform,
//
//   X = F(a + i b),   A(k) = (X(k) + conj X(N - k)) / 2,   B(k) = (X(k) - conj X(N - k)) / 2i
//
// stored by columns, [kx][y], 0 <= kx <= N/2.

#import shared/complex.wgsl
#import shared/fft.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> field: array<f32>;
// rows y and y + 1 together
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec4<f32>>;

fn store(row: u32, lane: u32, q: u32) {
    let x = v[q];
    let m = mirrored[q];
    let pair = 0.5 * vec4<f32>(x.x + m.x, x.y - m.y, x.y + m.y, m.x - x.x);
    spectrum[((lane + q * LANES) * N + row) / 2u] = pair;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let row = 2u * (group.x * SLOTS + slot);
    let i = row * N + lane;
    for (var q = 0u; q < 8u; q++) {
        // Rows `row` and `row + 1` of the field.
        v[q] = vec2<f32>(field[i + q * LANES], field[i + N + q * LANES]);
    }
    transform(lane, slot);
    mirror(lane, slot);
    for (var q = 0u; q < 4u; q++) {
        store(row, lane, q);
    }
    if lane == 0u {
        // X(N/2): both are real.
        spectrum[(N / 2u * N + row) / 2u] = vec4<f32>(v[4].x, 0.0, v[4].y, 0.0);
    }
}
