// Mesh velocity: each column of the finest level is transformed, joined with what the coarse levels
// hold of it, handed back to them in full, multiplied and transformed back.

#import shared/complex.wgsl
#import shared/line.wgsl
#import shared/mesh.wgsl
#import shared/wavenumber.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let kx = wavenumber(group.x);
    for (var j = lane; j < N; j += LANES) {
        line[j] = spectrum[j * N + group.x];
    }
    let begin = transform(lane, false);
    for (var j = lane; j < N; j += LANES) {
        let ky = wavenumber(j);
        let own = smoothing(mesh.shared2, kx, ky);
        var omega = line[begin + j] * own;
        // Twice over the coarse levels that resolve this mode: take in, then hand out.
        var base = N * N;
        var side = N / 2u;
        for (var level = 1u; level < mesh.levels; level++) {
            if max(abs(kx), abs(ky)) < 0.5 * f32(side) {
                omega += spectrum[base + (j & (side - 1u)) * side + (group.x & (side - 1u))];
            }
            base += side * side;
            side /= 2u;
        }
        base = N * N;
        side = N / 2u;
        for (var level = 1u; level < mesh.levels; level++) {
            if max(abs(kx), abs(ky)) < 0.5 * f32(side) {
                spectrum[base + (j & (side - 1u)) * side + (group.x & (side - 1u))] = omega;
            }
            base += side * side;
            side /= 2u;
        }
        line[begin + j] = packed_velocity(omega, group.x, j) * own;
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
