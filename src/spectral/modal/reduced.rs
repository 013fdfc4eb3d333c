//! A matrix of low rank by a smaller one with the same eigenvalues.
//!
//! ```text
//! A = Q B,  B = Q^T A,  S = B Q       Q orthonormal, D x r, spans the columns of A
//! S y = lambda y       =>   A (Q y) = lambda (Q y)
//! y^H S = lambda y^H   =>   (y^H B) A = lambda (y^H B),   and (y^H B)(Q x) = lambda y^H x
//! ```
//!
//! so every eigenvalue of A but 0 is one of S, with both its eigenvectors. A fit to T steps has the rank T at most,
//! however many numbers z has, and decomposing costs r^3 instead of D^3. Q comes from A times random signs (Halko,
//! Martinsson and Tropp 2011, algorithm 4.1, in doubled sizes until A - Q Q^T A is below [`TOLERANCE`] on further
//! ones), or is left out where the rank is not low. What Q leaves is of the size of the rounding in a solution of
//! normal equations, 3e-11 for the defaults, and would move eigenvalues by as much: those that decide about
//! stability are therefore taken from A itself, by the quotient `l^H A r / l^H r`, whose error is its square.
//!
//! A component that stands alone, its row and column zero but for the diagonal, is no part of S: what is found for
//! the others leaves it exactly as it is.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    CONDITION_LIMIT,
    blocked::{Decomposed, Want, decompose},
    dot,
};
use crate::{
    error::{Error, Result},
    math::Complex64,
    spectral::learn::factor::orthonormal,
    state::Propagator,
};

/// What Q may leave of A, relative, Frobenius norm.
const TOLERANCE: f64 = 1e-10;
/// Eigenvalues of at least this modulus are taken from A itself.
const REFINED: f64 = 0.9;
/// The first rank that is tried, and columns of the test.
const FIRST: usize = 128;
const TRIED: usize = 16;
const SEED: u64 = 0x0a;

/// The smaller matrix and the way back.
pub struct Reduced {
    /// r, the side of S.
    pub side: usize,
    /// `[r, r]` row-major.
    pub s: Vec<f64>,
    /// Components that stand alone, with their eigenvalues.
    pub lone: Vec<(usize, f64)>,
    full: usize,
    way: Way,
}

enum Way {
    /// Q column by column, B row by row.
    Low { q: Vec<f64>, b: Vec<f64> },
    /// The components that S is made of.
    Whole(Vec<usize>),
}

/// Both eigenvectors of an eigenvalue, each as real and imaginary part.
pub struct Triple {
    /// r, the eigenvector from the right.
    pub right: [Vec<f64>; 2],
    /// l, with `l^H A = lambda l^H`.
    pub left: [Vec<f64>; 2],
    /// `l^H r`.
    pub product: Complex64,
    /// `|l| |r|`; over `|l^H r|` it is the condition number of the eigenvalue.
    pub lengths: f64,
}

impl Triple {
    /// Whether the condition number is a number within [`CONDITION_LIMIT`].
    pub fn well_conditioned(&self) -> bool {
        self.lengths <= CONDITION_LIMIT * self.product.norm()
    }
}

/// `A v`, A row-major.
fn times(a: &[f64], v: &[f64]) -> Vec<f64> {
    a.chunks_exact(v.len()).map(|row| dot(row, v)).collect()
}

/// Components whose row and column are zero off the diagonal, with what stands there.
pub fn lone(a: &[f64], side: usize) -> Vec<(usize, f64)> {
    let mut alone = vec![true; side];
    for (i, row) in a.chunks_exact(side).enumerate() {
        for (j, x) in row.iter().enumerate() {
            if i != j && *x != 0.0 {
                (alone[i], alone[j]) = (false, false);
            }
        }
    }
    (0..side).filter(|i| alone[*i]).map(|i| (i, a[i * (side + 1)])).collect()
}

