// Dye as seen on the canvas: every particle adds one to its pixel, in one of two colours told by where
// it started. The counts are whole numbers, so the order of the particles does not matter.

#import shared/torus.wgsl
#import shared/view.wgsl

@group(0) @binding(0) var<storage, read> seen: View;
@group(0) @binding(1) var<storage, read> places: array<vec2<u32>>;
// low and high half: particles of the two colours; rows from the bottom
@group(0) @binding(2) var<storage, read_write> dye: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let view = seen;
    let i = id.y * view.tracer_row + id.x;
    if i >= view.tracer_count {
        return;
    }
    let here = offset_between(view.center, places[i]);
    // The starting height of particle i on the R2 sequence, in four bands.
    let weight = select(1u, 65536u, (((i * 2447445413u) >> 30u) & 1u) == 1u);
    for (var n = 0u; n < view.images.x * view.images.y; n++) { // turns: 9
        let at = floor((0.5 + 0.5 * (here + image_offset(n, view.images)) / view.half_extent) * view.size_px);
        // At most one turn: a branch that software adapters skip, too.
        let inside = all(at >= vec2<f32>(0.0)) && all(at < view.size_px);
        for (var turn = 0u; turn < u32(inside); turn++) { // turns: 1
            atomicAdd(&dye[u32(at.y) * u32(view.size_px.x) + u32(at.x)], weight);
        }
    }
}
