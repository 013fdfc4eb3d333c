//! Inverse of a matrix: in its own memory by Gauss-Jordan elimination with row exchanges, or a large one by `faer`'s
//! LU factors, which hold two more and take a fraction of the time.

use faer::{
    MatMut, MatRef, Par,
    dyn_stack::{MemBuffer, MemStack},
    linalg::lu::partial_pivoting::{factor, inverse},
};

/// Replaces a matrix, line by line, by its inverse, line by line; not finite for a singular one, or a large one without
/// memory.
pub fn of(a: &mut [f64], side: usize) {
    if side <= super::SMALL {
        return in_place(a, side);
    }
    if by_factors(a, side).is_none() {
        a.fill(f64::NAN);
    }
}

fn by_factors(a: &mut [f64], side: usize) -> Option<()> {
    let request = factor::lu_in_place_scratch::<usize, f64>(side, side, Par::Seq, Default::default())
        .or(inverse::inverse_scratch::<usize, f64>(side, Par::Seq));
    let mut memory = MemBuffer::try_new(request).ok()?;
    let stack = MemStack::new(&mut memory);
    let (mut order, mut back) = (vec![0_usize; side], vec![0_usize; side]);
    let mut factors = a.to_vec();
    let square = MatMut::from_column_major_slice_mut(&mut factors, side, side);
    let (_, order) = factor::lu_in_place(square, &mut order, &mut back, Par::Seq, stack, Default::default());
    let factors = MatRef::from_column_major_slice(&factors, side, side);
    inverse::inverse(MatMut::from_column_major_slice_mut(a, side, side), factors, factors, order, Par::Seq, stack);
    Some(())
}

/// The inverse in the matrix's own memory. Lines may be rows of both or columns of both.
fn in_place(a: &mut [f64], side: usize) {
    let mut order: Vec<usize> = (0..side).collect();
    let mut pivot_line = vec![0.0; side];
    for k in 0..side {
        let size = |i: &usize| a[i * side + k].abs();
        let pivot = (k..side).max_by(|i, j| size(i).total_cmp(&size(j))).unwrap_or(k);
        if pivot != k {
            let (upper, lower) = a.split_at_mut(pivot * side);
            upper[k * side..(k + 1) * side].swap_with_slice(&mut lower[..side]);
            order.swap(k, pivot);
        }
        let scale = 1.0 / a[k * side + k];
        pivot_line.copy_from_slice(&a[k * side..(k + 1) * side]);
        pivot_line[k] = 1.0;
        pivot_line.iter_mut().for_each(|x| *x *= scale);
        for (i, line) in a.chunks_exact_mut(side).enumerate() {
            if i == k {
                line.copy_from_slice(&pivot_line);
            } else {
                let factor = std::mem::replace(&mut line[k], 0.0);
                line.iter_mut().zip(&pivot_line).for_each(|(x, p)| *x -= factor * p);
            }
        }
    }
    // Exchanged rows went in: exchanged columns come out.
    for line in a.chunks_exact_mut(side) {
        pivot_line.copy_from_slice(line);
        order.iter().zip(&pivot_line).for_each(|(to, x)| line[*to] = *x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let side = 40;
        let a: Vec<f64> = (0..side * side).map(|i| ((i * i) as f64 * 0.37).sin()).collect();
        let mut b = a.clone();
        in_place(&mut b, side);
        let mut c = a.clone();
        by_factors(&mut c, side).unwrap();
        assert!(b.iter().zip(&c).all(|(b, c)| (b - c).abs() < 1e-11));
        for i in 0..side {
            for j in 0..side {
                let sum: f64 = (0..side).map(|k| a[i * side + k] * b[k * side + j]).sum();
                assert!((sum - if i == j { 1.0 } else { 0.0 }).abs() < 1e-11, "{i} {j} {sum}");
            }
        }
    }

    #[test]
    fn a_zero_on_the_diagonal_is_no_obstacle_and_a_singular_one_shows() {
        let mut a = vec![0.0, 2.0, 4.0, 0.0];
        in_place(&mut a, 2);
        assert_eq!(a, [0.0, 0.25, 0.5, 0.0]);
        let mut singular = vec![1.0, 2.0, 2.0, 4.0];
        in_place(&mut singular, 2);
        assert!(singular.iter().any(|x| !x.is_finite()));
    }
}
