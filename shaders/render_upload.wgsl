// The decoded field as a texture, so that drawing can let the sampler interpolate. Half floats of values over the
// colour range are finer than a colour map of 256 steps; cells that are not finite stay so.

#import shared/window.wgsl
#import shared/view.wgsl

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> field: array<f32>;
@group(0) @binding(2) var image: texture_storage_2d<rgba16float, write>;
@group(0) @binding(3) var<storage, read> view: View;

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read them lane by lane.
    let size = window.size;
    let range = view.range;
    if all(id.xy < size) {
        let value = field[id.y * size.x + id.x] / range;
        let stored = select(value, clamp(value, -65000.0, 65000.0), abs(value) < 3.0e38);
        textureStore(image, id.xy, vec4<f32>(stored, 0.0, 0.0, 1.0));
    }
}
