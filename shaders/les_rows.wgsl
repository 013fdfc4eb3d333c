// Large-eddy simulation, rows. From the columns come, two real rows a transform,
//
//   (u, v),  (omega_x, omega_y),  (2 S11, 2 S12):
//   v = -i kx psi,  omega_x = i kx omega,  2 S11 = 2 i kx u,  2 S12 = 2 kx^2 psi - omega
//
// and from them A = u omega_x + v omega_y, F = nu_t grad omega, nu_t = (Cs Delta)^2 |(2 S11, 2 S12)|, which
// go back to kx as G = -A + i kx Fx and Fy. The largest |u| + |v| and nu_t are noted as bits: what is not
// finite is larger than all.

#import shared/complex.wgsl
#import shared/fft.wgsl
#import shared/les.wgsl

// 0 at the start of a step, 1 within it
override STAGE: u32 = 0u;
override EDDY: bool = true;

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> les: LesStage;
// (psi, u), (omega, omega_y) and (G, Fy), all [kx][y]
@group(0) @binding(2) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> vorticity: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> slopes: array<vec4<f32>>;
// speed and eddy viscosity at the start of steps, and within them
@group(0) @binding(5) var<storage, read_write> seen: array<atomic<u32>>;

var<workgroup> fastest: atomic<u32>;
var<workgroup> thickest: atomic<u32>;

// Columns kx = lane + q LANES, which reach past the band, N/3, at q = 3.
var<private> stream: array<vec4<f32>, 3>;
var<private> vortex: array<vec4<f32>, 3>;
var<private> velocity: array<vec2<f32>, 8>;
var<private> gradient: array<vec2<f32>, 8>;
var<private> g: array<vec2<f32>, 3>;
var<private> speed: u32;
var<private> thickness: u32;

fn load(row: u32, lane: u32, q: u32) {
    let kx = lane + q * LANES;
    stream[q] = vec4<f32>(0.0);
    vortex[q] = vec4<f32>(0.0);
    if kx <= BAND {
        stream[q] = flow[kx * N + row];
        vortex[q] = vorticity[kx * N + row];
    }
}

// i z
fn turned(z: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(-z.y, z.x);
}

// X(k) = A + i B and X(N - k) = conj A + i conj B of the pairs above.
fn set_velocity(lane: u32, q: u32) {
    let kx = f32(lane + q * LANES);
    let psi = stream[q].xy;
    let u = stream[q].zw;
    v[q] = u + kx * psi;
    mirrored[q] = conj(u - kx * psi);
}

fn set_gradient(lane: u32, q: u32) {
    let kx = f32(lane + q * LANES);
    let omega = vortex[q].xy;
    let omega_y = vortex[q].zw;
    v[q] = turned(kx * omega + omega_y);
    mirrored[q] = turned(conj(omega_y - kx * omega));
}

fn set_strain(lane: u32, q: u32) {
    let kx = f32(lane + q * LANES);
    let u = 2.0 * kx * stream[q].zw;
    let rest = 2.0 * kx * kx * stream[q].xy - vortex[q].xy;
    v[q] = turned(u + rest);
    mirrored[q] = turned(conj(rest - u));
}

// The mean of a real row is real: `mean` of both rows.
fn to_rows(lane: u32, slot: u32, mean: vec2<f32>) {
    v[3] = vec2<f32>(0.0);
    mirrored[3] = vec2<f32>(0.0);
    unmirror(lane, slot);
    if lane == 0u {
        v[0] = mean;
        v[4] = vec2<f32>(0.0);
    }
    transform_back(lane, slot);
}

// A and Fx of this place; Fy stays behind.
fn products(q: u32) {
    let advection = dot(velocity[q], gradient[q]);
    var flux = vec2<f32>(0.0);
    if EDDY {
        let nu = les.eddy * length(v[q]);
        thickness = max(thickness, bitcast<u32>(nu));
        flux = nu * gradient[q];
    }
    v[q] = vec2<f32>(advection, flux.x);
    gradient[q].y = flux.y;
}

// G = -A + i kx Fx.
fn take_g(lane: u32, q: u32) {
    let x = v[q];
    let m = mirrored[q];
    let a = 0.5 * vec2<f32>(x.x + m.x, x.y - m.y);
    let fx = 0.5 * vec2<f32>(x.y + m.y, m.x - x.x);
    g[q] = f32(lane + q * LANES) * turned(fx) - a;
}

fn store(row: u32, lane: u32, q: u32) {
    let kx = lane + q * LANES;
    if kx <= BAND {
        slopes[kx * N + row] = vec4<f32>(g[q], select(vec2<f32>(0.0), v[q], EDDY));
    }
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = lane_of(thread);
    let slot = slot_of(thread);
    let row = group.x * SLOTS + slot;
    if thread == 0u {
        atomicStore(&fastest, 0u);
        atomicStore(&thickest, 0u);
    }
    speed = 0u;
    thickness = 0u;
    for (var q = 0u; q < 3u; q++) {
        load(row, lane, q);
    }
    for (var q = 0u; q < 3u; q++) {
        set_velocity(lane, q);
    }
    to_rows(lane, slot, vec2<f32>(stream[0].z, 0.0));
    for (var q = 0u; q < 8u; q++) {
        velocity[q] = v[q];
        speed = max(speed, bitcast<u32>(abs(v[q].x) + abs(v[q].y)));
    }
    for (var q = 0u; q < 3u; q++) {
        set_gradient(lane, q);
    }
    to_rows(lane, slot, vec2<f32>(0.0, vortex[0].z));
    for (var q = 0u; q < 8u; q++) {
        gradient[q] = v[q];
    }
    if EDDY {
        for (var q = 0u; q < 3u; q++) {
            set_strain(lane, q);
        }
        to_rows(lane, slot, vec2<f32>(0.0, -vortex[0].x));
    }
    for (var q = 0u; q < 8u; q++) {
        products(q);
    }
    transform(lane, slot);
    mirror(lane, slot);
    for (var q = 0u; q < 3u; q++) {
        take_g(lane, q);
    }
    if EDDY {
        for (var q = 0u; q < 8u; q++) {
            v[q] = vec2<f32>(gradient[q].y, 0.0);
        }
        transform(lane, slot);
    }
    for (var q = 0u; q < 3u; q++) {
        store(row, lane, q);
    }
    atomicMax(&fastest, speed);
    atomicMax(&thickest, thickness);
    workgroupBarrier();
    if thread == 0u {
        atomicMax(&seen[2u * STAGE], atomicLoad(&fastest));
        atomicMax(&seen[2u * STAGE + 1u], atomicLoad(&thickest));
    }
}
