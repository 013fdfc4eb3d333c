// omega -> (u, v) on the grid, pass 2 of 3. Each column is transformed, multiplied and transformed
// back in one go. With u_hat = i ky omega_hat/k^2 and v_hat = -i kx omega_hat/k^2 both velocities
// travel as one complex field, u + i v, whose spectrum is (kx + i ky) omega_hat / k^2. On the way
// each column leaves its share of energy and enstrophy.

#import shared/complex.wgsl
#import shared/line.wgsl

@group(0) @binding(0) var<storage, read> twiddles: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> spectrum: array<vec2<f32>>;
// (1/2 sum |omega_hat|^2 / k^2, 1/2 sum |omega_hat|^2) of a column, amplitudes over N^2
@group(0) @binding(2) var<storage, read_write> sums: array<vec2<f32>>;

var<workgroup> shares: array<vec2<f32>, 256>;

fn wavenumber(i: u32) -> f32 {
    return select(f32(i), f32(i) - f32(N), 2u * i > N);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let kx = wavenumber(group.x);
    for (var j = lane; j < N; j += LANES) {
        line[j] = spectrum[j * N + group.x];
    }
    let begin = transform(lane, false);
    let scale = 1.0 / (f32(N) * f32(N));
    var share = vec2<f32>(0.0);
    for (var j = lane; j < N; j += LANES) {
        let ky = wavenumber(j);
        let k2 = kx * kx + ky * ky;
        let omega = line[begin + j] * scale;
        var packed = vec2<f32>(0.0);
        // The highest wavenumber has no signed derivative; the mean has no velocity.
        if k2 > 0.0 {
            share += dot(omega, omega) * vec2<f32>(0.5 / k2, 0.5);
            if 2u * group.x != N && 2u * j != N {
                packed = cmul(vec2<f32>(kx, ky), omega) / k2;
            }
        }
        line[begin + j] = packed;
    }
    shares[lane] = share;
    for (var reach = LANES / 2u; reach > 0u; reach /= 2u) {
        workgroupBarrier();
        if lane < reach {
            shares[lane] += shares[lane + reach];
        }
    }
    if lane == 0u {
        sums[group.x] = shares[0];
    }
    workgroupBarrier();
    if begin != 0u {
        for (var j = lane; j < N; j += LANES) {
            line[j] = line[begin + j];
        }
    }
    let back = transform(lane, true);
    for (var j = lane; j < N; j += LANES) {
        spectrum[j * N + group.x] = line[back + j];
    }
}
