// Mesh velocity: each row of a level is transformed back; u is the real part, v the imaginary one.

#import shared/complex.wgsl
#import shared/line.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = BASE + group.x * N;
    for (var i = lane; i < N; i += LANES) {
        line[i] = spectrum[row + i];
    }
    let begin = transform(lane, true);
    for (var i = lane; i < N; i += LANES) {
        spectrum[row + i] = line[begin + i];
    }
}