impl Reduced {
    /// Of a propagator.
    ///
    /// # Errors
    /// [`Error::Run`] without memory.
    pub fn of(propagator: &Propagator) -> Result<Self> {
        let (a, full) = (propagator.matrix(), propagator.side());
        let lone = lone(a, full);
        let alone = |i: usize| lone.binary_search_by_key(&i, |l| l.0).is_ok();
        let inner: Vec<usize> = (0..full).filter(|i| !alone(*i)).collect();
        let size: f64 = a.iter().map(|x| x * x).sum::<f64>() - lone.iter().map(|l| l.1 * l.1).sum::<f64>();
        let mut rank = FIRST;
        while 2 * rank <= inner.len() {
            if let Some(q) = range(a, full, &inner, rank, size.max(0.0).sqrt())? {
                return Self::low(a, full, lone, q, rank);
            }
            rank *= 2;
        }
        let side = inner.len();
        let mut s = room(side * side, full)?;
        for (line, i) in s.chunks_exact_mut(side.max(1)).zip(&inner) {
            line.iter_mut().zip(&inner).for_each(|(x, j)| *x = a[i * full + j]);
        }
        Ok(Self { side, s, lone, full, way: Way::Whole(inner) })
    }

    fn low(a: &[f64], full: usize, lone: Vec<(usize, f64)>, q: Vec<f64>, side: usize) -> Result<Self> {
        let (mut b, mut s) = (room(side * full, full)?, room(side * side, full)?);
        let a = MatRef::from_row_major_slice(a, full, full);
        let columns = MatRef::from_column_major_slice(&q, full, side);
        let rows = MatMut::from_row_major_slice_mut(&mut b, side, full);
        matmul(rows, Accum::Replace, columns.transpose(), a, 1.0, Par::Seq);
        // What stands alone is no part of it, not even by rounding.
        for row in b.chunks_exact_mut(full) {
            lone.iter().for_each(|(i, _)| row[*i] = 0.0);
        }
        let rows = MatRef::from_row_major_slice(&b, side, full);
        let small = MatMut::from_row_major_slice_mut(&mut s, side, side);
        matmul(small, Accum::Replace, rows, columns, 1.0, Par::Seq);
        Ok(Self { side, s, lone, full, way: Way::Low { q, b } })
    }

    /// How often the eigenvalue 0 is left out.
    pub fn zeros(&self) -> usize {
        self.full - self.lone.len() - self.side
    }

    /// All eigenvalues that S has, and its eigenvectors: the large ones from A itself where S is only near it.
    ///
    /// # Errors
    /// As [`decompose`].
    pub fn decompose(&self, propagator: &Propagator, want: Want) -> Result<Decomposed> {
        match &self.way {
            Way::Whole(_) => decompose(&self.s, self.side, want),
            Way::Low { .. } => {
                let mut found = decompose(&self.s, self.side, Want::Both)?;
                self.refine(propagator.matrix(), &mut found);
                Ok(found)
            }
        }
    }

    fn refine(&self, a: &[f64], found: &mut Decomposed) {
        let large: Vec<usize> =
            (0..self.side).filter(|i| found.values[*i].im >= 0.0 && found.values[*i].norm() >= REFINED).collect();
        for i in large {
            let (l, pair) = (found.values[i], found.values[i].im > 0.0);
            let triple = self.triple(found, i);
            if !triple.well_conditioned() {
                continue;
            }
            let Triple { right: [p, q], left: [f, g], product, .. } = triple;
            let (ap, aq) = (times(a, &p), if pair { times(a, &q) } else { vec![0.0; q.len()] });
            let through = Complex64::new(dot(&f, &ap) + dot(&g, &aq), dot(&f, &aq) - dot(&g, &ap));
            let better = through / product;
            // Further away it is another one.
            if (better - l).norm() <= TOLERANCE.sqrt() {
                found.values[i] = if pair { better } else { Complex64::new(better.re, 0.0) };
                if pair {
                    found.values[i + 1] = better.conj();
                }
            }
        }
    }

    /// Both eigenvectors of A for the eigenvalue `i` of S, the first of its pair.
    pub fn triple(&self, found: &Decomposed, i: usize) -> Triple {
        let pair = found.values[i].im > 0.0;
        let column = |columns: &[f64], k: usize| columns[k * self.side..(k + 1) * self.side].to_vec();
        let both =
            |columns: &[f64]| [column(columns, i), if pair { column(columns, i + 1) } else { vec![0.0; self.side] }];
        let (right, left) = (both(&found.right).map(|y| self.right(&y)), both(&found.left).map(|y| self.left(&y)));
        let ([p, q], [f, g]) = (&right, &left);
        // l^H has the imaginary part of the other sign.
        let product = Complex64::new(dot(f, p) + dot(g, q), dot(f, q) - dot(g, p));
        let lengths = ((dot(p, p) + dot(q, q)) * (dot(f, f) + dot(g, g))).sqrt();
        Triple { right, left, product, lengths }
    }

