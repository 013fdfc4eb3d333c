// Vorticity of all segments on the nodes of a window, closed form. Along a straight segment of
// half length h and core eps, t and n the tangential and normal offsets from its midpoint,
//
//   omega = Gamma / 2h  exp(-n^2 / 2 eps^2) / (sqrt(2 pi) eps)  1/2 [erf((t + h)/sqrt2 eps) - erf((t - h)/sqrt2 eps)]
//
// A workgroup owns a tile of 32 x 32 nodes and gathers: its lanes test 256 segments against
// the tile and leave one bit each; every lane then adds the marked ones in order. No
// float atomics, so the sum never depends on scheduling. Where segments are many, the tile
// looks only at those that raster_bin listed for its group of tiles.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/erf.wgsl
#import shared/segment.wgsl
#import shared/window.wgsl

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> segments: array<DeviceSegment>;
@group(0) @binding(3) var<storage, read_write> field: array<f32>;

// Entries for each group and chunk, and their lengths; one empty list where nothing was listed.
@group(0) @binding(4) var<storage, read> lists: array<u32>;
@group(0) @binding(5) var<storage, read> lengths: array<u32>;

const SIDE: u32 = 32u;
const BATCH: u32 = 256u;
// Tiles of a group and groups of the window along a side; 0 groups where nothing was listed.
override TILES: u32 = 1u;
override GROUPS: u32 = 0u;
// Chunks of segments, CHUNK at most in each.
override CHUNKS: u32 = 1u;
const CHUNK: u32 = 2048u;

var<workgroup> batch: array<DeviceSegment, BATCH>;
var<workgroup> marks: array<atomic<u32>, 8>;

// Mean of exp(-(s + u)^2 / 2) over |u| <= h as a factor on exp(-s^2 / 2), by even Hermite
// polynomials up to order 12; 5e-7 for h <= 1.15, where the difference of two erf would cancel.
fn smeared(s: vec4<f32>, h2: f32) -> vec4<f32> {
    // He_{m+2} = (s^2 - 2m - 1) He_m - m (m - 1) He_{m-2}, even orders only.
    let s2 = s * s;
    let he2 = s2 - 1.0;
    let he4 = (s2 - 5.0) * he2 - 2.0;
    let he6 = (s2 - 9.0) * he4 - 12.0 * he2;
    let he8 = (s2 - 13.0) * he6 - 30.0 * he4;
    let he10 = (s2 - 17.0) * he8 - 56.0 * he6;
    let he12 = (s2 - 21.0) * he10 - 90.0 * he8;
    // h^2n / (2n + 1)!
    return 1.0 + h2 * (he2 / 6.0 + h2 * (he4 / 120.0 + h2 * (he6 / 5040.0 + h2 * (he8 / 362880.0
        + h2 * (he10 / 39916800.0 + h2 * (he12 / 6227020800.0))))));
}

const ELLIPSE_KIND: u32 = 0u;
const SHORT_KIND: u32 = 1u;
const LONG_KIND: u32 = 2u;

// What is the same for all nodes of a block.
struct Shape {
    kind: u32,
    direction: vec2<f32>,
    // 1 / eps across and along
    across: f32,
    along: f32,
    // half length over eps
    h: f32,
    peak: f32,
}

fn shape(segment: DeviceSegment) -> Shape {
    var kind = select(LONG_KIND, SHORT_KIND, segment.half_length < 1.15 * segment.eps);
    kind = select(kind, ELLIPSE_KIND, segment.long_eps > 0.0);
    let across = 1.0 / segment.eps;
    let along = 1.0 / select(segment.eps, segment.long_eps, kind == ELLIPSE_KIND);
    let peak = 0.15915494 * across * along * segment.circulation;
    return Shape(kind, segment.direction, across, along, segment.half_length * across, peak);
}

