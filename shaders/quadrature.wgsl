// Segments become short rows of blobs at Gauss-Legendre nodes, ellipses rows at Gauss-Hermite
// nodes along their long axis; one thread a vertex.

#import shared/torus.wgsl
#import shared/atoms.wgsl

@group(0) @binding(0) var<storage, read> counts: Counts;
@group(0) @binding(1) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(2) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(3) var<storage, read> places: array<vec2<u32>>;
// rows of 8 (node, weight) pairs: row n - 1 for n Legendre nodes on [-1/2, 1/2]; row 8: 8 Hermite nodes
@group(0) @binding(4) var<storage, read> nodes: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> blobs: array<DeviceBlob>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let vertex = vertices[i];
    let count = vertex.blobs & 15u;
    let start = vertex.blobs >> 4u;
    if count == 0u {
        return;
    }
    let atom = atoms[vertex.atom];
    let circulation = strength(atom) * vertex.weight;
    let eps2 = atom.eps2 * vertex.core * vertex.core;
    var axis = offset_between(places[i], places[vertex.next]);
    var begin = places[i];
    var row = count - 1u;
    if atom.chart == ELLIPSE {
        let spread = vertex.core * sqrt(atom.excess);
        axis = spread * vec2<f32>(cos(atom.angle), sin(atom.angle));
        row = 8u;
    } else {
        begin = moved(begin, 0.5 * axis);
    }
    for (var n = 0u; n < count; n++) { // turns: 15
        let node = nodes[row * 8u + n];
        let place = moved(begin, node.x * axis);
        blobs[start + n] = DeviceBlob(place, circulation * node.y, eps2);
    }
}
