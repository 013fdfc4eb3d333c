// Complex 2-D transform: rows forward, from [y][x] to columns [kx][y], or from there back.

#import shared/complex.wgsl
#import shared/fft.wgsl

override BACKWARD: bool = false;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> lines: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> transformed: array<vec2<f32>>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let row = group.x * SLOTS + slot;
    let i = select(row * N + lane, lane * N + row, BACKWARD);
    let input = select(LANES, LANES * N, BACKWARD);
    v[0] = lines[i];
    v[1] = lines[i + input];
    v[2] = lines[i + 2u * input];
    v[3] = lines[i + 3u * input];
    v[4] = lines[i + 4u * input];
    v[5] = lines[i + 5u * input];
    v[6] = lines[i + 6u * input];
    v[7] = lines[i + 7u * input];
    if BACKWARD {
        transform_back(lane, slot);
    } else {
        transform(lane, slot);
    }
    let o = select(lane * N + row, row * N + lane, BACKWARD);
    let output = select(LANES * N, LANES, BACKWARD);
    transformed[o] = v[0];
    transformed[o + output] = v[1];
    transformed[o + 2u * output] = v[2];
    transformed[o + 3u * output] = v[3];
    transformed[o + 4u * output] = v[4];
    transformed[o + 5u * output] = v[5];
    transformed[o + 6u * output] = v[6];
    transformed[o + 7u * output] = v[7];
}
