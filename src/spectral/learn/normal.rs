//! The sums `Z^T Z` and `Z^T Y`, and their solution.

mod narrow;

use std::ops::Range;

use faer::{
    Accum, MatMut, MatRef, Par,
    dyn_stack::{MemBuffer, MemStack},
    linalg::{
        cholesky::llt::{factor, solve},
        matmul::{
            matmul,
            triangular::{self, BlockStructure},
        },
    },
};

use crate::error::{Error, Result};

/// Rows that are gathered before they are added.
const BLOCK: usize = 64;

/// Sums over the pairs of successive rows of a trajectory.
pub struct NormalEquations {
    side: usize,
    /// The first row; empty before it comes.
    first: Vec<f64>,
    /// `[BLOCK + 1][D]`: each row with the one after it is a pair; the first `held` are filled.
    rows: Vec<f64>,
    held: usize,
    pairs: u64,
    /// `Z^T Z`, column-major, its lower triangle.
    gram: Vec<f64>,
    /// `Z^T Y`, row-major.
    cross: Vec<f64>,
    /// Diagonal of `Y^T Y`.
    target: Vec<f64>,
    /// A component that stays as it is: no other feeds on it, and its row and column of A are the identity's.
    held_constant: Option<usize>,
}

/// A fit and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// `[D, D]` row-major.
    pub a: Vec<f64>,
    /// `|(Z^T Z + lambda I) A - Z^T Y| / |Z^T Y|`, Frobenius norms. A large entry of z, k_keep say, rules it.
    pub residual: f64,
    /// The same of the column where it is largest, each row divided by the root of its diagonal entry, so
    /// that the units of z do not count. It grows as the ridge falls below the data's noise.
    pub worst_column: f64,
}

impl NormalEquations {
    /// For rows of `side` numbers.
    ///
    /// # Errors
    /// [`Error::Run`] when there is no memory for two matrices of that side.
    pub fn new(side: usize) -> Result<Self> {
        Ok(Self {
            side,
            first: Vec::new(),
            rows: zeros(side, (BLOCK + 1) * side)?,
            held: 0,
            pairs: 0,
            gram: zeros(side, side * side)?,
            cross: zeros(side, side * side)?,
            target: zeros(side, side)?,
            held_constant: None,
        })
    }

    /// Leaves the component `index` out of the fit: A carries it along unchanged.
    ///
    /// A constant of size c would otherwise be fitted as `c (1 - lambda / (T c^2 + lambda))`, which a rollout takes
    /// to the power of its steps, and it would serve the others as an intercept: beside an eigenvalue on the unit
    /// circle that grows without bound.
    #[must_use]
    pub fn holding(mut self, index: usize) -> Self {
        self.held_constant = Some(index);
        self
    }

    /// Adds the next row of the trajectory.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a row of another length or with a value that is not finite.
    pub fn push(&mut self, z: &[f64]) -> Result<()> {
        if z.len() != self.side {
            return Err(Error::invalid("z to learn from", format!("{} numbers", self.side), z.len()));
        }
        if let Some(i) = z.iter().position(|x| !x.is_finite()) {
            return Err(Error::invalid(format!("z[{i}] to learn from"), "a finite number", z[i]));
        }
        if self.held == BLOCK + 1 {
            self.flush();
        }
        let row = &mut self.rows[self.held * self.side..][..self.side];
        row.copy_from_slice(z);
        if let Some(index) = self.held_constant {
            row[index] = 0.0;
        }
        if self.held == 0 {
            self.first = row.to_vec();
        } else {
            self.pairs += 1;
            self.target.iter_mut().zip(row).for_each(|(sum, z)| *sum += *z * *z);
        }
        self.held += 1;
        Ok(())
    }

    /// Pairs added so far.
    pub fn pairs(&self) -> u64 {
        self.pairs
    }

    /// Adds the gathered pairs to the sums; the last row stays, as the first of the next pair.
    fn flush(&mut self) {
        let (d, count) = (self.side, self.held.saturating_sub(1));
        if count == 0 {
            return;
        }
        let from = MatRef::from_row_major_slice(&self.rows[..count * d], count, d);
        let to = MatRef::from_row_major_slice(&self.rows[d..(count + 1) * d], count, d);
        let gram = MatMut::from_column_major_slice_mut(&mut self.gram, d, d);
        let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
        triangular::matmul(gram, lower, Accum::Add, from.transpose(), whole, from, whole, 1.0, Par::Seq);
        let cross = MatMut::from_row_major_slice_mut(&mut self.cross, d, d);
        matmul(cross, Accum::Add, from.transpose(), to, 1.0, Par::Seq);
        self.rows.copy_within(count * d..(count + 1) * d, 0);
        self.held = 1;
    }

