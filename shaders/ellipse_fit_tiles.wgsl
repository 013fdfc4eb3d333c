// Which ellipses reach into a tile of 8 x 8 cells: one workgroup a tile, a list in the ellipses' order.

#import shared/ellipse.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> ellipses: array<DeviceEllipse>;
// params.list entries a tile
@group(0) @binding(2) var<storage, read_write> lists: array<u32>;
@group(0) @binding(3) var<storage, read_write> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> scalars: array<f32>;

const THREADS = 64u;
// a bit for each ellipse at hand that reaches the tile
var<workgroup> found: array<atomic<u32>, 2>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = group.y * params.tiles + group.x;
    let side = f32(params.side);
    let middle = (vec2<f32>(group.xy) + 0.5) * f32(TILE);
    // The same in all threads.
    var filled = 0u;
    for (var first = 0u; first < params.count; first += THREADS) { // turns: FIT_BATCHES
        if local.x < 2u {
            atomicStore(&found[local.x], 0u);
        }
        workgroupBarrier();
        let i = first + local.x;
        var hit = 0u;
        if i < params.count {
            let e = ellipses[i];
            hit = u32(reaches(nearest_cell(middle - e.center, side), inverse_factor(e.factor)));
        }
        atomicOr(&found[local.x / 32u], hit << (local.x % 32u));
        workgroupBarrier();
        let low = atomicLoad(&found[0]);
        let high = atomicLoad(&found[1]);
        // How many of the workgroup's earlier ellipses reach it too.
        let mask = (1u << (local.x % 32u)) - 1u;
        let before = filled + select(countOneBits(low) + countOneBits(high & mask), countOneBits(low & mask), local.x < 32u);
        if hit == 1u && before < params.list {
            lists[tile * params.list + before] = i;
        }
        filled += countOneBits(low) + countOneBits(high);
        workgroupBarrier();
    }
    if local.x == 0u {
        lengths[tile] = min(filled, params.list);
        if filled > params.list {
            scalars[LOST] = 1.0;
        }
    }
}
