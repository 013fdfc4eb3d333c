// First half of the separable decode: for each kx >= 0 and each row of nodes,
//   F(kx, y_j) = c sum_ky omega_hat(kx, ky) exp(i ky y_j),   c = 2 for kx > 0 (its conjugate), else 1.

#import shared/trig.wgsl
#import shared/complex.wgsl
#import shared/background.wgsl
#import shared/window.wgsl

struct LowK {
    radius: i32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> low_k: LowK;
@group(0) @binding(2) var<storage, read> modes: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> rows: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let j = id.x;
    let kx = i32(id.y);
    if j >= window.size.y {
        return;
    }
    let y = node_place(window, vec2<u32>(0u, j)).y;
    var sum = vec2<f32>(0.0);
    for (var ky = -low_k.radius; ky <= low_k.radius; ky++) { // turns: SQUARE
        let amplitude = modes[mode_index(vec2<i32>(kx, ky), low_k.radius)];
        sum += cmul(amplitude, cos_sin_turns(bitcast<u32>(ky) * y));
    }
    rows[id.y * window.size.y + j] = select(2.0, 1.0, kx == 0) * sum;
}
