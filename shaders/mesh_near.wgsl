// Near pairs: what the mesh lacks between a core narrower than eta and its neighbours,
//
//   Gamma r_perp / (2 pi r^2) [exp(-r^2 / 2 S^2) - exp(-r^2 / 2 eps^2)]
//
// with the mesh's S^2 and the true eps^2 of the pair, summed in whole numbers and whole 512ths of what
// these leave. Narrow targets look at both classes of blobs, wide ones at narrow blobs only.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> places: array<vec2<u32>>;
// narrow ones by bin, then wide ones by bin
@group(0) @binding(5) var<storage, read> sorted: array<DeviceBlob>;
// widest S^2 of each class
@group(0) @binding(6) var<storage, read> widest: vec2<f32>;
// first member of each bin and class, and behind the last bin the totals
@group(0) @binding(7) var<storage, read> first: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> velocity: array<vec2<f32>>;

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

// Sums of velocities in whole numbers, and in 512ths of what these leave.
struct Pairs {
    whole: vec2<i32>,
    rest: vec2<i32>,
}

fn add(sum: Pairs, d: vec2<f32>, circulation: f32, s2: f32, e2: f32) -> Pairs {
    let r2 = dot(d, d);
    let f = circulation * difference(max(r2, 1e-20), s2, e2) * 0.15915494;
    let exact = mesh.near_units * select(0.0, f, r2 < mesh.reach * mesh.reach * s2) * vec2<f32>(-d.y, d.x);
    let whole = round(exact);
    return Pairs(sum.whole + vec2<i32>(whole), sum.rest + vec2<i32>(round(512.0 * (exact - whole))));
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
    var sum = Pairs(vec2<i32>(0), vec2<i32>(0));
    let classes = select(1u, 2u, eps2 < mesh.eta2);
    let total = first[mesh.bins * mesh.bins];
    for (var c = 0u; c < classes; c++) {
        let members_of = select(total.x, total.y, c == 1u);
        let radius = mesh.reach * sqrt(own + select(widest.x, widest.y, c == 1u)) * f32(mesh.bins) * 0.15915494;
        let low = vec2<i32>(floor(at.fraction - radius));
        let high = min(vec2<i32>(floor(at.fraction + radius)), low + i32(mesh.bins) - 1);
        // The bins of a row lie one after another, in two runs where it wraps.
        let left = (at.cell.x + bitcast<u32>(low.x)) & (mesh.bins - 1u);
        let right = left + u32(high.x - low.x) + 1u;
        // No rounds where the class is empty.
        for (var j = low.y; j <= select(low.y - 1, high.y, members_of > 0u); j++) {
            let row = ((at.cell.y + bitcast<u32>(j)) & (mesh.bins - 1u)) * mesh.bins;
            for (var from_bin = 0u; from_bin < right; from_bin += mesh.bins) {
                let begin = first[row + select(0u, left, from_bin == 0u)];
                let end = first[row + min(right - from_bin, mesh.bins)];
                let last = select(end.x, total.x + end.y, c == 1u);
                for (var m = select(begin.x, total.x + begin.y, c == 1u); m < last; m++) {
                    let blob = sorted[m];
                    let s2 = own + max(blob.eps2, mesh.eta2);
                    let offset = offset_between(blob.place, here);
                    sum = add(sum, offset, blob.circulation, s2, eps2 + blob.eps2);
                    // Rare: narrow ones take no round of this loop.
                    for (var n = select(9, 0, s2 > WIDE_EPS2); n < 9; n++) {
                        let image = offset + 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1));
                        sum = add(sum, image, select(blob.circulation, 0.0, n == 4), s2, eps2 + blob.eps2);
                    }
                }
            }
        }
    }
    velocity[i] += mesh.near_unit * (vec2<f32>(sum.whole) + vec2<f32>(sum.rest) / 512.0);
}
