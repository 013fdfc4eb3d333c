//! The modal form of a linear kernel: `A = P B P^-1` in real arithmetic.
//!
//! For a real eigenvalue the column of `P` is its eigenvector `r` and `B` holds the eigenvalue. For
//! a pair `a +- ib` with eigenvectors `p +- iq` two columns hold `sqrt2 p` and `sqrt2 q`, and `B`
//! the block `[[a, b], [-b, a]]`, so that a pair is stored once. With `|r| = 1` this `P` differs
//! from the complex matrix of eigenvectors by a unitary factor only: it has the same condition
//! number. A row vector goes in by `w = z P`, steps by `w' = w B`, and comes out by `z = w P^-1`;
//! a pair's two numbers, read as `w1 + i w2`, are multiplied by `a + ib`.
//!
//! Method: `faer` (`blocked`), after a matrix of low rank was brought to a small one (`reduced`), on one thread so
//! that equal matrices give equal bits. Up to a side of 1024 the real Schur form and its eigenvectors (`schur`) take
//! its place, and give way to it where their iteration does not converge: for memory alone. `faer` 0.24 reads A and
//! holds H, Z, X and the eigenvectors beside it; the step that would do with two matrices in place (`multishift_qr`) is
//! private to it. Measured on two cores of a shared virtual machine, full matrices, eigenvectors from the right (alone:
//! eigenvalues without them); memory beyond A; the largest `|A v - lambda v|` of unit vectors:
//!
//! ```text
//!           schur: s    MiB   residual     faer: s     MiB   residual
//! D =  654      1.20    3.5    1.3e-14        0.41    16.9    1.5e-14
//!  ... alone    0.43    0.2                   0.31     7.9
//! D = 2000     59.3    30.8    2.9e-14        9.86   125.1    2.6e-14
//!  ... alone   20.2     0.2                   4.72    42.5
//! ```
//!
//! Either gives exact conjugates, and equal bits in every run and with 1, 2 and 4 threads. A whole
//! `run --kernel-only --modal` at D = 654 takes 19.6 MiB by `schur` and 32.0 MiB by `faer`; such a run is to stay
//! about 20. At 1024 `faer` begins to save more time than memory is worth.
//!
//! A component that stands alone, as k_keep does in a learned A, is carried beside the modes: it keeps its bits.

mod blocked;
mod clamp;
mod condition;
mod francis;
mod hessenberg;
mod inverse;
mod reduced;
mod schur;
mod vectors;

use blocked::{Want, decompose};
pub use clamp::{Clamped, Stable, clamp};
use reduced::{Reduced, lone};

use crate::{
    error::{Error, Result},
    math::Complex64,
    state::Propagator,
};

/// Above this condition number of the eigenvectors (2-norm) a modal rollout would lose more than
/// half of the digits of a double, and the dense form is used instead.
pub const CONDITION_LIMIT: f64 = 1e8;

/// Eigenvalues of smaller modulus leave nothing after a step.
pub const NEGLIGIBLE: f64 = 1e-6;

/// Eigenvalues and eigenvectors of a propagator.
#[derive(Clone, Debug, PartialEq)]
pub struct Modal {
    /// `P`, column by column.
    into: Vec<f64>,
    outward: Outward,
    condition: f64,
}

/// The half of a modal form that a rollout keeps: how amplitudes become `z`.
#[derive(Clone, Debug, PartialEq)]
pub struct Outward {
    /// D eigenvalues; of a pair the one with positive imaginary part comes first, those that stand alone last.
    eigenvalues: Vec<Complex64>,
    /// `P^-1`, row by row, without them.
    back: Vec<f64>,
    /// The components of z that stand alone.
    lone: Vec<usize>,
}

impl Modal {
    /// Decomposes.
    ///
    /// # Errors
    /// [`Error::Run`] without memory, or when the iteration does not converge.
    pub fn of(propagator: &Propagator) -> Result<Self> {
        Self::taking(propagator.clone(), &|| Ok(propagator.clone()))
    }

    /// Decomposes in the memory of the matrix: up to a side of 1024 no third one is held at any time. `again`
    /// gives the matrix once more where that memory is spoilt.
    ///
    /// # Errors
    /// As [`Modal::of`].
    pub fn taking(propagator: Propagator, again: &dyn Fn() -> Result<Propagator>) -> Result<Self> {
        if propagator.side() > SMALL {
            return Self::by_faer(propagator);
        }
        let (inner, lone) = inner(propagator);
        if inner.is_empty() {
            return Ok(Self::from_vectors(Vec::new(), Vec::new(), lone));
        }
        let side = inner.len().isqrt();
        match schur::eigenvectors(side, inner) {
            Ok((into, eigenvalues)) => Ok(Self::from_vectors(into, eigenvalues, lone)),
            Err(_) => Self::by_faer(again()?),
        }
    }

