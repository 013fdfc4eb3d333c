struct Stretch {
    dt: f32,
    // 2 nu dt
    growth: f32,
    // eps_min^2
    floor2: f32,
    // power of the proxy
    alpha: f32,
    // 1 where cores thin
    thin: u32,
    // of the twist: 1 and -1 ask for the probes to the left and to the right, 0 for the sum
    side: i32,
    // partial velocities to add, and cells from one to the next
    parts: u32,
    stride: u32,
}