    /// Solves for a ridge parameter.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a negative or infinite `ridge` or when there is no pair; [`Error::Run`]
    /// when rounding leaves the matrix indefinite, naming a ridge that is large enough.
    pub fn solve(&mut self, ridge: f64) -> Result<Solution> {
        if !(ridge.is_finite() && ridge >= 0.0) {
            return Err(Error::invalid("ridge", "a number of at least 0", ridge));
        }
        if self.pairs == 0 {
            return Err(Error::invalid("rows to learn from", "at least 2", self.held));
        }
        self.flush();
        let d = self.side;
        let mut left = copy(d, &self.gram)?;
        left.iter_mut().step_by(d + 1).for_each(|x| *x += ridge);
        if let Some(index) = self.held_constant {
            // Row and column are empty: any positive diagonal leaves its part of A empty, too.
            left[index * (d + 1)] = 1.0;
        }
        let mut a = copy(d, &self.cross)?;
        let request = factor::cholesky_in_place_scratch::<f64>(d, Par::Seq, Default::default())
            .or(solve::solve_in_place_scratch::<f64>(d, d, Par::Seq));
        let mut memory = MemBuffer::try_new(request).map_err(|_| no_memory(d))?;
        let stack = MemStack::new(&mut memory);
        let square = MatMut::from_column_major_slice_mut(&mut left, d, d);
        factor::cholesky_in_place(square, Default::default(), Par::Seq, stack, Default::default()).map_err(|_| {
            // Rounding of the sums is about eps times the trace.
            let enough = self.gram.iter().step_by(d + 1).sum::<f64>() * f64::EPSILON;
            Error::Run(format!(
                "learning A: with ridge {ridge:e} the normal equations are singular in double precision; \
                 a ridge of {enough:.0e} or more is large enough"
            ))
        })?;
        let right = MatMut::from_row_major_slice_mut(&mut a, d, d);
        solve::solve_in_place(MatRef::from_column_major_slice(&left, d, d), right, Par::Seq, stack);
        if a.iter().any(|x| !x.is_finite()) {
            return Err(Error::Run(format!("learning A: the solution is not finite with ridge {ridge:e}; raise it")));
        }
        // From here `left` holds (Z^T Z + lambda I) A - Z^T Y.
        self.gram_times(&a, &mut left);
        let (mut rest, mut norm) = ([0.0; 2], vec![[0.0; 2]; d]);
        for (i, x) in left.iter_mut().enumerate() {
            *x = (*x + ridge * a[i] - self.cross[i]).powi(2);
            let (square, diagonal) = (self.cross[i].powi(2), self.gram[i / d * (d + 1)] + ridge);
            rest = [rest[0] + *x, rest[1] + square];
            if diagonal > 0.0 {
                let [r, c] = norm[i % d];
                norm[i % d] = [r + *x / diagonal, c + square / diagonal];
            }
        }
        if let Some(index) = self.held_constant {
            a[index * (d + 1)] = 1.0;
        }
        let relative = |[rest, norm]: [f64; 2]| if norm > 0.0 { (rest / norm).sqrt() } else { 0.0 };
        let worst_column = norm.into_iter().map(relative).fold(0.0, f64::max);
        Ok(Solution { a, residual: relative(rest), worst_column })
    }

    /// `Z^T Z`, both triangles.
    fn whole_gram(&self) -> Vec<f64> {
        let d = self.side;
        let mut whole = self.gram.clone();
        for i in 0..d {
            for j in 0..i {
                whole[i * d + j] = whole[j * d + i];
            }
        }
        whole
    }

    /// `Z^T Z A` into `out`, both row-major.
    fn gram_times(&self, a: &[f64], out: &mut [f64]) {
        let (d, whole) = (self.side, self.whole_gram());
        let out = MatMut::from_row_major_slice_mut(out, d, d);
        let (whole, a) = (MatRef::from_column_major_slice(&whole, d, d), MatRef::from_row_major_slice(a, d, d));
        matmul(out, Accum::Replace, whole, a, 1.0, Par::Seq);
    }

    /// Relative one-step error on the rows that were pushed, over the given columns of z:
    /// `sqrt( sum |z_{t+1} - z_t A|^2 / sum |z_{t+1}|^2 )`. Beside it the error of `z_{t+1} = z_t`.
    pub fn one_step_error(&mut self, a: &[f64], columns: &[Range<usize>]) -> (f64, f64) {
        self.flush();
        let d = self.side;
        let mut product = vec![0.0; d * d];
        self.gram_times(a, &mut product);
        let (mut error, mut still, mut total) = (0.0, 0.0, 0.0);
        for j in columns.iter().cloned().flatten() {
            let column = |m: &[f64], i: usize| m[i * d + j];
            let fit: f64 = (0..d).map(|i| column(a, i) * (column(&product, i) - 2.0 * column(&self.cross, i))).sum();
            error += (self.target[j] + fit).max(0.0);
            still += (self.target[j] - 2.0 * self.cross[j * d + j] + self.gram[j * d + j]).max(0.0);
            total += self.target[j];
        }
        ((error / total).sqrt(), (still / total).sqrt())
    }
}

fn no_memory(side: usize) -> Error {
    Error::Run(format!("learning A: no memory for matrices of {side} x {side}; lower topk_mid or k_cut"))
}

