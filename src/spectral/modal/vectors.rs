//! Eigenvectors of a real Schur form by back-substitution, and their way back. Column by column.

use crate::math::Complex64;

/// Replaces the columns of T by the eigenvectors of T: column k down to row k for a real eigenvalue,
/// real and imaginary part in columns k and k + 1 down to row k + 1 for a pair. What stands below is
/// meaningless.
pub fn of_schur(t: &mut [f64], eigenvalues: &[Complex64]) {
    let side = eigenvalues.len();
    // Differences of eigenvalues below this are rounding.
    let least = f64::EPSILON * t.iter().fold(f64::MIN_POSITIVE / f64::EPSILON, |m: f64, x| m.max(x.abs()));
    let mut end = side;
    while end > 0 {
        let pair = eigenvalues[end - 1].im != 0.0;
        let first = if pair { end - 2 } else { end - 1 };
        let lambda = eigenvalues[first];
        let mut x = vec![Complex64::default(); end];
        let column = |j: usize| &t[j * side..j * side + first];
        if pair {
            let (a, b) = (t[first * side + first], t[(first + 1) * side + first]);
            let (c, d) = (t[first * side + first + 1], t[(first + 1) * side + first + 1]);
            let one = Complex64::new(1.0, 0.0);
            let ends = if b.abs() >= c.abs() { [one, (lambda - a) / b] } else { [(lambda - d) / c, one] };
            for ((x, p), q) in x.iter_mut().zip(column(first)).zip(column(first + 1)) {
                *x = -(ends[0] * p + ends[1] * q);
            }
            (x[first], x[first + 1]) = (ends[0], ends[1]);
        } else {
            x.iter_mut().zip(column(first)).for_each(|(x, p)| *x = Complex64::new(-p, 0.0));
            x[first] = Complex64::new(1.0, 0.0);
        }
        substitute(t, eigenvalues, first, lambda, least, &mut x);
        for (i, x) in x.iter().enumerate() {
            t[first * side + i] = x.re;
            if pair {
                t[(first + 1) * side + i] = x.im;
            }
        }
        end = first;
    }
}

/// Solves `(T - lambda) x = right side` for the rows above `rows`, in place.
fn substitute(t: &[f64], eigenvalues: &[Complex64], rows: usize, lambda: Complex64, least: f64, x: &mut [Complex64]) {
    let side = eigenvalues.len();
    let mut end = rows;
    while end > 0 {
        let pair = eigenvalues[end - 1].im != 0.0;
        let first = if pair { end - 2 } else { end - 1 };
        if pair {
            let (a, b) = (t[first * side + first] - lambda, t[(first + 1) * side + first]);
            let (c, d) = (t[first * side + first + 1], t[(first + 1) * side + first + 1] - lambda);
            let det = at_least(a * d - b * c, least * (a.norm() + d.norm() + b.abs() + c.abs()).max(least));
            let (r, s) = (x[first], x[first + 1]);
            (x[first], x[first + 1]) = ((r * d - s * b) / det, (s * a - r * c) / det);
        } else {
            x[first] /= at_least(t[first * side + first] - lambda, least);
        }
        let largest = x[first..end].iter().map(|x| x.norm()).fold(0.0, f64::max);
        if largest > 1e100 {
            // The vector's length is free.
            x.iter_mut().for_each(|x| *x /= largest);
        }
        for j in first..end {
            let factor = x[j];
            for (x, t) in x[..first].iter_mut().zip(&t[j * side..]) {
                *x -= factor * t;
            }
        }
        end = first;
    }
}

/// A divisor, moved away from zero where rounding brought it there.
fn at_least(x: Complex64, least: f64) -> Complex64 {
    if x.norm() < least { Complex64::new(least, 0.0) } else { x }
}

/// Replaces Z by `Z X`, last columns first: column k of the product needs columns up to its block's
/// last of Z.
pub fn rotate(z: &mut [f64], x: &[f64], eigenvalues: &[Complex64]) {
    let side = eigenvalues.len();
    let mut end = side;
    while end > 0 {
        let first = if eigenvalues[end - 1].im != 0.0 { end - 2 } else { end - 1 };
        let mut products = vec![0.0; (end - first) * side];
        for (product, column) in products.chunks_exact_mut(side).zip(first..end) {
            for (z, factor) in z.chunks_exact(side).zip(&x[column * side..column * side + end]) {
                product.iter_mut().zip(z).for_each(|(p, z)| *p += factor * z);
            }
        }
        z[first * side..end * side].copy_from_slice(&products);
        end = first;
    }
}
