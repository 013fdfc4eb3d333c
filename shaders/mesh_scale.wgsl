// Whole numbers of a unit circulation, as many as leave room: a Gaussian reaches 11 cells at most, so what
// meets on a node comes from four squares. One workgroup; the squares go back to zero on the way.

#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read_write> mesh: Mesh;
@group(0) @binding(1) var<storage, read_write> squares: array<u32>;

const LANES: u32 = 256u;
// Half of what an i32 holds.
const MOST_UNITS: f32 = 1073741824.0;

var<workgroup> most: atomic<u32>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
    var own = 0u;
    for (var i = lane; i < arrayLength(&squares); i += LANES) { // turns: SQUARES
        own = max(own, squares[i]);
        squares[i] = 0u;
    }
    if lane == 0u {
        atomicStore(&most, 0u);
    }
    workgroupBarrier();
    atomicMax(&most, own);
    workgroupBarrier();
    if lane == 0u {
        let sum = 4.0 * f32(atomicLoad(&most)) / mesh.square_units;
        // 6.2831853 = 2 pi, 2.5330296e-2 = 1 / 4 pi^2
        let units = select(0.0, MOST_UNITS * 6.2831853 * narrowest_width2(mesh) / (1.01 * sum), sum > 0.0);
        mesh.grid_units = units;
        mesh.amplitude = select(0.0, 2.5330296e-2 / units, units > 0.0);
    }
}
