// Blobs become sampled Gaussians on the grids of their levels, in whole numbers: their sums do not
// depend on the order of the additions. A fraction is rounded up where it passes a threshold that runs
// evenly through [0, 1) over the nodes, so that the tails of many blobs keep their sum. Sixteen lanes take
// a blob; neighbouring lanes take neighbouring nodes of a row.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
@group(0) @binding(3) var<storage, read_write> grid: array<atomic<i32>>;

const BLOBS: u32 = 64u / PRINT_LANES;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var b = group.x * BLOBS + lane / PRINT_LANES; b < counts.blobs; b += BLOBS * groups.x) {
        let blob = blobs[b];
        let at = standing(mesh, blob.eps2);
        let side = mesh.side >> at.level;
        let print = footprint(mesh, at, blob.place);
        // 0.15915494 = 1 / 2 pi
        let peak = 0.15915494 * blob.circulation * mesh.grid_units / (at.width * at.width);
        // A start of the blob's own, and steps of the golden ratio.
        let start = (blob.place.x ^ (blob.place.y << 7u)) * 2654435769u;
        for (var n = lane % PRINT_LANES; n < print.nodes; n += PRINT_LANES) {
            let node = node_of(print, n);
            let threshold = f32((start + n * 2654435769u) >> 8u) * 5.9604645e-8;
            let value = peak * exp2(print.k * dot(node.offset, node.offset)) + threshold;
            atomicAdd(&grid[print.base + (node.cell.y & (side - 1u)) * side + (node.cell.x & (side - 1u))], i32(floor(value)));
        }
    }
}
