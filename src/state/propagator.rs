//! A linear kernel `z' = z A` as data: the matrix, the basis it was learned on, and how.

use std::sync::Arc;

use super::{Basis, Dtype, MAX_RANK, ResidualBasis};
use crate::error::{Error, Result};

/// Largest side of `A`: the z of 197 low modes and 4096 anchors has 8590 numbers, and a residual basis
/// adds up to [`MAX_RANK`].
pub const MAX_SIDE: usize = 8590 + MAX_RANK;

/// The matrix of a linear kernel. `z` is a row vector, so row i of `A` says where `z[i]` goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagator {
    side: usize,
    /// `[D, D]` row-major.
    a: Vec<f64>,
    /// What is known of its origin.
    pub origin: Origin,
}

/// Where a propagator comes from. `None` stands for what a file does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// Low cut of the basis.
    pub k_cut: Option<u32>,
    /// Outer radius of its middle band.
    pub resid_mid_cut: Option<u32>,
    /// Middle modes asked for.
    pub topk_mid: Option<u32>,
    /// Wave vectors of the kept modes, in the order of `z`.
    pub anchors: Option<Vec<[i32; 2]>>,
    /// The residual basis whose coefficients end `z`, where it has one.
    pub residual: Option<Arc<ResidualBasis>>,
    /// Time step.
    pub dt: Option<f64>,
    /// Ridge parameter of the fit.
    pub ridge_lambda: Option<f64>,
    /// Grid side of the data it was learned from.
    pub n: Option<usize>,
    /// Seed of that data.
    pub seed: Option<u64>,
    /// Carrier threshold of the encoder.
    pub dashi_tau: Option<f64>,
    /// Smoothing rounds of the carrier.
    pub dashi_smooth_k: Option<u32>,
    /// Precision of that data.
    pub dtype: Option<Dtype>,
}

impl Propagator {
    /// From `[D, D]` row-major numbers, every entry finite-checked.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another number of entries, or one that is not finite.
    pub fn new(side: usize, a: Vec<f64>, origin: Origin) -> Result<Self> {
        if side == 0 || side > MAX_SIDE || a.len() != side * side {
            return Err(Error::invalid(
                "A",
                format!("a square matrix, side 1 to {MAX_SIDE}"),
                format!("{} numbers for side {side}", a.len()),
            ));
        }
        if let Some(i) = a.iter().position(|x| !x.is_finite()) {
            return Err(Error::invalid(format!("A[{}, {}]", i / side, i % side), "a finite number", a[i]));
        }
        Ok(Self { side, a, origin })
    }

    /// D, the side of the matrix.
    pub fn side(&self) -> usize {
        self.side
    }

    /// `[D, D]` row-major.
    pub fn matrix(&self) -> &[f64] {
        &self.a
    }

    /// The matrix itself, row-major.
    pub fn into_matrix(self) -> Vec<f64> {
        self.a
    }

    /// What a step makes of k_keep, where it does not stay what it is: decode then loses kept modes, one after the
    /// other. `None` where it stays, or there is none to lose.
    pub fn moves_k_keep(&self, z: &[f64], basis: &Basis) -> Option<f64> {
        let keep = basis.keep_index();
        if basis.anchors().is_empty() || z.len() != self.side {
            return None;
        }
        let column = |i: usize| self.a[i * self.side + keep];
        let stays = (0..self.side).all(|i| column(i) == if i == keep { 1.0 } else { 0.0 });
        (!stays).then(|| z.iter().enumerate().map(|(i, z)| z * column(i)).sum())
    }

    /// The same in a sentence, for whoever loads it. `z` is laid out as [`super::Background::to_z`] says.
    pub fn remark_on_k_keep(&self, z: &[f64], basis: &Basis) -> Option<String> {
        let (next, keep) = (self.moves_k_keep(z, basis)?, z[basis.keep_index()]);
        let lost = (keep - next) / keep;
        let pace = match lost > 0.0 && keep > 1.0 {
            // k_keep falls like exp(-lost n); the first mode is lost at k_keep - 1/2.
            true => format!(
                ", a loss of {lost:.1e} a step: decode would lose its first kept mode after some {:.0} steps",
                (-((keep - 0.5) / keep).ln() / lost).ceil()
            ),
            false => String::new(),
        };
        Some(format!(
            "A does not hold k_keep, the number of kept modes that decode uses: {keep} becomes {next:.9} in one \
             step{pace}; an A learned by this version holds it"
        ))
    }

