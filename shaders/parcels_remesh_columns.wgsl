// Vorticity of parcels on the nodes, pass 2 of 3 of its transforms: each column is multiplied by
// E(k)/b(k) and by what viscosity left since the parcels began, exp(-nu k^2 t). With SHOWN the vorticity as it is,
// as coefficients of cubic B-splines: E(k)/(b(k) c(k)); a background that the parcels carry, too, is left out of it up to RADIUS.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/wavenumber.wgsl
#import shared/parcels.wgsl
#import shared/parcels_filter.wgsl
#import shared/background.wgsl

override SHOWN: bool = false;
override RADIUS: i32 = -1;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> parcels: Parcels;
// (1 / b, 1 / c) along one axis, entry |k|: transforms of the quintic and the cubic splines sampled on the nodes
@group(0) @binding(2) var<storage, read> sharpen: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> spectrum: array<vec2<f32>>;
// Hermitian square of the background, row ky
@group(0) @binding(4) var<storage, read> modes: array<vec2<f32>>;

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
    let kx = wavenumber(column);
    for (var q = 0u; q < 8u; q++) {
        let ky = wavenumber(lane + q * LANES);
        let k2 = kx * kx + ky * ky;
        let sharp = sharpen[u32(abs(kx))] * sharpen[u32(abs(ky))];
        v[q] *= sharp.x * edge_at(k2) * select(exp(-parcels.decay * k2), sharp.y, SHOWN);
        let at = vec2<i32>(i32(kx), i32(ky));
        if abs(at.x) <= RADIUS && abs(at.y) <= RADIUS {
            v[q] -= sharp.y * modes[mode_index(at, RADIUS)];
        }
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        spectrum[i + q * LANES * N] = v[q];
    }
}
