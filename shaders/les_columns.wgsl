// Large-eddy simulation, columns. The slopes that the rows left are transformed along y and move the modes,
//
//   slope   = G + i ky Fy - nu0 k^2 here
//   omega'  = omega + mix (here - omega) + reach slope
//
// `here` being the modes that the slopes are of. What the rows want of the modes is transformed back along y: psi,
// u = i ky psi, omega, omega_y. Stage 0 has no slopes yet. Stage 1 begins a step, at omega itself; stage 2 goes from
// the middle to the middle; stage 3 ends the step. rk4 draws k1 and k2 together on the way, in the second half of
// `middle`, and ends the step from there.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/les.wgsl
#import shared/wavenumber.wgsl

override STAGE: u32 = 0u;
// 1: the sum is noted, 2: it is taken
override SUM: u32 = 0u;
override EDDY: bool = true;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> les: LesStage;
// at the start of the step, and in its middle with the sum behind
@group(0) @binding(2) var<storage, read_write> omega: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> middle: array<vec2<f32>>;
// (G, Fy), (psi, u) and (omega, omega_y), all [kx][y]
@group(0) @binding(4) var<storage, read> slopes: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> flow: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> vorticity: array<vec4<f32>>;

// Amplitudes of omega, and one of two columns that travel together.
var<private> amplitude: array<vec2<f32>, 8>;
var<private> held: array<vec2<f32>, 8>;

// Moves the modes of place j.
fn advance(kx: u32, j: u32, q: u32) {
    let ky = wavenumber(j);
    var here = vec2<f32>(0.0);
    if kx <= BAND && abs(ky) <= f32(BAND) && kx + j > 0u {
        let at = mode_of(kx, i32(ky));
        here = omega[at];
        if STAGE > 0u {
            let start = here;
            if STAGE > 1u {
                here = middle[at];
            }
            let k2 = f32(kx * kx) + ky * ky;
            let sum = (held[q] + ky * vec2<f32>(-v[q].y, v[q].x)) / (f32(N) * f32(N));
            let slope = sum - les.nu0 * k2 * here;
            let behind = MODES + at;
            var base = start;
            if SUM == 1u {
                middle[behind] = start + les.sum_mix * (here - start) + les.sum_reach * slope;
            }
            if SUM == 2u {
                base = middle[behind];
            }
            if STAGE > 1u {
                base += les.mix * (here - start);
            }
            here = base + les.reach * slope;
            if STAGE == 3u {
                omega[at] = here;
            } else {
                middle[at] = here;
            }
        }
    }
    amplitude[q] = here;
}

fn over_k2(kx: u32, j: u32) -> f32 {
    let ky = wavenumber(j);
    return 1.0 / max(f32(kx * kx) + ky * ky, 1.0);
}

fn psi(kx: u32, j: u32, q: u32) {
    v[q] = amplitude[q] * over_k2(kx, j);
}

fn u(kx: u32, j: u32, q: u32) {
    held[q] = v[q];
    let a = amplitude[q] * over_k2(kx, j);
    v[q] = wavenumber(j) * vec2<f32>(-a.y, a.x);
}

fn slope_y(j: u32, q: u32) {
    held[q] = v[q];
    v[q] = wavenumber(j) * vec2<f32>(-amplitude[q].y, amplitude[q].x);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let kx = group.x * SLOTS + slot;
    // Threads past the band keep the others company.
    let i = min(kx, BAND) * N + lane;
    if STAGE > 0u {
        for (var q = 0u; q < 8u; q++) {
            v[q] = slopes[i + q * LANES].xy;
        }
        transform(lane, slot);
        if EDDY {
            for (var q = 0u; q < 8u; q++) {
                held[q] = v[q];
                v[q] = slopes[i + q * LANES].zw;
            }
            transform(lane, slot);
        } else {
            for (var q = 0u; q < 8u; q++) {
                held[q] = v[q];
                v[q] = vec2<f32>(0.0);
            }
        }
    }
    for (var q = 0u; q < 8u; q++) {
        advance(kx, lane + q * LANES, q);
    }
    for (var q = 0u; q < 8u; q++) {
        psi(kx, lane + q * LANES, q);
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        u(kx, lane + q * LANES, q);
    }
    transform_back(lane, slot);
    if kx <= BAND {
        for (var q = 0u; q < 8u; q++) {
            flow[i + q * LANES] = vec4<f32>(held[q], v[q]);
        }
    }
    for (var q = 0u; q < 8u; q++) {
        v[q] = amplitude[q];
    }
    transform_back(lane, slot);
    for (var q = 0u; q < 8u; q++) {
        slope_y(lane + q * LANES, q);
    }
    transform_back(lane, slot);
    if kx <= BAND {
        for (var q = 0u; q < 8u; q++) {
            vorticity[i + q * LANES] = vec4<f32>(held[q], v[q]);
        }
    }
}
