// What is left of a wave that a mesh of N nodes a side resolves up to K: exp(-36 (|k| / K)^36), of `x = (|k| / K)^2`.
fn filter_of(x: f32) -> f32 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    return exp(-36.0 * min(x8 * x8 * x2, 3.0));
}

// F(k) of a velocity, K = N/3.
fn filter_at(k2: f32) -> f32 {
    return filter_of(9.0 * k2 / (f32(N) * f32(N)));
}

// E(k) of a vorticity on the nodes, K = 5N/12.
fn edge_at(k2: f32) -> f32 {
    return filter_of(5.76 * k2 / (f32(N) * f32(N)));
}
