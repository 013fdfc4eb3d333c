// Near pairs: blobs are put in order of class and bin. The order within a bin is whatever it comes to:
// the sums over it are of whole numbers. The counts go back to zero on the way.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
@group(0) @binding(3) var<storage, read_write> members: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> first: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> sorted: array<DeviceBlob>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var i = group.x * 64u + lane; i < counts.blobs; i += 64u * groups.x) { // turns: VERTEX_BLOBS
        let blob = blobs[i];
        let at = on_grid(blob.place, firstTrailingBit(mesh.bins)).cell;
        let bin = at.y * mesh.bins + at.x;
        let class_of = u32(blob.eps2 >= mesh.eta2);
        let left = atomicSub(&members[2u * bin + class_of], 1u);
        let start = select(first[bin].x, first[bin].y, class_of == 1u);
        let narrow = select(0u, first[mesh.bins * mesh.bins].x, class_of == 1u);
        sorted[narrow + start + left - 1u] = blob;
    }
}
