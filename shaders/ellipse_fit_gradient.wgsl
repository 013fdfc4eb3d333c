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

// (J^T J + Lambda) p of an unknown.
fn image(at: u32) -> f32 {
    return products[at] + lambda[at] * p[at];
}

// What is left of an unknown after a step.
fn left(at: u32, alpha: f32) -> f32 {
    return r[at] - alpha * image(at);
}

// The next direction of an unknown.
fn turned(at: u32, beta: f32) -> f32 {
    return r[at] / (1.0 + lambda[at]) + beta * p[at];
}

// One workgroup has nothing else to do while it waits for memory: the six unknowns of an ellipse are read before any of
// them is written.
@compute @workgroup_size(256)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
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
        for (var i = local.x; i < params.count; i += THREADS) { // turns: FIT_LANES
            let at = 6u * i;
            own += p[at] * image(at) + p[at + 1u] * image(at + 1u) + p[at + 2u] * image(at + 2u)
                + p[at + 3u] * image(at + 3u) + p[at + 4u] * image(at + 4u) + p[at + 5u] * image(at + 5u);
        }
        let curvature = total(own, local.x);
        let rz = scalars[RZ];
        let alpha = select(0.0, rz / curvature, curvature > 0.0 && rz > 0.0);
        own = 0.0;
        for (var i = local.x; i < params.count; i += THREADS) { // turns: FIT_LANES
            let at = 6u * i;
            let low = vec3<f32>(left(at, alpha), left(at + 1u, alpha), left(at + 2u, alpha));
            let high = vec3<f32>(left(at + 3u, alpha), left(at + 4u, alpha), left(at + 5u, alpha));
            let low_damping = vec3<f32>(lambda[at], lambda[at + 1u], lambda[at + 2u]);
            let high_damping = vec3<f32>(lambda[at + 3u], lambda[at + 4u], lambda[at + 5u]);
            let low_x = vec3<f32>(x[at], x[at + 1u], x[at + 2u]);
            let high_x = vec3<f32>(x[at + 3u], x[at + 4u], x[at + 5u]);
            let low_x_now = low_x + alpha * vec3<f32>(p[at], p[at + 1u], p[at + 2u]);
            let high_x_now = high_x + alpha * vec3<f32>(p[at + 3u], p[at + 4u], p[at + 5u]);
            own += dot(low, low / (1.0 + low_damping)) + dot(high, high / (1.0 + high_damping));
            x[at] = low_x_now.x;
            r[at] = low.x;
            x[at + 1u] = low_x_now.y;
            r[at + 1u] = low.y;
            x[at + 2u] = low_x_now.z;
            r[at + 2u] = low.z;
            x[at + 3u] = high_x_now.x;
            r[at + 3u] = high.x;
            x[at + 4u] = high_x_now.y;
            r[at + 4u] = high.y;
            x[at + 5u] = high_x_now.z;
            r[at + 5u] = high.z;
        }
        let next = total(own, local.x);
        beta = select(0.0, next / rz, rz > 0.0);
        workgroupBarrier();
        if local.x == 0u {
            scalars[RZ] = next;
        }
    }
    // The sums of Hermite functions as quadratics in u. Each thread reads what it alone wrote.
    for (var i = local.x; i < params.count; i += THREADS) { // turns: FIT_LANES
        let at = 6u * i;
        let c = array<f32, 6>(
            turned(at, beta),
            turned(at + 1u, beta),
            turned(at + 2u, beta),
            turned(at + 3u, beta),
            turned(at + 4u, beta),
            turned(at + 5u, beta),
        );
        p[at] = c[0];
        p[at + 1u] = c[1];
        p[at + 2u] = c[2];
        p[at + 3u] = c[3];
        p[at + 4u] = c[4];
        p[at + 5u] = c[5];
        let norm = bell_norm(ellipses[i].factor);
        quadratics[at] = norm * (c[0] - (c[3] + c[5]) / ROOT2);
        quadratics[at + 1u] = norm * ROOT2 * c[1];
        quadratics[at + 2u] = norm * ROOT2 * c[2];
        quadratics[at + 3u] = norm * ROOT2 * c[3];
        quadratics[at + 4u] = norm * 2.0 * c[4];
        quadratics[at + 5u] = norm * ROOT2 * c[5];
    }
}
