// Vorticity of all segments on the nodes of a window, closed form. Along a straight segment of
// half length h and core eps, t and n the tangential and normal offsets from its midpoint,
//
//   omega = Gamma / 2h  exp(-n^2 / 2 eps^2) / (sqrt(2 pi) eps)  1/2 [erf((t + h)/sqrt2 eps) - erf((t - h)/sqrt2 eps)]
//
// A workgroup owns a tile of 32 x 32 nodes and gathers: its lanes test 256 segments against
// the tile and leave one bit each; every lane then adds the marked ones in order, kind by kind.
// No float atomics, so the sum never depends on scheduling. Where segments are many, the tile
// looks only at those that raster_bin listed for its group of tiles. A launch takes so many chunks
// of segments that its loops end on every device, and goes on where the last one stopped.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/erf.wgsl
#import shared/segment.wgsl
#import shared/window.wgsl
#import shared/part.wgsl

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> segments: array<DeviceSegment>;
@group(0) @binding(3) var<storage, read_write> field: array<f32>;

// Entries for each group and chunk, and their lengths; one empty list where nothing was listed.
// Entries for each group and chunk, and their lengths; one empty list where nothing was listed.
@group(0) @binding(4) var<storage, read> lists: array<u32>;
@group(0) @binding(5) var<storage, read> lengths: array<u32>;
// chunks of this launch; those before it are in `field`
@group(0) @binding(6) var<storage, read> part: Part;

const SIDE: u32 = 32u;
const BATCH: u32 = 256u;
// Tiles of a group and groups of the window along a side; 0 groups where nothing was listed.
override TILES: u32 = 1u;
override GROUPS: u32 = 0u;
// Chunks of segments, CHUNK at most in each.
override CHUNKS: u32 = 1u;
const CHUNK: u32 = 2048u;

const SHORT_KIND: u32 = 0u;
const LONG_KIND: u32 = 1u;
const ELLIPSE_KIND: u32 = 2u;
// Bits of a batch, and of all kinds.
const WORDS: u32 = 8u;
const MARKS: u32 = 24u;

var<workgroup> batch: array<DeviceSegment, BATCH>;
// those that reach the tile, kind by kind: what all lanes do together needs no branch
var<workgroup> marks: array<atomic<u32>, MARKS>;

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

fn kind_of(segment: DeviceSegment) -> u32 {
    let straight = select(LONG_KIND, SHORT_KIND, segment.half_length < 1.15 * segment.eps);
    return select(straight, ELLIPSE_KIND, segment.long_eps > 0.0);
}

// What is the same for all nodes of a block.
struct Shape {
    direction: vec2<f32>,
    // 1 / eps across and along
    across: f32,
    along: f32,
    // half length over eps
    h: f32,
    peak: f32,
}

fn shape(segment: DeviceSegment, kind: u32) -> Shape {
    let across = 1.0 / segment.eps;
    let along = 1.0 / select(segment.eps, segment.long_eps, kind == ELLIPSE_KIND);
    let peak = 0.15915494 * across * along * segment.circulation;
    return Shape(segment.direction, across, along, segment.half_length * across, peak);
}

// A block of 4 x 4 nodes.
struct Block {
    x: vec4<u32>,
    y: vec4<u32>,
}

// A segment as a block sees it.
struct Seen {
    dx: vec4<f32>,
    dy: vec4<f32>,
    // images to add: one near the segment, nine of a wide one, none out of reach
    images: i32,
}

fn seen(segment: DeviceSegment, block: Block, spacing: vec2<f32>) -> Seen {
    let dx = vec4<f32>(bitcast<vec4<i32>>(block.x - segment.place.x)) * RADIANS_PER_UNIT;
    let dy = vec4<f32>(bitcast<vec4<i32>>(block.y - segment.place.y)) * RADIANS_PER_UNIT;
    let far = reach(segment);
    let wide = max(far.x, far.y) >= PI;
    let near = abs(0.5 * (dx.x + dx.w)) <= far.x + 2.0 * spacing.x && abs(0.5 * (dy.x + dy.w)) <= far.y + 2.0 * spacing.y;
    return Seen(dx, dy, select(select(0, 1, near), 9, wide));
}

