// Many blobs: how many lie in each bin of 16 x 16 cells of their level.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
// pairs of which the first counts; all zero between the passes
@group(0) @binding(3) var<storage, read_write> members: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var i = group.x * 64u + lane; i < counts.blobs; i += 64u * groups.x) { // turns: VERTEX_BLOBS
        let blob = blobs[i];
        atomicAdd(&members[2u * bin_of(mesh, standing(mesh, blob.eps2).level, blob.place)], 1u);
    }
}