    fn by_faer(propagator: Propagator) -> Result<Self> {
        let (inner, lone) = inner(propagator);
        if inner.is_empty() {
            return Ok(Self::from_vectors(Vec::new(), Vec::new(), lone));
        }
        let found = decompose(&inner, inner.len().isqrt(), Want::Right)?;
        drop(inner);
        Ok(Self::from_vectors(found.right, found.values, lone))
    }

    fn from_vectors(mut into: Vec<f64>, mut eigenvalues: Vec<Complex64>, lone: Vec<(usize, f64)>) -> Self {
        let side = eigenvalues.len();
        normalise(&mut into, &eigenvalues);
        let mut back = into.clone();
        // Where everything stands alone there is nothing to invert.
        let condition = match side {
            0 => 1.0,
            _ => {
                inverse::of(&mut back, side);
                transpose(&mut back, side);
                condition::of(&into, &back, side)
            }
        };
        eigenvalues.extend(lone.iter().map(|l| Complex64::new(l.1, 0.0)));
        let lone = lone.into_iter().map(|l| l.0).collect();
        Self { into, outward: Outward { eigenvalues, back, lone }, condition }
    }

    /// D, the side of the matrix.
    pub fn side(&self) -> usize {
        self.outward.eigenvalues.len()
    }

    /// All eigenvalues; of a pair the one with positive imaginary part comes first.
    pub fn eigenvalues(&self) -> &[Complex64] {
        &self.outward.eigenvalues
    }

    /// The largest modulus.
    pub fn spectral_radius(&self) -> f64 {
        radius(&self.outward.eigenvalues)
    }

    /// Condition number of the matrix of unit eigenvectors, 2-norm; infinite for a defective `A`.
    pub fn condition(&self) -> f64 {
        self.condition
    }

    /// Whether the modal form may stand for the dense one.
    pub fn well_conditioned(&self) -> bool {
        self.condition <= CONDITION_LIMIT
    }

    /// One eigenvalue for each amplitude: the real ones, and of each pair the one with `b > 0`. In the order of the
    /// amplitudes.
    pub fn factors(&self) -> Vec<Complex64> {
        self.outward.factors().collect()
    }

    /// `w = z P` as one complex amplitude a real eigenvalue (its imaginary part 0) or pair. `z` holds D numbers, in
    /// the order in which A has its rows.
    pub fn amplitudes(&self, z: &[f64]) -> Vec<Complex64> {
        let lone = &self.outward.lone;
        let others: Vec<f64> = (0..z.len()).filter(|i| lone.binary_search(i).is_err()).map(|i| z[i]).collect();
        let columns = self.into.chunks_exact(others.len().max(1)).map(|column| dot(column, &others));
        let mut columns = columns.chain(lone.iter().map(|i| z[*i]));
        let mut next = || columns.next().unwrap_or_default();
        let amplitude = |l: Complex64| Complex64::new(next(), if is_pair(&l) { next() } else { 0.0 });
        self.factors().into_iter().map(amplitude).collect()
    }

    /// `z = w P^-1`. Amplitudes are in the order of the eigenvalues with `im >= 0`; `z` holds D numbers.
    pub fn state(&self, amplitudes: &[Complex64]) -> Vec<f64> {
        self.outward.state(amplitudes)
    }

    /// Drops what only the way in needs, half of the memory.
    pub fn into_outward(self) -> Outward {
        self.outward
    }

    /// The kernel over `power` of its steps at once, `lambda^power`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a fraction of a step where an eigenvalue is negative and larger than
    /// [`NEGLIGIBLE`]: no real matrix has that power. Smaller ones become zero.
    pub fn to_power(&mut self, power: f64) -> Result<()> {
        let whole = power.fract() == 0.0;
        for l in &mut self.outward.eigenvalues {
            let negative = l.im == 0.0 && l.re < 0.0;
            if negative && !whole && l.re < -NEGLIGIBLE {
                let rule = "no negative eigenvalue, or a dt that is a whole multiple of the dt of A";
                return Err(Error::invalid(
                    format!("A over {power} of its steps"),
                    rule,
                    format!("eigenvalue {}", l.re),
                ));
            }
            *l = match whole {
                true if l.im == 0.0 => Complex64::new(l.re.powf(power), 0.0),
                false if negative || l.norm() == 0.0 => Complex64::default(),
                _ => Complex64::from_polar(l.norm().powf(power), l.arg() * power),
            };
        }
        Ok(())
    }
}