    /// `Q y`. `y` has r numbers, the result D.
    pub fn right(&self, y: &[f64]) -> Vec<f64> {
        match &self.way {
            Way::Low { q, .. } => combine(q, self.full, y),
            Way::Whole(inner) => scattered(inner, self.full, y),
        }
    }

    /// `y^T B`, where it is reduced; the eigenvector of A is only longer by lambda. `y` has r numbers, the result D.
    pub fn left(&self, y: &[f64]) -> Vec<f64> {
        match &self.way {
            Way::Low { b, .. } => combine(b, self.full, y),
            Way::Whole(inner) => scattered(inner, self.full, y),
        }
    }
}

fn room(numbers: usize, side: usize) -> Result<Vec<f64>> {
    let mut v = Vec::new();
    let none = |_| Error::Run(format!("eigenvalues of A: no memory for matrices of {side} x {side}"));
    v.try_reserve_exact(numbers).map_err(none)?;
    v.resize(numbers, 0.0);
    Ok(v)
}

fn combine(lines: &[f64], full: usize, y: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; full];
    for (line, y) in lines.chunks_exact(full).zip(y) {
        sum.iter_mut().zip(line).for_each(|(sum, x)| *sum += y * x);
    }
    sum
}

fn scattered(inner: &[usize], full: usize, y: &[f64]) -> Vec<f64> {
    let mut v = vec![0.0; full];
    inner.iter().zip(y).for_each(|(i, y)| v[*i] = *y);
    v
}

