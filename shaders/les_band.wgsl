// Large-eddy simulation: its modes out of half a spectrum, without the mean.

#import shared/les.wgsl

override N: u32 = 64u;

@group(0) @binding(0) var<storage, read> spectrum: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> omega: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let height = 2u * BAND + 1u;
    if id.x >= height * (BAND + 1u) {
        return;
    }
    let at = id.x % height;
    let ky = select(at + N - height, at, at <= BAND);
    omega[id.x] = select(vec2<f32>(0.0), spectrum[id.x / height * N + ky], id.x > 0u);
}
