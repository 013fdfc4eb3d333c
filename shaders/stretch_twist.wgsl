// Twist: d tau/dt = t.(grad u) n, from the velocity along the segment at two probes beside its
// middle. Three passes with a velocity between them: probes to the left, probes to the right, sum.
// The places of the vertices are lent to the probes and given back at the end.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/stretch.wgsl

@group(0) @binding(0) var<storage, read> stretch: Stretch;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read_write> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> start: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> places: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read> velocity: array<vec2<f32>>;
// velocity along the segment at the left probe
@group(0) @binding(7) var<storage, read_write> left: array<f32>;

// Distance of a probe in cores.
const PROBE: f32 = 0.25;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let vertex = vertices[i];
    let along = offset_between(start[i], start[vertex.next]);
    let l = length(along);
    if !(l > 0.0) {
        places[i] = start[i];
        return;
    }
    let t = along / l;
    let h = PROBE * sqrt(atoms[vertex.atom].eps2) * vertex.core;
    var speed = 0.0;
    for (var p = 0u; p < select(stretch.parts, 0u, stretch.side == 1); p++) { // turns: PARTS
        speed += dot(t, velocity[p * stretch.stride + i]);
    }
    if stretch.side == 0 {
        vertices[i].twist += stretch.dt * (left[i] - speed) / (2.0 * h);
        places[i] = start[i];
        return;
    }
    left[i] = speed;
    places[i] = moved(start[i], 0.5 * along + f32(stretch.side) * h * vec2<f32>(-t.y, t.x));
}
