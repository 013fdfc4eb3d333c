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

// Whether a texture of flow lines lies over the field, and dye: what a pipeline leaves out costs a software adapter
// nothing, where a branch costs it both ways.
override LINES: bool = true;
override DYE: bool = true;
// Colour of cells that are not finite.
override NAN_R: f32 = 1.0;
override NAN_G: f32 = 0.0;
override NAN_B: f32 = 1.0;

const MAGNITUDE: u32 = 1u;
const CARRIER: u32 = 2u;

// Whatever is the same for all pixels is read at the corners: a software adapter reads a buffer pixel by pixel.
struct Corner {
    @builtin(position) position: vec4<f32>,
    // on the field's texture, 1 a side
    @location(0) at: vec2<f32>,
    // pixels of the canvas, rows from the bottom
    @location(1) pixel: vec2<f32>,
    // where the field's texture ends: low, high
    @location(2) @interpolate(flat) ends: vec4<f32>,
    // threshold of the carrier, opacity of a particle, particles of a unit of the counts, strength of the lines
    @location(3) @interpolate(flat) shares: vec4<f32>,
    // 1 / size of the canvas
    @location(4) @interpolate(flat) whole: vec2<f32>,
    // mapping, pixels in a row
    @location(5) @interpolate(flat) codes: vec2<u32>,
}

@vertex
fn vertex(@builtin(vertex_index) i: u32) -> Corner {
    // One triangle that covers the canvas.
    let at = vec2<f32>(f32((i << 1u) & 2u), f32(i & 2u)) * 2.0 - 1.0;
    // Nodes from the window's corner; a window of the whole box wraps, a smaller one ends.
    let size = vec2<f32>(window.size);
    let spacing = (vec2<f32>(window.step) + vec2<f32>(window.rest) / size) * RADIANS_PER_UNIT;
    let wraps = vec2<bool>(spacing.x * size.x > 6.28318, spacing.y * size.y > 6.28318);
    let corner = offset_between(window.origin, view.center);
    let middle = select(corner, corner + 2.0 * PI, corner < vec2<f32>(0.0));
    var out: Corner;
    out.position = vec4<f32>(at, 0.0, 1.0);
    out.at = ((middle + at * view.half_extent) / spacing + 0.5) / size;
    out.pixel = (0.5 + 0.5 * at) * view.size_px;
    // The sampler repeats; an axis that ends is held at its last node.
    out.ends = vec4<f32>(select(0.5 / size, vec2<f32>(-1e9), wraps), select(1.0 - 0.5 / size, vec2<f32>(1e9), wraps));
    out.shares = vec4<f32>(view.threshold, view.tracer_alpha, view.dye_unit, view.lines);
    out.whole = 1.0 / view.size_px;
    out.codes = vec2<u32>(view.mapping, u32(view.size_px.x));
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let at = clamp(in.at, in.ends.xy, in.ends.zw);
    let value = textureSampleLevel(field, smooth_repeat, at, 0.0).x;
    let threefold = select(0.5, select(0.0, 1.0, value > 0.0), abs(value) > in.shares.x);
    let plain = select(0.5 + 0.5 * value, value, in.codes.x == MAGNITUDE);
    let t = clamp(select(plain, threefold, in.codes.x == CARRIER), 0.0, 1.0);
    let mapped = textureSampleLevel(colors, smooth_repeat, vec2<f32>((0.5 + 255.0 * t) / 256.0, 0.5), 0.0).xyz;
    var color = select(vec3<f32>(NAN_R, NAN_G, NAN_B), mapped, abs(value) < 3.0e38);
    if LINES {
        let line = textureSampleLevel(lines, smooth_repeat, in.pixel * in.whole, 0.0).x - 0.5;
        // Light on dark colours, dark on light ones, both on those between.
        let strength = in.shares.w;
        color = clamp(color * (1.0 + 0.9 * strength * line) + 0.34 * strength * line, vec3<f32>(0.0), vec3<f32>(1.0));
    }
    if DYE {
        let counts = dye[u32(in.pixel.y) * in.codes.y + min(u32(in.pixel.x), in.codes.y - 1u)];
        let first = in.shares.z * f32(counts & 0xffffu);
        let second = in.shares.z * f32(counts >> 16u);
        let share = second / max(first + second, 1e-3);
        let shade = mix(vec3<f32>(0.90, 0.93, 0.98), vec3<f32>(1.0, 0.80, 0.46), share);
        let depth = in.shares.y * (first + second);
        color = mix(color, shade, depth / (1.0 + depth));
    }
    return vec4<f32>(srgb_to_target(color), 1.0);
}
