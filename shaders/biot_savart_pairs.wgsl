// Many pairs. With (X, Y) the offset to the nearest image, a unit circulation gives
//
//   (u, v) = (-Y, X) / (2 pi r^2) [ exp(-r^2 / 2 S^2) - exp(-r^2 / 2 eps^2) ]
//
// and, smooth, through the waves B(k) of `biot_savart_modes`,
//
//   u = -Im sum ky B exp(i k . x),  v = Im sum kx B exp(i k . x).
//
// Lengths are in fixed-point units, exponents to the base 2: exp(-r^2 / 2 eps^2) = 2^(-r^2 / E). With
// c = r^2 (1/E - 1/E_S) the bracket is 2^(-r^2/E_S) (1 - 2^-c), and one reciprocal, of r^2 E, serves both
// quotients. Sources and waves are split over workgroups in y, as in `biot_savart`.

#import shared/torus.wgsl
#import shared/trig.wgsl
#import shared/atoms.wgsl
#import shared/pairs.wgsl

@group(0) @binding(0) var<storage, read> biot_savart: BiotSavart;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> blobs: array<DeviceBlob>;
@group(0) @binding(6) var<storage, read> waves: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> velocity: array<vec2<f32>>;

// E of a unit eps^2: 2 ln 2 (units a radian)^2.
const UNITS2: f32 = 6.4776196e17;
// 1 / E_S
const INVERSE_SPLIT: f32 = 4.7515450e-18;
// Sources this narrow do not make a tile worth asking about.
const SURELY_NARROW: f32 = 0.02;

// x, y, circulation and E, as bits
var<workgroup> tile: array<vec4<u32>, TILE>;
// bits of the widest eps^2 in the tile, of this turn and the next
var<workgroup> widest: array<atomic<u32>, 2>;
// B of one ky
var<workgroup> row: array<vec2<f32>, ROW>;

// Four targets.
struct Targets {
    x: vec4<u32>,
    y: vec4<u32>,
    // E
    core: vec4<f32>,
}

// Velocities of four targets, or whatever has two components.
struct Pair4 {
    u: vec4<f32>,
    v: vec4<f32>,
}

// What one source adds: sums of circulation x (Y, X) / r^2 x bracket.
fn add(sum: Pair4, at: Targets, s: vec4<u32>) -> Pair4 {
    let x = vec4<f32>(bitcast<vec4<i32>>(at.x - s.x));
    let y = vec4<f32>(bitcast<vec4<i32>>(at.y - s.y));
    // One unit keeps a coincident pair finite; a smooth core does not notice.
    let r2 = x * x + (y * y + 1.0);
    let core = at.core + bitcast<f32>(s.w);
    let inverse = 1.0 / (r2 * core);
    let c = r2 * (r2 * inverse - INVERSE_SPLIT);
    // 1 - 2^-c; a series near zero, where it would cancel.
    let series = c * (0.69314710 - c * (0.24022650 - c * (5.5534116e-2 - c * 9.6215955e-3)));
    let bracket = select(1.0 - exp2(-c), series, abs(c) < vec4<f32>(0.15));
    let f = bitcast<f32>(s.z) * exp2(-INVERSE_SPLIT * r2) * (core * inverse) * bracket;
    return Pair4(sum.u + f * y, sum.v + f * x);
}

fn neighbour(sum: Pair4, offset: Pair4, core: vec4<f32>, strength: vec4<f32>, boxes: vec2<f32>) -> Pair4 {
    let x = offset.u + 4294967296.0 * boxes.x;
    let y = offset.v + 4294967296.0 * boxes.y;
    let r2 = x * x + y * y;
    let f = strength * exp2(-r2 / core) / r2;
    return Pair4(sum.u - f * y, sum.v - f * x);
}

// What wide cores add through the eight neighbouring images, in the same units; no loop, for a wide core in each tile
// is a round each.
fn neighbours(at: Targets, s: vec4<u32>) -> Pair4 {
    let x = vec4<f32>(bitcast<vec4<i32>>(at.x - s.x));
    let y = vec4<f32>(bitcast<vec4<i32>>(at.y - s.y));
    let core = at.core + bitcast<f32>(s.w);
    let strength = select(vec4<f32>(0.0), vec4<f32>(bitcast<f32>(s.z)), core > vec4<f32>(WIDE_EPS2 * UNITS2));
    var sum = Pair4(vec4<f32>(0.0), vec4<f32>(0.0));
    let offset = Pair4(x, y);
    sum = neighbour(sum, offset, core, strength, vec2<f32>(-1.0, -1.0));
    sum = neighbour(sum, offset, core, strength, vec2<f32>(0.0, -1.0));
    sum = neighbour(sum, offset, core, strength, vec2<f32>(1.0, -1.0));
    sum = neighbour(sum, offset, core, strength, vec2<f32>(-1.0, 0.0));
    sum = neighbour(sum, offset, core, strength, vec2<f32>(1.0, 0.0));
    sum = neighbour(sum, offset, core, strength, vec2<f32>(-1.0, 1.0));
    sum = neighbour(sum, offset, core, strength, vec2<f32>(0.0, 1.0));
    return neighbour(sum, offset, core, strength, vec2<f32>(1.0, 1.0));
}

