// One conjugate gradient of a damped step, by one workgroup: the vectors are short.
// Solves (J^T J + Lambda) x = J^T r, preconditioned by 1 + Lambda.

#import shared/ellipse.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> ellipses: array<DeviceEllipse>;
// J^T r when it begins, then J^T J p
@group(0) @binding(2) var<storage, read> products: array<f32>;
// x, r, p and Lambda, 6 count numbers each
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> r: array<f32>;
@group(0) @binding(5) var<storage, read_write> p: array<f32>;
@group(0) @binding(6) var<storage, read_write> lambda: array<f32>;
@group(0) @binding(7) var<storage, read_write> quadratics: array<f32>;
@group(0) @binding(8) var<storage, read_write> scalars: array<f32>;

// 1: take J^T r and begin
override BEGIN = 0u;
// Variance of the prior on a shift, in core radii squared.
override PRIOR = 0.1;

const THREADS = 256u;
var<workgroup> sums: array<f32, THREADS>;

fn total(own: f32, thread: u32) -> f32 {
    workgroupBarrier();
    sums[thread] = own;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        if thread < half {
            sums[thread] += sums[thread + half];
        }
        workgroupBarrier();
    }
    return sums[0];
}

// The first residual of an unknown, with its damping; its share of r . z.
fn begin(at: u32, damping: f32) -> f32 {
    lambda[at] = damping;
    x[at] = 0.0;
    r[at] = products[at];
    p[at] = 0.0;
    return r[at] * r[at] / (1.0 + damping);
}

// The next direction of an unknown.
fn turned(at: u32, beta: f32) -> f32 {
    let next = r[at] / (1.0 + lambda[at]) + beta * p[at];
    p[at] = next;
    return next;
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
    let size = 6u * params.count;
    var own = 0.0;
    var beta = 0.0;
    if BEGIN == 1u {
        let damping = scalars[DAMPING];
        let variance = scalars[MISFIT] / f32(params.samples);
        for (var i = local.x; i < params.count; i += THREADS) { // turns: FIT_LANES
            let e = ellipses[i];
            let norm = bell_norm(e.factor);
            let prior = min(2.0 * variance * norm * norm / (PRIOR * e.peak * e.peak + 1e-30), 1e6);
            own += begin(6u * i, damping);
            own += begin(6u * i + 1u, damping + prior);
            own += begin(6u * i + 2u, damping + prior);
            own += begin(6u * i + 3u, damping + prior);
            own += begin(6u * i + 4u, damping + prior);
            own += begin(6u * i + 5u, damping + prior);
        }
        let rz = total(own, local.x);
        if local.x == 0u {
            scalars[RZ] = rz;
        }
    } else {
        for (var at = local.x; at < size; at += THREADS) { // turns: FIT_UNKNOWNS
            own += p[at] * (products[at] + lambda[at] * p[at]);
        }
        let curvature = total(own, local.x);
        let rz = scalars[RZ];
        let alpha = select(0.0, rz / curvature, curvature > 0.0 && rz > 0.0);
        own = 0.0;
        for (var at = local.x; at < size; at += THREADS) { // turns: FIT_UNKNOWNS
            x[at] += alpha * p[at];
            r[at] -= alpha * (products[at] + lambda[at] * p[at]);
            own += r[at] * r[at] / (1.0 + lambda[at]);
        }
        let next = total(own, local.x);
        beta = select(0.0, next / rz, rz > 0.0);
        workgroupBarrier();
        if local.x == 0u {
            scalars[RZ] = next;
        }
    }
    // The sums of Hermite functions as quadratics in u. What this thread wrote above it alone reads, but for
    // vectors whose entries other threads own.
    storageBarrier();
    for (var i = local.x; i < params.count; i += THREADS) { // turns: FIT_LANES
        let c = array<f32, 6>(
            turned(6u * i, beta),
            turned(6u * i + 1u, beta),
            turned(6u * i + 2u, beta),
            turned(6u * i + 3u, beta),
            turned(6u * i + 4u, beta),
            turned(6u * i + 5u, beta),
        );
        let norm = bell_norm(ellipses[i].factor);
        quadratics[6u * i] = norm * (c[0] - (c[3] + c[5]) / ROOT2);
        quadratics[6u * i + 1u] = norm * ROOT2 * c[1];
        quadratics[6u * i + 2u] = norm * ROOT2 * c[2];
        quadratics[6u * i + 3u] = norm * ROOT2 * c[3];
        quadratics[6u * i + 4u] = norm * 2.0 * c[4];
        quadratics[6u * i + 5u] = norm * ROOT2 * c[5];
    }
}
