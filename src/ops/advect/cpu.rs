//! Reference: explicit Runge-Kutta over a flat vector.

use super::stages;
use crate::{math::Real, params::Integrator};

/// Advances `y` by `dt`; `slope(y)` gives dy/dt. `y` is any vector; `slope` gives as many numbers, in its order.
pub fn step<R: Real>(scheme: Integrator, y: &mut [R], dt: R, mut slope: impl FnMut(&[R]) -> Vec<R>) {
    let mut total = vec![R::zero(); y.len()];
    let mut at = y.to_vec();
    for stage in stages(scheme) {
        let k = slope(&at);
        let (reach, share) = (R::of(stage.reach) * dt, R::of(stage.share) * dt);
        for i in 0..y.len() {
            total[i] += share * k[i];
            at[i] = y[i] + reach * k[i];
        }
    }
    for (y, total) in y.iter_mut().zip(total) {
        *y += total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Global error of one turn of a circle in `n` steps.
    fn error(scheme: Integrator, n: u32) -> f64 {
        let mut y = [1.0, 0.0];
        for _ in 0..n {
            step(scheme, &mut y, crate::math::BOX / f64::from(n), |y| vec![-y[1], y[0]]);
        }
        (y[0] - 1.0).hypot(y[1])
    }

    #[test]
    fn orders_are_two_and_four() {
        for (scheme, order) in [(Integrator::Rk2, 2.0), (Integrator::Rk4, 4.0)] {
            let measured = (error(scheme, 50) / error(scheme, 100)).log2();
            assert!((measured - order).abs() < 0.2, "{scheme:?}: order {measured}");
        }
    }
}
