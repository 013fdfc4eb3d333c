// Linear kernel: each mode times its factor exp(-nu k^2 dt) exp(i theta_k), theta_k = -k . U dt
// plus the spin; the factors come from the host in double precision.

#import shared/complex.wgsl

@group(0) @binding(0) var<storage, read> factors: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> modes: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&modes) {
        modes[id.x] = cmul(modes[id.x], factors[id.x]);
    }
}
