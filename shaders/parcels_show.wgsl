// The parcels' vorticity goes where pictures find it.

#import shared/parcels.wgsl
#import shared/shown.wgsl

@group(0) @binding(0) var<storage, read> stage: Parcels;
// real part: coefficients on the nodes
@group(0) @binding(1) var<storage, read> field: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> shown: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let parcels = stage;
    let i = id.y * parcels.row + id.x;
    if i >= parcels.side * parcels.side {
        return;
    }
    shown[SHOWN_FIRST + i] = bitcast<u32>(field[i].x);
    if i == 0u {
        shown[0] = parcels.side;
    }
}
