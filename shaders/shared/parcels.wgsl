// Fluid parcels on a mesh of side M, a power of two: cubic B-splines there and back, quintic ones for what a remesh and
// pictures read.

struct Parcels {
    // mean flow
    drift: vec2<f32>,
    // time from the step's start to the next stage, and weight of this slope in the step times dt
    reach: f32,
    share: f32,
    // 1 for the first stage, 1 for the last
    first: u32,
    last: u32,
    // side of the mesh and of the lattice the parcels started on
    side: u32,
    // threads in a row of workgroups
    row: u32,
    // whole numbers on the mesh for a unit vorticity
    units: f32,
    // 1 where others than parcels push them, too
    others: u32,
    // nu times the time between remeshes
    decay: f32,
    pad0: u32,
}

// First of four nodes along each axis, and their weights.
struct Stencil {
    first: vec2<u32>,
    x: vec4<f32>,
    y: vec4<f32>,
}

fn spline(t: f32) -> vec4<f32> {
    let s = 1.0 - t;
    let middle = (4.0 - 3.0 * t * t * (1.0 + s)) / 6.0;
    return vec4<f32>(s * s * s / 6.0, middle, (4.0 - 3.0 * s * s * (1.0 + t)) / 6.0, t * t * t / 6.0);
}

fn stencil(place: vec2<u32>, side: u32) -> Stencil {
    let bits = firstTrailingBit(side);
    let fraction = vec2<f32>(place << vec2<u32>(bits)) * 2.3283064e-10;
    return Stencil((place >> vec2<u32>(32u - bits)) - vec2<u32>(1u), spline(fraction.x), spline(fraction.y));
}

// Weights of the quintic B-spline on the six nodes from floor(x) - 2 on.
fn quintic(t: f32) -> array<f32, 6> {
    let s = 1.0 - t;
    let outer = vec2<f32>(s, t);
    let square = outer * outer;
    let ends = square * square * outer;
    let near = 1.0 + 5.0 * outer * (1.0 + 2.0 * square + outer * (2.0 + square - square * outer));
    let middle = 26.0 + 10.0 * outer * (5.0 + outer * (2.0 - 2.0 * outer - 2.0 * square + square * outer));
    let w = array<vec2<f32>, 3>(ends / 120.0, near / 120.0, middle / 120.0);
    return array<f32, 6>(w[0].x, w[1].x, w[2].x, w[2].y, w[1].y, w[0].y);
}
