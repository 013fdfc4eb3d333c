// Many vertices: how many lie in each bin of 16 x 16 cells of the level they gather from.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
// pairs of which the first counts; all zero between the passes
@group(0) @binding(5) var<storage, read_write> members: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < counts.vertices {
        let vertex = vertices[id.x];
        let level = standing(mesh, atoms[vertex.atom].eps2 * vertex.core * vertex.core).level;
        atomicAdd(&members[2u * bin_of(mesh, level, places[id.x])], 1u);
    }
}
