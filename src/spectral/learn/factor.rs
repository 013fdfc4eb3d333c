//! Two factorisations of dense real matrices, on one thread so that equal matrices give equal bits.

use faer::{
    Conj, MatMut, MatRef, Par,
    diag::Diag,
    dyn_stack::{MemBuffer, MemStack, StackReq},
    linalg::{
        evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch},
        householder::{
            apply_block_householder_sequence_on_the_left_in_place_scratch as apply_scratch,
            apply_block_householder_sequence_on_the_left_in_place_with_conj as apply,
        },
        qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch, recommended_block_size},
    },
};

use crate::error::{Error, Result};

/// Orthonormal columns that span those of `y`, `[rows, columns]` row-major with `columns <= rows`; column
/// after column. Where the columns of `y` depend on each other, the surplus ones are arbitrary.
///
/// # Errors
/// [`Error::Run`] without memory.
pub fn orthonormal(mut y: Vec<f64>, rows: usize, columns: usize) -> Result<Vec<f64>> {
    let block = recommended_block_size::<f64>(rows, columns);
    let request = qr_in_place_scratch::<f64>(rows, columns, block, Par::Seq, Default::default())
        .or(apply_scratch::<f64>(rows, block, columns));
    let mut memory = buffer(request, rows)?;
    let stack = MemStack::new(&mut memory);
    let mut coefficients = vec![0.0; block * columns];
    let mut coefficients = MatMut::from_column_major_slice_mut(&mut coefficients, block, columns);
    let mut factor = MatMut::from_row_major_slice_mut(&mut y, rows, columns);
    qr_in_place(factor.as_mut(), coefficients.as_mut(), Par::Seq, stack, Default::default());
    let mut q = vec![0.0; rows * columns];
    q.iter_mut().step_by(rows + 1).for_each(|x| *x = 1.0);
    let out = MatMut::from_column_major_slice_mut(&mut q, rows, columns);
    apply(factor.as_ref(), coefficients.as_ref(), Conj::No, out, Par::Seq, stack);
    Ok(q)
}

/// Eigenvalues of a symmetric matrix, the largest first, and their unit eigenvectors one after the other.
///
/// # Errors
/// [`Error::Run`] without memory, or when the iteration does not converge.
pub fn symmetric(matrix: &[f64], side: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let request = self_adjoint_evd_scratch::<f64>(side, ComputeEigenvectors::Yes, Par::Seq, Default::default());
    let mut memory = buffer(request, side)?;
    let (mut values, mut vectors) = (Diag::<f64>::zeros(side), vec![0.0; side * side]);
    let columns = MatMut::from_column_major_slice_mut(&mut vectors, side, side);
    let matrix = MatRef::from_column_major_slice(matrix, side, side);
    let stack = MemStack::new(&mut memory);
    self_adjoint_evd(matrix, values.as_mut(), Some(columns), Par::Seq, stack, Default::default())
        .map_err(|_| Error::Run("the residual's moments: the eigenvalue iteration does not converge".into()))?;
    let values: Vec<f64> = values.column_vector().iter().rev().copied().collect();
    Ok((values, vectors.chunks_exact(side.max(1)).rev().flatten().copied().collect()))
}

fn buffer(request: StackReq, side: usize) -> Result<MemBuffer> {
    MemBuffer::try_new(request).map_err(|_| {
        Error::Run(format!("no memory to factorise a matrix of side {side}: lower --topk-mid or --residual-rank"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn columns_become_orthonormal_and_span_what_they_did() {
        let (rows, columns) = (70, 41);
        // Of rank 2 only: the other columns come out orthonormal too.
        let entry = |i: usize, j: usize| (i as f64 * 0.7).sin() * j as f64 + (i as f64).cos() * (j * j % 7) as f64;
        let y: Vec<f64> = (0..rows * columns).map(|x| entry(x / columns, x % columns)).collect();
        let q = orthonormal(y.clone(), rows, columns).unwrap();
        let column = |j: usize| &q[j * rows..(j + 1) * rows];
        for j in 0..columns {
            for l in 0..=j {
                let wanted = if j == l { 1.0 } else { 0.0 };
                assert!((dot(column(j), column(l)) - wanted).abs() < 1e-14);
            }
            let given: Vec<f64> = y.iter().skip(j).step_by(columns).copied().collect();
            let held: f64 = (0..columns).map(|l| dot(column(l), &given).powi(2)).sum();
            assert!((held / dot(&given, &given).max(1e-300) - 1.0).abs() < 1e-13 || j == 0);
        }
    }

    #[test]
    fn eigenvectors_come_with_the_largest_value_first() {
        // 2 and 5 in a basis turned by 0.3.
        let (s, c) = 0.3_f64.sin_cos();
        let matrix = [2.0 * c * c + 5.0 * s * s, 3.0 * s * c, 3.0 * s * c, 2.0 * s * s + 5.0 * c * c];
        let (values, vectors) = symmetric(&matrix, 2).unwrap();
        assert!((values[0] - 5.0).abs() < 1e-14 && (values[1] - 2.0).abs() < 1e-14);
        assert!((dot(&vectors[..2], &[s, c]).abs() - 1.0).abs() < 1e-14);
    }
}
