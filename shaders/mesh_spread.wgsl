// Blobs become sampled Gaussians on the grids of their levels, in whole numbers: their sums do not
// depend on the order of the additions. Sixteen lanes take a vertex, one row of a footprint each.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(3) var<storage, read> blobs: array<DeviceBlob>;
@group(0) @binding(4) var<storage, read_write> grid: array<atomic<i32>>;

const LANES: u32 = 16u;
// Vertices of a workgroup, four at a time.
const VERTICES: u32 = 20u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first_row = i32(lane % LANES);
    for (var turn = lane / LANES; turn < VERTICES; turn += 64u / LANES) {
        let i = group.x * VERTICES + turn;
        var last = 0u;
        var first = 0u;
        if i < counts.vertices {
            first = vertices[i].blobs >> 4u;
            last = first + (vertices[i].blobs & 15u);
        }
        for (var b = first; b < last; b++) {
            let blob = blobs[b];
            let at = standing(mesh, blob.eps2);
            let side = mesh.side >> at.level;
            let base = level_base(mesh, at.level);
            let here = on_grid(blob.place, firstTrailingBit(side));
            let half = mesh.reach * at.width;
            let low = vec2<i32>(ceil(here.fraction - half));
            let high = vec2<i32>(floor(here.fraction + half));
            let k = -0.5 / (at.width * at.width);
            // 0.15915494 = 1 / 2 pi
            let peak = 0.15915494 * blob.circulation * mesh.grid_units / (at.width * at.width);
            for (var j = low.y + first_row; j <= high.y; j += i32(LANES)) {
                let dy = f32(j) - here.fraction.y;
                let row = base + ((here.cell.y + bitcast<u32>(j)) & (side - 1u)) * side;
                for (var n = low.x; n <= high.x; n++) {
                    let dx = f32(n) - here.fraction.x;
                    let value = peak * exp(k * (dx * dx + dy * dy));
                    atomicAdd(&grid[row + ((here.cell.x + bitcast<u32>(n)) & (side - 1u))], i32(round(value)));
                }
            }
        }
    }
}
