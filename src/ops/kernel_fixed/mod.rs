//! Linear kernel in whole numbers, equal to the bit on every machine.
//!
//! `z_i = Z_i 2^-23` and `A_ij = M_ij 2^-f` with `Z`, `M` in i32. One step:
//!
//! `S_j = bias_j + sum_i Z_i M_ij` (exact, 64 bits), `Z'_j = floor((S_j + 2^(f-1)) / 2^f)`.
//!
//! f is the largest number up to 30 for which `|M| < 2^31` and no sum can leave 64 bits whatever the
//! state, `max_j sum_i |M_ij| 2^31 + |bias_j| + 2^(f-1) < 2^63`; a matrix with f < [`FEWEST_BITS`] is
//! refused. The entry k_keep does not move: it is carried as stored, and what it contributes to the
//! others, the same in every step, is `bias_j`. An entry that would leave i32 stops the run.
//!
//! The device has no 64-bit integers: it multiplies halves of 16 bits and adds them where they cannot
//! overflow, which gives the same 64 bits.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

use crate::error::{Error, Result};

/// Fraction bits of `z`.
pub const Z_BITS: u32 = 23;
/// Fraction bits of `A` where its entries and column sums are small.
pub const A_BITS: u32 = 30;
/// Fewest fraction bits of `A`: an error of 5e-7 an entry.
pub const FEWEST_BITS: u32 = 20;

crate::shared_struct! {
    /// Size and scale of the matrix.
    KernelFixed in "kernel_fixed" {
        /// D, filled up to a multiple of 32.
        rows: u32,
        /// D, filled up to a multiple of 32, as `rows`.
        columns: u32,
        /// Fraction bits of the matrix.
        bits: u32,
        /// Unused.
        pad0: u32,
    }
}

/// Columns, and parts of the sum over rows, of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "kernel_fixed", size: [32, 8, 1] };

/// A matrix in fixed point.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// D, the side of the matrix.
    pub side: usize,
    /// Fraction bits f.
    pub bits: u32,
    /// `[D, D]` row-major; row and column of k_keep are zero.
    pub entries: Vec<i32>,
    /// What k_keep contributes to each entry, in units of `2^-(23 + f)`.
    pub bias: Vec<i64>,
    /// Place and value of k_keep.
    pub keep: (usize, f64),
}

impl Matrix {
    /// Rounds a row-major matrix; `keep` is the place of k_keep in `z` and its value.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the matrix or k_keep is too large for exact sums.
    pub fn new(side: usize, a: &[f64], keep: (usize, f64)) -> Result<Self> {
        // Largest entry and largest column sum of absolute values, k_keep's column aside.
        let mut sums = vec![0.0; side];
        let mut largest = 0.0_f64;
        for (i, row) in a.chunks_exact(side).enumerate() {
            let weight = if i == keep.0 { keep.1.abs() / 256.0 } else { 1.0 };
            for (_, (sum, x)) in sums.iter_mut().zip(row).enumerate().filter(|(j, _)| *j != keep.0) {
                *sum += weight * x.abs();
                largest = largest.max(if i == keep.0 { 0.0 } else { x.abs() });
            }
        }
        let (column, sum) = sums.iter().enumerate().fold((0, 0.0), |m, (j, s)| if *s > m.1 { (j, *s) } else { m });
        // Rounding adds at most half a unit an entry, 8590 of them, below the margin taken here.
        let fits = |f: u32| {
            let scale = f64::from(1_u32 << f);
            largest * scale < 2_147_483_000.0 && (sum * scale + 16_384.0) * 2_147_483_648.0 < 9.2e18
        };
        let bits = (FEWEST_BITS..=A_BITS).rev().find(|f| fits(*f)).ok_or_else(|| {
            let most = 2.0_f64.powi(32 - FEWEST_BITS as i32) * 0.99;
            let rule = format!("max_j sum_i |A_ij| below {most:.0}, so that 64 bits hold every sum");
            Error::invalid("A in fixed point", rule, format!("{sum:.6e} in column {column}"))
        })?;
        let scale = f64::from(1_u32 << bits);
        let entry = |(n, x): (usize, &f64)| {
            if n / side == keep.0 || n % side == keep.0 { 0 } else { (x * scale).round_ties_even() as i32 }
        };
        let entries = a.iter().enumerate().map(entry).collect();
        let value = (keep.1 * f64::from(1_u32 << Z_BITS)).round_ties_even();
        let row = &a[keep.0 * side..(keep.0 + 1) * side];
        let bias = |(j, x): (usize, &f64)| if j == keep.0 { 0 } else { (value * (x * scale)).round_ties_even() as i64 };
        Ok(Self { side, bits, entries, bias: row.iter().enumerate().map(bias).collect(), keep })
    }

    /// `z` in units of `2^-23`, rounded half up; 0 stands at k_keep. D numbers, in the order of
    /// [`crate::state::Background::to_z`].
    ///
    /// # Errors
    /// [`Error::Invalid`] with the place of an entry outside `[-256, 256)`.
    pub fn state(&self, z: &[f64]) -> Result<Vec<i32>> {
        let one = |(i, x): (usize, &f64)| {
            let scaled = (x * f64::from(1_u32 << Z_BITS) + 0.5).floor();
            match scaled {
                _ if i == self.keep.0 => Ok(0),
                s if (-2_147_483_648.0..2_147_483_648.0).contains(&s) => Ok(s as i32),
                _ => Err(Error::invalid(format!("z[{i}] in fixed point"), "a number from -256 to 256", x)),
            }
        };
        z.iter().enumerate().map(one).collect()
    }

    /// Back to numbers, exactly. In the order of `state`.
    pub fn numbers(&self, state: &[i32]) -> Vec<f64> {
        let unit = 1.0 / f64::from(1_u32 << Z_BITS);
        let mut z: Vec<f64> = state.iter().map(|x| f64::from(*x) * unit).collect();
        z[self.keep.0] = self.keep.1;
        z
    }
}

/// The message of a step that leaves the range.
pub fn overflow(step: u64, index: usize) -> Error {
    Error::Run(format!(
        "step {step}: z[{index}] leaves the fixed-point range -256 to 256; the state before it is kept: use --dtype \
         float64, or an A with spectral radius at most 1"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_matrices_get_fewer_bits_and_too_wide_ones_a_sentence() {
        let of = |x: f64| Matrix::new(2, &[x, x, x, 0.25], (1, 8.0));
        assert_eq!(of(0.5).unwrap().bits, 30);
        assert_eq!(of(3.0).unwrap().bits, 29);
        assert_eq!(of(100.0).unwrap().bits, 24);
        let message = of(5000.0).unwrap_err().to_string();
        assert!(message.contains("column 0") && message.contains("max_j sum_i |A_ij|"), "{message}");
    }

    #[test]
    fn states_round_half_up_and_keep_k_keep() {
        let matrix = Matrix::new(3, &[0.0; 9], (1, 4096.0)).unwrap();
        let unit = 2.0_f64.powi(-23);
        let state = matrix.state(&[1.5 * unit, 4096.0, -1.5 * unit]).unwrap();
        assert_eq!(state, [2, 0, -1]);
        assert_eq!(matrix.numbers(&state), [2.0 * unit, 4096.0, -unit]);
        assert!(matrix.state(&[0.0, 1.0, 256.0]).unwrap_err().to_string().contains("z[2]"));
    }
}
