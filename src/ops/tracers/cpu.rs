//! Reference: see the module above.

use crate::math::{BOX, Real};

/// Bilinear velocity at `x` from `[u, v]` on `n x n` nodes.
pub fn sample<R: Real>(velocity: &[[R; 2]], n: usize, x: [R; 2]) -> [R; 2] {
    let split = |x: R| {
        let cells = x * R::of(n as f64 / BOX);
        let floor = cells.floor();
        let low = (floor.f64() as i64).rem_euclid(n as i64) as usize;
        (low, (low + 1) % n, cells - floor)
    };
    let ((i, i1, fx), (j, j1, fy)) = (split(x[0]), split(x[1]));
    let mix = |a: R, b: R, t: R| a + (b - a) * t;
    [0, 1].map(|c| {
        let low = mix(velocity[j * n + i][c], velocity[j * n + i1][c], fx);
        let high = mix(velocity[j1 * n + i][c], velocity[j1 * n + i1][c], fx);
        mix(low, high, fy)
    })
}

/// Moves every particle by `dt`. `places` are in the box; `velocity` stands on the `n x n` nodes of the box, row by
/// row from the bottom.
pub fn step<R: Real>(places: &mut [[R; 2]], velocity: &[[R; 2]], n: usize, drift: [R; 2], dt: R) {
    for x in places {
        let a = sample(velocity, n, *x);
        let half = R::of(0.5) * dt;
        let middle = [x[0] + half * (a[0] + drift[0]), x[1] + half * (a[1] + drift[1])];
        let b = sample(velocity, n, middle);
        *x = [x[0] + dt * (b[0] + drift[0]), x[1] + dt * (b[1] + drift[1])];
    }
}
