// The velocity that parcels give to the vertices, added to the first partial sum: its mean over the
// vertex's core, by the two Gauss-Hermite nodes -eps, eps along each axis.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/parcels.wgsl

@group(0) @binding(0) var<storage, read> parcels: Parcels;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> own: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> velocity: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(6) var<storage, read> vertices: array<DeviceVertex>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let side = parcels.side;
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let eps = vertices[i].core * sqrt(atoms[vertices[i].atom].eps2);
    var sum = vec2<f32>(0.0);
    for (var node = 0u; node < 4u; node++) {
        let corner = vec2<f32>(f32(node & 1u), f32(node >> 1u)) * 2.0 - 1.0;
        let at = stencil(moved(places[i], eps * corner), side);
        for (var b = 0u; b < 4u; b++) {
            let row = ((at.first.y + b) & (side - 1u)) * side;
            for (var a = 0u; a < 4u; a++) {
                sum += at.y[b] * at.x[a] * own[row + ((at.first.x + a) & (side - 1u))];
            }
        }
    }
    velocity[i] += 0.25 * sum;
}
