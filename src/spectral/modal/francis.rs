//! Hessenberg form to real Schur form by implicit double-shift QR steps, every rotation also applied
//! to Z. After Francis (1961) as in EISPACK's `hqr2`. Column by column.

use super::no_convergence;
use crate::{error::Result, math::Complex64};

/// Steps for one eigenvalue before giving up; two or three are usual.
const PATIENCE: usize = 60;

/// H and Z under rotations from both sides.
struct Form<'a> {
    side: usize,
    h: &'a mut [f64],
    /// Empty where eigenvalues alone are wanted; then H outside the active block is left to itself.
    z: &'a mut [f64],
    /// Sum of exceptional shifts taken off the active diagonal.
    shifted: f64,
    eigenvalues: Vec<Complex64>,
}

/// Replaces H by T and Z by Z times the rotations, or H by nothing of use without Z; gives the eigenvalues in the order of the diagonal,
/// of a pair the one with positive imaginary part first.
///
/// # Errors
/// [`crate::Error::Run`] when the iteration does not converge.
pub fn schur(h: &mut [f64], z: Option<&mut [f64]>, side: usize) -> Result<Vec<Complex64>> {
    let z = z.unwrap_or_default();
    let norm: f64 = h.iter().map(|x| x.abs()).sum();
    let mut form = Form { side, h, z, shifted: 0.0, eigenvalues: vec![Complex64::default(); side] };
    let (mut end, mut steps) = (side, 0);
    while end > 0 {
        let low = form.small_subdiagonal(end - 1, norm);
        match end - low {
            1 => form.single(end - 1),
            2 => form.pair(end - 1),
            _ if steps == PATIENCE => return Err(no_convergence()),
            _ => {
                form.step(low, end - 1, steps);
                steps += 1;
                continue;
            }
        }
        (end, steps) = (low, 0);
    }
    Ok(form.eigenvalues)
}

