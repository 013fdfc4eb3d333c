// Velocity of parcels, pass 1 of 3 of its transforms: each row of what they left on the mesh is
// transformed, and its whole numbers cleared for the next stage. With FIELD, rows of the field of the
// others on the same nodes instead.

#import shared/complex.wgsl
#import shared/line.wgsl
#import shared/parcels.wgsl

override FIELD: bool = false;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> parcels: Parcels;
// whole numbers, or bits of the field's values
@group(0) @binding(2) var<storage, read_write> grid: array<i32>;
@group(0) @binding(3) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x * N;
    let cells = f32(N) * f32(N);
    for (var i = lane; i < N; i += LANES) {
        let bits = grid[row + i];
        if FIELD {
            line[i] = vec2<f32>(bitcast<f32>(bits) / cells, 0.0);
        } else {
            line[i] = vec2<f32>(f32(bits) / (parcels.units * cells), 0.0);
            grid[row + i] = 0;
        }
    }
    let begin = transform(lane, false);
    for (var i = lane; i < N; i += LANES) {
        spectrum[row + i] = line[begin + i];
    }
}
