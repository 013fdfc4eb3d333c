// Near pairs: what the mesh lacks between a core narrower than eta and its neighbours,
//
//   Gamma r_perp / (2 pi r^2) [exp(-r^2 / 2 S^2) - exp(-r^2 / 2 eps^2)]
//
// with the mesh's S^2 and the true eps^2 of the pair, summed in whole numbers and whole 512ths of what
// these leave. Narrow targets look at both classes of blobs, wide ones at narrow blobs only.
//
// The bins of a row lie one after another: a run of blobs, two where it wraps. A lane goes through its runs in turns of
// at most BLOCK blobs, whatever the other lanes find in theirs; what TURNS turns leave is the next launch's.

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
// number of this launch, whether one more is needed, then of each vertex its run, the next blob and its sums so far
@group(0) @binding(9) var<storage, read_write> pending: array<u32>;

// Whether one launch is all there is: then nothing is pending.
override ONCE: bool = true;
override BLOCK: u32 = 1073741824u;
override TURNS: u32 = 1073741824u;
const HEAD: u32 = 2u;
const EACH: u32 = 6u;
const DONE: u32 = 0xffffffffu;

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

// Bins around a target: the lowest and the highest, not yet wrapped.
struct Around {
    low: vec2<i32>,
    high: vec2<i32>,
}

fn around(fraction: vec2<f32>, s2: f32) -> Around {
    let radius = mesh.reach * sqrt(s2) * f32(mesh.bins) * 0.15915494;
    let low = vec2<i32>(floor(fraction - radius));
    return Around(low, min(vec2<i32>(floor(fraction + radius)), low + i32(mesh.bins) - 1));
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
    let total = first[mesh.bins * mesh.bins];
    let narrow = around(at.fraction, own + widest.x);
    let wide = around(at.fraction, own + widest.y);
    // Rows of bins with blobs of each class; none where a class is empty.
    let narrow_rows = select(0u, u32(narrow.high.y - narrow.low.y + 1), total.x > 0u);
    let wide_rows = select(0u, u32(wide.high.y - wide.low.y + 1), total.y > 0u && eps2 < mesh.eta2);
    let runs = 2u * (narrow_rows + wide_rows);
    var sum = Pairs(vec2<i32>(0), vec2<i32>(0));
    // Two runs a row, the second where it wraps; the next blob of the run, 0 where it has not begun.
    var run = 0u;
    var next = 0u;
    let place = HEAD + EACH * i;
    if !ONCE && pending[0] > 0u {
        run = pending[place];
        next = pending[place + 1u];
        sum.whole = bitcast<vec2<i32>>(vec2<u32>(pending[place + 2u], pending[place + 3u]));
        sum.rest = bitcast<vec2<i32>>(vec2<u32>(pending[place + 4u], pending[place + 5u]));
        if run == DONE {
            return;
        }
    }
    for (var turn = 0u; turn < TURNS && run < runs; turn++) { // turns: NEAR_TURNS
        let of_wide = run >= 2u * narrow_rows;
        let low = select(narrow.low, wide.low, of_wide);
        let high_x = select(narrow.high.x, wide.high.x, of_wide);
        let j = low.y + i32(run / 2u - select(0u, narrow_rows, of_wide));
        let row = ((at.cell.y + bitcast<u32>(j)) & (mesh.bins - 1u)) * mesh.bins;
        let left = (at.cell.x + bitcast<u32>(low.x)) & (mesh.bins - 1u);
        let right = left + u32(high_x - low.x) + 1u;
        let wraps = run % 2u == 1u;
        let begin = first[row + select(left, 0u, wraps)];
        let end = first[row + select(min(right, mesh.bins), right - mesh.bins, wraps)];
        let last = select(end.x, total.x + end.y, of_wide);
        next = max(next, select(begin.x, total.x + begin.y, of_wide));
        let stop = min(last, next + BLOCK);
        for (; next < stop; next++) { // turns: NEAR_BLOCK
            let blob = sorted[next];
            let s2 = own + max(blob.eps2, mesh.eta2);
            let offset = offset_between(blob.place, here);
            sum = add(sum, offset, blob.circulation, s2, eps2 + blob.eps2);
            // Rare: narrow ones take no round of this loop.
            for (var n = select(9, 0, s2 > WIDE_EPS2); n < 9; n++) { // turns: 9
                let image = offset + 2.0 * PI * vec2<f32>(f32(n % 3 - 1), f32(n / 3 - 1));
                sum = add(sum, image, select(blob.circulation, 0.0, n == 4), s2, eps2 + blob.eps2);
            }
        }
        if next >= last {
            next = 0u;
            run += select(1u, 2u, !wraps && right <= mesh.bins);
        }
    }
    if ONCE || run >= runs {
        velocity[i] += mesh.near_unit * (vec2<f32>(sum.whole) + vec2<f32>(sum.rest) / 512.0);
        run = DONE;
    }
    if !ONCE {
        pending[place] = run;
        pending[place + 1u] = next;
        pending[place + 2u] = bitcast<u32>(sum.whole.x);
        pending[place + 3u] = bitcast<u32>(sum.whole.y);
        pending[place + 4u] = bitcast<u32>(sum.rest.x);
        pending[place + 5u] = bitcast<u32>(sum.rest.y);
        if run != DONE {
            pending[1] = 1u;
        }
    }
}
