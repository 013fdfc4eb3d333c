// omega = atoms + background - Gamma/(4 pi^2): the uniform part balances the net circulation. Either part may be
// left out. Where parcels are shown in place of ellipses, their vorticity goes with the atoms.
// Also takes the largest |omega| and counts cells that are not finite, as order-free integers.

#import shared/window.wgsl
#import shared/summary.wgsl
#import shared/parcels.wgsl
#import shared/shown.wgsl

struct Compose {
    // net circulation over the area of the box
    mean: f32,
    // 1 where a background was decoded
    background: u32,
    // what is summed: 1 atoms, 2 background, 3 both
    parts: u32,
    // 1 where parcels are drawn, if there are any to show; 2 where they are and nothing else is there: no field of atoms
    // was made
    parcels: u32,
}

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> compose: Compose;
@group(0) @binding(2) var<storage, read> atoms_field: array<f32>;
@group(0) @binding(3) var<storage, read> background_field: array<f32>;
@group(0) @binding(4) var<storage, read_write> field: array<f32>;
// (bits of max |omega|, cells not finite)
@group(0) @binding(5) var<storage, read_write> summary: array<atomic<u32>, 2>;
@group(0) @binding(6) var<storage, read> shown: array<u32>;

fn parcels_at(place: vec2<u32>, side: u32) -> f32 {
    let at = stencil(place, side);
    var sum = 0.0;
    for (var b = 0u; b < 4u; b++) {
        let row = ((at.first.y + b) & (side - 1u)) * side;
        for (var a = 0u; a < 4u; a++) {
            sum += at.y[b] * at.x[a] * bitcast<f32>(shown[SHOWN_FIRST + row + ((at.first.x + a) & (side - 1u))]);
        }
    }
    return sum;
}

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    // Before any branch, after which a software adapter would read them lane by lane.
    let nodes = window;
    let what = compose;
    let side = select(0u, shown[0], what.parcels != 0u);
    begin_summary(lane);
    if all(id.xy < nodes.size) {
        let cell = id.y * nodes.size.x + id.x;
        var omega = 0.0;
        if (what.parts & 1u) != 0u {
            omega = select(atoms_field[cell], 0.0, what.parcels == 2u) - what.mean;
            if side != 0u {
                omega += parcels_at(node_place(nodes, id.xy), side);
            }
        }
        if what.background != 0u && (what.parts & 2u) != 0u {
            omega += background_field[cell];
        }
        field[cell] = omega;
        summarise(omega);
    }
    end_summary(lane);
}
