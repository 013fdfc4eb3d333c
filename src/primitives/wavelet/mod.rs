//! Orthonormal wavelet transform of a periodic square grid, Daubechies' filter with six vanishing moments
//! ("db6", 12 taps; Comm. Pure Appl. Math. 41, 1988).
//!
//! ```text
//! one level of a line of even length n:
//! a[k] = sum_m h[m] x[(2k + m) mod n],    d[k] = sum_m g[m] x[(2k + m) mod n],    g[m] = (-1)^m h[11 - m]
//! x[i] = sum_k ( h[i - 2k] a[k] + g[i - 2k] d[k] )
//! ```
//!
//! `a` takes the first half of the line, `d` the second. A square is transformed along x, then along y;
//! the next level transforms the quarter that holds `a` of both. The transform is orthonormal, so the
//! L2 error of a field whose smallest coefficients are dropped is the root of their squares' sum.

pub mod cpu;

/// The low-pass filter: the root of the orthonormality and moment equations, to the last bit.
pub const DB6: [f64; 12] = [
    0.111_540_743_350_109_47,
    0.494_623_890_398_453_06,
    0.751_133_908_021_095_4,
    0.315_250_351_709_197_63,
    -0.226_264_693_965_439_83,
    -0.129_766_867_567_261_94,
    0.097_501_605_587_323_04,
    0.027_522_865_530_305_727,
    -0.031_582_039_317_486_03,
    0.000_553_842_201_161_496_1,
    0.004_777_257_510_945_511,
    -0.001_077_301_085_308_479_6,
];

/// Shortest line that is split further, so that the filter meets itself at most once around the box.
const SHORTEST: usize = 24;

/// Levels that a side allows: halved as long as it is even and not shorter than twice the filter.
pub fn levels(n: usize) -> u32 {
    let (mut side, mut levels) = (n, 0);
    while side.is_multiple_of(2) && side >= SHORTEST {
        (side, levels) = (side / 2, levels + 1);
    }
    levels
}
