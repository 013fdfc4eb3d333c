// Filaments as capsules of constant pixel width: colour by sign, twist or core, width by circulation.
// A vertex without a segment that is an atom of its own is a disc.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/view.wgsl

@group(0) @binding(0) var<storage, read> seen: View;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    // pixels from the segment's start
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) along: vec2<f32>,
    // half width; sign, or place on the diverging map from -1 to 1; opacity
    @location(2) @interpolate(flat) style: vec3<f32>,
    // what the colour says; read at the corners, as a software adapter reads a buffer pixel by pixel
    @location(3) @interpolate(flat) says: u32,
}

const SIGN: u32 = 0u;
const TWIST: u32 = 1u;

// What the colour says of a segment.
fn shown(atom: DeviceAtom, vertex: DeviceVertex, says: u32) -> f32 {
    // 0.63661977 = 2 / pi: a twist fills the map as the angle it leans by
    let twist = 0.63661977 * atan(vertex.twist);
    let core = clamp(0.5 * log2(vertex.core), -1.0, 1.0);
    return select(select(core, twist, says == TWIST), f32(atom.sign), says == SIGN);
}

// Green below zero, light grey at zero, pink above.
fn diverging(t: f32) -> vec3<f32> {
    let end = select(vec3<f32>(0.22, 0.80, 0.16), vec3<f32>(1.0, 0.22, 0.68), t > 0.0);
    return mix(vec3<f32>(0.88), end, abs(t));
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Corner {
    // Before any branch, after which a software adapter would read it lane by lane.
    let view = seen;
    // Two triangles a segment, not instances: software adapters pay for each instance.
    let instance = index / 6u;
    let turn = index % 6u;
    let corner = select(turn, 6u - turn, turn >= 3u);
    let copies = view.images.x * view.images.y;
    let i = instance / copies;
    var out = Corner(vec4<f32>(2.0, 2.0, 0.0, 1.0), vec2<f32>(0.0), vec2<f32>(0.0), vec3<f32>(0.0), view.filament_color);
    if i >= counts.vertices {
        return out;
    }
    let mine = vertices[i];
    let atom = atoms[mine.atom];
    if (mine.next == i && atom.topology != POINT) || atom.support == 0u {
        return out;
    }
    let px_per_world = 0.5 * view.size_px / view.half_extent;
    let start = (offset_between(view.center, places[i]) + image_offset(instance % copies, view.images)) * px_per_world;
    let along = offset_between(places[i], places[mine.next]) * px_per_world;
    var width = view.filament_px * clamp(0.6 + 0.4 * sqrt(atom.gamma), 0.6, 2.2);
    if atom.topology == POINT {
        width *= 2.2;
    }
    let length = length(along);
    var tangent = vec2<f32>(1.0, 0.0);
    if length > 1e-6 {
        tangent = along / length;
    }
    let normal = vec2<f32>(-tangent.y, tangent.x);
    let pad = width + 1.0;
    let side = select(-1.0, 1.0, (corner & 1u) == 1u);
    let end = select(-pad, length + pad, (corner & 2u) == 2u);
    out.at = tangent * end + normal * (side * pad);
    out.along = along;
    out.style = vec3<f32>(width, shown(atom, mine, view.filament_color), view.filament_alpha);
    out.position = vec4<f32>((start + out.at) / (0.5 * view.size_px), 0.0, 1.0);
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let square = dot(in.along, in.along);
    let t = clamp(dot(in.at, in.along) / max(square, 1e-6), 0.0, 1.0);
    let distance = length(in.at - t * in.along);
    let cover = clamp(in.style.x + 0.5 - distance, 0.0, 1.0);
    let warm = vec3<f32>(1.0, 0.86, 0.70);
    let cool = vec3<f32>(0.74, 0.90, 1.0);
    let by_sign = select(cool, warm, in.style.y > 0.0);
    let color = select(diverging(in.style.y), by_sign, in.says == SIGN);
    return vec4<f32>(srgb_to_target(color), cover * in.style.z);
}
