// Gaussian ellipses and the samples they are fitted to; lengths in cells of the sorting.

struct EllipseFit {
    // ellipses
    count: u32,
    // cells a side
    side: u32,
    // tiles of 8 x 8 cells a side
    tiles: u32,
    // samples
    samples: u32,
    // least and largest standard deviation
    least: f32,
    most: f32,
    // sum of squares of the values, mean removed
    energy: f32,
    // entries of a tile's list
    list: u32,
}

struct DeviceEllipse {
    center: vec2<f32>,
    peak: f32,
    pad0: f32,
    // F of S = F F^T: xx, yx, yy
    factor: vec3<f32>,
    pad1: f32,
}

// Standard deviations after which a bell is left out.
const REACH = 4.25;
const TILE = 8u;
const ROOT2 = 1.4142135623730951;

// Places of the numbers that a fit keeps on the device.
const MISFIT = 0u;
const DAMPING = 1u;
const RZ = 2u;
const RESIDUAL_MEAN = 3u;
const IMAGE_MEAN = 4u;
const ACCEPTED = 5u;
// entries that did not find room in a tile's list
const LOST = 6u;
// 1 where the mean of a misfit is free, 0 where it counts as any other wave
const FREE = 7u;

// F^-1 as u1 = s dx, u2 = p dx + q dy.
fn inverse_factor(f: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(1.0 / f.x, -f.y / (f.x * f.z), 1.0 / f.z);
}

fn in_radii(d: vec2<f32>, spq: vec3<f32>) -> vec2<f32> {
    return vec2<f32>(spq.x * d.x, spq.y * d.x + spq.z * d.y);
}

fn nearest_cell(d: vec2<f32>, side: f32) -> vec2<f32> {
    return d - side * round(d / side);
}

// 1/sqrt(pi det F), the norm of the bell.
fn bell_norm(f: vec3<f32>) -> f32 {
    return inverseSqrt(3.141592653589793 * f.x * f.z);
}

// Whether the bell may reach into the tile around `d` from its centre.
fn reaches(d: vec2<f32>, spq: vec3<f32>) -> bool {
    let corner = 0.5 * f32(TILE);
    let size = max(length(in_radii(vec2<f32>(corner, corner), spq)), length(in_radii(vec2<f32>(corner, -corner), spq)));
    return length(in_radii(d, spq)) <= REACH + size;
}
