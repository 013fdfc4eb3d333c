// Near pairs: what the mesh lacks between a core narrower than eta and its neighbours,
//
//   Gamma r_perp / (2 pi r^2) [exp(-r^2 / 2 S^2) - exp(-r^2 / 2 eps^2)]
//
// with the mesh's S^2 and the true eps^2 of the pair, summed in whole numbers. Narrow targets look at
// both classes of blobs, wide ones at narrow blobs only.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> blobs: array<DeviceBlob>;
// widest S^2 of each class
@group(0) @binding(6) var<storage, read> widest: vec2<f32>;
// first member of each bin and class, and behind the last bin the totals
@group(0) @binding(7) var<storage, read> first: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read> order: array<u32>;
@group(0) @binding(9) var<storage, read_write> velocity: array<vec2<f32>>;

// Cores wider than this reach past the nearest image.
const WIDE_EPS2: f32 = 0.16;

// [exp(-r^2 / 2 s2) - exp(-r^2 / 2 e2)] / r^2; a series near zero, where it would cancel.
fn difference(r2: f32, s2: f32, e2: f32) -> f32 {
    let a = 0.5 / s2;
    let b = 0.5 / e2;
    let x = a * r2;
    let y = b * r2;
    let series = (b - a) * (1.0 - 0.5 * (x + y) + (x * x + x * y + y * y) / 6.0);
    return select((exp(-x) - exp(-y)) / r2, series, y < 0.04);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let vertex = vertices[i];
    let here = places[i];
    let eps2 = atoms[vertex.atom].eps2 * vertex.core * vertex.core;
    let own = max(eps2, mesh.eta2);
    let bits = firstTrailingBit(mesh.bins);
    let at = on_grid(here, bits);
    var sum = vec2<i32>(0);
    let classes = select(1u, 2u, eps2 < mesh.eta2);
    for (var c = 0u; c < classes; c++) {
        let total = first[mesh.bins * mesh.bins];
        let members_of = select(total.x, total.y, c == 1u);
        let radius = mesh.reach * sqrt(own + select(widest.x, widest.y, c == 1u)) * f32(mesh.bins) * 0.15915494;
        let low = vec2<i32>(floor(at.fraction - radius));
        let high = min(vec2<i32>(floor(at.fraction + radius)), low + i32(mesh.bins) - 1);
        // No rounds where the class is empty.
        for (var j = low.y; j <= select(low.y - 1, high.y, members_of > 0u); j++) {
            for (var n = low.x; n <= high.x; n++) {
                let cell = (at.cell + bitcast<vec2<u32>>(vec2<i32>(n, j))) & vec2<u32>(mesh.bins - 1u);
                let bin = cell.y * mesh.bins + cell.x;
                let next = first[bin + 1u];
                let begin = select(first[bin].x, first[bin].y, c == 1u);
                let end = select(next.x, next.y, c == 1u);
                for (var m = begin; m < end; m++) {
                    let blob = blobs[order[c * mesh.capacity + m]];
                    let s2 = own + max(blob.eps2, mesh.eta2);
                    let most = mesh.reach * mesh.reach * s2;
                    let offset = offset_between(blob.place, here);
                    let images = select(0, 1, s2 > WIDE_EPS2);
                    for (var w = -images; w <= images; w++) {
                        for (var v = -images; v <= images; v++) {
                            let d = offset + 2.0 * PI * vec2<f32>(f32(v), f32(w));
                            let r2 = dot(d, d);
                            var f = blob.circulation * difference(max(r2, 1e-20), s2, eps2 + blob.eps2) * 0.15915494;
                            f = select(0.0, f, r2 < most);
                            sum += vec2<i32>(round(mesh.near_units * f * vec2<f32>(-d.y, d.x)));
                        }
                    }
                }
            }
        }
    }
    velocity[i] += mesh.near_unit * vec2<f32>(sum);
}