// exp(i phase), one a target.
fn turns(phase: vec4<u32>) -> Pair4 {
    let a = cos_sin_turns(phase.x);
    let b = cos_sin_turns(phase.y);
    let c = cos_sin_turns(phase.z);
    let d = cos_sin_turns(phase.w);
    return Pair4(vec4<f32>(a.x, b.x, c.x, d.x), vec4<f32>(a.y, b.y, c.y, d.y));
}

// Waves of the rows ky = begin, begin + step, ...
fn far(at: Targets, begin: u32, step: u32, lane: u32) -> Pair4 {
    let w = turns(at.x);
    let parts = chunks(counts);
    var sum = Pair4(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var ky = begin; ky < ROWS; ky += step) { // turns: 10
        workgroupBarrier();
        if lane < ROW {
            var b = vec2<f32>(0.0);
            for (var p = 0u; p < parts; p++) { // turns: 128
                b += waves[p * ROWS * ROW + ky * ROW + lane];
            }
            row[lane] = b;
        }
        workgroupBarrier();
        // sum B w^kx and sum kx B w^kx by Horner's rule, down to w^-FAR
        var p = Pair4(vec4<f32>(0.0), vec4<f32>(0.0));
        var q = p;
        for (var i = i32(ROW) - 1; i >= 0; i--) { // turns: 19
            let b = row[i];
            let kx = f32(i - FAR);
            p = Pair4(p.u * w.u - p.v * w.v + b.x, p.u * w.v + p.v * w.u + b.y);
            q = Pair4(q.u * w.u - q.v * w.v + kx * b.x, q.u * w.v + q.v * w.u + kx * b.y);
        }
        let rest = turns(ky * at.y - u32(FAR) * at.x);
        sum = Pair4(
            sum.u - f32(ky) * (p.u * rest.v + p.v * rest.u),
            sum.v + (q.u * rest.v + q.v * rest.u),
        );
    }
    return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = group.x * TILE * TARGETS;
    // The same for all lanes: few pairs are another kernel's, groups past the last vertex have nothing to do.
    if !many_pairs(biot_savart, counts) || first >= counts.vertices || all_done(biot_savart, counts) {
        return;
    }
    var at = Targets(vec4<u32>(0u), vec4<u32>(0u), vec4<f32>(1.0e-2 * UNITS2));
    for (var n = 0u; n < TARGETS; n++) {
        let i = first + n * TILE + lane;
        if i < counts.vertices {
            let place = places[i];
            let vertex = vertices[i];
            at.x[n] = place.x;
            at.y[n] = place.y;
            at.core[n] = atoms[vertex.atom].eps2 * vertex.core * vertex.core * UNITS2;
        }
    }
    if lane < 2u {
        atomicStore(&widest[lane], 0u);
    }
    let tiles = tiles_of(biot_savart, counts, group.y);
    var sum = Pair4(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var t = tiles.x; t < tiles.y; t++) { // turns: TILES
        let j = t * TILE + lane;
        var blob = DeviceBlob(vec2<u32>(0u), 0.0, 1.0e-2);
        if j < counts.blobs {
            blob = blobs[j];
        }
        workgroupBarrier();
        tile[lane] = vec4<u32>(blob.place, bitcast<u32>(blob.circulation), bitcast<u32>(blob.eps2 * UNITS2));
        if blob.eps2 > SURELY_NARROW {
            atomicMax(&widest[t & 1u], bitcast<u32>(blob.eps2));
        }
        workgroupBarrier();
        if lane == 0u {
            atomicStore(&widest[(t + 1u) & 1u], 0u);
        }
        var part = Pair4(vec4<f32>(0.0), vec4<f32>(0.0));
        for (var s = 0u; s < TILE; s += 4u) {
            part = add(part, at, tile[s]);
            part = add(part, at, tile[s + 1u]);
            part = add(part, at, tile[s + 2u]);
            part = add(part, at, tile[s + 3u]);
        }
        // Rare: tiles without a wide core take no round of this loop.
        let most = max(bitcast<f32>(atomicLoad(&widest[t & 1u])), SURELY_NARROW);
        let wide = any(at.core + most * UNITS2 > vec4<f32>(WIDE_EPS2 * UNITS2));
        for (var s = 0u; s < select(0u, TILE, wide); s++) { // turns: 64
            let more = neighbours(at, tile[s]);
            part = Pair4(part.u + more.u, part.v + more.v);
        }
        sum = Pair4(sum.u + part.u, sum.v + part.v);
    }
    // The waves go with the first launch; the same for all lanes.
    var smooth_part = Pair4(vec4<f32>(0.0), vec4<f32>(0.0));
    if biot_savart.first == 0u {
        smooth_part = far(at, group.y, biot_savart.splits, lane);
    }
    for (var n = 0u; n < TARGETS; n++) {
        let i = first + n * TILE + lane;
        if i < counts.vertices {
            // units a radian / 2 pi
            let near = 1.0879279e8 * vec2<f32>(-sum.u[n], sum.v[n]);
            let cell = group.y * biot_savart.stride + i;
            let before = select(vec2<f32>(0.0), velocity[cell], biot_savart.first > 0u);
            velocity[cell] = before + near + vec2<f32>(smooth_part.u[n], smooth_part.v[n]);
        }
    }
}
