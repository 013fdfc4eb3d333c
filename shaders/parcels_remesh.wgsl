// New parcels begin on the nodes with the vorticity found there.

#import shared/parcels.wgsl

@group(0) @binding(0) var<storage, read> parcels: Parcels;
// real part: vorticity on the nodes
@group(0) @binding(1) var<storage, read> field: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> start: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> winding: array<vec2<i32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * parcels.row + id.x;
    let side = parcels.side;
    if i >= side * side {
        return;
    }
    values[i] = field[i].x;
    let node = vec2<u32>(i & (side - 1u), i / side) << vec2<u32>(32u - firstTrailingBit(side));
    start[i] = node;
    places[i] = node;
    winding[i] = vec2<i32>(0);
}
