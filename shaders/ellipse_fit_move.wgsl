// Ellipses after a damped step, inside their bounds; one thread an ellipse.

#import shared/ellipse.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> ellipses: array<DeviceEllipse>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> trial: array<DeviceEllipse>;

// Largest shift of a centre, in core radii.
override MAX_SHIFT = 0.7;
// Largest logarithmic change of a variance.
override MAX_STRAIN = 0.8;

// A symmetric matrix xx, xy, yy with its eigenvalues moved into [low, high]; the exponential first if asked for.
fn clamped(m: vec3<f32>, low: f32, high: f32, exponential: bool) -> vec3<f32> {
    let mean = 0.5 * (m.x + m.z);
    let half = 0.5 * (m.x - m.z);
    let spread = length(vec2<f32>(half, m.y));
    var a = clamp(mean + spread, low, high);
    var b = clamp(mean - spread, low, high);
    if exponential {
        a = exp(a);
        b = exp(b);
    }
    var turn = vec2<f32>(1.0, 0.0);
    if spread > 0.0 {
        turn = vec2<f32>(half, m.y) / spread;
    }
    return 0.5 * vec3<f32>(a + b + (a - b) * turn.x, (a - b) * turn.y, a + b - (a - b) * turn.x);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= params.count {
        return;
    }
    var e = ellipses[i];
    let at = 6u * i;
    let norm = bell_norm(e.factor);
    let scale = norm / select(e.peak, 1e-30, e.peak == 0.0);
    e.peak += norm * (x[at] - (x[at + 3u] + x[at + 5u]) / ROOT2);
    var xi = ROOT2 * scale * vec2<f32>(x[at + 1u], x[at + 2u]);
    let size = length(xi);
    // Not so where the number is none or beyond the range.
    if size < 1e18 {
        xi *= min(1.0, MAX_SHIFT / max(size, 1e-30));
        let f = e.factor;
        e.center += vec2<f32>(f.x * xi.x, f.y * xi.x + f.z * xi.y);
        let strain = scale * vec3<f32>(2.0 * ROOT2 * x[at + 3u], 2.0 * x[at + 4u], 2.0 * ROOT2 * x[at + 5u]);
        let m = clamped(strain, -MAX_STRAIN, MAX_STRAIN, true);
        // S = F M F^T
        let row = vec2<f32>(f.y * m.x + f.z * m.y, f.y * m.y + f.z * m.z);
        let s = vec3<f32>(f.x * f.x * m.x, f.x * row.x, f.y * row.x + f.z * row.y);
        let t = clamped(s, params.least * params.least, params.most * params.most, false);
        e.peak *= sqrt((s.x * s.z - s.y * s.y) / (t.x * t.z - t.y * t.y));
        let a = sqrt(t.x);
        let b = t.y / a;
        e.factor = vec3<f32>(a, b, sqrt(max(t.z - b * b, 1e-12)));
    }
    trial[i] = e;
}