impl Outward {
    fn factors(&self) -> impl Iterator<Item = Complex64> {
        self.eigenvalues.iter().filter(|l| l.im >= 0.0).copied()
    }

    /// `z = w P^-1`. Amplitudes are in the order of the eigenvalues with `im >= 0`; `z` holds D numbers.
    pub fn state(&self, amplitudes: &[Complex64]) -> Vec<f64> {
        let side = self.eigenvalues.len() - self.lone.len();
        let mut others = vec![0.0; side];
        let mut rows = self.back.chunks_exact(side.max(1));
        let mut add = |w: f64| {
            let row = rows.next().unwrap_or_default();
            others.iter_mut().zip(row).for_each(|(z, x)| *z += w * x);
        };
        let (moving, standing) = amplitudes.split_at(amplitudes.len() - self.lone.len());
        for (w, l) in moving.iter().zip(self.factors()) {
            add(w.re);
            if is_pair(&l) {
                add(w.im);
            }
        }
        let (mut others, mut standing) = (others.into_iter(), standing.iter());
        let one = |i: usize| match self.lone.binary_search(&i) {
            Ok(_) => standing.next().map_or(0.0, |w| w.re),
            Err(_) => others.next().unwrap_or_default(),
        };
        (0..self.eigenvalues.len()).map(one).collect()
    }
}

/// The matrix without what stands alone, in its own memory, and what does.
fn inner(propagator: Propagator) -> (Vec<f64>, Vec<(usize, f64)>) {
    let (side, mut a) = (propagator.side(), propagator.into_matrix());
    let lone = lone(&a, side);
    if !lone.is_empty() {
        let mut alone = vec![false; side];
        lone.iter().for_each(|l| alone[l.0] = true);
        let mut to = 0;
        for from in 0..side * side {
            if !(alone[from / side] || alone[from % side]) {
                a[to] = a[from];
                to += 1;
            }
        }
        a.truncate(to);
    }
    (a, lone)
}

/// Larger matrices take `faer`, which is faster and holds more.
const SMALL: usize = 1024;

/// Eigenvalues alone, at a fraction of the time. D of them; of a pair the one with positive imaginary part comes
/// first.
///
/// # Errors
/// [`Error::Run`] without memory, or when the iteration does not converge.
pub fn eigenvalues(propagator: &Propagator) -> Result<Vec<Complex64>> {
    let side = propagator.side();
    let quick = (side <= SMALL).then(|| schur::eigenvalues(side, propagator.matrix().to_vec()));
    match quick {
        Some(Ok(values)) => Ok(values),
        _ => by_faer(propagator),
    }
}

fn by_faer(propagator: &Propagator) -> Result<Vec<Complex64>> {
    let small = Reduced::of(propagator)?;
    let mut values = small.decompose(propagator, Want::Values)?.values;
    values.extend(small.lone.iter().map(|l| Complex64::new(l.1, 0.0)));
    values.resize(values.len() + small.zeros(), Complex64::default());
    Ok(values)
}

fn no_convergence() -> Error {
    Error::Run("eigenvalues of A: the QR iteration does not converge".into())
}

/// The largest modulus.
pub fn radius(eigenvalues: &[Complex64]) -> f64 {
    eigenvalues.iter().map(|l| l.norm()).fold(0.0, f64::max)
}

/// Where pairs begin: `true` at an eigenvalue whose conjugate follows.
fn is_pair(eigenvalue: &Complex64) -> bool {
    eigenvalue.im > 0.0
}

/// Gives every eigenvector unit length and a pair's two columns the factor sqrt2.
fn normalise(columns: &mut [f64], eigenvalues: &[Complex64]) {
    let side = eigenvalues.len();
    let mut i = 0;
    while i < side {
        let (width, length) = if is_pair(&eigenvalues[i]) { (2, 2.0_f64.sqrt()) } else { (1, 1.0) };
        let part = &mut columns[i * side..(i + width) * side];
        let scale = length / part.iter().map(|x| x * x).sum::<f64>().sqrt();
        part.iter_mut().for_each(|x| *x *= scale);
        i += width;
    }
}

/// Columns become rows.
fn transpose(a: &mut [f64], side: usize) {
    for i in 0..side {
        for j in 0..i {
            a.swap(i * side + j, j * side + i);
        }
    }
}

