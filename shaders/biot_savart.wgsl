// Velocity of Gaussian blobs in the doubly periodic box, all pairs, where these are few. With z = X + iY the offset to
// the nearest image and r = |z|, a unit circulation gives
//
//   u - i v = 1/(2 pi i) [ (1 - exp(-r^2 / 2 eps^2)) / z - conj(z)/(4 pi) - z^3 P(z^4) ]
//
// P from the lattice sums G_4n. Sources are split over workgroups in y; each split leaves a
// partial sum that the advection adds in order, so the result never depends on scheduling. Launches that follow one
// another add their tiles to it.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/pairs.wgsl

@group(0) @binding(0) var<storage, read> biot_savart: BiotSavart;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> blobs: array<DeviceBlob>;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec2<f32>>;

var<workgroup> tile: array<DeviceBlob, TILE>;
// bits of the widest eps^2 in the tile
var<workgroup> widest: atomic<u32>;

// Four complex numbers.
struct Complex4 {
    re: vec4<f32>,
    im: vec4<f32>,
}

fn times(a: Complex4, b: Complex4) -> Complex4 {
    return Complex4(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

fn horner(p: Complex4, w: Complex4, c: f32) -> Complex4 {
    return Complex4(p.re * w.re - p.im * w.im + c, p.re * w.im + p.im * w.re);
}

// (1 - exp(-x)) / x without cancellation.
fn filled(x: vec4<f32>) -> vec4<f32> {
    let series = 1.0 - x * (0.5 - x * (1.6666667e-1 - x * 4.1666667e-2));
    return select((1.0 - exp(-x)) / x, series, x < vec4<f32>(0.1));
}

// 2 pi i (u - i v), as complex numbers, of a unit circulation at four offsets z, the core's term
// over the nearest image alone. P is fitted to the square |X|, |Y| <= pi: six terms leave 2.5e-7.
fn kernel(z: Complex4, eps2: vec4<f32>) -> Complex4 {
    let k = 0.5 / eps2;
    let z2 = times(z, z);
    let z4 = times(z2, z2);
    var p = Complex4(1.6969001e-19 * z4.re + 4.06385603e-16, 1.6969001e-19 * z4.im);
    p = horner(p, z4, 6.77482163e-13);
    p = horner(p, z4, 1.04029495e-9);
    p = horner(p, z4, 1.75202036e-6);
    p = horner(p, z4, 2.02189290e-3);
    let smooth_part = times(times(z2, z), p);
    // (1 - exp)/z = conj(z) k filled(k r^2)
    let near = k * filled(k * (z.re * z.re + z.im * z.im)) - 7.95774715e-2;
    return Complex4(z.re * near - smooth_part.re, -z.im * near - smooth_part.im);
}

fn neighbour(w: Complex4, z: Complex4, eps2: vec4<f32>, boxes: vec2<f32>) -> Complex4 {
    let re = z.re + 2.0 * PI * boxes.x;
    let im = z.im + 2.0 * PI * boxes.y;
    let square = re * re + im * im;
    let weight = exp(-0.5 / eps2 * square) / square;
    return Complex4(w.re - re * weight, w.im + im * weight);
}

// What wide cores add through the eight neighbouring images; no loop, for a wide core in each tile is a round each.
fn neighbours(z: Complex4, eps2: vec4<f32>) -> Complex4 {
    var w = Complex4(vec4<f32>(0.0), vec4<f32>(0.0));
    w = neighbour(w, z, eps2, vec2<f32>(-1.0, -1.0));
    w = neighbour(w, z, eps2, vec2<f32>(0.0, -1.0));
    w = neighbour(w, z, eps2, vec2<f32>(1.0, -1.0));
    w = neighbour(w, z, eps2, vec2<f32>(-1.0, 0.0));
    w = neighbour(w, z, eps2, vec2<f32>(1.0, 0.0));
    w = neighbour(w, z, eps2, vec2<f32>(-1.0, 1.0));
    w = neighbour(w, z, eps2, vec2<f32>(0.0, 1.0));
    return neighbour(w, z, eps2, vec2<f32>(1.0, 1.0));
}

// Offsets from a source to the lane's targets.
fn offsets(x: vec4<u32>, y: vec4<u32>, source: vec2<u32>) -> Complex4 {
    return Complex4(
        vec4<f32>(bitcast<vec4<i32>>(x - source.x)) * RADIANS_PER_UNIT,
        vec4<f32>(bitcast<vec4<i32>>(y - source.y)) * RADIANS_PER_UNIT,
    );
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = group.x * TILE * TARGETS;
    // The same for all lanes: many pairs are another kernel's, groups past the last vertex have nothing to do.
    if many_pairs(biot_savart, counts) || first >= counts.vertices || all_done(biot_savart, counts) {
        return;
    }
    var x = vec4<u32>(0u);
    var y = vec4<u32>(0u);
    var eps2 = vec4<f32>(1.0e-2);
    for (var n = 0u; n < TARGETS; n++) {
        let i = first + n * TILE + lane;
        if i < counts.vertices {
            let place = places[i];
            let vertex = vertices[i];
            x[n] = place.x;
            y[n] = place.y;
            eps2[n] = atoms[vertex.atom].eps2 * vertex.core * vertex.core;
        }
    }
    let tiles = tiles_of(biot_savart, counts, group.y);
    var sum = Complex4(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var t = tiles.x; t < tiles.y; t++) { // turns: TILES
        let j = t * TILE + lane;
        var blob = DeviceBlob(vec2<u32>(0u), 0.0, 1.0e-2);
        if j < counts.blobs {
            blob = blobs[j];
        }
        workgroupBarrier();
        if lane == 0u {
            atomicStore(&widest, 0u);
        }
        workgroupBarrier();
        tile[lane] = blob;
        atomicMax(&widest, bitcast<u32>(blob.eps2));
        workgroupBarrier();
        var part = Complex4(vec4<f32>(0.0), vec4<f32>(0.0));
        for (var s = 0u; s < TILE; s += 2u) {
            let even = tile[s];
            let odd = tile[s + 1u];
            let v = kernel(offsets(x, y, even.place), eps2 + even.eps2);
            let w = kernel(offsets(x, y, odd.place), eps2 + odd.eps2);
            part = Complex4(part.re + even.circulation * v.re, part.im + even.circulation * v.im);
            part = Complex4(part.re + odd.circulation * w.re, part.im + odd.circulation * w.im);
        }
        // Rare: tiles without a wide core take no round of this loop.
        let wide = any(eps2 + bitcast<f32>(atomicLoad(&widest)) > vec4<f32>(WIDE_EPS2));
        for (var s = 0u; s < select(0u, TILE, wide); s++) { // turns: 64
            let source = tile[s];
            let joint = eps2 + source.eps2;
            let strength = select(vec4<f32>(0.0), vec4<f32>(source.circulation), joint > vec4<f32>(WIDE_EPS2));
            let w = neighbours(offsets(x, y, source.place), joint);
            part = Complex4(part.re + strength * w.re, part.im + strength * w.im);
        }
        sum = Complex4(sum.re + part.re, sum.im + part.im);
    }
    for (var n = 0u; n < TARGETS; n++) {
        let i = first + n * TILE + lane;
        if i < counts.vertices {
            // w / (2 pi i) = u - i v  =>  u = w.y / 2 pi, v = w.x / 2 pi
            let cell = group.y * biot_savart.stride + i;
            let before = select(vec2<f32>(0.0), velocity[cell], biot_savart.first > 0u);
            velocity[cell] = before + 0.15915494 * vec2<f32>(sum.im[n], sum.re[n]);
        }
    }
}
