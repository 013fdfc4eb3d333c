// Velocity of parcels, pass 2 of 3 of its transforms: each column is multiplied by (kx + i ky) F(k)/k^2 and
// by 1/B for each spline it goes through: there and back for parcels, back alone for a field's own nodes.
// On the way the modes up to RADIUS are added to those of the atoms.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/wavenumber.wgsl
#import shared/parcels_filter.wgsl

override FIELD: bool = false;
override RADIUS: i32 = -1;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
// 1 / B along one axis, entry |k|
@group(0) @binding(1) var<storage, read> sharpen: array<f32>;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;
// ky >= 0, rows of 2 RADIUS + 1
@group(0) @binding(3) var<storage, read_write> amplitudes: array<vec2<f32>>;

fn multiply(column: u32, j: u32, q: u32) {
    let kx = wavenumber(column);
    let ky = wavenumber(j);
    let sharp = sharpen[u32(abs(kx))] * sharpen[u32(abs(ky))];
    let at = vec2<i32>(i32(kx), i32(ky));
    if abs(at.x) <= RADIUS && at.y >= 0 && at.y <= RADIUS && 2u * column != N && 2u * j != N {
        let cell = u32(at.y * (2 * RADIUS + 1) + at.x + RADIUS);
        amplitudes[cell] += select(sharp, 1.0, FIELD) * v[q];
    }
    let factor = select(sharp * sharp, sharp, FIELD) * filter_at(kx * kx + ky * ky);
    v[q] = packed_velocity(v[q], column, j) * factor;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let column = group.x * SLOTS + slot;
    let i = lane * N + column;
    for (var q = 0u; q < 8u; q++) {
        v[q] = spectrum[i + q * LANES * N];
    }
    transform(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        multiply(column, lane + q * LANES, q);
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        spectrum[i + q * LANES * N] = v[q];
    }
}
