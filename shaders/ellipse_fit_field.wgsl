// The sum of all quadratics times bells at every sample, or the values less that sum; one workgroup a
// tile. Each tile leaves the sum and the sum of squares of what it wrote. Launches that follow one another take up to
// part.count batches of 64 samples of a tile each.

#import shared/ellipse.wgsl
#import shared/part.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> ellipses: array<DeviceEllipse>;
// six numbers an ellipse, the quadratic in u: 1, u1, u2, u1^2, u1 u2, u2^2
@group(0) @binding(2) var<storage, read> quadratics: array<f32>;
@group(0) @binding(3) var<storage, read> lists: array<u32>;
@group(0) @binding(4) var<storage, read> lengths: array<u32>;
// first sample of each tile
@group(0) @binding(5) var<storage, read> starts: array<u32>;
// x, y, value
@group(0) @binding(6) var<storage, read> samples: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> field: array<f32>;
@group(0) @binding(8) var<storage, read_write> partial: array<vec2<f32>>;
@group(0) @binding(9) var<storage, read> part: Part;

// 1: the values less the model, whose quadratics are the peaks; 0: the sum itself
override RESIDUAL = 0u;

const THREADS = 64u;
var<workgroup> centers: array<vec2<f32>, THREADS>;
var<workgroup> frames: array<vec3<f32>, THREADS>;
var<workgroup> low: array<vec3<f32>, THREADS>;
var<workgroup> high: array<vec3<f32>, THREADS>;
var<workgroup> sums: array<vec2<f32>, THREADS>;

// What the ellipse in slot n leaves at a place.
fn value(place: vec2<f32>, n: u32, side: f32) -> f32 {
    let u = in_radii(nearest_cell(place - centers[n], side), frames[n]);
    let u2 = dot(u, u);
    let a = low[n].x + u.x * low[n].y + u.y * low[n].z;
    let b = u.x * u.x * high[n].x + u.x * u.y * high[n].y + u.y * u.y * high[n].z;
    return select(0.0, exp(-0.5 * u2) * (a + b), u2 <= REACH * REACH);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = group.y * params.tiles + group.x;
    let side = f32(params.side);
    let from_sample = starts[tile] + part.first * THREADS;
    let all = starts[tile + 1u];
    // The same for all threads: nothing is left for this launch.
    if part.first > 0u && from_sample >= all {
        return;
    }
    let to_sample = min(all, from_sample + part.count * THREADS);
    let length = lengths[tile];
    var total = vec2<f32>(0.0);
    for (var first = from_sample; first < to_sample; first += THREADS) { // turns: FIT_SAMPLE_BATCHES
        let s = first + local.x;
        let own = s < to_sample;
        let sample = samples[min(s, params.samples - 1u)];
        var sum = 0.0;
        for (var chunk = 0u; chunk < length; chunk += THREADS) { // turns: FIT_LISTED
            workgroupBarrier();
            if chunk + local.x < length {
                let i = lists[tile * params.list + chunk + local.x];
                let e = ellipses[i];
                centers[local.x] = e.center;
                frames[local.x] = inverse_factor(e.factor);
                if RESIDUAL == 1u {
                    low[local.x] = vec3<f32>(e.peak, 0.0, 0.0);
                    high[local.x] = vec3<f32>(0.0);
                } else {
                    low[local.x] = vec3<f32>(quadratics[6u * i], quadratics[6u * i + 1u], quadratics[6u * i + 2u]);
                    high[local.x] = vec3<f32>(quadratics[6u * i + 3u], quadratics[6u * i + 4u], quadratics[6u * i + 5u]);
                }
            } else {
                // What stands in for nothing weighs nothing.
                frames[local.x] = vec3<f32>(0.0);
                low[local.x] = vec3<f32>(0.0);
                high[local.x] = vec3<f32>(0.0);
                centers[local.x] = vec2<f32>(0.0);
            }
            workgroupBarrier();
            let count = min(THREADS, length - chunk);
            for (var n = 0u; n < count; n += 4u) { // turns: 16
                sum += value(sample.xy, n, side);
                sum += value(sample.xy, n + 1u, side);
                sum += value(sample.xy, n + 2u, side);
                sum += value(sample.xy, n + 3u, side);
            }
        }
        if own {
            let value = select(sum, sample.z - sum, RESIDUAL == 1u);
            field[s] = value;
            total += vec2<f32>(value, value * value);
        }
    }
    sums[local.x] = total;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
        workgroupBarrier();
    }
    if local.x == 0u {
        partial[tile] = sums[0] + select(vec2<f32>(0.0), partial[tile], part.first > 0u);
    }
}
