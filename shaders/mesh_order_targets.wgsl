// Many vertices: their numbers in the order of their bins, so that neighbours gather from the same nodes. The
// order within a bin is whatever it comes to, and changes no sum. The counts go back to zero on the way.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> members: array<atomic<u32>>;
// first member of each bin
@group(0) @binding(6) var<storage, read> first: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> order: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < counts.vertices {
        let vertex = vertices[id.x];
        let level = standing(mesh, atoms[vertex.atom].eps2 * vertex.core * vertex.core).level;
        let bin = bin_of(mesh, level, places[id.x]);
        let left = atomicSub(&members[2u * bin], 1u);
        order[first[bin].x + left - 1u] = id.x;
    }
}
