// Linear kernel in its eigenbasis: w' = lambda w, step after step, every mode on its own.

#import shared/complex.wgsl

struct KernelModal {
    count: u32,
    steps: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<storage, read> params: KernelModal;
@group(0) @binding(1) var<storage, read> lambda: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> amplitudes: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.count {
        return;
    }
    let factor = lambda[id.x];
    var w = amplitudes[id.x];
    for (var n = 0u; n < params.steps; n++) { // turns: SWEEP
        w = cmul(w, factor);
    }
    amplitudes[id.x] = w;
}
