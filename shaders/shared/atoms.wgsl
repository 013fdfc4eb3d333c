// The atoms on the device. A vertex also stands for the segment that starts at it.

struct DeviceAtom {
    support: u32,
    sign: i32,
    gamma: f32,
    eps2: f32,
    // the same in units of 2^-62, 64 bits: the sum of steps far below a unit in the last place
    eps2_high: u32,
    eps2_low: u32,
    // largest eps2 the image sums carry, for its widest segment
    eps2_limit: f32,
    // of an ellipse: long less short variance, which viscosity keeps
    excess: f32,
    angle: f32,
    // chart code: 0 polyline, 4 ellipse; topology code: 0 point, 1 open, 2 closed
    chart: u32,
    topology: u32,
    // its vertices: first .. first + count
    first: u32,
    count: u32,
    // 1 for an ellipse that parcels stand for: it has no blobs
    carried: u32,
}

struct DeviceVertex {
    // whole turns around the torus, so that unwrapped coordinates survive
    winding: vec2<i32>,
    atom: u32,
    // the vertex its segment ends at; itself where there is no segment
    next: u32,
    // share of the atom's circulation in this segment
    weight: f32,
    // local core radius over the atom's
    core: f32,
    twist: f32,
    // quadrature: first blob << 4 | number of blobs
    blobs: u32,
}

struct Counts {
    vertices: u32,
    blobs: u32,
    atoms: u32,
    // vertices the last resampling asked for; more than the capacity means it was refused
    wanted: u32,
    // 1 while insertion is held back by the budget
    held: u32,
    // steps whose displacement was not finite or passed a quarter of the box
    runaway: u32,
    // bits of the largest |omega| of the last decode
    max_abs: u32,
    // cells of the last decode that were not finite
    not_finite: u32,
}

struct DeviceBlob {
    place: vec2<u32>,
    circulation: f32,
    eps2: f32,
}

// Signed circulation of an atom: support x sign x magnitude.
fn strength(atom: DeviceAtom) -> f32 {
    return f32(atom.support) * f32(atom.sign) * atom.gamma;
}

const ELLIPSE: u32 = 4u;
const POINT: u32 = 0u;
const OPEN: u32 = 1u;
const CLOSED: u32 = 2u;