/// Four partial sums in a fixed order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (x, y) in a.iter().zip(b) {
        (0..4).for_each(|i| sums[i] += x[i] * y[i]);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Origin;

    pub(super) fn propagator(side: usize, a: Vec<f64>) -> Propagator {
        Propagator::new(side, a, Origin::default()).unwrap()
    }

    /// Pairs, real values and no symmetry (a sine of squares: of full rank).
    pub(super) fn sample(side: usize) -> Propagator {
        propagator(side, (0..side * side).map(|i| ((i * i) as f64 * 1.37 + 0.2).sin() / (side as f64).sqrt()).collect())
    }

    pub(super) fn row_times(z: &[f64], propagator: &Propagator) -> Vec<f64> {
        let side = propagator.side();
        (0..side).map(|j| (0..side).map(|i| z[i] * propagator.matrix()[i * side + j]).sum()).collect()
    }

    #[test]
    fn a_step_in_modes_is_a_step_of_a() {
        let a = propagator(4, vec![0.1, -0.9, 0.0, 0.2, 0.8, 0.1, 0.3, 0.0, 0.0, 0.1, 0.5, 0.0, 0.3, 0.0, -0.2, -0.7]);
        let modal = Modal::of(&a).unwrap();
        let z = [1.0, -2.0, 0.5, 3.0];
        let turned = |power: f64| {
            let mut modal = modal.clone();
            modal.to_power(power).unwrap();
            let w = modal.amplitudes(&z).iter().zip(modal.factors()).map(|(w, l)| w * l).collect::<Vec<_>>();
            modal.state(&w)
        };
        let twice = row_times(&row_times(&z, &a), &a);
        for (x, y) in turned(1.0).iter().zip(row_times(&z, &a)).chain(turned(2.0).iter().zip(twice)) {
            assert!((x - y).abs() < 1e-13, "{x} {y}");
        }
        let message = modal.clone().to_power(0.5).unwrap_err().to_string();
        assert!(message.contains("negative eigenvalue"), "{message}");
        assert!(modal.well_conditioned() && modal.condition() >= 1.0);
    }

    #[test]
    fn the_spectrum_of_a_rotation_lies_on_the_unit_circle() {
        let (s, c) = 0.3_f64.sin_cos();
        let modal = Modal::of(&propagator(2, vec![c, s, -s, c])).unwrap();
        assert!((modal.spectral_radius() - 1.0).abs() < 1e-14 && (modal.condition() - 1.0).abs() < 1e-9);
        assert!((modal.eigenvalues()[0].im - s).abs() < 1e-14 && modal.eigenvalues()[1].im < 0.0);
    }

    #[test]
    fn what_stands_alone_keeps_its_bits_for_a_million_steps() {
        let (side, at) = (12, 5);
        let mut a = sample(side).into_matrix();
        for i in 0..side {
            (a[i * side + at], a[at * side + i]) = (0.0, 0.0);
        }
        a[at * (side + 1)] = 1.0;
        let a = propagator(side, a);
        let mut z: Vec<f64> = (0..side).map(|i| 0.3 + (i as f64).sin()).collect();
        z[at] = 128.0;
        for mut modal in [Modal::of(&a).unwrap(), Modal::by_faer(a.clone()).unwrap()] {
            assert_eq!((modal.side(), modal.state(&modal.amplitudes(&z))[at]), (side, 128.0));
            let once: Vec<_> = modal.amplitudes(&z).iter().zip(modal.factors()).map(|(w, l)| w * l).collect();
            let next = modal.state(&once);
            assert!(next.iter().zip(row_times(&z, &a)).all(|(x, y)| (x - y).abs() < 1e-12), "{next:?}");
            modal.to_power(1e6).unwrap();
            let end: Vec<_> = modal.amplitudes(&z).iter().zip(modal.factors()).map(|(w, l)| w * l).collect();
            assert_eq!(modal.state(&end)[at], 128.0);
        }
        let alone = Modal::of(&propagator(2, vec![0.5, 0.0, 0.0, -2.0])).unwrap();
        assert_eq!(alone.state(&alone.amplitudes(&[3.0, 4.0])), [3.0, 4.0]);
        assert!(alone.condition() == 1.0 && alone.spectral_radius() == 2.0);
        let large: Vec<f64> = (0..1100 * 1100).map(|n| if n % 1101 == 0 { 0.5 } else { 0.0 }).collect();
        let large = propagator(1100, large);
        assert_eq!(Modal::of(&large).unwrap().state(&[Complex64::new(2.0, 0.0); 1100]), [2.0; 1100]);
        assert!(eigenvalues(&large).unwrap().iter().all(|l| *l == Complex64::new(0.5, 0.0)));
    }

    #[test]
    fn a_defective_matrix_is_known_as_such() {
        let modal = Modal::of(&propagator(2, vec![1.0, 1.0, 0.0, 1.0])).unwrap();
        assert!(!modal.well_conditioned(), "{}", modal.condition());
    }
}
