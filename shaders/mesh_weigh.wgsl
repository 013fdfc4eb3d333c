// How much circulation may meet on one node: each blob's share of the heaviest weight, summed in whole
// numbers over squares of 32 x 32 cells of its level.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
// squares of each level, finest first; all zero between the passes
@group(0) @binding(3) var<storage, read_write> squares: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let narrowest = narrowest_width2(mesh);
    for (var i = group.x * 64u + lane; i < counts.blobs; i += 64u * groups.x) { // turns: VERTEX_BLOBS
        let blob = blobs[i];
        let at = standing(mesh, blob.eps2);
        var base = 0u;
        for (var l = 0u; l < at.level; l++) { // turns: LEVELS
            base += squares_along(mesh, l) * squares_along(mesh, l);
        }
        let along = squares_along(mesh, at.level);
        let cell = ((blob.place >> vec2<u32>(16u)) * along) >> vec2<u32>(16u);
        let weight = abs(blob.circulation) * narrowest / (at.width * at.width);
        atomicAdd(&squares[base + cell.y * along + cell.x], u32(ceil(weight * mesh.square_units)));
    }
}
