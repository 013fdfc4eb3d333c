// Curves of strokes that became ellipses: thin dashes, which stretch as the flow stretches the line, and fade where it
// is torn.

#import shared/torus.wgsl
#import shared/view.wgsl

@group(0) @binding(0) var<storage, read> seen: View;
@group(0) @binding(1) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> styles: array<u32>;

// Points of a curve, and of a dash or a gap.
override POINTS: u32;
override DASH: u32;
// Length of a piece that is torn.
override TORN: f32;

const THERE: u32 = 1u;
const CLOCKWISE: u32 = 2u;
const CLOSED: u32 = 4u;

struct Corner {
    @builtin(position) position: vec4<f32>,
    // pixels from the piece's start
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) along: vec2<f32>,
    // half width, sign, opacity
    @location(2) @interpolate(flat) style: vec3<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Corner {
    // Before any branch, after which a software adapter would read it lane by lane.
    let view = seen;
    let instance = index / 6u;
    let turn = index % 6u;
    let corner = select(turn, 6u - turn, turn >= 3u);
    let copies = view.images.x * view.images.y;
    let i = instance / copies;
    let curve = i / POINTS;
    let point = i % POINTS;
    var out = Corner(vec4<f32>(2.0, 2.0, 0.0, 1.0), vec2<f32>(0.0), vec2<f32>(0.0), vec3<f32>(0.0));
    let style = styles[curve];
    let last = point + 1u == POINTS;
    if (style & THERE) == 0u || (point / DASH) % 2u == 1u || (last && (style & CLOSED) == 0u) {
        return out;
    }
    let next = select(i + 1u, curve * POINTS, last);
    let world = offset_between(places[i], places[next]);
    let whole = 1.0 - smoothstep(0.4 * TORN, TORN, length(world));
    let px_per_world = 0.5 * view.size_px / view.half_extent;
    let start = (offset_between(view.center, places[i]) + image_offset(instance % copies, view.images)) * px_per_world;
    let along = world * px_per_world;
    let width = 1.1 * view.filament_px;
    let length = length(along);
    var tangent = vec2<f32>(1.0, 0.0);
    if length > 1e-6 {
        tangent = along / length;
    }
    let normal = vec2<f32>(-tangent.y, tangent.x);
    let pad = width + 2.5;
    let side = select(-1.0, 1.0, (corner & 1u) == 1u);
    let end = select(-pad, length + pad, (corner & 2u) == 2u);
    out.at = tangent * end + normal * (side * pad);
    out.along = along;
    out.style = vec3<f32>(width, select(1.0, -1.0, (style & CLOCKWISE) != 0u), whole);
    out.position = vec4<f32>((start + out.at) / (0.5 * view.size_px), 0.0, 1.0);
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let square = dot(in.along, in.along);
    let t = dot(in.at, in.along) / max(square, 1e-6);
    // A piece ends where the next one begins, so that nothing is painted twice.
    if t < 0.0 || t >= 1.0 {
        discard;
    }
    let distance = length(in.at - t * in.along);
    let line = clamp(in.style.x + 0.5 - distance, 0.0, 1.0);
    let edge = 0.6 * clamp(in.style.x + 1.7 - distance, 0.0, 1.0);
    let warm = vec3<f32>(1.0, 0.86, 0.70);
    let cool = vec3<f32>(0.74, 0.90, 1.0);
    let ink = select(cool, warm, in.style.y > 0.0);
    let cover = max(line, edge);
    let color = mix(vec3<f32>(0.02, 0.03, 0.06), ink, line / max(cover, 1e-3));
    return vec4<f32>(srgb_to_target(color), 0.95 * cover * in.style.z);
}
