// Mesh velocity: each column of the finest level is transformed, joined with what the coarse levels
// hold of it, handed back to them in full, multiplied and transformed back.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

// Takes in what the coarse levels that resolve this mode hold of it, hands all of it out to them, and
// leaves the velocity's amplitude.
fn join(column: u32, j: u32, q: u32) {
    let kx = wavenumber(column);
    let ky = wavenumber(j);
    let own = smoothing(mesh.shared2, kx, ky);
    var omega = v[q] * own;
    var base = N * N;
    var side = N / 2u;
    for (var level = 1u; level < mesh.levels; level++) { // turns: LEVELS
        if max(abs(kx), abs(ky)) < 0.5 * f32(side) {
            omega += spectrum[base + (j & (side - 1u)) * side + (column & (side - 1u))];
        }
        base += side * side;
        side /= 2u;
    }
    base = N * N;
    side = N / 2u;
    for (var level = 1u; level < mesh.levels; level++) { // turns: LEVELS
        if max(abs(kx), abs(ky)) < 0.5 * f32(side) {
            spectrum[base + (j & (side - 1u)) * side + (column & (side - 1u))] = omega;
        }
        base += side * side;
        side /= 2u;
    }
    v[q] = packed_velocity(omega, column, j) * own;
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
        join(column, lane + q * LANES, q);
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        spectrum[i + q * LANES * N] = v[q];
    }
}
