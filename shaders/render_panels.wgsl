// The panels: triangles whose colour is their corners' times that of a texture, alpha premultiplied. Nothing but that:
// a software adapter computes for every pixel what any branch of a shader holds.

#import shared/view.wgsl

// size of the window in points
@group(0) @binding(0) var<storage, read> window_size: vec2<f32>;
@group(0) @binding(1) var image: texture_2d<f32>;
@group(0) @binding(2) var image_sampler: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) color: vec4<f32>,
}

@vertex
fn vertex(@location(0) place: vec2<f32>, @location(1) at: vec2<f32>, @location(2) color: u32) -> Corner {
    let clip = 2.0 * place / window_size - 1.0;
    return Corner(vec4<f32>(clip.x, -clip.y, 0.0, 1.0), at, unpack4x8unorm(color));
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let color = in.color * textureSample(image, image_sampler, in.at);
    return vec4<f32>(srgb_to_target(color.xyz), color.w);
}
