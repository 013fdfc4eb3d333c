//! A fixed low-rank basis B for what the stored modes leave of a field.
//!
//! ```text
//! b_i(x) = 2 Re sum_j B_ij exp(i k_j.x)        i = 1..K, real fields without a mean
//! mean(b_i b_l) = 2 Re sum_j B_ij conj(B_lj) = 1 where i = l, else 0
//! c_i = mean(b_i r) = 2 Re sum_j conj(B_ij) r_hat(k_j)
//! ```
//!
//! r is the residual, `r_hat` its amplitudes (`fft2 / N^2`). The wave vectors `k_j` are those of a half
//! plane (`ky > 0`, or `ky = 0` and `kx > 0`); the other half is conjugate. `sum c_i b_i` is the part of r
//! that B holds and `|c|^2` its mean square. Nothing here depends on a grid. Source: proper orthogonal
//! decomposition (Lumley 1967; Sirovich 1987).

use rayon::prelude::*;

use crate::{
    error::{Error, Result},
    math::Complex64,
};

/// Most fields of a basis.
pub const MAX_RANK: usize = 512;
/// Largest |k| of a wave vector.
pub const MAX_CUT: u32 = 96;
/// Largest departure from orthonormality that is accepted.
const TOLERANCE: f64 = 1e-6;

/// K orthonormal fields on n wave vectors. Chosen once; it never evolves.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualBasis {
    modes: Vec<[i32; 2]>,
    /// `[K, n]` row-major.
    fields: Vec<Complex64>,
    cut: u32,
}

impl ResidualBasis {
    /// From wave vectors and `[K, n]` amplitudes, row-major.
    ///
    /// # Errors
    /// [`Error::Invalid`] for wave vectors outside the half plane or the largest cut, or twice; for sizes
    /// that do not fit; for amplitudes that are not finite or fields that are not orthonormal.
    pub fn new(modes: Vec<[i32; 2]>, fields: Vec<Complex64>) -> Result<Self> {
        let text = |k: &[i32; 2]| format!("({}, {})", k[0], k[1]);
        let mut seen = std::collections::BTreeSet::new();
        for k in &modes {
            if !(k[1] > 0 || (k[1] == 0 && k[0] > 0)) || square(k) > u64::from(MAX_CUT).pow(2) {
                let rule = format!("wave vectors with |k| <= {MAX_CUT} and ky > 0, or ky = 0 and kx > 0");
                return Err(Error::invalid("residual_k", rule, text(k)));
            }
            if !seen.insert(*k) {
                return Err(Error::invalid("residual_k", "distinct wave vectors", format!("{} twice", text(k))));
            }
        }
        let rank = fields.len().checked_div(modes.len()).unwrap_or(0);
        let most = MAX_RANK.min(2 * modes.len());
        if !(1..=most).contains(&rank) || rank * modes.len() != fields.len() {
            let expected = format!("1 to {most} fields on {} wave vectors", modes.len());
            return Err(Error::invalid("residual_B", expected, format!("{} amplitudes", fields.len())));
        }
        if let Some(i) = fields.iter().position(|b| !(b.re.is_finite() && b.im.is_finite())) {
            let place = format!("residual_B[{}, {}]", i / modes.len(), i % modes.len());
            return Err(Error::invalid(place, "a finite number", fields[i]));
        }
        let largest = modes.iter().map(square).max().unwrap_or(0);
        let root = largest.isqrt();
        let cut = (root + u64::from(root * root < largest)) as u32;
        let basis = Self { modes, fields, cut };
        match basis.departure() {
            off if off <= TOLERANCE => Ok(basis),
            off => {
                let expected = format!("fields orthonormal in the mean to {TOLERANCE:e}");
                Err(Error::invalid("residual_B", expected, format!("a product off by {off:.1e}")))
            }
        }
    }

    /// Rank: the number of fields.
    pub fn rank(&self) -> usize {
        self.fields.len() / self.modes.len()
    }

    /// Wave vectors, in storage order.
    pub fn modes(&self) -> &[[i32; 2]] {
        &self.modes
    }

    /// `[K, n]` amplitudes, row-major.
    pub fn fields(&self) -> &[Complex64] {
        &self.fields
    }

    /// The smallest whole number that no |k| exceeds.
    pub fn cut(&self) -> u32 {
        self.cut
    }

    /// c of a residual, given its amplitudes at the wave vectors. `residual` is in the order of the wave vectors, c
    /// in that of the basis fields.
    pub fn project(&self, residual: &[Complex64]) -> Vec<f64> {
        self.fields.chunks_exact(self.modes.len()).map(|b| mean_product(b, residual)).collect()
    }

