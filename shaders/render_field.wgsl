// A field through a colour map, and dye and a texture of flow lines over it. Values are interpolated, then coloured.

#import shared/torus.wgsl
#import shared/window.wgsl
#import shared/view.wgsl

@group(0) @binding(0) var<storage, read> view: View;
@group(0) @binding(1) var<storage, read> window: Window;
// values over the range of colours
@group(0) @binding(2) var field: texture_2d<f32>;
@group(0) @binding(3) var smooth_repeat: sampler;
// 256 colours in a row
@group(0) @binding(4) var colors: texture_2d<f32>;
// particles of two colours on each pixel of the canvas; rows from the bottom
@group(0) @binding(5) var<storage, read> dye: array<u32>;
// brightness of the flow lines' texture
@group(0) @binding(6) var lines: texture_2d<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    // -1 .. 1 over the canvas
    @location(0) at: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) i: u32) -> Corner {
    // One triangle that covers the canvas.
    let at = vec2<f32>(f32((i << 1u) & 2u), f32(i & 2u)) * 2.0 - 1.0;
    return Corner(vec4<f32>(at, 0.0, 1.0), at);
}

// Colour of cells that are not finite.
override NAN_R: f32 = 1.0;
override NAN_G: f32 = 0.0;
override NAN_B: f32 = 1.0;

const MAGNITUDE: u32 = 1u;
const CARRIER: u32 = 2u;

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    // Nodes from the window's corner; a window of the whole box wraps, a smaller one ends.
    let size = vec2<f32>(window.size);
    let spacing = (vec2<f32>(window.step) + vec2<f32>(window.rest) / size) * RADIANS_PER_UNIT;
    let whole = vec2<bool>(spacing.x * size.x > 6.28318, spacing.y * size.y > 6.28318);
    let corner = offset_between(window.origin, view.center);
    let middle = select(corner, corner + 2.0 * PI, corner < vec2<f32>(0.0));
    var at = (middle + in.at * view.half_extent) / spacing;
    // The sampler repeats; an axis that ends is held at its last node.
    at = select(clamp(at, vec2<f32>(0.0), size - 1.0), at, whole);
    let value = textureSampleLevel(field, smooth_repeat, (at + 0.5) / size, 0.0).x;
    var t = 0.5 + 0.5 * value;
    if view.mapping == MAGNITUDE {
        t = value;
    } else if view.mapping == CARRIER {
        t = select(0.5, select(0.0, 1.0, value > 0.0), abs(value) > view.threshold);
    }
    t = clamp(t, 0.0, 1.0);
    let mapped = textureSampleLevel(colors, smooth_repeat, vec2<f32>((0.5 + 255.0 * t) / 256.0, 0.5), 0.0).xyz;
    var color = select(vec3<f32>(NAN_R, NAN_G, NAN_B), mapped, abs(value) < 3.0e38);
    if view.lines > 0.0 {
        let line = textureSampleLevel(lines, smooth_repeat, 0.5 + 0.5 * in.at, 0.0).x - 0.5;
        // Light on dark colours, dark on light ones, both on those between.
        color = clamp(color * (1.0 + 0.9 * view.lines * line) + 0.34 * view.lines * line, vec3<f32>(0.0), vec3<f32>(1.0));
    }
    if view.tracer_alpha > 0.0 {
        let pixel = vec2<u32>(min((0.5 + 0.5 * in.at) * view.size_px, view.size_px - 1.0));
        let counts = dye[pixel.y * u32(view.size_px.x) + pixel.x];
        let first = view.dye_unit * f32(counts & 0xffffu);
        let second = view.dye_unit * f32(counts >> 16u);
        let share = second / max(first + second, 1e-3);
        let shade = mix(vec3<f32>(0.90, 0.93, 0.98), vec3<f32>(1.0, 0.80, 0.46), share);
        let depth = view.tracer_alpha * (first + second);
        color = mix(color, shade, depth / (1.0 + depth));
    }
    return vec4<f32>(srgb_to_target(color, view.linear_target), 1.0);
}
