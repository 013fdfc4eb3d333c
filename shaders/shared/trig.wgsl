// Cosine and sine of a phase given as a 32-bit share of a turn, to 1e-7: the reduction is exact
// in integers, the remainder in [-pi/4, pi/4] goes through Taylor polynomials. (WGSL's own sin
// and cos promise only 2^-11.)
fn cos_sin_turns(phase: u32) -> vec2<f32> {
    let quadrant = (phase + 0x20000000u) >> 30u;
    let a = f32(bitcast<i32>(phase - (quadrant << 30u))) * 1.4629180792671596e-9;
    let a2 = a * a;
    let s = a * (1.0 + a2 * (-1.6666667e-1 + a2 * (8.3333333e-3 + a2 * (-1.9841270e-4 + a2 * 2.7557319e-6))));
    let c = 1.0 + a2 * (-0.5 + a2 * (4.1666667e-2 + a2 * (-1.3888889e-3 + a2 * 2.4801587e-5)));
    switch quadrant & 3u {
        case 0u: { return vec2<f32>(c, s); }
        case 1u: { return vec2<f32>(-s, c); }
        case 2u: { return vec2<f32>(-c, -s); }
        default: { return vec2<f32>(s, -c); }
    }
}

// Phase k . x of an integer wavenumber at a fixed-point place: exact, by integer overflow.
fn phase_at(k: vec2<i32>, place: vec2<u32>) -> u32 {
    let product = bitcast<vec2<u32>>(k) * place;
    return product.x + product.y;
}
