// omega -> strain (a, b) on the grid: a_hat = (ky^2 - kx^2) omega_hat / k^2, b_hat = -2 kx ky omega_hat / k^2. Each
// column of half the spectrum is transformed, multiplied by both and transformed back.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/wavenumber.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> spectrum: array<vec2<f32>>;
// (a, b) of each column, [kx][y]
@group(0) @binding(2) var<storage, read_write> strain: array<vec4<f32>>;

override COLUMNS: u32 = N / 2u + 1u;

var<private> b_hat: array<vec2<f32>, 8>;

// v[q] becomes the amplitude of a, b_hat[q] that of b.
fn multiply(kx: u32, lane: u32, q: u32) {
    let j = lane + q * LANES;
    let k = vec2<f32>(f32(kx), wavenumber(j));
    let k2 = dot(k, k);
    let signed = k2 > 0.0 && 2u * kx != N && 2u * j != N;
    let omega = select(vec2<f32>(0.0), v[q] / (k2 * f32(N) * f32(N)), signed);
    v[q] = (k.y * k.y - k.x * k.x) * omega;
    b_hat[q] = -2.0 * k.x * k.y * omega;
}

// Keeps a of this place, and takes its b up.
fn turn(q: u32) {
    let a = v[q];
    v[q] = b_hat[q];
    b_hat[q] = a;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let column = group.x * SLOTS + slot;
    let kx = min(column, COLUMNS - 1u);
    let i = kx * N + lane;
    for (var q = 0u; q < 8u; q++) {
        v[q] = spectrum[i + q * LANES];
    }
    transform(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        multiply(kx, lane, q);
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        turn(q);
    }
    transform_back(lane, slot);
    if column < COLUMNS {
        for (var q = 0u; q < 8u; q++) {
            strain[i + q * LANES] = vec4<f32>(b_hat[q], v[q]);
        }
    }
}
