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
    for (var b = group.x * BLOBS + lane / PRINT_LANES; b < counts.blobs; b += BLOBS * groups.x) { // turns: SPREAD_BLOBS
        let blob = blobs[b];
        let at = standing(mesh, blob.eps2);
        let side = mesh.side >> at.level;
        let print = footprint(mesh, at, blob.place);
        let units = whole_numbers(mesh, at, blob.circulation, blob.place);
        for (var n = lane % PRINT_LANES; n < print.nodes; n += PRINT_LANES) { // turns: PRINT_NODES
            let step = step_to(print, n);
            let cell = (print.corner + step) & vec2<u32>(side - 1u);
            let number = whole_number(units.peak * fall(print, step), units.start, n);
            atomicAdd(&grid[print.base + cell.y * side + cell.x], number);
        }
    }
}
