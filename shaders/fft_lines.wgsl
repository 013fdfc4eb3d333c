// 2-D transform: lines stored one after the other, in place. Forward divides by N^2, so that amplitudes do
// not depend on N; backward does not scale.

#import shared/complex.wgsl
#import shared/fft.wgsl

override BACKWARD: bool = false;
override LINES: u32 = 33u;
// First number of the first line.
override BASE: u32 = 0u;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> lines: array<vec2<f32>>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let number = group.x * SLOTS + slot;
    // Threads past the last line keep the others company.
    let i = BASE + min(number, LINES - 1u) * N + lane;
    for (var q = 0u; q < 8u; q++) {
        v[q] = lines[i + q * LANES];
    }
    var scale = 1.0;
    if BACKWARD {
        transform_back(lane, slot);
    } else {
        transform(lane, slot);
        scale = 1.0 / (f32(N) * f32(N));
    }
    if number < LINES {
        for (var q = 0u; q < 8u; q++) {
            lines[i + q * LANES] = scale * v[q];
        }
    }
}