// Offset of image n of so many.
fn image(n: i32, images: i32) -> vec2<f32> {
    return select(vec2<f32>(0.0), 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1)), images == 9);
}

// Vorticity on the nodes of a block, row by row.
struct Rows {
    a: vec4<f32>,
    b: vec4<f32>,
    c: vec4<f32>,
    d: vec4<f32>,
}

// A row at (x, y) from the midpoint: a short segment; `fall` is peak and exp(-d^2 / 2 eps^2), whose factors rows and
// columns share.
fn short_row(s: Shape, x: vec4<f32>, y: f32, fall: vec4<f32>) -> vec4<f32> {
    return fall * smeared((x * s.direction.x + y * s.direction.y) * s.along, s.h * s.h);
}

fn long_row(s: Shape, x: vec4<f32>, y: f32) -> vec4<f32> {
    let t = (x * s.direction.x + y * s.direction.y) * s.along;
    let n = (x * s.direction.y - y * s.direction.x) * s.across;
    // 1.2533141 = sqrt(pi / 2)
    let mass = erf(0.70710678 * (t + s.h)) - erf(0.70710678 * (t - s.h));
    return s.peak * exp(-0.5 * n * n) * (1.2533141 / (2.0 * s.h)) * mass;
}

fn ellipse_row(s: Shape, x: vec4<f32>, y: f32) -> vec4<f32> {
    let t = (x * s.direction.x + y * s.direction.y) * s.along;
    let n = (x * s.direction.y - y * s.direction.x) * s.across;
    return s.peak * exp(-0.5 * (t * t + n * n));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let chunks = (counts.vertices + CHUNK - 1u) / CHUNK;
    // The same for all lanes: nothing is left for this launch.
    if part.first > 0u && part.first >= chunks {
        return;
    }
    // Each lane owns a block of 4 x 4 nodes.
    let corner = group.xy * SIDE;
    let node = corner + 4u * vec2<u32>(lane % 8u, lane / 8u);
    let places = array<vec2<u32>, 4>(
        node_place(window, node),
        node_place(window, node + vec2<u32>(1u)),
        node_place(window, node + vec2<u32>(2u)),
        node_place(window, node + vec2<u32>(3u)),
    );
    let block = Block(
        vec4<u32>(places[0].x, places[1].x, places[2].x, places[3].x),
        vec4<u32>(places[0].y, places[1].y, places[2].y, places[3].y),
    );
    let middle = node_place(window, corner + vec2<u32>(SIDE / 2u));
    let spacing = vec2<f32>(window.step + vec2<u32>(1u)) * RADIANS_PER_UNIT;
    var sum = Rows(vec4<f32>(0.0), vec4<f32>(0.0), vec4<f32>(0.0), vec4<f32>(0.0));
    if part.first > 0u {
        sum = Rows(kept(node, 0u), kept(node, 1u), kept(node, 2u), kept(node, 3u));
    }
    let list = (group.y / TILES * GROUPS + group.x / TILES) * CHUNKS;
    let last = min(part.first + part.count, chunks);
    for (var chunk = part.first; chunk < last; chunk++) { // turns: RASTER_CHUNKS
        var length = min(CHUNK, counts.vertices - chunk * CHUNK);
        if GROUPS > 0u {
            length = lengths[list + chunk];
        }
        for (var first = 0u; first < length; first += BATCH) { // turns: 8
            if lane < MARKS {
                atomicStore(&marks[lane], 0u);
            }
            workgroupBarrier();
            for (var slot = lane; slot < min(BATCH, length - first); slot += 64u) { // turns: 4
                var index = chunk * CHUNK + first + slot;
                if GROUPS > 0u {
                    index = lists[(list + chunk) * CHUNK + first + slot];
                }
                let segment = segments[index];
                let limit = reach(segment) + f32(SIDE / 2u + 1u) * spacing;
                if segment.circulation != 0.0 && all(abs(offset_between(segment.place, middle)) <= limit) {
                    batch[slot] = segment;
                    atomicOr(&marks[WORDS * kind_of(segment) + (slot >> 5u)], 1u << (slot & 31u));
                }
            }
            workgroupBarrier();
            for (var word = 0u; word < WORDS; word++) {
                var bits = atomicLoad(&marks[word]);
                while bits != 0u { // turns: 256 each first
                    let segment = batch[word * 32u + countTrailingZeros(bits)];
                    bits &= bits - 1u;
                    let s = shape(segment, SHORT_KIND);
                    let at = seen(segment, block, spacing);
                    for (var n = 0; n < at.images; n++) { // turns: 9
                        let from_image = image(n, at.images);
                        let x = at.dx + from_image.x;
                        let y = at.dy + from_image.y;
                        let ex = s.peak * exp(-0.5 * s.across * s.across * x * x);
                        let ey = exp(-0.5 * s.across * s.across * y * y);
                        sum.a += short_row(s, x, y.x, ex * ey.x);
                        sum.b += short_row(s, x, y.y, ex * ey.y);
                        sum.c += short_row(s, x, y.z, ex * ey.z);
                        sum.d += short_row(s, x, y.w, ex * ey.w);
                    }
                }
            }
            for (var word = 0u; word < WORDS; word++) {
                var bits = atomicLoad(&marks[WORDS * LONG_KIND + word]);
                while bits != 0u { // turns: 256 each first
                    let segment = batch[word * 32u + countTrailingZeros(bits)];
                    bits &= bits - 1u;
                    let s = shape(segment, LONG_KIND);
                    let at = seen(segment, block, spacing);
                    for (var n = 0; n < at.images; n++) { // turns: 9
                        let from_image = image(n, at.images);
                        let x = at.dx + from_image.x;
                        let y = at.dy + from_image.y;
                        sum.a += long_row(s, x, y.x);
                        sum.b += long_row(s, x, y.y);
                        sum.c += long_row(s, x, y.z);
                        sum.d += long_row(s, x, y.w);
                    }
                }
            }
            for (var word = 0u; word < WORDS; word++) {
                var bits = atomicLoad(&marks[WORDS * ELLIPSE_KIND + word]);
                while bits != 0u { // turns: 256 each first
                    let segment = batch[word * 32u + countTrailingZeros(bits)];
                    bits &= bits - 1u;
                    let s = shape(segment, ELLIPSE_KIND);
                    let at = seen(segment, block, spacing);
                    for (var n = 0; n < at.images; n++) { // turns: 9
                        let from_image = image(n, at.images);
                        let x = at.dx + from_image.x;
                        let y = at.dy + from_image.y;
                        sum.a += ellipse_row(s, x, y.x);
                        sum.b += ellipse_row(s, x, y.y);
                        sum.c += ellipse_row(s, x, y.z);
                        sum.d += ellipse_row(s, x, y.w);
                    }
                }
            }
            workgroupBarrier();
        }
    }
    write(node, sum.a);
    write(node + vec2<u32>(0u, 1u), sum.b);
    write(node + vec2<u32>(0u, 2u), sum.c);
    write(node + vec2<u32>(0u, 3u), sum.d);
}

// Four nodes of a row, those inside the window.
fn write(node: vec2<u32>, values: vec4<f32>) {
    for (var n = 0u; n < 4u; n++) {
        if node.x + n < window.size.x && node.y < window.size.y {
            field[node.y * window.size.x + node.x + n] = values[n];
        }
    }
}

// What earlier launches left there.
fn kept(corner: vec2<u32>, row: u32) -> vec4<f32> {
    let node = corner + vec2<u32>(0u, row);
    var values = vec4<f32>(0.0);
    for (var n = 0u; n < 4u; n++) {
        if node.x + n < window.size.x && node.y < window.size.y {
            values[n] = field[node.y * window.size.x + node.x + n];
        }
    }
    return values;
}
