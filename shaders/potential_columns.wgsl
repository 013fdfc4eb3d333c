// s -> phi on the grid, -lap phi = s, pass 2 of 3: phi_hat = s_hat / k^2. Each column of half the spectrum is
// transformed, divided and transformed back in place.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/wavenumber.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> spectrum: array<vec2<f32>>;

override COLUMNS: u32 = N / 2u + 1u;

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
        let k = vec2<f32>(f32(kx), wavenumber(lane + q * LANES));
        let k2 = dot(k, k);
        // The mean of a source has no potential.
        v[q] *= select(0.0, 1.0 / (k2 * f32(N) * f32(N)), k2 > 0.0);
    }
    transform_back(lane, slot);
    if column < COLUMNS {
        for (var q = 0u; q < 8u; q++) {
            spectrum[i + q * LANES] = v[q];
        }
    }
}
