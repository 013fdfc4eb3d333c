// Wavenumbers of a line of N nodes; the includer imports fft.wgsl or line.wgsl for N.

fn wavenumber(i: u32) -> f32 {
    return select(f32(i), f32(i) - f32(N), 2u * i > N);
}

// exp(-k^2 width^2 / 2) for a width given in cells, squared.
fn smoothing(width2: f32, kx: f32, ky: f32) -> f32 {
    let h = 6.2831853 / f32(N);
    return exp(-0.5 * width2 * h * h * (kx * kx + ky * ky));
}

// Spectrum of u + i v from an amplitude of the vorticity: (kx + i ky) omega_hat / k^2. The mean has no
// velocity, the highest wavenumber no signed derivative.
fn packed_velocity(omega: vec2<f32>, i: u32, j: u32) -> vec2<f32> {
    let k = vec2<f32>(wavenumber(i), wavenumber(j));
    if i + j == 0u || 2u * i == N || 2u * j == N {
        return vec2<f32>(0.0);
    }
    return cmul(k, omega) / dot(k, k);
}