/// Orthonormal columns that span those of A, or nothing where `rank` of them do not.
fn range(a: &[f64], full: usize, inner: &[usize], rank: usize, size: f64) -> Result<Option<Vec<f64>>> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED ^ rank as u64);
    let a = MatRef::from_row_major_slice(a, full, full);
    let mut image = |columns: usize| -> Result<Vec<f64>> {
        // Column by column; zero where a component stands alone, so that it stays so.
        let mut signs = room(full * columns, full)?;
        for column in signs.chunks_exact_mut(full) {
            let mut word = 0_u64;
            for (count, i) in inner.iter().enumerate() {
                word = if count % 64 == 0 { random.next_u64() } else { word >> 1 };
                column[*i] = if word & 1 == 1 { 1.0 } else { -1.0 };
            }
        }
        let mut image = room(full * columns, full)?;
        let out = MatMut::from_row_major_slice_mut(&mut image, full, columns);
        matmul(out, Accum::Replace, a, MatRef::from_column_major_slice(&signs, full, columns), 1.0, Par::Seq);
        Ok(image)
    };
    // Without the rows of what stands alone, which surplus columns would fill.
    let mut spanned = image(rank)?;
    for (to, from) in inner.iter().enumerate() {
        spanned.copy_within(from * rank..(from + 1) * rank, to * rank);
    }
    spanned.truncate(inner.len() * rank);
    let narrow = orthonormal(spanned, inner.len(), rank)?;
    let mut q = room(full * rank, full)?;
    for (column, narrow) in q.chunks_exact_mut(full).zip(narrow.chunks_exact(inner.len())) {
        inner.iter().zip(narrow).for_each(|(i, x)| column[*i] = *x);
    }
    let mut rest = image(TRIED)?;
    let columns = MatRef::from_column_major_slice(&q, full, rank);
    let mut along = room(rank * TRIED, full)?;
    for _ in 0..2 {
        let out = MatMut::from_row_major_slice_mut(&mut along, rank, TRIED);
        let seen = MatRef::from_row_major_slice(&rest, full, TRIED);
        matmul(out, Accum::Replace, columns.transpose(), seen, 1.0, Par::Seq);
        let out = MatMut::from_row_major_slice_mut(&mut rest, full, TRIED);
        let along = MatRef::from_row_major_slice(&along, rank, TRIED);
        matmul(out, Accum::Add, columns, along, -1.0, Par::Seq);
    }
    let mut left = [0.0_f64; TRIED];
    for row in rest.chunks_exact(TRIED) {
        left.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
    }
    let worst = left.iter().fold(0.0_f64, |most, x| most.max(*x)).sqrt();
    Ok((worst <= TOLERANCE * size).then_some(q))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::propagator, *};

    /// Of rank 40 beside a component that stands alone.
    fn low_rank(side: usize) -> Propagator {
        let at = |i: usize, j: usize, c: f64| ((i * 31 + j * 17) as f64 * c + (i * j) as f64 * 0.013).sin();
        let u: Vec<f64> = (0..side * 40).map(|n| at(n / 40, n % 40, 0.7) / (side as f64).sqrt()).collect();
        let v: Vec<f64> = (0..side * 40).map(|n| at(n % side, n / side, 1.1) / (side as f64).sqrt()).collect();
        let mut a = vec![0.0; side * side];
        for i in 0..side {
            for j in 0..side {
                a[i * side + j] = (0..40).map(|k| u[i * 40 + k] * v[k * side + j]).sum();
            }
        }
        for i in 0..side {
            (a[i * side + 7], a[7 * side + i]) = (0.0, 0.0);
        }
        a[7 * (side + 1)] = 1.0;
        propagator(side, a)
    }

    #[test]
    fn a_low_rank_has_the_eigenvalues_of_the_whole_and_both_eigenvectors() {
        let (side, a) = (300, low_rank(300));
        let small = Reduced::of(&a).unwrap();
        assert_eq!((small.side, small.lone.as_slice(), small.zeros()), (FIRST, &[(7, 1.0)][..], side - 1 - FIRST));
        let found = decompose(&small.s, small.side, Want::Both).unwrap();
        let whole = decompose(a.matrix(), side, Want::Values).unwrap().values;
        let (mut i, mut seen) = (0, 0);
        while i < small.side {
            let (l, pair) = (found.values[i], found.values[i].im > 0.0);
            if l.norm() > 1e-3 {
                let near = whole.iter().map(|m| (l - m).norm()).fold(1.0, f64::min);
                assert!(near < 1e-11, "{l}: {near:e}");
                let parts = |y: &[f64], back: &dyn Fn(&[f64]) -> Vec<f64>| -> Vec<Complex64> {
                    let column = |k: usize| back(&y[k * small.side..(k + 1) * small.side]);
                    let im = if pair { column(i + 1) } else { vec![0.0; side] };
                    column(i).into_iter().zip(im).map(|(re, im)| Complex64::new(re, im)).collect()
                };
                let (r, w) = (parts(&found.right, &|y| small.right(y)), parts(&found.left, &|y| small.left(y)));
                assert!(r[7].norm() == 0.0 && w[7].norm() == 0.0);
                let length = |v: &[Complex64]| v.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
                for j in 0..side {
                    let right: Complex64 = (0..side).map(|k| r[k] * a.matrix()[j * side + k]).sum();
                    let left: Complex64 = (0..side).map(|k| w[k].conj() * a.matrix()[k * side + j]).sum();
                    assert!((right - l * r[j]).norm() < 1e-11 * length(&r), "{l}");
                    assert!((left - l * w[j].conj()).norm() < 1e-11 * length(&w), "{l}");
                }
                seen += 1;
            }
            i += if pair { 2 } else { 1 };
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn noise_that_is_left_out_moves_no_large_eigenvalue() {
        let side = 300;
        let clean = low_rank(side);
        let values = decompose(clean.matrix(), side, Want::Values).unwrap().values;
        let others = values.into_iter().filter(|l| (l - 1.0).norm() > 1e-9).collect::<Vec<_>>();
        let size = crate::spectral::modal::radius(&others);
        // The largest of the others at 1.2, and noise of a full rank as rounding leaves it.
        let noisy = |n: usize, x: &f64| {
            let lone = n / side == 7 || n % side == 7;
            let noise = if lone { 0.0 } else { 3e-13 * ((n * n % 1_000_003) as f64).sin() };
            if lone { *x } else { 1.2 * x / size + noise }
        };
        let a = propagator(side, clean.matrix().iter().enumerate().map(|(n, x)| noisy(n, x)).collect());
        let small = Reduced::of(&a).unwrap();
        assert!(small.side < side / 2);
        let found = small.decompose(&a, Want::Values).unwrap().values;
        let whole = decompose(a.matrix(), side, Want::Values).unwrap().values;
        for l in found.iter().filter(|l| l.norm() > REFINED) {
            let near = whole.iter().map(|m| (l - m).norm()).fold(1.0, f64::min);
            assert!(near < 1e-12, "{l}: {near:e}");
        }
    }

    #[test]
    fn a_full_rank_is_left_whole() {
        let a = super::super::tests::sample(260);
        let small = Reduced::of(&a).unwrap();
        assert!(small.side == 260 && small.zeros() == 0 && small.s == a.matrix());
    }
}
