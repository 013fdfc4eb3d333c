// Many blobs become the same whole numbers on the grids as in mesh_spread: those of a bin meet in workgroup
// memory first, on a tile with room for a footprint all around the bin, and the tile is added once. A bin is as many
// workgroups' as SHARE asks for.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
// blobs in the order of their bins, and the first of each bin
@group(0) @binding(1) var<storage, read> ordered: array<DeviceBlob>;
@group(0) @binding(2) var<storage, read> first: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> grid: array<atomic<i32>>;

// Workgroups of a row of the launch.
const ROW: u32 = 32768u;
const THREADS: u32 = 256u;
// Blobs of a workgroup at most.
override SHARE: u32 = 1073741824u;
// Cells that a footprint may reach past its bin, and nodes of a tile along a side.
const HALO: u32 = 13u;
const SPAN: u32 = 43u;
const NODES: u32 = 1849u;

var<workgroup> tile: array<atomic<i32>, NODES>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    var bin = group.y * ROW + group.x;
    if bin + 1u >= arrayLength(&first) {
        return;
    }
    let begin = first[bin].x + group.z * SHARE;
    let end = min(first[bin + 1u].x, begin + SHARE);
    if begin >= end {
        return;
    }
    var level = 0u;
    while level + 1u < mesh.levels && bin >= bins_along(mesh, level) * bins_along(mesh, level) { // turns: LEVELS
        bin -= bins_along(mesh, level) * bins_along(mesh, level);
        level += 1u;
    }
    let side = mesh.side >> level;
    let along = bins_along(mesh, level);
    let origin = vec2<u32>(bin % along, bin / along) * BIN - vec2<u32>(HALO);
    for (var n = lane; n < NODES; n += THREADS) { // turns: 8
        atomicStore(&tile[n], 0);
    }
    workgroupBarrier();
    for (var b = begin + lane / PRINT_LANES; b < end; b += THREADS / PRINT_LANES) { // turns: TILE_BLOBS
        let blob = ordered[b];
        let at = standing(mesh, blob.eps2);
        let print = footprint(mesh, at, blob.place);
        let units = whole_numbers(mesh, at, blob.circulation, blob.place);
        // A core wider than its level's, on the coarsest level, may reach past the tile.
        let corner = print.corner - origin;
        let fits = all(corner < vec2<u32>(SPAN)) && all(corner + print.size <= vec2<u32>(SPAN));
        for (var n = lane % PRINT_LANES; n < print.nodes; n += PRINT_LANES) { // turns: PRINT_NODES
            let step = step_to(print, n);
            let number = whole_number(units.peak * fall(print, step), units.start, n);
            if fits {
                atomicAdd(&tile[(corner.y + step.y) * SPAN + corner.x + step.x], number);
            } else {
                let cell = (print.corner + step) & vec2<u32>(side - 1u);
                atomicAdd(&grid[print.base + cell.y * side + cell.x], number);
            }
        }
    }
    workgroupBarrier();
    let base = level_base(mesh, level);
    for (var n = lane; n < NODES; n += THREADS) { // turns: 8
        let sum = atomicLoad(&tile[n]);
        if sum != 0 {
            let cell = (origin + vec2<u32>(n % SPAN, n / SPAN)) & vec2<u32>(side - 1u);
            atomicAdd(&grid[base + cell.y * side + cell.x], sum);
        }
    }
}
