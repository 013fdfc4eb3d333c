// Vorticity of all segments on the nodes of a window, closed form. Along a straight segment of
// half length h and core eps, t and n the tangential and normal offsets from its midpoint,
//
//   omega = Gamma / 2h  exp(-n^2 / 2 eps^2) / (sqrt(2 pi) eps)  1/2 [erf((t + h)/sqrt2 eps) - erf((t - h)/sqrt2 eps)]
//
// A workgroup owns a tile of 16 x 16 nodes and gathers: its lanes test 256 segments against
// the tile and leave one bit each; every lane then adds the marked ones in order. No
// float atomics, so the sum never depends on scheduling.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/erf.wgsl
#import shared/segment.wgsl
#import shared/window.wgsl

@group(0) @binding(0) var<uniform> window: Window;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> segments: array<DeviceSegment>;
@group(0) @binding(3) var<storage, read_write> field: array<f32>;

const SIDE: u32 = 16u;
const BATCH: u32 = 256u;

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

// Vorticity of unit circulation at four offsets (dx, dy) from the midpoint. `kind` is the same for
// all lanes; loops of at most one round are branches that software adapters skip, too.
fn profile(segment: DeviceSegment, kind: u32, dx: vec4<f32>, dy: vec4<f32>) -> vec4<f32> {
    let direction = segment.direction;
    let along = select(segment.eps, segment.long_eps, kind == ELLIPSE_KIND);
    let s = (dx * direction.x + dy * direction.y) / along;
    let b = (dx * direction.y - dy * direction.x) / segment.eps;
    let h = segment.half_length / segment.eps;
    let bell = 0.15915494 / (segment.eps * along);
    var value = bell * exp(-0.5 * (s * s + b * b));
    for (var round = 0u; round < u32(kind == SHORT_KIND); round++) {
        value *= smeared(s, h * h);
    }
    for (var round = 0u; round < u32(kind == LONG_KIND); round++) {
        // 1.2533141 = sqrt(pi / 2)
        let mass = erf(0.70710678 * (s + h)) - erf(0.70710678 * (s - h));
        value = bell * exp(-0.5 * b * b) * (1.2533141 / (2.0 * h)) * mass;
    }
    return value;
}

// At the four nodes (0, 0), (1, 0), (0, 1), (1, 1) of a block.
fn contribution(segment: DeviceSegment, low: vec2<u32>, high: vec2<u32>) -> vec4<f32> {
    let a = offset_between(segment.place, low);
    let b = offset_between(segment.place, high);
    let far = reach(segment);
    let wide = max(far.x, far.y) >= PI;
    var kind = select(LONG_KIND, SHORT_KIND, segment.half_length < 1.15 * segment.eps);
    kind = select(kind, ELLIPSE_KIND, segment.long_eps > 0.0);
    // One round near the segment, nine images for a wide one, none out of reach.
    let near = select(0, 1, all(min(abs(a), abs(b)) <= far));
    let rounds = select(near, 9, wide);
    var sum = vec4<f32>(0.0);
    for (var n = 0; n < rounds; n++) {
        let image = select(vec2<f32>(0.0), 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1)), wide);
        sum += profile(segment, kind, vec4<f32>(a.x, b.x, a.x, b.x) + image.x, vec4<f32>(a.y, a.y, b.y, b.y) + image.y);
    }
    return segment.circulation * sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Each lane owns a block of 2 x 2 nodes.
    let corner = group.xy * SIDE;
    let node = corner + 2u * vec2<u32>(lane % 8u, lane / 8u);
    let low = node_place(window, node);
    let high = node_place(window, node + vec2<u32>(1u));
    let middle = node_place(window, corner + vec2<u32>(SIDE / 2u));
    let half_tile = vec2<f32>(window.step + vec2<u32>(1u)) * (RADIANS_PER_UNIT * f32(SIDE / 2u + 1u));
    var sum = vec4<f32>(0.0);
    for (var first = 0u; first < counts.vertices; first += BATCH) {
        if lane < 8u {
            atomicStore(&marks[lane], 0u);
        }
        workgroupBarrier();
        for (var slot = lane; slot < min(BATCH, counts.vertices - first); slot += 64u) {
            let segment = segments[first + slot];
            let limit = reach(segment) + half_tile;
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
                sum += contribution(batch[word * 32u + bit], low, high);
            }
        }
        workgroupBarrier();
    }
    for (var n = 0u; n < 4u; n++) {
        let at = node + vec2<u32>(n & 1u, n >> 1u);
        if all(at < window.size) {
            field[at.y * window.size.x + at.x] = sum[n];
        }
    }
}
