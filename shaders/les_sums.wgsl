// Large-eddy simulation: what each column of modes holds of enstrophy and energy,
//
//   Z(kx) = c sum_ky |omega|^2,   E(kx) = c sum_ky |omega|^2/k^2,   c = 1, and 1/2 at kx = 0,
//
// every mode with kx > 0 standing for its conjugate too. Behind the largest speeds and viscosities, as bits.

#import shared/les.wgsl

@group(0) @binding(0) var<storage, read> omega: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> seen: array<u32>;

var<workgroup> part: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let kx = group.x;
    let height = 2u * BAND + 1u;
    var sum = vec2<f32>(0.0);
    for (var i = thread; i < height; i += 64u) { // turns: LES_COLUMN
        let ky = f32(select(i32(i) - i32(height), i32(i), i <= BAND));
        let k2 = f32(kx * kx) + ky * ky;
        let w = omega[kx * height + i];
        sum += dot(w, w) * vec2<f32>(1.0, 1.0 / max(k2, 1.0));
    }
    part[thread] = sum;
    workgroupBarrier();
    for (var span = 32u; span > 0u; span /= 2u) { // turns: 6
        if thread < span {
            part[thread] += part[thread + span];
        }
        workgroupBarrier();
    }
    if thread == 0u {
        let all = part[0] * select(1.0, 0.5, kx == 0u);
        seen[4u + 2u * kx] = bitcast<u32>(all.x);
        seen[5u + 2u * kx] = bitcast<u32>(all.y);
    }
}
