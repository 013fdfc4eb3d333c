// Vorticity of all segments on the nodes of a window, closed form. Along a straight segment of
// half length h and core eps, t and n the tangential and normal offsets from its midpoint,
//
//   omega = Gamma / 2h  exp(-n^2 / 2 eps^2) / (sqrt(2 pi) eps)  1/2 [erf((t + h)/sqrt2 eps) - erf((t - h)/sqrt2 eps)]
//
// A workgroup owns a tile of 16 x 16 nodes and gathers: its lanes test 256 segments at a time
// against the tile and leave one bit each; every lane then adds the marked ones in order. No
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

fn profile(segment: DeviceSegment, d: vec2<f32>) -> f32 {
    let t = dot(d, segment.direction);
    let n = d.x * segment.direction.y - d.y * segment.direction.x;
    let eps = segment.eps;
    if segment.long_eps > 0.0 {
        let a = t / segment.long_eps;
        let b = n / eps;
        return 0.15915494 / (eps * segment.long_eps) * exp(-0.5 * (a * a + b * b));
    }
    let across = n / eps;
    let h = segment.half_length / eps;
    let s = t / eps;
    let bell = 0.15915494 / (eps * eps) * exp(-0.5 * across * across);
    if h < 0.25 {
        // Average of exp(-s^2/2) over [s - h, s + h] by even Hermite terms: both erf would cancel.
        let s2 = s * s;
        let h2 = h * h;
        let he2 = s2 - 1.0;
        let he4 = s2 * (s2 - 6.0) + 3.0;
        return bell * exp(-0.5 * s2) * (1.0 + h2 * (he2 / 6.0 + h2 * he4 / 120.0));
    }
    // 1.2533141 = sqrt(pi / 2)
    return bell * 1.2533141 / (2.0 * h) * (erf(0.70710678 * (s + h)) - erf(0.70710678 * (s - h)));
}

fn contribution(segment: DeviceSegment, at: vec2<u32>) -> f32 {
    let d = offset_between(segment.place, at);
    let far = reach(segment);
    if max(far.x, far.y) < PI {
        if any(abs(d) > far) {
            return 0.0;
        }
        return segment.circulation * profile(segment, d);
    }
    var sum = 0.0;
    for (var n = 0; n < 9; n++) {
        sum += profile(segment, d + 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1)));
    }
    return segment.circulation * sum;
}

@compute @workgroup_size(16, 16)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let node = group.xy * SIDE + local.xy;
    let here = node_place(window, node);
    let middle = node_place(window, group.xy * SIDE + vec2<u32>(SIDE / 2u));
    let half_tile = vec2<f32>(window.step + vec2<u32>(1u)) * (RADIANS_PER_UNIT * f32(SIDE / 2u + 1u));
    var sum = 0.0;
    for (var first = 0u; first < counts.vertices; first += BATCH) {
        if lane < 8u {
            atomicStore(&marks[lane], 0u);
        }
        workgroupBarrier();
        let i = first + lane;
        if i < counts.vertices {
            let segment = segments[i];
            let limit = reach(segment) + half_tile;
            if segment.circulation != 0.0 && all(abs(offset_between(segment.place, middle)) <= limit) {
                batch[lane] = segment;
                atomicOr(&marks[lane >> 5u], 1u << (lane & 31u));
            }
        }
        workgroupBarrier();
        for (var word = 0u; word < 8u; word++) {
            var bits = atomicLoad(&marks[word]);
            while bits != 0u {
                let bit = countTrailingZeros(bits);
                bits &= bits - 1u;
                sum += contribution(batch[word * 32u + bit], here);
            }
        }
        workgroupBarrier();
    }
    if all(node < window.size) {
        field[node.y * window.size.x + node.x] = sum;
    }
}
