// Geometry of each segment for the raster: midpoint, direction, half length, core. One thread a
// vertex; a vertex without a segment or without circulation leaves an empty one.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/segment.wgsl

// Without the ellipses that parcels stand for, whether or not the parcels are shown.
override FREE: bool = false;

@group(0) @binding(0) var<storage, read> counts: Counts;
@group(0) @binding(1) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(2) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(3) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> segments: array<DeviceSegment>;
@group(0) @binding(5) var<storage, read> shown: array<u32>; // first: side of the lattice that is shown, or 0

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let without = FREE || shown[0] != 0u;
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let vertex = vertices[i];
    let atom = atoms[vertex.atom];
    let eps = sqrt(atom.eps2) * vertex.core;
    var circulation = strength(atom) * vertex.weight;
    circulation *= select(1.0, f32(1u - atom.carried), without);
    var segment = DeviceSegment(places[i], vec2<f32>(1.0, 0.0), circulation, eps, 0.0, 0.0);
    if atom.chart == ELLIPSE {
        segment.direction = vec2<f32>(cos(atom.angle), sin(atom.angle));
        segment.long_eps = vertex.core * sqrt(atom.eps2 + atom.excess);
    } else if vertex.next != i {
        let along = offset_between(places[i], places[vertex.next]);
        let length = length(along);
        segment.place = moved(places[i], 0.5 * along);
        segment.half_length = 0.5 * length;
        if length > 0.0 {
            segment.direction = along / length;
        }
    }
    segments[i] = segment;
}
