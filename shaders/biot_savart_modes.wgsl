// Many pairs: the waves of the smooth part, for ky >= 0,
//
//   B(k) = 1/(4 pi^2) exp(-k^2 S^2 / 2) / k^2  sum_j Gamma_j exp(-i k . x_j),
//
// doubled for ky > 0. A workgroup sums one chunk of the blobs, in order, one wave a lane; each blob is a
// product of one factor in kx and one in ky.

#import shared/trig.wgsl
#import shared/atoms.wgsl
#import shared/complex.wgsl
#import shared/pairs.wgsl

@group(0) @binding(0) var<storage, read> biot_savart: BiotSavart;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
// ROWS x ROW waves of each chunk
@group(0) @binding(3) var<storage, read_write> waves: array<vec2<f32>>;

const LANES: u32 = 192u;
const BATCH: u32 = 16u;
// Factors of a blob: kx = 0 .. FAR times its circulation, then ky = 0 .. FAR.
const FACTORS: u32 = 2u * ROWS;

var<workgroup> factors: array<vec2<f32>, BATCH * FACTORS>;

@compute @workgroup_size(192)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let all = chunks(counts);
    if !many_pairs(biot_savart, counts) || group.x >= all {
        return;
    }
    let share = (counts.blobs + all - 1u) / all;
    let end = min((group.x + 1u) * share, counts.blobs);
    let kx = i32(lane % ROW) - FAR;
    let ky = min(lane / ROW, ROWS - 1u);
    let from_x = u32(abs(kx));
    let mirror = vec2<f32>(1.0, f32(select(1, -1, kx < 0)));
    var sum = vec2<f32>(0.0);
    for (var first = group.x * share; first < end; first += BATCH) { // turns: WAVE_BATCHES
        workgroupBarrier();
        for (var f = lane; f < BATCH * FACTORS; f += LANES) { // turns: 2
            let i = first + f / FACTORS;
            let k = f % FACTORS;
            var factor = vec2<f32>(0.0);
            if i < end {
                let blob = blobs[i];
                let up = k >= ROWS;
                let turn = cos_sin_turns((0u - (k % ROWS)) * select(blob.place.x, blob.place.y, up));
                factor = select(blob.circulation, 1.0, up) * turn;
            }
            factors[f] = factor;
        }
        workgroupBarrier();
        var part = vec2<f32>(0.0);
        for (var b = 0u; b < BATCH * FACTORS; b += 4u * FACTORS) { // turns: 4
            part += cmul(mirror * factors[b + from_x], factors[b + ROWS + ky]);
            part += cmul(mirror * factors[b + FACTORS + from_x], factors[b + FACTORS + ROWS + ky]);
            part += cmul(mirror * factors[b + 2u * FACTORS + from_x], factors[b + 2u * FACTORS + ROWS + ky]);
            part += cmul(mirror * factors[b + 3u * FACTORS + from_x], factors[b + 3u * FACTORS + ROWS + ky]);
        }
        sum += part;
    }
    if lane < ROWS * ROW {
        let k2 = f32(kx * kx + i32(ky * ky));
        let weight = select(2.0, 1.0, ky == 0u) * 2.5330296e-2 * exp(-0.5 * SPLIT2 * k2) / max(k2, 1.0);
        waves[group.x * ROWS * ROW + lane] = select(weight, 0.0, k2 == 0.0) * sum;
    }
}
