//! The real Schur form `A = Z T Z^T` and from it the eigenvectors, in the memory of two matrices.
//!
//! 1. Householder reflections bring A to Hessenberg form (`hessenberg`).
//! 2. Double-shift QR steps bring H to T, blocks of side 1 and 2 on its diagonal (`francis`).
//! 3. Back-substitution gives the eigenvectors X of T, in the memory of T, and `Z X` in that of Z
//!    (`vectors`).
//!
//! Matrices are stored column by column.

use super::{francis, hessenberg, transpose, vectors};
use crate::{error::Result, math::Complex64};

/// Eigenvectors, column by column, and eigenvalues of a row-major matrix: a column for a real one, two
/// with real and imaginary part for a pair.
///
/// # Errors
/// As [`francis::schur`].
pub fn eigenvectors(side: usize, a: Vec<f64>) -> Result<(Vec<f64>, Vec<Complex64>)> {
    let mut h = a;
    transpose(&mut h, side);
    let mut z = hessenberg::reduce(&mut h, side, true).unwrap_or_default();
    let eigenvalues = francis::schur(&mut h, Some(&mut z), side)?;
    vectors::of_schur(&mut h, &eigenvalues);
    vectors::rotate(&mut z, &h, &eigenvalues);
    Ok((z, eigenvalues))
}

/// Eigenvalues of a row-major matrix alone.
///
/// # Errors
/// As [`francis::schur`].
pub fn eigenvalues(side: usize, a: Vec<f64>) -> Result<Vec<Complex64>> {
    let mut h = a;
    // A matrix and its transpose have the same eigenvalues.
    hessenberg::reduce(&mut h, side, false);
    francis::schur(&mut h, None, side)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        spectral::modal::{
            by_faer,
            tests::{propagator, sample},
        },
        state::Propagator,
    };

    /// `max |A v - lambda v|` over all eigenvectors of unit length.
    fn residual(propagator: &Propagator) -> f64 {
        let side = propagator.side();
        let (v, lambda) = eigenvectors(side, propagator.matrix().to_vec()).unwrap();
        let mut worst = 0.0_f64;
        let mut k = 0;
        while k < side {
            let l = lambda[k];
            let pair = l.im > 0.0;
            let vector: Vec<Complex64> = (0..side)
                .map(|i| Complex64::new(v[k * side + i], if pair { v[(k + 1) * side + i] } else { 0.0 }))
                .collect();
            let norm = vector.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
            for (i, x) in vector.iter().enumerate() {
                let row = &propagator.matrix()[i * side..(i + 1) * side];
                let ax: Complex64 = row.iter().zip(&vector).map(|(a, x)| x * a).sum();
                worst = worst.max((ax - l * x).norm() / norm);
            }
            k += if pair { 2 } else { 1 };
        }
        worst
    }

    #[test]
    fn eigenvectors_of_every_size_satisfy_their_equation() {
        for side in [1, 2, 3, 4, 5, 8, 21, 100, 150] {
            let error = residual(&sample(side));
            assert!(error < 1e-12, "side {side}: {error:e}");
        }
    }

    #[test]
    fn eigenvalues_are_those_of_faer() {
        let a = sample(90);
        let (_, ours) = eigenvectors(90, a.matrix().to_vec()).unwrap();
        let alone = eigenvalues(90, a.matrix().to_vec()).unwrap();
        for l in by_faer(&a).unwrap() {
            for found in [&ours, &alone] {
                let nearest = found.iter().map(|m| (l - m).norm()).fold(1.0, f64::min);
                assert!(nearest < 1e-12, "{l}: {nearest:e}");
            }
        }
    }

    #[test]
    fn special_matrices_are_no_obstacle() {
        // A cyclic shift needs the exceptional shifts; zeros, ones and repeated blocks deflate at once.
        let shift: Vec<f64> = (0..64).map(|n| if n % 8 == (n / 8 + 1) % 8 { 1.0 } else { 0.0 }).collect();
        assert!(residual(&propagator(8, shift)) < 1e-13);
        assert_eq!(residual(&propagator(6, vec![0.0; 36])), 0.0);
        let one: Vec<f64> = (0..36).map(|n| if n % 7 == 0 { 1.0 } else { 0.0 }).collect();
        assert!(residual(&propagator(6, one)) < 1e-14);
        let low_rank: Vec<f64> = (0..900).map(|n| ((n / 30) as f64).sin() * ((n % 30) as f64 * 1.1).cos()).collect();
        assert!(residual(&propagator(30, low_rank)) < 1e-12);
    }
}
