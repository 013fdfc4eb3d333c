// Velocity as arrows on a lattice of the canvas: the length says the speed, the middle stands on the lattice.

#import shared/torus.wgsl
#import shared/view.wgsl
#import shared/flow.wgsl

@group(0) @binding(0) var<storage, read> view: View;
@group(0) @binding(1) var<storage, read> velocity: array<vec2<f32>>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    // pixels from the arrow's middle, along it and across it
    @location(0) at: vec2<f32>,
    // its half length
    @location(1) @interpolate(flat) half_length: f32,
    // pixels between arrows over the usual ones; read at the corners, as a software adapter reads a buffer pixel by pixel
    @location(2) @interpolate(flat) scale: f32,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Corner {
    let turn = index % 6u;
    let corner = select(turn, 6u - turn, turn >= 3u);
    let columns = u32(ceil(view.size_px.x / view.arrow_px));
    let node = vec2<u32>((index / 6u) % columns, (index / 6u) / columns);
    // The lattice is centred on the canvas.
    let lattice = vec2<f32>(f32(columns), ceil(view.size_px.y / view.arrow_px));
    let middle = (vec2<f32>(node) - 0.5 * (lattice - 1.0)) * view.arrow_px;
    let u = velocity_at(place_under(middle));
    let speed = length(u);
    // Three times the usual speed is as long as arrows get.
    let half_length = 0.46 * view.arrow_px * min(speed / max(view.arrow_speed, 1e-20), 1.0);
    let along = u / max(speed, 1e-20);
    let across = vec2<f32>(-along.y, along.x);
    let pad = 0.17 * view.arrow_px + 1.5;
    let side = select(-pad, pad, (corner & 1u) == 1u);
    let end = select(-1.0, 1.0, (corner & 2u) == 2u) * (half_length + 1.5);
    var out = Corner(vec4<f32>(2.0, 2.0, 0.0, 1.0), vec2<f32>(end, side), half_length, view.arrow_px / 30.0);
    // Shorter than a dot's width says nothing.
    if half_length > 0.5 {
        out.position = vec4<f32>((middle + along * end + across * side) / (0.5 * view.size_px), 0.0, 1.0);
    }
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let l = in.half_length;
    let scale = in.scale;
    let head = min(7.0 * scale, 1.2 * l);
    let at = vec2<f32>(in.at.x, abs(in.at.y));
    // Distances outside the shaft and outside the head, pixels.
    let shaft = max(abs(at.x + 0.5 * head) - (l - 0.5 * head), at.y - 0.65 * scale);
    let slope = 0.42;
    let tip = max((at.y - slope * (l - at.x)) / sqrt(1.0 + slope * slope), l - head - at.x);
    let outside = min(shaft, tip);
    let cover = clamp(0.5 - outside, 0.0, 1.0);
    let rim = clamp(1.7 - outside, 0.0, 1.0);
    // A dark rim keeps the light arrow legible on any colour.
    let color = mix(vec3<f32>(0.04, 0.05, 0.07), vec3<f32>(0.97), cover / max(rim, 1e-4));
    return vec4<f32>(srgb_to_target(color), rim * (0.35 + 0.55 * cover));
}
