// Every vertex takes the velocity of its level, weighted by its own Gaussian.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> grid: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let vertex = vertices[i];
    let at = standing(mesh, atoms[vertex.atom].eps2 * vertex.core * vertex.core);
    let side = mesh.side >> at.level;
    let base = level_base(mesh, at.level);
    let here = on_grid(places[i], firstTrailingBit(side));
    let half = mesh.reach * at.width;
    let low = vec2<i32>(ceil(here.fraction - half));
    let high = vec2<i32>(floor(here.fraction + half));
    let k = -0.5 / (at.width * at.width);
    var sum = vec2<f32>(0.0);
    for (var j = low.y; j <= high.y; j++) {
        let dy = f32(j) - here.fraction.y;
        let row = base + ((here.cell.y + bitcast<u32>(j)) & (side - 1u)) * side;
        var part = vec2<f32>(0.0);
        for (var n = low.x; n <= high.x; n++) {
            let dx = f32(n) - here.fraction.x;
            part += exp(k * dx * dx) * grid[row + ((here.cell.x + bitcast<u32>(n)) & (side - 1u))];
        }
        sum += exp(k * dy * dy) * part;
    }
    // 0.15915494 = 1 / 2 pi
    velocity[i] = 0.15915494 / (at.width * at.width) * sum;
    for (var p = 1u; p < mesh.splits; p++) {
        velocity[p * mesh.stride + i] = vec2<f32>(0.0);
    }
}
