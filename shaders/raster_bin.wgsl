// Which segments reach into a group of the raster's tiles: a list for each group and each chunk of 2048
// segments, so that a tile looks at few of many. The order of a list is fixed: by thread, then by turn.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/segment.wgsl
#import shared/window.wgsl

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> segments: array<DeviceSegment>;
// CHUNK entries for each group and chunk
@group(0) @binding(3) var<storage, read_write> lists: array<u32>;
@group(0) @binding(4) var<storage, read_write> lengths: array<u32>;

// Nodes of a group along a side, and groups along a side of the window.
override NODES: u32 = 128u;
override GROUPS: u32 = 8u;
const CHUNK: u32 = 2048u;
const THREADS: u32 = 256u;
const EACH: u32 = 8u;

var<workgroup> before: array<u32, THREADS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let list = (id.y * GROUPS + id.x) * groups.z + id.z;
    // A chunk past the last segment, the same for all lanes.
    if id.z * CHUNK >= counts.vertices {
        if lane == 0u {
            lengths[list] = 0u;
        }
        return;
    }
    let middle = node_place(window, id.xy * NODES + vec2<u32>(NODES / 2u));
    let spacing = vec2<f32>(window.step + vec2<u32>(1u)) * RADIANS_PER_UNIT;
    // Neighbouring threads read neighbouring segments.
    let first = id.z * CHUNK + lane;
    var hits = 0u;
    for (var n = 0u; n < EACH; n++) {
        if first + n * THREADS < counts.vertices {
            let segment = segments[first + n * THREADS];
            let limit = reach(segment) + f32(NODES / 2u + 1u) * spacing;
            let hit = segment.circulation != 0.0 && all(abs(offset_between(segment.place, middle)) <= limit);
            hits |= u32(hit) << n;
        }
    }
    // Prefix sums over the workgroup.
    let own = countOneBits(hits);
    before[lane] = own;
    var sum = own;
    for (var reach_back = 1u; reach_back < THREADS; reach_back *= 2u) {
        workgroupBarrier();
        var other = 0u;
        if lane >= reach_back {
            other = before[lane - reach_back];
        }
        workgroupBarrier();
        sum += other;
        before[lane] = sum;
    }
    var to = list * CHUNK + sum - own;
    for (var n = 0u; n < EACH; n++) {
        if ((hits >> n) & 1u) == 1u {
            lists[to] = first + n * THREADS;
            to += 1u;
        }
    }
    if lane == THREADS - 1u {
        lengths[list] = sum;
    }
}
