// What a mesh of N nodes a side resolves: exp(-36 (|k| / K)^36), K = N/3.
fn filter_at(k2: f32) -> f32 {
    let x = 9.0 * k2 / (f32(N) * f32(N));
    let x2 = x * x;
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    return exp(-36.0 * min(x8 * x8 * x2, 3.0));
}
