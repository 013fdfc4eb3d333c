// Near pairs: how many narrow and how many wide blobs each bin holds, and the widest of each class.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
// two a bin: narrow, wide
@group(0) @binding(3) var<storage, read_write> members: array<atomic<u32>>;
// bits of the widest S^2 of each class so far: cores only widen
@group(0) @binding(4) var<storage, read_write> widest: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var i = group.x * 64u + lane; i < counts.blobs; i += 64u * groups.x) { // turns: VERTEX_BLOBS
        let blob = blobs[i];
        let bin = on_grid(blob.place, firstTrailingBit(mesh.bins)).cell;
        let class_of = u32(blob.eps2 >= mesh.eta2);
        atomicAdd(&members[2u * (bin.y * mesh.bins + bin.x) + class_of], 1u);
        atomicMax(&widest[class_of], bitcast<u32>(max(blob.eps2, mesh.eta2)));
    }
}
