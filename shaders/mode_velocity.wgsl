// Velocity of the background at the vertices: u = i ky omega_hat/k^2, v = -i kx omega_hat/k^2,
// summed over half the Hermitian square and doubled.

#import shared/torus.wgsl
#import shared/trig.wgsl
#import shared/atoms.wgsl
#import shared/background.wgsl

struct ModeVelocity {
    radius: i32,
    // first cell of `velocity` to write
    base: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<storage, read> mode_velocity: ModeVelocity;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> modes: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> velocity: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    let here = places[i];
    let r = mode_velocity.radius;
    var sum = vec2<f32>(0.0);
    for (var ky = 0; ky <= r; ky++) { // turns: HALF_SQUARE
        for (var kx = select(-r, 1, ky == 0); kx <= r; kx++) { // turns: SQUARE
            let amplitude = modes[mode_index(vec2<i32>(kx, ky), r)];
            if amplitude.x == 0.0 && amplitude.y == 0.0 {
                continue;
            }
            let turn = cos_sin_turns(phase_at(vec2<i32>(kx, ky), here));
            // Re(i a e) = -(a.x sin + a.y cos)
            let s = -(amplitude.x * turn.y + amplitude.y * turn.x) / f32(kx * kx + ky * ky);
            sum += s * vec2<f32>(f32(ky), -f32(kx));
        }
    }
    velocity[mode_velocity.base + i] = 2.0 * sum;
}
