// Mesh velocity: each row of a level is transformed, and its whole numbers cleared for the next round.

#import shared/complex.wgsl
#import shared/line.wgsl
#import shared/mesh.wgsl

override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mesh: Mesh;
@group(0) @binding(2) var<storage, read_write> grid: array<i32>;
@group(0) @binding(3) var<storage, read_write> spectrum: array<vec2<f32>>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = BASE + group.x * N;
    for (var i = lane; i < N; i += LANES) {
        line[i] = vec2<f32>(f32(grid[row + i]) * mesh.amplitude, 0.0);
        grid[row + i] = 0;
    }
    let begin = transform(lane, false);
    for (var i = lane; i < N; i += LANES) {
        spectrum[row + i] = line[begin + i];
    }
}
