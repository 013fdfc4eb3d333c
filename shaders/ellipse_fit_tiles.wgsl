// Which ellipses reach into a tile of 8 x 8 cells: one workgroup a tile, a list in the ellipses' order.

#import shared/ellipse.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> ellipses: array<DeviceEllipse>;
// params.list entries a tile
@group(0) @binding(2) var<storage, read_write> lists: array<u32>;
@group(0) @binding(3) var<storage, read_write> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> scalars: array<f32>;

const THREADS = 64u;
var<workgroup> found: array<u32, THREADS>;
var<workgroup> filled: u32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = group.y * params.tiles + group.x;
    let side = f32(params.side);
    let middle = (vec2<f32>(group.xy) + 0.5) * f32(TILE);
    if local.x == 0u {
        filled = 0u;
    }
    workgroupBarrier();
    for (var first = 0u; first < params.count; first += THREADS) {
        let i = first + local.x;
        var hit = 0u;
        if i < params.count {
            let e = ellipses[i];
            hit = u32(reaches(nearest_cell(middle - e.center, side), inverse_factor(e.factor)));
        }
        found[local.x] = hit;
        workgroupBarrier();
        // How many of the workgroup's earlier ellipses reach it too.
        var before = filled;
        for (var t = 0u; t < local.x; t++) {
            before += found[t];
        }
        if hit == 1u && before < params.list {
            lists[tile * params.list + before] = i;
        }
        workgroupBarrier();
        if local.x == THREADS - 1u {
            filled = before + hit;
        }
        workgroupBarrier();
    }
    if local.x == 0u {
        lengths[tile] = min(filled, params.list);
        if filled > params.list {
            scalars[LOST] = 1.0;
        }
    }
}