    /// Amplitudes of `sum c_i b_i` at the wave vectors. `c` is in the order of the basis fields, the amplitudes in
    /// that of the wave vectors.
    pub fn sum(&self, c: &[f64]) -> Vec<Complex64> {
        let mut sum = vec![Complex64::default(); self.modes.len()];
        for (c, b) in c.iter().zip(self.fields.chunks_exact(self.modes.len())) {
            sum.iter_mut().zip(b).for_each(|(sum, b)| *sum += b * *c);
        }
        sum
    }

    /// The basis whose fields are `sum_i b_i v_i`, one for each of `rank` orthonormal vectors v of K numbers,
    /// which follow each other.
    ///
    /// # Errors
    /// As [`ResidualBasis::new`].
    pub fn rotated(&self, v: &[f64], rank: usize) -> Result<Self> {
        let fields: Vec<Vec<Complex64>> = v.par_chunks_exact(self.rank()).take(rank).map(|v| self.sum(v)).collect();
        Self::new(self.modes.clone(), fields.concat())
    }

    /// Largest `|mean(b_i b_l) - delta_il|`.
    fn departure(&self) -> f64 {
        let n = self.modes.len();
        let row = |i: usize| &self.fields[i * n..(i + 1) * n];
        let worst = (0..self.rank()).into_par_iter().map(|i| {
            let off = |l| (mean_product(row(i), row(l)) - if i == l { 1.0 } else { 0.0 }).abs();
            (0..=i).map(off).fold(0.0, f64::max)
        });
        worst.reduce(|| 0.0, f64::max)
    }
}

/// Mean of the product of two real fields, from their amplitudes on a half plane.
fn mean_product(a: &[Complex64], b: &[Complex64]) -> f64 {
    2.0 * a.iter().zip(b).map(|(a, b)| a.re * b.re + a.im * b.im).sum::<f64>()
}

fn square(k: &[i32; 2]) -> u64 {
    u64::from(k[0].unsigned_abs()).pow(2) + u64::from(k[1].unsigned_abs()).pow(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// cos and sin of one wave, and a third that mixes two others.
    fn basis() -> ResidualBasis {
        let s = std::f64::consts::FRAC_1_SQRT_2;
        let (o, i) = (Complex64::ZERO, Complex64::I);
        let one = Complex64::ONE * s;
        let fields = [one, o, o, i * s, o, o, o, one * 0.6, i * s * 0.8];
        ResidualBasis::new(vec![[5, 0], [0, 5], [-4, 4]], fields.to_vec()).unwrap()
    }

    #[test]
    fn coefficients_are_amplitudes() {
        let b = basis();
        assert_eq!((b.rank(), b.cut()), (3, 6));
        let c = [0.3, -2.0, 0.7];
        let field = b.sum(&c);
        b.project(&field).iter().zip(c).for_each(|(a, b)| assert!((a - b).abs() < 1e-15));
        // The mean square of the field, by Parseval.
        let energy: f64 = field.iter().map(|a| 2.0 * a.norm_sqr()).sum();
        assert!((energy - c.iter().map(|c| c * c).sum::<f64>()).abs() < 1e-14);
    }

    #[test]
    fn a_rotation_changes_the_fields_and_not_what_they_span() {
        let b = basis();
        let (s, c) = 0.4_f64.sin_cos();
        let turned = b.rotated(&[c, -s, 0.0, 0.0, 0.0, 1.0], 2).unwrap();
        assert_eq!(turned.rank(), 2);
        let field = b.sum(&[c, -s, 0.0]);
        let back = turned.project(&field);
        assert!((back[0] - 1.0).abs() < 1e-15 && back[1].abs() < 1e-15);
    }

    #[test]
    fn what_is_no_orthonormal_basis_of_a_half_plane_is_refused() {
        let s = Complex64::new(std::f64::consts::FRAC_1_SQRT_2, 0.0);
        let message = |modes: &[[i32; 2]], fields: &[Complex64]| {
            ResidualBasis::new(modes.to_vec(), fields.to_vec()).unwrap_err().to_string()
        };
        for k in [[0, 0], [-3, 0], [1, -2], [97, 0], [i32::MIN, 1]] {
            assert!(message(&[k], &[s]).starts_with("residual_k: expected wave vectors with |k| <= 96"), "{k:?}");
        }
        assert!(message(&[[1, 1], [1, 1]], &[s, s]).contains("(1, 1) twice"));
        assert!(message(&[[1, 1], [1, 2]], &[s]).contains("1 to 4 fields on 2 wave vectors"));
        assert!(message(&[], &[]).contains("residual_B"));
        assert!(message(&[[1, 1]], &[s, s]).contains("orthonormal"));
        assert!(message(&[[1, 1]], &[s * 2.0]).contains("off by 3.0e0"));
        assert!(message(&[[1, 1]], &[Complex64::new(f64::NAN, 0.0)]).contains("residual_B[0, 0]"));
    }
}
