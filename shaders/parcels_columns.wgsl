// Velocity of parcels, pass 2 of 3 of its transforms: each column is multiplied by (kx + i ky) F(k)/k^2 and
// by 1/B for each spline it goes through: there and back for parcels, back alone for a field's own nodes.
// On the way the modes up to RADIUS are added to those of the atoms.

#import shared/complex.wgsl
#import shared/line.wgsl
#import shared/wavenumber.wgsl

override FIELD: bool = false;
override RADIUS: i32 = -1;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
// 1 / B along one axis, entry |k|
@group(0) @binding(1) var<storage, read> sharpen: array<f32>;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;
// ky >= 0, rows of 2 RADIUS + 1
@group(0) @binding(3) var<storage, read_write> amplitudes: array<vec2<f32>>;

// exp(-36 (|k| / K)^36), K = N/3.
fn filter_at(k2: f32) -> f32 {
    let x = 9.0 * k2 / (f32(N) * f32(N));
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    return exp(-36.0 * min(x8 * x8 * x2, 3.0));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let kx = wavenumber(group.x);
    for (var j = lane; j < N; j += LANES) {
        line[j] = spectrum[j * N + group.x];
    }
    let begin = transform(lane, false);
    for (var j = lane; j < N; j += LANES) {
        let ky = wavenumber(j);
        let sharp = sharpen[u32(abs(kx))] * sharpen[u32(abs(ky))];
        let at = vec2<i32>(i32(kx), i32(ky));
        if abs(at.x) <= RADIUS && at.y >= 0 && at.y <= RADIUS && 2u * group.x != N && 2u * j != N {
            let cell = u32(at.y * (2 * RADIUS + 1) + at.x + RADIUS);
            amplitudes[cell] += select(sharp, 1.0, FIELD) * line[begin + j];
        }
        let factor = select(sharp * sharp, sharp, FIELD) * filter_at(kx * kx + ky * ky);
        line[begin + j] = packed_velocity(line[begin + j], group.x, j) * factor;
    }
    workgroupBarrier();
    if begin != 0u {
        for (var j = lane; j < N; j += LANES) {
            line[j] = line[begin + j];
        }
    }
    let back = transform(lane, true);
    for (var j = lane; j < N; j += LANES) {
        spectrum[j * N + group.x] = line[back + j];
    }
}
