// The background on the device: a Hermitian square of modes |kx|, |ky| <= radius, row ky.
fn mode_index(k: vec2<i32>, radius: i32) -> u32 {
    return u32((k.y + radius) * (2 * radius + 1) + k.x + radius);
}
