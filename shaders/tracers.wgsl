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
@group(0) @binding(1) var<storage, read> velocity: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> places: array<vec2<u32>>;

fn velocity_at(place: vec2<u32>) -> vec2<f32> {
    let n = tracers.side;
    // Grid sides are powers of two: the top bits are the cell, the rest the fraction.
    let shift = 32u - firstTrailingBit(n);
    let cell = place >> vec2<u32>(shift);
    let f = vec2<f32>(place << vec2<u32>(32u - shift)) * 2.3283064e-10;
    let next = (cell + vec2<u32>(1u)) & vec2<u32>(n - 1u);
    let low = mix(velocity[cell.y * n + cell.x], velocity[cell.y * n + next.x], f.x);
    let high = mix(velocity[next.y * n + cell.x], velocity[next.y * n + next.x], f.x);
    return mix(low, high, f.y) + tracers.drift;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * tracers.row + id.x;
    if i >= tracers.count {
        return;
    }
    let here = places[i];
    let middle = moved(here, 0.5 * tracers.dt * velocity_at(here));
    places[i] = moved(here, tracers.dt * velocity_at(middle));
}
