// omega -> (u, v) on the grid, pass 3 of 3: transform each row back; u is the real part, v the
// imaginary one.

#import shared/complex.wgsl
#import shared/line.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> spectrum: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> velocity: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x * N;
    for (var i = lane; i < N; i += LANES) {
        line[i] = spectrum[row + i];
    }
    let begin = transform(lane, true);
    for (var i = lane; i < N; i += LANES) {
        velocity[row + i] = line[begin + i];
    }
}
