// Velocity of Gaussian blobs in the doubly periodic box, all pairs. With z = X + iY the offset to
// the nearest image and r = |z|, a unit circulation gives
//
//   u - i v = 1/(2 pi i) [ (1 - exp(-r^2 / 2 eps^2)) / z - conj(z)/(4 pi) - z^3 P(z^4) ]
//
// P from the lattice sums G_4n. Sources are split over workgroups in y; each split leaves a
// partial sum that the advection adds in order, so the result never depends on scheduling.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/complex.wgsl

struct BiotSavart {
    // cells of `partial` from one split to the next
    stride: u32,
    splits: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<uniform> biot_savart: BiotSavart;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> blobs: array<DeviceBlob>;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec2<f32>>;

const TILE: u32 = 64u;
// Cores wider than this reach past the nearest image.
const WIDE_EPS2: f32 = 0.16;

var<workgroup> tile: array<DeviceBlob, TILE>;
// bits of the widest eps^2 in the tile
var<workgroup> widest: atomic<u32>;

// (1 - exp(-x)) / x without cancellation.
fn filled(x: f32) -> f32 {
    let series = 1.0 - x * (0.5 - x * (1.6666667e-1 - x * 4.1666667e-2));
    return select((1.0 - exp(-x)) / x, series, x < 0.1);
}

// 2 pi i (u - i v), as a complex number, of a unit circulation at offset z, the core's term over
// the nearest image alone. P is fitted to the square |X|, |Y| <= pi: six terms leave 2.5e-7.
fn kernel(z: vec2<f32>, eps2: f32) -> vec2<f32> {
    let k = 0.5 / eps2;
    let z2 = cmul(z, z);
    let z4 = cmul(z2, z2);
    var p = vec2<f32>(1.6969001e-19 * z4.x + 4.06385603e-16, 1.6969001e-19 * z4.y);
    p = cmul(p, z4) + vec2<f32>(6.77482163e-13, 0.0);
    p = cmul(p, z4) + vec2<f32>(1.04029495e-9, 0.0);
    p = cmul(p, z4) + vec2<f32>(1.75202036e-6, 0.0);
    p = cmul(p, z4) + vec2<f32>(2.02189290e-3, 0.0);
    // (1 - exp)/z = conj(z) k filled(k r^2)
    return conj(z) * (k * filled(k * dot(z, z)) - 7.95774715e-2) - cmul(cmul(z2, z), p);
}

// What a wide core adds through the eight neighbouring images.
fn neighbours(z: vec2<f32>, eps2: f32) -> vec2<f32> {
    var w = vec2<f32>(0.0);
    for (var n = 0; n < 9; n++) {
        let image = z + 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1));
        let square = dot(image, image);
        w -= conj(image) * select(exp(-0.5 / eps2 * square) / square, 0.0, n == 4);
    }
    return w;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = group.x * TILE + lane;
    // Whole groups past the last vertex have nothing to do (the test is the same for all lanes).
    if group.x * TILE >= counts.vertices {
        return;
    }
    var here = vec2<u32>(0u);
    var eps2 = 1.0;
    if i < counts.vertices {
        here = places[i];
        let vertex = vertices[i];
        eps2 = atoms[vertex.atom].eps2 * vertex.core * vertex.core;
    }
    let tiles = (counts.blobs + TILE - 1u) / TILE;
    let share = (tiles + biot_savart.splits - 1u) / biot_savart.splits;
    let last = min((group.y + 1u) * share, tiles);
    var sum = vec2<f32>(0.0);
    for (var t = group.y * share; t < last; t++) {
        let j = t * TILE + lane;
        var blob = DeviceBlob(vec2<u32>(0u), 0.0, 1.0);
        if j < counts.blobs {
            blob = blobs[j];
        }
        if lane == 0u {
            atomicStore(&widest, 0u);
        }
        workgroupBarrier();
        tile[lane] = blob;
        atomicMax(&widest, bitcast<u32>(blob.eps2));
        workgroupBarrier();
        var part = vec2<f32>(0.0);
        for (var s = 0u; s < TILE; s++) {
            let source = tile[s];
            part += source.circulation * kernel(offset_between(source.place, here), source.eps2 + eps2);
        }
        // Rare: tiles without a wide core take no round of this loop.
        let rounds = select(0u, TILE, bitcast<f32>(atomicLoad(&widest)) + eps2 > WIDE_EPS2);
        for (var s = 0u; s < rounds; s++) {
            let source = tile[s];
            let joint = source.eps2 + eps2;
            let strength = select(0.0, source.circulation, joint > WIDE_EPS2);
            part += strength * neighbours(offset_between(source.place, here), joint);
        }
        sum += part;
    }
    if i < counts.vertices {
        // w / (2 pi i) = u - i v  =>  u = w.y / 2 pi, v = w.x / 2 pi
        velocity[group.y * biot_savart.stride + i] = 0.15915494 * vec2<f32>(sum.y, sum.x);
    }
}