    /// Whether it may act on `z` of this basis: the same length, and, where its origin says so, the
    /// same cuts, the same anchors in the same order and the same residual basis.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming what differs.
    pub fn fits(&self, basis: &Basis) -> Result<()> {
        if self.side != basis.dimension() {
            let expected = format!("{0} x {0}, the length of z", basis.dimension());
            return Err(Error::invalid("A", expected, format!("{0} x {0}", self.side)));
        }
        let cut = |name: &str, stored: Option<u32>, wanted: u32| match stored {
            Some(stored) if stored != wanted => Err(Error::invalid(format!("{name} of A"), wanted.to_string(), stored)),
            _ => Ok(()),
        };
        cut("k_cut", self.origin.k_cut, basis.k_cut())?;
        if self.origin.residual.is_some() && self.origin.residual.as_ref() != basis.residual() {
            let found = basis.residual().map_or("none there", |_| "another one");
            return Err(Error::invalid(
                "residual basis of A",
                "that of the state: take the z0 of the same `learn`",
                found,
            ));
        }
        let Some(anchors) = &self.origin.anchors else { return Ok(()) };
        if anchors.len() != basis.anchors().len() {
            let expected = format!("{} kept modes, as in the state", basis.anchors().len());
            return Err(Error::invalid("anchors of A", expected, anchors.len()));
        }
        match anchors.iter().zip(basis.anchors()).position(|(a, b)| a != b) {
            Some(i) => {
                let [expected, found] = [basis.anchors()[i], anchors[i]].map(|k| format!("({}, {})", k[0], k[1]));
                Err(Error::invalid(format!("anchor {i} of A"), format!("{expected}, as in the state"), found))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_k_keep_that_moves_is_told_with_its_pace() {
        let basis = Basis::new(1, 3, 2, vec![[2, 0], [-2, 0]]).unwrap();
        let (side, keep) = (basis.dimension(), basis.keep_index());
        let mut a: Vec<f64> = (0..side * side).map(|n| if n % (side + 1) == 0 { 1.0 } else { 0.0 }).collect();
        let mut z = vec![0.5; side];
        z[keep] = 2.0;
        let of = |a: &[f64], z: &[f64]| {
            let a = Propagator::new(side, a.to_vec(), Origin::default()).unwrap();
            (a.moves_k_keep(z, &basis), a.remark_on_k_keep(z, &basis))
        };
        assert_eq!(of(&a, &z), (None, None));
        a[keep * (side + 1)] = 1.0 - 1e-6;
        let (next, remark) = of(&a, &z);
        assert_eq!(next, Some(2.0 * (1.0 - 1e-6)));
        // 2 exp(-1e-6 n) = 1.5 at n = 287,682.
        let remark = remark.unwrap();
        assert!(remark.contains("2 becomes 1.999998000") && remark.contains("some 287683 steps"), "{remark}");
        // Others that feed it move it as well.
        (a[keep * (side + 1)], a[keep]) = (1.0, 0.25);
        assert_eq!(of(&a, &z).0, Some(2.125));
        let bare = Basis::new(1, 3, 2, vec![]).unwrap();
        let one = Propagator::new(bare.dimension(), vec![0.5; bare.dimension().pow(2)], Origin::default()).unwrap();
        assert_eq!(one.moves_k_keep(&vec![1.0; bare.dimension()], &bare), None);
    }

    #[test]
    fn only_the_same_modes_in_the_same_order_fit() {
        let basis = |anchors| Basis::new(1, 3, 2, anchors).unwrap();
        let here = basis(vec![[2, 0], [-2, 0]]);
        let side = here.dimension();
        let origin = Origin { anchors: Some(here.anchors().to_vec()), ..Default::default() };
        let propagator = Propagator::new(side, vec![0.5; side * side], origin).unwrap();
        propagator.fits(&here).unwrap();
        let message = propagator.fits(&basis(vec![[-2, 0], [2, 0]])).unwrap_err().to_string();
        assert!(message.contains("anchor 0 of A: expected (-2, 0)"), "{message}");
        assert!(propagator.fits(&basis(vec![[2, 0]])).is_err());
        assert!(Propagator::new(2, vec![0.0, 1.0, f64::NAN, 0.0], Origin::default()).is_err());
    }
}
