// The velocity that parcels give to the vertices, added to the first partial sum.

#import shared/atoms.wgsl
#import shared/parcels.wgsl

@group(0) @binding(0) var<storage, read> parcels: Parcels;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> own: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> velocity: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let side = parcels.side;
    let at = stencil(places[i], side);
    var sum = vec2<f32>(0.0);
    for (var b = 0u; b < 4u; b++) {
        let row = ((at.first.y + b) & (side - 1u)) * side;
        for (var a = 0u; a < 4u; a++) {
            sum += at.y[b] * at.x[a] * own[row + ((at.first.x + a) & (side - 1u))];
        }
    }
    velocity[i] += sum;
}
