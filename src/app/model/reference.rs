//! The forecast's judge: what a reference LES and the running state have in common.

use std::sync::Arc;

use crate::{app::model::Residual, math::nearness, sim::Instant};

/// How far the state is from the reference at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Simulated time.
    pub time: f64,
    /// Relative L2 difference of the fields, `|state - LES| / |LES|`.
    pub rel_l2: f64,
    /// Correlation of the fields.
    pub correlation: f64,
}

/// Fields of one instant to look at side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    /// Simulated time.
    pub time: f64,
    /// The running state's field.
    pub own: Residual,
    /// The LES's.
    pub les: Residual,
    /// The first less the second.
    pub difference: Residual,
}

/// Both fields to look at, and how far they are apart.
pub fn compared(instant: Instant) -> (Sides, Distance) {
    let Instant { time, n, own, les } = instant;
    let wide = |field: &[f32]| field.iter().map(|w| f64::from(*w)).collect::<Vec<_>>();
    let near = nearness(&wide(&own), &wide(&les));
    let difference: Vec<f32> = own.iter().zip(&les).map(|(a, b)| a - b).collect();
    let of = |values: Vec<f32>| Residual::new(n, Arc::new(values));
    let sides = Sides { time, own: of(own), les: of(les), difference: of(difference) };
    (sides, Distance { time, rel_l2: near.rel_l2, correlation: near.corr })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared_is_of_one_instant() {
        let (own, les) = (vec![1.0, -1.0, 2.0, -2.0], vec![1.0, -1.0, 2.0, -1.0]);
        let (sides, distance) = compared(Instant { time: 0.5, n: 2, own, les });
        assert_eq!(*sides.difference.values, [0.0, 0.0, 0.0, -1.0]);
        assert_eq!((sides.time, distance.time, sides.own.limit), (0.5, 0.5, 2.0));
        assert!((distance.rel_l2 - 1.0 / 7.0_f64.sqrt()).abs() < 1e-12 && distance.correlation > 0.9);
    }
}
