// omega -> (u, v) on the grid, pass 1 of 3: transform each row of the real field.

#import shared/complex.wgsl
#import shared/line.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> field: array<f32>;
@group(0) @binding(2) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x * N;
    for (var i = lane; i < N; i += LANES) {
        line[i] = vec2<f32>(field[row + i], 0.0);
    }
    let begin = transform(lane, false);
    for (var i = lane; i < N; i += LANES) {
        spectrum[row + i] = line[begin + i];
    }
}
