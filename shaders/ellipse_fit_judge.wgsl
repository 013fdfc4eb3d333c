// The tiles' sums in one order. Of an image of the Jacobian only the mean is kept; of a trial's residual
// also the misfit, which decides whether the trial is taken and how the next step is damped.

#import shared/ellipse.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> partial: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> scalars: array<f32>;

// 0: an image; 1: a trial; 2: a trial that is taken in any case
override JUDGE = 0u;

const THREADS = 256u;
var<workgroup> sums: array<vec2<f32>, THREADS>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
    var own = vec2<f32>(0.0);
    for (var tile = local.x; tile < params.tiles * params.tiles; tile += THREADS) { // turns: FIT_TILES
        own += partial[tile];
    }
    sums[local.x] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if local.x < half {
            sums[local.x] += sums[local.x + half];
        }
        workgroupBarrier();
    }
    if local.x == 0u {
        let mean = scalars[FREE] * sums[0].x / f32(params.samples);
        if JUDGE == 0u {
            scalars[IMAGE_MEAN] = mean;
        } else {
            let misfit = sums[0].y - f32(params.samples) * mean * mean;
            let better = JUDGE == 2u || misfit < scalars[MISFIT];
            let damping = scalars[DAMPING];
            if better {
                scalars[MISFIT] = misfit;
                scalars[RESIDUAL_MEAN] = mean;
            }
            if JUDGE == 1u {
                scalars[DAMPING] = select(min(4.0 * damping, 1e4), max(0.4 * damping, 1e-4), better);
            }
            scalars[ACCEPTED] = f32(better);
        }
    }
}
