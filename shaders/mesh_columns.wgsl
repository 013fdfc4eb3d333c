// Mesh velocity: each column of the finest level is transformed, joined with what the coarse levels
// hold of it, handed back to them in full, multiplied and transformed back.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

fn load(i: u32, q: u32) {
    v[q] = spectrum[i + q * LANES * N];
}

// Takes in what the coarse levels that resolve this mode hold of it, hands all of it out to them, and
// leaves the velocity's amplitude.
fn join(column: u32, j: u32, q: u32) {
    let kx = wavenumber(column);
    let ky = wavenumber(j);
    let own = smoothing(mesh.shared2, kx, ky);
    var omega = v[q] * own;
    var base = N * N;
    var side = N / 2u;
    for (var level = 1u; level < mesh.levels; level++) {
        if max(abs(kx), abs(ky)) < 0.5 * f32(side) {
            omega += spectrum[base + (j & (side - 1u)) * side + (column & (side - 1u))];
        }
        base += side * side;
        side /= 2u;
    }
    base = N * N;
    side = N / 2u;
    for (var level = 1u; level < mesh.levels; level++) {
        if max(abs(kx), abs(ky)) < 0.5 * f32(side) {
            spectrum[base + (j & (side - 1u)) * side + (column & (side - 1u))] = omega;
        }
        base += side * side;
        side /= 2u;
    }
    v[q] = packed_velocity(omega, column, j) * own;
}

fn store(i: u32, q: u32) {
    spectrum[i + q * LANES * N] = v[q];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let column = group.x * SLOTS + slot;
    let i = lane * N + column;
    load(i, 0u);
    load(i, 1u);
    load(i, 2u);
    load(i, 3u);
    load(i, 4u);
    load(i, 5u);
    load(i, 6u);
    load(i, 7u);
    transform(lane, slot);
    join(column, lane + 0u * LANES, 0u);
    join(column, lane + 1u * LANES, 1u);
    join(column, lane + 2u * LANES, 2u);
    join(column, lane + 3u * LANES, 3u);
    join(column, lane + 4u * LANES, 4u);
    join(column, lane + 5u * LANES, 5u);
    join(column, lane + 6u * LANES, 6u);
    join(column, lane + 7u * LANES, 7u);
    transform_back(lane, slot);
    store(i, 0u);
    store(i, 1u);
    store(i, 2u);
    store(i, 3u);
    store(i, 4u);
    store(i, 5u);
    store(i, 6u);
    store(i, 7u);
}