// One row of a block: vorticity at (dx, dy) from the midpoint. `value` comes in as the peak times
// exp(-d^2 / 2 eps^2) for a short segment, where rows and columns share their exponentials, and as
// the peak alone otherwise. `kind` is the same for all lanes; loops of at most one turn are branches that software adapters
// skip, too.
fn row(a: Shape, dx: vec4<f32>, dy: f32, base: vec4<f32>) -> vec4<f32> {
    let s = (dx * a.direction.x + dy * a.direction.y) * a.along;
    let b = (dx * a.direction.y - dy * a.direction.x) * a.across;
    var value = base;
    for (var turn = 0u; turn < u32(a.kind == SHORT_KIND); turn++) {
        value *= smeared(s, a.h * a.h);
    }
    for (var turn = 0u; turn < u32(a.kind == LONG_KIND); turn++) {
        // 1.2533141 = sqrt(pi / 2)
        let mass = erf(0.70710678 * (s + a.h)) - erf(0.70710678 * (s - a.h));
        value *= exp(-0.5 * b * b) * (1.2533141 / (2.0 * a.h)) * mass;
    }
    for (var turn = 0u; turn < u32(a.kind == ELLIPSE_KIND); turn++) {
        value *= exp(-0.5 * (s * s + b * b));
    }
    return value;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Each lane owns a block of 4 x 4 nodes.
    let corner = group.xy * SIDE;
    let node = corner + 4u * vec2<u32>(lane % 8u, lane / 8u);
    let places = array<vec2<u32>, 4>(
        node_place(window, node),
        node_place(window, node + vec2<u32>(1u)),
        node_place(window, node + vec2<u32>(2u)),
        node_place(window, node + vec2<u32>(3u)),
    );
    let xs = vec4<u32>(places[0].x, places[1].x, places[2].x, places[3].x);
    let ys = vec4<u32>(places[0].y, places[1].y, places[2].y, places[3].y);
    let middle = node_place(window, corner + vec2<u32>(SIDE / 2u));
    let spacing = vec2<f32>(window.step + vec2<u32>(1u)) * RADIANS_PER_UNIT;
    var row0 = vec4<f32>(0.0);
    var row1 = vec4<f32>(0.0);
    var row2 = vec4<f32>(0.0);
    var row3 = vec4<f32>(0.0);
    let list = (group.y / TILES * GROUPS + group.x / TILES) * CHUNKS;
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
        var length = counts.vertices;
        if GROUPS > 0u {
            length = lengths[list + chunk];
        }
        for (var first = 0u; first < length; first += BATCH) {
            if lane < 8u {
                atomicStore(&marks[lane], 0u);
            }
            workgroupBarrier();
            for (var slot = lane; slot < min(BATCH, length - first); slot += 64u) {
                var index = first + slot;
                if GROUPS > 0u {
                    index = lists[(list + chunk) * CHUNK + index];
                }
                let segment = segments[index];
                let limit = reach(segment) + f32(SIDE / 2u + 1u) * spacing;
                if segment.circulation != 0.0 && all(abs(offset_between(segment.place, middle)) <= limit) {
                    batch[slot] = segment;
                    atomicOr(&marks[slot >> 5u], 1u << (slot & 31u));
                }
            }
            workgroupBarrier();
            for (var word = 0u; word < 8u; word++) {
                var bits = atomicLoad(&marks[word]);
                while bits != 0u {
                    let bit = countTrailingZeros(bits);
                    bits &= bits - 1u;
                    let segment = batch[word * 32u + bit];
                    let dx = vec4<f32>(bitcast<vec4<i32>>(xs - segment.place.x)) * RADIANS_PER_UNIT;
                    let dy = vec4<f32>(bitcast<vec4<i32>>(ys - segment.place.y)) * RADIANS_PER_UNIT;
                    let far = reach(segment);
                    // One turn near the segment, nine images for a wide one, none out of reach.
                    let wide = max(far.x, far.y) >= PI;
                    let near = abs(0.5 * (dx.x + dx.w)) <= far.x + 2.0 * spacing.x
                        && abs(0.5 * (dy.x + dy.w)) <= far.y + 2.0 * spacing.y;
                    let turns = select(select(0, 1, near), 9, wide);
                    let a = shape(segment);
                    for (var n = 0; n < turns; n++) {
                        let image = select(vec2<f32>(0.0), 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1)), wide);
                        let x = dx + image.x;
                        let y = dy + image.y;
                        let ex = a.peak * exp(-0.5 * a.across * a.across * x * x);
                        let ey = exp(-0.5 * a.across * a.across * y * y);
                        // A long segment or an ellipse brings its own exponentials, but not the peak.
                        let plain = select(vec4<f32>(a.peak), ex, a.kind == SHORT_KIND);
                        let fall = select(vec4<f32>(1.0), ey, a.kind == SHORT_KIND);
                        row0 += row(a, x, y.x, plain * fall.x);
                        row1 += row(a, x, y.y, plain * fall.y);
                        row2 += row(a, x, y.z, plain * fall.z);
                        row3 += row(a, x, y.w, plain * fall.w);
                    }
                }
            }
            workgroupBarrier();
        }
    }
    write(node, row0);
    write(node + vec2<u32>(0u, 1u), row1);
    write(node + vec2<u32>(0u, 2u), row2);
    write(node + vec2<u32>(0u, 3u), row3);
}

// Four nodes of a row, those inside the window.
fn write(node: vec2<u32>, values: vec4<f32>) {
    for (var n = 0u; n < 4u; n++) {
        if node.x + n < window.size.x && node.y < window.size.y {
            field[node.y * window.size.x + node.x + n] = values[n];
        }
    }
}
