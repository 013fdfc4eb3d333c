// Truncated vorticity equation on the stored modes, one Runge-Kutta stage. With p = k - q,
//
//   d omega_k / dt = sum_q (q_x p_y - q_y p_x) / p^2  W_p omega_q  - (nu k^2 + i k . U) omega_k
//
// W the vorticity that advects: the stored modes and, up to twice the band, the atoms'. The field is real,
// omega_-k = conj(omega_k), to the bit: the lower half takes the slopes of the upper one, for a difference of
// rounding would grow as any disturbance of the flow does.

#import shared/complex.wgsl
#import shared/background.wgsl

struct KernelGalerkin {
    drift: vec2<f32>,
    radius: i32,
    nu: f32,
    reach: f32,
    share: f32,
    first: u32,
    last: u32,
    // 1 where the atoms' amplitudes are to be added
    atoms: u32,
    // 1 where these hold the background, too
    whole: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<storage, read> kernel: KernelGalerkin;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
// the step's first amplitudes; this stage's; the next stage's; the step's total
@group(0) @binding(2) var<storage, read_write> start: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> stage: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> next: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> total: array<vec2<f32>>;
// atoms, ky >= 0, radius 2 * radius
@group(0) @binding(6) var<storage, read> atom_amplitudes: array<vec2<f32>>;

fn advecting(p: vec2<i32>) -> vec2<f32> {
    var w = vec2<f32>(0.0);
    if kernel.whole == 0u && max(abs(p.x), abs(p.y)) <= kernel.radius {
        w = stage[mode_index(p, kernel.radius)];
    }
    if kernel.atoms != 0u {
        let wide = 2 * kernel.radius;
        let half = select(p, -p, p.y < 0);
        let a = atom_amplitudes[u32(half.y * (2 * wide + 1) + half.x + wide)];
        w += select(a, conj(a), p.y < 0);
    }
    return w;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let r = kernel.radius;
    let side = 2 * r + 1;
    if i32(id.x) >= side * side {
        return;
    }
    let own = vec2<i32>(i32(id.x) % side - r, i32(id.x) / side - r);
    let lower = own.y < 0 || (own.y == 0 && own.x < 0);
    let k = select(own, -own, lower);
    var slope = vec2<f32>(0.0);
    if mask[id.x] != 0u {
        for (var qy = -r; qy <= r; qy++) { // turns: SQUARE
            for (var qx = -r; qx <= r; qx++) { // turns: SQUARE
                let at = mode_index(vec2<i32>(qx, qy), r);
                let p = k - vec2<i32>(qx, qy);
                let cross = qx * p.y - qy * p.x;
                if mask[at] != 0u && cross != 0 {
                    let weight = f32(cross) / f32(p.x * p.x + p.y * p.y);
                    slope += weight * cmul(advecting(p), stage[at]);
                }
            }
        }
        let here = stage[mode_index(k, r)];
        slope -= kernel.nu * f32(k.x * k.x + k.y * k.y) * here;
        slope += dot(kernel.drift, vec2<f32>(k)) * vec2<f32>(here.y, -here.x);
        slope = select(slope, conj(slope), lower);
    }
    var sum = kernel.share * slope;
    if kernel.first == 0u {
        sum += total[id.x];
    }
    total[id.x] = sum;
    if kernel.last == 0u {
        next[id.x] = start[id.x] + kernel.reach * slope;
    } else {
        let after = start[id.x] + sum;
        start[id.x] = after;
        next[id.x] = after;
    }
}