fn zeros(side: usize, length: usize) -> Result<Vec<f64>> {
    let mut v = Vec::new();
    v.try_reserve_exact(length).map_err(|_| no_memory(side))?;
    v.resize(length, 0.0);
    Ok(v)
}

fn copy(side: usize, from: &[f64]) -> Result<Vec<f64>> {
    let mut v = Vec::new();
    v.try_reserve_exact(from.len()).map_err(|_| no_memory(side))?;
    v.extend_from_slice(from);
    Ok(v)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rotation by `angle` that shrinks by `factor`, beside a constant.
    fn trajectory(count: usize, factor: f64, angle: f64) -> Vec<[f64; 3]> {
        (0..count)
            .map(|t| {
                let (r, phase) = (factor.powi(t as i32), angle * t as f64);
                [r * phase.cos(), r * phase.sin(), 5.0]
            })
            .collect()
    }

    #[test]
    fn a_linear_law_is_found_again() {
        let (factor, angle) = (0.999, 0.1_f64);
        let mut sums = NormalEquations::new(3).unwrap();
        for z in trajectory(400, factor, angle) {
            sums.push(&z).unwrap();
        }
        assert_eq!(sums.pairs(), 399);
        let solution = sums.solve(1e-9).unwrap();
        let (s, c) = (factor * angle.sin(), factor * angle.cos());
        for (a, b) in solution.a.iter().zip([c, s, 0.0, -s, c, 0.0, 0.0, 0.0, 1.0]) {
            assert!((a - b).abs() < 1e-9, "{:?}", solution.a);
        }
        assert!(solution.residual < 1e-14, "{:e}", solution.residual);
        let (error, still) = sums.one_step_error(&solution.a, &[0..1, 1..2]);
        assert!(error < 1e-7 && (still / 0.1 - 1.0).abs() < 0.01, "{error:e} {still}");
        let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let (as_is, still) = sums.one_step_error(&identity, &[0..2, 2..3]);
        assert!((as_is - still).abs() < 1e-9);
    }

    #[test]
    fn a_component_that_is_held_stays_and_feeds_nobody() {
        let (mut with, mut without) = (NormalEquations::new(3).unwrap().holding(2), NormalEquations::new(2).unwrap());
        for z in trajectory(400, 0.999, 0.1) {
            with.push(&z).unwrap();
            without.push(&z[..2]).unwrap();
        }
        // Without a ridge as well: an empty row is no singular matrix.
        for ridge in [0.0, 1e-2, 10.0] {
            let (a, b) = (with.solve(ridge).unwrap(), without.solve(ridge).unwrap());
            for (n, x) in a.a.iter().enumerate() {
                match (n / 3, n % 3) {
                    (i, j) if i < 2 && j < 2 => assert!((x - b.a[2 * i + j]).abs() < 1e-12, "{:?}", a.a),
                    (i, j) => assert_eq!(*x, if i == j { 1.0 } else { 0.0 }, "{:?}", a.a),
                }
            }
            let errors = |sums: &mut NormalEquations, a: &[f64]| sums.one_step_error(a, &[0..2, 0..0]);
            assert!((errors(&mut with, &a.a).0 - errors(&mut without, &b.a).0).abs() < 1e-9);
        }
        let mut narrow = with.narrowed(3, &[], 0).unwrap();
        assert_eq!(narrow.solve(1e-2).unwrap().a[8], 1.0);
    }

    #[test]
    fn blocks_do_not_matter_and_more_rows_may_follow_a_solution() {
        let all = trajectory(BLOCK + 40, 0.99, 0.3);
        let fit = |stop: usize| {
            let mut sums = NormalEquations::new(3).unwrap();
            all[..stop].iter().for_each(|z| sums.push(z).unwrap());
            let _ = sums.solve(1e-3);
            all[stop..].iter().for_each(|z| sums.push(z).unwrap());
            (sums.solve(1e-3).unwrap().a, sums.pairs())
        };
        let (whole, pairs) = fit(0);
        for stop in [1, 2, BLOCK, BLOCK + 1, BLOCK + 2] {
            let (parts, same) = fit(stop);
            assert_eq!(pairs, same);
            whole.iter().zip(parts).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
        }
    }

    #[test]
    fn what_cannot_be_solved_is_refused() {
        let mut sums = NormalEquations::new(3).unwrap();
        assert!(sums.solve(1e-2).unwrap_err().to_string().contains("at least 2"));
        sums.push(&[1.0, 2.0, 3.0]).unwrap();
        sums.push(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!(sums.solve(-1.0).unwrap_err().exit_code(), 2);
        let message = sums.solve(0.0).unwrap_err().to_string();
        assert!(message.contains("singular") && message.contains("or more"), "{message}");
        assert!(sums.push(&[1.0]).is_err());
        assert!(sums.push(&[1.0, f64::NAN, 0.0]).unwrap_err().to_string().contains("z[1]"));
    }
}
