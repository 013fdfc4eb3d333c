//! Eigenvalues and eigenvectors of whole matrices by `faer`: blocked multishift QR steps with early deflation
//! (Braman, Byers and Mathias 2002), on one thread so that equal matrices give equal bits.
//!
//! `faer` does not tell when an iteration ends before it converged. The sums of the eigenvalues and of their squares,
//! which are the traces of the matrix and of its square, do.

use faer::{
    MatMut, MatRef, Par,
    diag::Diag,
    dyn_stack::{MemBuffer, MemStack},
    linalg::evd::{ComputeEigenvectors, evd_real, evd_scratch},
};

use super::no_convergence;
use crate::{
    error::{Error, Result},
    math::Complex64,
};

/// Which eigenvectors are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// No eigenvectors.
    Values,
    /// Eigenvectors from the right, `A r = lambda r`.
    Right,
    /// Eigenvectors from both sides.
    Both,
}

/// What was found.
pub struct Decomposed {
    /// Eigenvalues; of a pair the one with positive imaginary part first.
    pub values: Vec<Complex64>,
    /// `r`, column by column: one for a real eigenvalue, two with real and imaginary part for a pair.
    pub right: Vec<f64>,
    /// `l`, likewise, with `l^H A = lambda l^H`.
    pub left: Vec<f64>,
}

/// Traces that are further from the sums than this, relative to what rounding could be, were not converged.
const CONVERGED: f64 = 1e-9;

/// Decomposes a row-major matrix.
///
/// # Errors
/// [`Error::Run`] without memory, or when the iteration does not converge.
pub fn decompose(a: &[f64], side: usize, want: Want) -> Result<Decomposed> {
    if side == 0 {
        return Ok(Decomposed { values: Vec::new(), right: Vec::new(), left: Vec::new() });
    }
    let some = |yes: bool| if yes { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let (left, right) = (want == Want::Both, want != Want::Values);
    let request = evd_scratch::<f64>(side, some(left), some(right), Par::Seq, Default::default());
    let no_memory = |_| Error::Run(format!("eigenvalues of A: no memory for matrices of {side} x {side}"));
    let mut memory = MemBuffer::try_new(request).map_err(no_memory)?;
    let columns = |yes: bool| vec![0.0; if yes { side * side } else { 0 }];
    let mut found = Decomposed { values: Vec::new(), right: columns(right), left: columns(left) };
    let (mut re, mut im) = (Diag::<f64>::zeros(side), Diag::<f64>::zeros(side));
    let matrix = MatRef::from_row_major_slice(a, side, side);
    let into_left = left.then(|| MatMut::from_column_major_slice_mut(&mut found.left, side, side));
    let into_right = right.then(|| MatMut::from_column_major_slice_mut(&mut found.right, side, side));
    let stack = MemStack::new(&mut memory);
    evd_real(matrix, re.as_mut(), im.as_mut(), into_left, into_right, Par::Seq, stack, Default::default())
        .map_err(|_| no_convergence())?;
    let parts = re.column_vector().iter().zip(im.column_vector().iter());
    found.values = parts.map(|(re, im)| Complex64::new(*re, *im)).collect();
    found.order(side);
    if converged(matrix, &found.values) { Ok(found) } else { Err(no_convergence()) }
}

impl Decomposed {
    /// Brings the eigenvalue with positive imaginary part to the front of its pair.
    fn order(&mut self, side: usize) {
        let mut i = 0;
        while i < side {
            let width = if self.values[i].im != 0.0 && i + 1 < side { 2 } else { 1 };
            if width == 2 && self.values[i].im < 0.0 {
                self.values.swap(i, i + 1);
                for columns in [&mut self.left, &mut self.right].into_iter().filter(|c| !c.is_empty()) {
                    columns[(i + 1) * side..(i + 2) * side].iter_mut().for_each(|x| *x = -*x);
                }
            }
            i += width;
        }
    }
}

/// Whether the eigenvalues are whole pairs, and their sums the traces of the matrix and of its square.
fn converged(a: MatRef<'_, f64>, values: &[Complex64]) -> bool {
    let side = a.nrows();
    let (mut trace, mut square, mut norm) = (0.0, 0.0, 0.0);
    for i in 0..side {
        trace += a[(i, i)];
        for j in 0..side {
            square += a[(i, j)] * a[(j, i)];
            norm += a[(i, j)] * a[(i, j)];
        }
    }
    let sum: Complex64 = values.iter().sum();
    let squares: Complex64 = values.iter().map(|l| l * l).sum();
    let mut i = 0;
    while i < side {
        if values[i].im != 0.0 {
            if i + 1 == side || values[i].conj() != values[i + 1] {
                return false;
            }
            i += 1;
        }
        i += 1;
    }
    // A negated `>` also takes what is no number for not converged.
    (sum - trace).norm() <= CONVERGED * (side as f64 * norm).sqrt() && (squares - square).norm() <= CONVERGED * norm
}

#[cfg(test)]
mod tests {
    use super::{super::tests::sample, *};

    fn vector(columns: &[f64], side: usize, i: usize, pair: bool) -> Vec<Complex64> {
        let at = |i: usize, j: usize| columns[i * side + j];
        (0..side).map(|j| Complex64::new(at(i, j), if pair { at(i + 1, j) } else { 0.0 })).collect()
    }

    #[test]
    fn eigenvectors_of_both_sides_satisfy_their_equations() {
        for side in [1, 2, 3, 7, 40, 161] {
            let a = sample(side);
            let found = decompose(a.matrix(), side, Want::Both).unwrap();
            let at = |i: usize, j: usize| a.matrix()[i * side + j];
            let mut i = 0;
            while i < side {
                let (l, pair) = (found.values[i], found.values[i].im > 0.0);
                let (r, w) = (vector(&found.right, side, i, pair), vector(&found.left, side, i, pair));
                for j in 0..side {
                    let right: Complex64 = (0..side).map(|k| r[k] * at(j, k)).sum();
                    let left: Complex64 = (0..side).map(|k| w[k].conj() * at(k, j)).sum();
                    let length = |v: &[Complex64]| v.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
                    assert!((right - l * r[j]).norm() < 1e-12 * length(&r), "{side}: {i} {j}");
                    assert!((left - l * w[j].conj()).norm() < 1e-12 * length(&w), "{side}: {i} {j}");
                }
                i += if pair { 2 } else { 1 };
            }
        }
    }

    #[test]
    fn eigenvalues_that_are_not_those_of_the_matrix_are_seen() {
        let a = sample(30);
        let matrix = MatRef::from_row_major_slice(a.matrix(), 30, 30);
        let mut values = decompose(a.matrix(), 30, Want::Values).unwrap().values;
        assert!(converged(matrix, &values));
        values[3].re += 1e-6;
        assert!(!converged(matrix, &values));
        values[3].re = f64::NAN;
        assert!(!converged(matrix, &values));
    }
}
