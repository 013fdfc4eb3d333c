// omega -> (u, v) on the grid, pass 2 of 3. Each column of half the spectrum is transformed, multiplied,
//
//   u_hat = i ky omega_hat / k^2,   v_hat = -i kx omega_hat / k^2,
//
// and both are transformed back. On the way it leaves its share of energy and enstrophy.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/wavenumber.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> spectrum: array<vec2<f32>>;
// (u, v) of each column, [kx][y]
@group(0) @binding(2) var<storage, read_write> velocity: array<vec4<f32>>;
// (1/2 sum |omega_hat|^2 / k^2, 1/2 sum |omega_hat|^2) of a column and its mirror, amplitudes over N^2
@group(0) @binding(3) var<storage, read_write> sums: array<vec2<f32>>;

override COLUMNS: u32 = N / 2u + 1u;

var<private> v_hat: array<vec2<f32>, 8>;
var<private> share: vec2<f32>;

// v[q] becomes the amplitude of u, v_hat[q] that of v.
fn multiply(kx: u32, lane: u32, q: u32) {
    let j = lane + q * LANES;
    let k = vec2<f32>(f32(kx), wavenumber(j));
    let k2 = dot(k, k);
    let omega = v[q] / (f32(N) * f32(N));
    // The highest wavenumber has no signed derivative; the mean has no velocity.
    let signed = k2 > 0.0 && 2u * kx != N && 2u * j != N;
    let factor = select(vec2<f32>(0.0), k / k2, signed);
    share += select(vec2<f32>(0.0), dot(omega, omega) * vec2<f32>(0.5 / k2, 0.5), k2 > 0.0);
    v[q] = factor.y * vec2<f32>(-omega.y, omega.x);
    v_hat[q] = factor.x * vec2<f32>(omega.y, -omega.x);
}

// Keeps u of this place, and takes its v up.
fn turn(q: u32) {
    let u = v[q];
    v[q] = v_hat[q];
    v_hat[q] = u;
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
    share = vec2<f32>(0.0);
    for (var q = 0u; q < 8u; q++) {
        multiply(kx, lane, q);
    }
    workgroupBarrier();
    line[thread] = share.x;
    line[THREADS + thread] = share.y;
    for (var reach = LANES / 2u; reach > 0u; reach /= 2u) { // turns: 10
        workgroupBarrier();
        if lane < reach {
            line[thread] += line[thread + reach];
            line[THREADS + thread] += line[THREADS + thread + reach];
        }
    }
    if lane == 0u && column < COLUMNS {
        let twice = select(2.0, 1.0, kx == 0u || 2u * kx == N);
        sums[kx] = twice * vec2<f32>(line[thread], line[THREADS + thread]);
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        turn(q);
    }
    transform_back(lane, slot);
    if column < COLUMNS {
        for (var q = 0u; q < 8u; q++) {
            velocity[i + q * LANES] = vec4<f32>(v_hat[q], v[q]);
        }
    }
}
