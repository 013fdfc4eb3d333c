//! The doubly periodic box, precision, and the few special functions the kernels need.
//!
//! Lengths are in units where the box is `[0, 2 pi)^2`, so wavenumbers are integers.

use rustfft::{FftNum, num_traits::Float};

pub use rustfft::num_complex::{Complex, Complex64};

/// Side of the periodic box.
pub const BOX: f64 = std::f64::consts::TAU;

/// Floating-point precision of a CPU reference: `f64` is the truth, `f32` shows rounding.
pub trait Real: Float + FftNum + std::iter::Sum + std::ops::AddAssign + std::ops::SubAssign {
    /// From a constant.
    fn of(x: f64) -> Self;
    /// To the widest type.
    fn f64(self) -> f64;
    /// The error function.
    fn erf(self) -> Self;
}

impl Real for f64 {
    fn of(x: f64) -> Self {
        x
    }
    fn f64(self) -> f64 {
        self
    }
    fn erf(self) -> Self {
        libm::erf(self)
    }
}

impl Real for f32 {
    fn of(x: f64) -> Self {
        x as f32
    }
    fn f64(self) -> f64 {
        f64::from(self)
    }
    fn erf(self) -> Self {
        libm::erff(self)
    }
}

/// The nearest periodic image of an offset: the result lies in `[-pi, pi]`.
pub fn nearest<R: Real>(offset: R) -> R {
    let side = R::of(BOX);
    offset - side * (offset / side).round()
}

/// A coordinate brought into `[0, 2 pi)`.
pub fn wrap(x: f64) -> f64 {
    let y = x.rem_euclid(BOX);
    if y >= BOX { 0.0 } else { y }
}

/// The integer wavenumber at index `i` of an `n`-point transform in NumPy `fftfreq` order.
pub fn wavenumber(i: usize, n: usize) -> i32 {
    if 2 * i < n { i as i32 } else { i as i32 - n as i32 }
}

/// The index of integer wavenumber `k` in an `n`-point transform (the inverse of [`wavenumber`]).
pub fn wave_index(k: i32, n: usize) -> usize {
    k.rem_euclid(n as i32) as usize
}

/// Exponential integral `E1(x) = int_x^inf exp(-t)/t dt`, `x > 0`, to about 1e-15 relative
/// (series below 1, Lentz continued fraction above; Abramowitz and Stegun 5.1.11, 5.1.22).
pub fn expint_e1(x: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if x > 700.0 {
        return 0.0;
    }
    if x <= 1.0 {
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 1..40 {
            let n = f64::from(n);
            term *= -x / n;
            sum -= term / n;
        }
        return sum - EULER - x.ln();
    }
    let mut b = x + 1.0;
    let mut c = f64::MAX;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..200 {
        let a = -f64::from(i * i);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let step = c * d;
        h *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h * (-x).exp()
}

/// A coordinate in fixed point: the share of a turn in units of 2^-32, and whole turns. Wrapping is
/// then integer overflow, and the difference of near points keeps all its digits.
pub fn to_turns(x: f64) -> (u32, i32) {
    let units = (x / BOX * 4_294_967_296.0).round() as i64;
    (units as u32, (units >> 32) as i32)
}

/// The inverse of [`to_turns`].
pub fn from_turns(place: u32, winding: i32) -> f64 {
    (f64::from(winding) + f64::from(place) / 4_294_967_296.0) * BOX
}

/// How near a field is to a true one; not finite where one of them is constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// `|field - truth| / |truth|`.
    pub rel_l2: f64,
    /// Pearson's correlation.
    pub corr: f64,
}

/// Compares a field with a true one, node by node. Both hold one value a node, in the same order.
pub fn nearness(field: &[f64], truth: &[f64]) -> Nearness {
    let mean = |f: &[f64]| f.iter().sum::<f64>() / f.len() as f64;
    let (a, b) = (mean(field), mean(truth));
    let sum = |f: &dyn Fn(f64, f64) -> f64| field.iter().zip(truth).map(|(x, y)| f(*x, *y)).sum::<f64>();
    let (xx, yy) = (sum(&|x, _| (x - a) * (x - a)), sum(&|_, y| (y - b) * (y - b)));
    Nearness {
        rel_l2: (sum(&|x, y| (x - y) * (x - y)) / sum(&|_, y| y * y)).sqrt(),
        corr: sum(&|x, y| (x - a) * (y - b)) / (xx * yy).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_integral_matches_tables() {
        for (x, expected) in [(0.1, 1.822_923_958_419_39), (1.0, 0.219_383_934_395_52), (5.0, 1.148_295_591_275_3e-3)] {
            let relative = (expint_e1(x) - expected) / expected;
            assert!(relative.abs() < 1e-13, "E1({x}) is off by {relative:e}");
        }
    }

    #[test]
    fn nearness_is_what_algebra_says() {
        let a = [1.0, -1.0, 2.0, -2.0];
        assert_eq!(nearness(&a, &a), Nearness { rel_l2: 0.0, corr: 1.0 });
        let half = nearness(&a.map(|x| 0.5 * x), &a);
        assert!((half.rel_l2 - 0.5).abs() < 1e-15 && (half.corr - 1.0).abs() < 1e-15);
        let moved = nearness(&a.map(|x| x + 7.0), &a);
        assert!((moved.corr - 1.0).abs() < 1e-15 && (moved.rel_l2 - (4.0 * 49.0 / 10.0_f64).sqrt()).abs() < 1e-12);
        assert!(nearness(&a, &[0.0; 4]).corr.is_nan());
    }

    #[test]
    fn turns_round_trip() {
        for x in [0.0, 1.0, -0.3, 6.3, -20.0, 1e5] {
            let (place, winding) = to_turns(x);
            assert!((from_turns(place, winding) - x).abs() < 1e-9);
            assert_eq!(to_turns(from_turns(place, winding)), (place, winding));
        }
    }

    #[test]
    fn wave_numbers_follow_numpy() {
        let order: Vec<i32> = (0..6).map(|i| wavenumber(i, 6)).collect();
        assert_eq!(order, [0, 1, 2, -3, -2, -1]);
        assert!((0..6).all(|i| wave_index(wavenumber(i, 6), 6) == i));
    }

    #[test]
    fn nearest_image_stays_in_half_a_box() {
        assert!((nearest(BOX - 0.1) + 0.1).abs() < 1e-12);
        assert!((nearest(-BOX * 3.0 + 0.2) - 0.2).abs() < 1e-12);
    }
}
