// Inner products of a field with the six normalised Hermite functions of each ellipse; one workgroup an
// ellipse, over the tiles it reaches, four of them at a time: a wide ellipse would else keep the device waiting. Launches that follow one another take up to part.count tiles of an ellipse each
// and add to what is there.

#import shared/ellipse.wgsl
#import shared/part.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> ellipses: array<DeviceEllipse>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read> samples: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> field: array<f32>;
@group(0) @binding(5) var<storage, read> scalars: array<f32>;
// six numbers an ellipse
@group(0) @binding(6) var<storage, read_write> products: array<f32>;
@group(0) @binding(7) var<storage, read> part: Part;

// Which mean is taken off: RESIDUAL_MEAN or IMAGE_MEAN.
override MEAN = 3u;

const THREADS = 256u;
// Threads that take the samples of a tile.
const LANES = 64u;
var<workgroup> low: array<vec3<f32>, THREADS>;
var<workgroup> high: array<vec3<f32>, THREADS>;

fn add(at: u32, product: f32) {
    products[at] = product + select(0.0, products[at], part.first > 0u);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let i = group.y * 32768u + group.x;
    // The same for the whole workgroup.
    if i >= params.count {
        return;
    }
    let e = ellipses[i];
    let spq = inverse_factor(e.factor);
    let side = f32(params.side);
    let mean = scalars[MEAN];
    let reach = REACH * vec2<f32>(e.factor.x, length(e.factor.yz));
    let first = vec2<i32>(floor((e.center - reach) / f32(TILE)));
    let last = vec2<i32>(floor((e.center + reach) / f32(TILE)));
    let tiles = i32(params.tiles);
    let count = min(last - first + 1, vec2<i32>(tiles));
    let from_tile = i32(part.first);
    let to_tile = min(count.x * count.y, from_tile + i32(part.count));
    // The same for the whole workgroup: nothing is left for this launch.
    if part.first > 0u && from_tile >= to_tile {
        return;
    }
    var a = vec3<f32>(0.0);
    var b = vec3<f32>(0.0);
    for (var next = from_tile; next < to_tile; next += i32(THREADS / LANES)) { // turns: FIT_REACHED
        let n = next + i32(local.x / LANES);
        let at = first + vec2<i32>(n % count.x, n / count.x);
        let cell = ((at % tiles) + tiles) % tiles;
        let middle = (vec2<f32>(cell) + 0.5) * f32(TILE);
        let tile = u32(cell.y * tiles + cell.x);
        // Nothing of a tile out of reach is visited.
        let reached = n < to_tile && reaches(nearest_cell(middle - e.center, side), spq);
        let end = select(0u, starts[tile + 1u], reached);
        for (var s = starts[tile] + local.x % LANES; s < end; s += LANES) { // turns: FIT_TILE_SAMPLES
            let u = in_radii(nearest_cell(samples[s].xy - e.center, side), spq);
            let u2 = dot(u, u);
            let g = select(0.0, exp(-0.5 * u2) * (field[s] - mean), u2 <= REACH * REACH);
            a += g * vec3<f32>(1.0, u);
            b += g * vec3<f32>(u.x * u.x, u.x * u.y, u.y * u.y);
        }
    }
    low[local.x] = a;
    high[local.x] = b;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if local.x < half {
            low[local.x] += low[local.x + half];
            high[local.x] += high[local.x + half];
        }
        workgroupBarrier();
    }
    if local.x == 0u {
        let norm = bell_norm(e.factor);
        let m = low[0];
        let h = high[0];
        add(6u * i, norm * m.x);
        add(6u * i + 1u, norm * ROOT2 * m.y);
        add(6u * i + 2u, norm * ROOT2 * m.z);
        add(6u * i + 3u, norm * ROOT2 * (h.x - 0.5 * m.x));
        add(6u * i + 4u, norm * 2.0 * h.y);
        add(6u * i + 5u, norm * ROOT2 * (h.z - 0.5 * m.x));
    }
}