impl Form<'_> {
    fn at(&self, i: usize, j: usize) -> f64 {
        self.h[j * self.side + i]
    }

    fn put(&mut self, i: usize, j: usize, x: f64) {
        self.h[j * self.side + i] = x;
    }

    /// The first row of the block that ends in row `n`: above it the subdiagonal is negligible, and
    /// becomes zero.
    fn small_subdiagonal(&mut self, n: usize, norm: f64) -> usize {
        let mut l = n;
        while l > 0 {
            let near = self.at(l - 1, l - 1).abs() + self.at(l, l).abs();
            let near = if near == 0.0 { norm } else { near };
            if self.at(l, l - 1).abs() <= f64::EPSILON * near {
                self.put(l, l - 1, 0.0);
                break;
            }
            l -= 1;
        }
        l
    }

    fn single(&mut self, n: usize) {
        let x = self.at(n, n) + self.shifted;
        self.put(n, n, x);
        self.eigenvalues[n] = Complex64::new(x, 0.0);
    }

    /// The block in rows n - 1 and n: a pair stays, two real eigenvalues are rotated apart.
    fn pair(&mut self, n: usize) {
        let w = self.at(n, n - 1) * self.at(n - 1, n);
        let p = 0.5 * (self.at(n - 1, n - 1) - self.at(n, n));
        let q = p * p + w;
        for i in [n - 1, n] {
            let x = self.at(i, i) + self.shifted;
            self.put(i, i, x);
        }
        let (x, root) = (self.at(n, n), q.abs().sqrt());
        if q < 0.0 {
            self.eigenvalues[n - 1] = Complex64::new(x + p, root);
            self.eigenvalues[n] = Complex64::new(x + p, -root);
            return;
        }
        let big = if p >= 0.0 { p + root } else { p - root };
        let other = if big != 0.0 { x - w / big } else { x + big };
        (self.eigenvalues[n - 1], self.eigenvalues[n]) = (Complex64::new(x + big, 0.0), Complex64::new(other, 0.0));
        let below = self.at(n, n - 1);
        let length = below.hypot(big);
        let (s, c) = if length > 0.0 { (below / length, big / length) } else { (0.0, 1.0) };
        if self.z.is_empty() {
            return;
        }
        for j in n - 1..self.side {
            let (a, b) = (self.at(n - 1, j), self.at(n, j));
            self.put(n - 1, j, c * a + s * b);
            self.put(n, j, c * b - s * a);
        }
        let side = self.side;
        for (matrix, rows) in [(&mut *self.h, n + 1), (&mut *self.z, side)] {
            let (left, right) = matrix.split_at_mut(n * side);
            for (a, b) in left[(n - 1) * side..].iter_mut().zip(right).take(rows) {
                (*a, *b) = (c * *a + s * *b, c * *b - s * *a);
            }
        }
        self.put(n, n - 1, 0.0);
    }

    /// One double step on the block of rows l to n.
    fn step(&mut self, l: usize, n: usize, steps: usize) {
        let (mut x, mut y) = (self.at(n, n), self.at(n - 1, n - 1));
        let mut w = self.at(n, n - 1) * self.at(n - 1, n);
        if steps % 20 == 10 {
            // A shift from elsewhere, where the usual ones go round in circles.
            self.shifted += x;
            (0..=n).for_each(|i| self.put(i, i, self.at(i, i) - x));
            let s = self.at(n, n - 1).abs() + self.at(n - 1, n - 2).abs();
            (x, y, w) = (0.75 * s, 0.75 * s, -0.4375 * s * s);
        }
        let (m, mut p, mut q, mut r) = self.start(l, n, x, y, w);
        for i in m + 2..=n {
            self.put(i, i - 2, 0.0);
            if i > m + 2 {
                self.put(i, i - 3, 0.0);
            }
        }
        for k in m..n {
            let three = k + 1 < n;
            let mut size = 1.0;
            if k != m {
                (p, q) = (self.at(k, k - 1), self.at(k + 1, k - 1));
                r = if three { self.at(k + 2, k - 1) } else { 0.0 };
                size = p.abs() + q.abs() + r.abs();
                if size == 0.0 {
                    continue;
                }
                (p, q, r) = (p / size, q / size, r / size);
            }
            let s = (p * p + q * q + r * r).sqrt().copysign(p);
            if s == 0.0 {
                continue;
            }
            if k != m {
                self.put(k, k - 1, -s * size);
            } else if l != m {
                self.put(k, k - 1, -self.at(k, k - 1));
            }
            p += s;
            self.reflect(k, [l, n], three, [p / s, q / s, r / s], [q / p, r / p]);
        }
    }

    /// Where the double step may begin, and the first column of its shifted product.
    fn start(&self, l: usize, n: usize, x: f64, y: f64, w: f64) -> (usize, f64, f64, f64) {
        let mut m = n - 2;
        loop {
            let d = self.at(m, m);
            let (r, s) = (x - d, y - d);
            let p = (r * s - w) / self.at(m + 1, m) + self.at(m, m + 1);
            let q = self.at(m + 1, m + 1) - d - r - s;
            let r = self.at(m + 2, m + 1);
            let size = p.abs() + q.abs() + r.abs();
            let (p, q, r) = (p / size, q / size, r / size);
            let near = |i: usize| self.at(i, i).abs();
            if m == l
                || self.at(m, m - 1).abs() * (q.abs() + r.abs())
                    < f64::EPSILON * p.abs() * (near(m - 1) + d.abs() + near(m + 1))
            {
                return (m, p, q, r);
            }
            m -= 1;
        }
    }

    /// The reflection of rows and columns k, k + 1 and, with `three`, k + 2, in H and Z; the active block
    /// stands in rows l to n.
    fn reflect(&mut self, k: usize, [l, n]: [usize; 2], three: bool, u: [f64; 3], v: [f64; 2]) {
        let side = self.side;
        let whole = !self.z.is_empty();
        let (top, last) = if whole { (0, side) } else { (l, n + 1) };
        for column in self.h[k * side..last * side].chunks_exact_mut(side) {
            if three {
                let [a, b, c] = &mut column[k..k + 3] else { continue };
                let p = *a + v[0] * *b + v[1] * *c;
                (*a, *b, *c) = (*a - p * u[0], *b - p * u[1], *c - p * u[2]);
            } else {
                let [a, b] = &mut column[k..k + 2] else { continue };
                let p = *a + v[0] * *b;
                (*a, *b) = (*a - p * u[0], *b - p * u[1]);
            }
        }
        for (matrix, rows) in [(&mut *self.h, top..n.min(k + 3) + 1), (&mut *self.z, 0..side)] {
            if matrix.is_empty() {
                continue;
            }
            let (a, rest) = matrix[k * side..].split_at_mut(side);
            let (b, rest) = rest.split_at_mut(side);
            let (a, b) = (&mut a[rows.clone()], &mut b[rows.clone()]);
            if three {
                for ((a, b), c) in a.iter_mut().zip(b).zip(&mut rest[rows]) {
                    let p = u[0] * *a + u[1] * *b + u[2] * *c;
                    (*a, *b, *c) = (*a - p, *b - p * v[0], *c - p * v[1]);
                }
            } else {
                for (a, b) in a.iter_mut().zip(b) {
                    let p = u[0] * *a + u[1] * *b;
                    (*a, *b) = (*a - p, *b - p * v[0]);
                }
            }
        }
    }
}
