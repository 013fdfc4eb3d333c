// One Runge-Kutta stage: the slope is the ordered sum of the partial velocities plus the mean
// flow; the next stage starts from the step's first place plus `reach` times the slope, and
// `share` of the slope goes into the step's total. The last stage moves the vertex for good.

#import shared/torus.wgsl
#import shared/atoms.wgsl

struct Advect {
    drift: vec2<f32>,
    // time from the step's start to the next stage
    reach: f32,
    // weight of this slope in the step, times dt
    share: f32,
    // partial velocities to add, and cells from one to the next
    parts: u32,
    stride: u32,
    // 1 for the first stage, 1 for the last
    first: u32,
    last: u32,
}

@group(0) @binding(0) var<storage, read> stage: Advect;
@group(0) @binding(1) var<storage, read_write> counts: Counts;
@group(0) @binding(2) var<storage, read_write> vertices: array<DeviceVertex>;
@group(0) @binding(3) var<storage, read_write> start: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> velocity: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read_write> total: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let advect = stage;
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    var slope = advect.drift;
    for (var p = 0u; p < advect.parts; p++) { // turns: PARTS
        slope += velocity[p * advect.stride + i];
    }
    var sum = advect.share * slope;
    if advect.first == 0u {
        sum += total[i];
    }
    total[i] = sum;
    if advect.last == 0u {
        places[i] = moved(start[i], advect.reach * slope);
        return;
    }
    if !(abs(sum.x) < 0.5 * PI && abs(sum.y) < 0.5 * PI) {
        counts.runaway = 1u;
        return;
    }
    let after = moved(start[i], sum);
    vertices[i].winding = turned(vertices[i].winding, start[i], after);
    start[i] = after;
    places[i] = after;
}
