// Parcels leave their vorticity on the 36 nodes around them, by quintic B-splines and in whole numbers: the sums do not
// depend on the order of the additions.

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
    let bits = firstTrailingBit(side);
    let place = places[i];
    let first = (place >> vec2<u32>(32u - bits)) - vec2<u32>(2u);
    let fraction = vec2<f32>(place << vec2<u32>(bits)) * 2.3283064e-10;
    let x = quintic(fraction.x);
    let y = quintic(fraction.y);
    let value = values[i] * parcels.units;
    for (var b = 0u; b < 6u; b++) {
        let row = ((first.y + b) & (side - 1u)) * side;
        for (var a = 0u; a < 6u; a++) {
            let part = i32(round(value * y[b] * x[a]));
            atomicAdd(&grid[row + ((first.x + a) & (side - 1u))], part);
        }
    }
}
