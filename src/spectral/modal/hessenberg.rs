//! Hessenberg form `H = Q^T A Q` by Householder reflections `1 - tau v v^T`, `v_0 = 1` (Golub & Van Loan,
//! Matrix Computations, 7.4.2). Column by column, in place.

/// Replaces a matrix by its Hessenberg form; with `want` gives Q. `h` and Q are `side * side` numbers, column by
/// column.
pub fn reduce(h: &mut [f64], side: usize, want: bool) -> Option<Vec<f64>> {
    let mut taus = vec![0.0; side];
    let (mut v, mut u) = (vec![0.0; side], vec![0.0; side]);
    for k in 0..side.saturating_sub(2) {
        let below = &mut h[k * side + k + 1..(k + 1) * side];
        let Some((tau, corner)) = reflector(below) else { continue };
        taus[k] = tau;
        let v = &mut v[..below.len()];
        v.copy_from_slice(below);
        (below[0], v[0]) = (corner, 1.0);
        reflect_rows(&mut h[(k + 1) * side..], side, k + 1, v, tau);
        // From the right: H (1 - tau v v^T).
        u.fill(0.0);
        let columns = &mut h[(k + 1) * side..];
        for (column, v) in columns.chunks_exact(side).zip(&*v) {
            u.iter_mut().zip(column).for_each(|(u, x)| *u += tau * v * x);
        }
        for (column, v) in columns.chunks_exact_mut(side).zip(&*v) {
            column.iter_mut().zip(&u).for_each(|(x, u)| *x -= v * u);
        }
    }
    let q = want.then(|| rotation(h, side, &taus));
    // Below the subdiagonal stand the reflections.
    for (j, column) in h.chunks_exact_mut(side).enumerate() {
        column[(j + 2).min(side)..].fill(0.0);
    }
    q
}

/// Scales a vector to `v_0 = 1` and gives tau and the entry that the reflection leaves; `None` where
/// there is nothing to reflect.
fn reflector(x: &mut [f64]) -> Option<(f64, f64)> {
    let tail = x[1..].iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if tail == 0.0 {
        return None;
    }
    let largest = tail.max(x[0].abs());
    let norm = largest * x.iter().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt();
    let corner = -norm.copysign(x[0]);
    let first = x[0] - corner;
    x[1..].iter_mut().for_each(|x| *x /= first);
    Some(((corner - x[0]) / corner, corner))
}

/// `(1 - tau v v^T)` from the left on the rows from `first` on.
fn reflect_rows(columns: &mut [f64], side: usize, first: usize, v: &[f64], tau: f64) {
    for column in columns.chunks_exact_mut(side) {
        let part = &mut column[first..];
        let along = tau * super::dot(v, part);
        part.iter_mut().zip(v).for_each(|(x, v)| *x -= along * v);
    }
}

/// The product of the reflections that stand below the subdiagonal.
fn rotation(h: &[f64], side: usize, taus: &[f64]) -> Vec<f64> {
    let mut q = vec![0.0; side * side];
    q.iter_mut().step_by(side + 1).for_each(|x| *x = 1.0);
    let mut v = vec![0.0; side];
    for k in (0..side.saturating_sub(2)).rev().filter(|k| taus[*k] != 0.0) {
        let v = &mut v[..side - k - 1];
        v.copy_from_slice(&h[k * side + k + 1..(k + 1) * side]);
        v[0] = 1.0;
        reflect_rows(&mut q[(k + 1) * side..], side, k + 1, v, taus[k]);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotating_back_gives_the_matrix() {
        for side in [1, 2, 3, 10] {
            let a: Vec<f64> = (0..side * side).map(|i| ((i * i) as f64 * 0.7).sin()).collect();
            let mut h = a.clone();
            let q = reduce(&mut h, side, true).unwrap();
            let at = |m: &[f64], i: usize, j: usize| m[j * side + i];
            for i in 0..side {
                for j in 0..side {
                    assert!(i < j + 2 || at(&h, i, j) == 0.0);
                    let pairs = (0..side).flat_map(|k| (0..side).map(move |l| (k, l)));
                    let back: f64 = pairs.map(|(k, l)| at(&q, i, k) * at(&h, k, l) * at(&q, j, l)).sum();
                    assert!((back - at(&a, i, j)).abs() < 1e-13, "{side}: {i} {j}");
                }
            }
        }
    }
}
