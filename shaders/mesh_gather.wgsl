// Every vertex takes the velocity of its level, weighted by its own Gaussian. Sixteen lanes take a
// vertex, neighbouring lanes neighbouring nodes of a row; their sums are added in order.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> grid: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec2<f32>>;
// vertices in the order of their bins, where they are many
@group(0) @binding(7) var<storage, read> order: array<u32>;

override ORDERED: bool = false;

fn vertex_at(n: u32) -> u32 {
    if ORDERED && n < counts.vertices {
        return order[n];
    }
    return n;
}

// Vertices of a workgroup, four at a time; a row of sums each, with room against bank conflicts.
const VERTICES: u32 = 64u;
const STRIDE: u32 = PRINT_LANES + 1u;

var<workgroup> sums: array<vec2<f32>, VERTICES * STRIDE>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var turn = lane / PRINT_LANES; turn < VERTICES; turn += 64u / PRINT_LANES) { // turns: 16
        let i = vertex_at(group.x * VERTICES + turn);
        var sum = vec2<f32>(0.0);
        if i < counts.vertices {
            let vertex = vertices[i];
            let at = standing(mesh, atoms[vertex.atom].eps2 * vertex.core * vertex.core);
            let side = mesh.side >> at.level;
            let print = footprint(mesh, at, places[i]);
            for (var n = lane % PRINT_LANES; n < print.nodes; n += PRINT_LANES) { // turns: PRINT_NODES
                let step = step_to(print, n);
                let cell = (print.corner + step) & vec2<u32>(side - 1u);
                sum += fall(print, step) * grid[print.base + cell.y * side + cell.x];
            }
            // 0.15915494 = 1 / 2 pi
            sum *= 0.15915494 / (at.width * at.width);
        }
        sums[turn * STRIDE + lane % PRINT_LANES] = sum;
    }
    workgroupBarrier();
    let i = vertex_at(group.x * VERTICES + lane);
    if i >= counts.vertices {
        return;
    }
    var sum = vec2<f32>(0.0);
    for (var n = 0u; n < PRINT_LANES; n++) {
        sum += sums[lane * STRIDE + n];
    }
    velocity[i] = sum;
    for (var p = 1u; p < mesh.splits; p++) { // turns: SPLITS
        velocity[p * mesh.stride + i] = vec2<f32>(0.0);
    }
}
