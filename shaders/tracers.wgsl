// Dye particles: midpoint rule through the gridded velocity, bilinear in space, plus the mean flow.

#import shared/torus.wgsl

struct Tracers {
    drift: vec2<f32>,
    dt: f32,
    // side of the velocity grid
    side: u32,
    count: u32,
    // threads in a row of workgroups
    row: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<storage, read> tracers: Tracers;
// [u, v] on the nodes: a texture, as software adapters read a buffer lane by lane
@group(0) @binding(1) var velocity: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> places: array<vec2<u32>>;

fn at_node(node: vec2<u32>) -> vec2<f32> {
    return textureLoad(velocity, node, 0).xy;
}

fn velocity_at(place: vec2<u32>, n: u32, drift: vec2<f32>) -> vec2<f32> {
    // Grid sides are powers of two: the top bits are the cell, the rest the fraction.
    let shift = 32u - firstTrailingBit(n);
    let cell = place >> vec2<u32>(shift);
    let f = vec2<f32>(place << vec2<u32>(32u - shift)) * 2.3283064e-10;
    let next = (cell + vec2<u32>(1u)) & vec2<u32>(n - 1u);
    let low = mix(at_node(cell), at_node(vec2<u32>(next.x, cell.y)), f.x);
    let high = mix(at_node(vec2<u32>(cell.x, next.y)), at_node(next), f.x);
    return mix(low, high, f.y) + drift;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let move_on = tracers;
    let i = id.y * move_on.row + id.x;
    if i >= move_on.count {
        return;
    }
    let here = places[i];
    let middle = moved(here, 0.5 * move_on.dt * velocity_at(here, move_on.side, move_on.drift));
    places[i] = moved(here, move_on.dt * velocity_at(middle, move_on.side, move_on.drift));
}
