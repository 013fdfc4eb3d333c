// Parcels leave their vorticity on the nodes around them, in whole numbers: the sums do not depend on
// the order of the additions.

#import shared/parcels.wgsl

@group(0) @binding(0) var<storage, read> stage: Parcels;
@group(0) @binding(1) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> grid: array<atomic<i32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let parcels = stage;
    let i = id.y * parcels.row + id.x;
    let side = parcels.side;
    if i >= side * side {
        return;
    }
    let at = stencil(places[i], side);
    let value = values[i] * parcels.units;
    for (var b = 0u; b < 4u; b++) {
        let row = ((at.first.y + b) & (side - 1u)) * side;
        for (var a = 0u; a < 4u; a++) {
            let part = i32(round(value * at.y[b] * at.x[a]));
            atomicAdd(&grid[row + ((at.first.x + a) & (side - 1u))], part);
        }
    }
}
