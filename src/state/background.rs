//! The spectral background `b_t`: low modes, kept middle modes and a header, as one vector `z`.
//!
//! `z = [Re low (M), Im low (M), header (4), Re kept (K), Im kept (K), c]`, amplitudes divided by
//! `N^2`; c, the coefficients of a [`ResidualBasis`](super::ResidualBasis), only where the basis has one.
//!
//! The decoded field is the real part of the stored sum, and `sum c_i b_i`. [`Background::dense`] writes that
//! field as a Hermitian square of modes for the operators, [`Background::set_dense`] takes it back.

use super::basis::{Basis, dense_index, within};
use crate::{
    error::{Error, Result},
    math::Complex64,
};

/// Statistics of what the encoder saw beyond the stored modes. A residual basis changes none of them:
/// the energies are those of the whole residual, see [`Background::unresolved_energy`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Header {
    /// Mean of the carrier's support.
    pub support_frac: f64,
    /// `sum |omega_hat|^2` of the middle band without the kept modes.
    pub resid_mid_e: f64,
    /// `sum |omega_hat|^2` above the middle band.
    pub resid_high_e: f64,
    /// How many anchors decode uses, as stored (a learned kernel moves it with the rest of `z`).
    pub k_keep: f64,
}

impl Header {
    /// Energy `sum |omega_hat|^2` that the encoder saw and the stored modes do not hold.
    pub fn residual_energy(&self) -> f64 {
        self.resid_mid_e + self.resid_high_e
    }
}

/// Amplitudes on a [`Basis`].
#[derive(Clone, Debug, PartialEq)]
pub struct Background {
    basis: Basis,
    /// `[M]` complex amplitudes of the low modes.
    low: Vec<Complex64>,
    /// `[K]` complex amplitudes of the anchors.
    kept: Vec<Complex64>,
    /// Coefficients of the residual basis; empty without one.
    residual: Vec<f64>,
    /// Encoder statistics.
    pub header: Header,
}

impl Background {
    /// All amplitudes zero.
    pub fn zero(basis: Basis) -> Self {
        let (low, kept) =
            (vec![Complex64::default(); basis.low.len()], vec![Complex64::default(); basis.anchors.len()]);
        let header = Header { k_keep: kept.len() as f64, ..Header::default() };
        let residual = vec![0.0; basis.residual_rank()];
        Self { basis, low, kept, residual, header }
    }

    /// The empty background of the default cuts: 197 low modes, no anchors.
    pub fn empty() -> Self {
        // Proof: the literal cuts satisfy every condition of `Basis::new`.
        Self::zero(Basis::new(8, 12, 128, vec![]).expect("default cuts are valid"))
    }

    /// From the amplitude of every mode of the basis, low ones first, finite-checked; the coefficients of a residual
    /// basis are 0. Those of the low modes are in the order of [`Basis::low`], then those of the anchors in theirs.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another number of amplitudes, or one that is not finite.
    pub fn from_amplitudes(basis: Basis, amplitudes: &[Complex64], header: Header) -> Result<Self> {
        let (low, kept) = (basis.low.len(), basis.anchors.len());
        if amplitudes.len() != low + kept {
            return Err(Error::invalid("amplitudes", format!("{low} low and {kept} kept modes"), amplitudes.len()));
        }
        let (low, kept) = amplitudes.split_at(low);
        let residual = vec![0.0; basis.residual_rank()];
        let background = Self { low: low.into(), kept: kept.into(), residual, basis, header };
        background.validate().map(|()| background)
    }

    /// The same with these coefficients of the residual basis, finite-checked. In the order of the basis fields.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another number of coefficients, or one that is not finite.
    pub fn with_coefficients(mut self, c: Vec<f64>) -> Result<Self> {
        if c.len() != self.residual.len() {
            return Err(Error::invalid("residual coefficients", self.residual.len().to_string(), c.len()));
        }
        self.residual = c;
        self.validate().map(|()| self)
    }

    /// From `z`, every entry finite-checked. `z` is laid out as [`Background::to_z`] says.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another length, or a number that is not finite.
    pub fn from_z(basis: Basis, z: &[f64]) -> Result<Self> {
        let (m, k) = (basis.low.len(), basis.anchors.len());
        if z.len() != basis.dimension() {
            let with = match basis.residual_rank() {
                0 => String::new(),
                rank => format!(" + {rank}"),
            };
            let expected = format!("{} numbers (2*{m} + 4 + 2*{k}{with})", basis.dimension());
            return Err(Error::invalid("z", expected, z.len()));
        }
        if let Some(i) = z.iter().position(|x| !x.is_finite()) {
            return Err(Error::invalid(format!("z[{i}]"), "a finite number", z[i]));
        }
        let pair =
            |re: &[f64], im: &[f64]| re.iter().zip(im).map(|(re, im)| Complex64::new(*re, *im)).collect::<Vec<_>>();
        let tail = &z[2 * m + 4..];
        let kept = pair(&tail[..k], &tail[k..2 * k]);
        let header = Header {
            support_frac: z[2 * m],
            resid_mid_e: z[2 * m + 1],
            resid_high_e: z[2 * m + 2],
            k_keep: z[2 * m + 3],
        };
        Ok(Self { low: pair(&z[..m], &z[m..2 * m]), kept, residual: tail[2 * k..].into(), header, basis })
    }

    /// The vector z: `[re low, im low, header, re kept, im kept, residual]`, low modes in the order of [`Basis::low`], kept
    /// ones in that of the anchors; the header is four numbers.
    pub fn to_z(&self) -> Vec<f64> {
        let mut z = Vec::with_capacity(self.basis.dimension());
        z.extend(self.low.iter().map(|c| c.re));
        z.extend(self.low.iter().map(|c| c.im));
        z.extend([self.header.support_frac, self.header.resid_mid_e, self.header.resid_high_e, self.header.k_keep]);
        z.extend(self.kept.iter().map(|c| c.re));
        z.extend(self.kept.iter().map(|c| c.im));
        z.extend(&self.residual);
        z
    }

    /// Which modes are stored.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Anchors that decode uses: `clamp(round(k_keep), 0, K)`.
    pub fn k_keep(&self) -> usize {
        (self.header.k_keep.round().max(0.0) as usize).min(self.kept.len())
    }

    /// Coefficients of the residual basis; empty without one. In the order of the basis fields.
    pub fn coefficients(&self) -> &[f64] {
        &self.residual
    }

    /// Energy that the encoder saw and neither the stored modes nor the residual basis hold. It means
    /// something for an encoded field; a kernel moves header and coefficients apart.
    pub fn unresolved_energy(&self) -> f64 {
        let held: f64 = self.residual.iter().map(|c| c * c).sum();
        (self.header.residual_energy() - held).max(0.0)
    }

    /// Independent real numbers: the mean 1, a conjugate pair 2, a mode whose conjugate is not stored 2,
    /// the header 4, a coefficient of the residual basis 1.
    pub fn independent_reals(&self) -> usize {
        let stored: std::collections::HashSet<[i32; 2]> = self.basis.modes().collect();
        let paired = |k: &[i32; 2]| stored.contains(&[-k[0], -k[1]]);
        self.basis.modes().map(|k| if paired(&k) { 1 } else { 2 }).sum::<usize>() + 4 + self.residual.len()
    }

    /// Every stored mode that decodes, with its amplitude.
    pub fn modes(&self) -> impl Iterator<Item = ([i32; 2], Complex64)> + '_ {
        self.basis.modes().zip(self.low.iter().chain(&self.kept[..self.k_keep()]).copied())
    }

    /// Whether nothing is stored.
    pub fn is_zero(&self) -> bool {
        self.low.iter().chain(&self.kept).all(|c| c.norm_sqr() == 0.0) && self.residual.iter().all(|c| *c == 0.0)
    }

    /// Checks that amplitudes and header are finite.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the first entry of z that is not finite.
    pub fn validate(&self) -> Result<()> {
        match self.to_z().iter().position(|x| !x.is_finite()) {
            Some(i) => Err(Error::invalid(format!("z[{i}]"), "a finite number", "not finite")),
            None => Ok(()),
        }
    }

    /// The decoded field as a Hermitian square: entry `(ky + R) (2R + 1) + kx + R`, `R` the basis
    /// radius, holds `(z(k) + conj z(-k)) / 2`, absent modes counting as zero, and the sum of the residual
    /// basis.
    pub fn dense(&self) -> Vec<Complex64> {
        let r = self.basis.radius();
        let mut dense = vec![Complex64::default(); ((2 * r + 1) * (2 * r + 1)) as usize];
        for (k, c) in self.modes() {
            dense[dense_index(k, r)] += c * 0.5;
            dense[dense_index([-k[0], -k[1]], r)] += c.conj() * 0.5;
        }
        if let Some(basis) = &self.basis.residual {
            for (k, c) in basis.modes().iter().zip(basis.sum(&self.residual)) {
                dense[dense_index(*k, r)] += c;
                dense[dense_index([-k[0], -k[1]], r)] += c.conj();
            }
        }
        dense
    }

    /// Takes the stored modes of a Hermitian square back, residual coefficients stay; where `-k` is not stored,
    /// `z(k)` carries both halves. It is laid out as [`Background::dense`] says.
    pub fn set_dense(&mut self, dense: &[Complex64]) {
        let r = self.basis.radius();
        let stored: std::collections::HashSet<[i32; 2]> = self.modes().map(|(k, _)| k).collect();
        let keep = self.k_keep();
        let modes = self.basis.low.iter().chain(&self.basis.anchors);
        for (k, c) in modes.zip(self.low.iter_mut().chain(&mut self.kept[..keep])) {
            let alone = !stored.contains(&[-k[0], -k[1]]);
            *c = dense[dense_index(*k, r)] * if alone { 2.0 } else { 1.0 };
        }
    }

    /// 1 where the Hermitian square may be non-zero, in the layout of [`Background::dense`]; the
    /// mean mode is excluded (mean vorticity is zero), and so are the modes of the residual basis, which
    /// do not move one by one.
    pub fn dense_mask(&self) -> Vec<u32> {
        let r = self.basis.radius();
        let mut mask = vec![0; ((2 * r + 1) * (2 * r + 1)) as usize];
        for (k, _) in self.modes().filter(|(k, _)| *k != [0, 0]) {
            mask[dense_index(k, r)] = 1;
            mask[dense_index([-k[0], -k[1]], r)] = 1;
        }
        mask
    }

    /// The same field on the stored modes of another basis; what they do not hold is dropped.
    pub fn rebased(&self, basis: Basis) -> Self {
        let (r, dense) = (self.basis.radius(), self.dense());
        let (to, side) = (basis.radius(), 2 * basis.radius() + 1);
        let mut square = vec![Complex64::default(); (side * side) as usize];
        for ky in -to.min(r)..=to.min(r) {
            for kx in -to.min(r)..=to.min(r) {
                square[dense_index([kx, ky], to)] = dense[dense_index([kx, ky], r)];
            }
        }
        let mut rebased = Self::zero(basis);
        // Every anchor of the new basis decodes, however many the old one used.
        rebased.header = Header { k_keep: rebased.header.k_keep, ..self.header };
        rebased.set_dense(&square);
        rebased
    }

    /// Wave vectors of the residual basis, each with its opposite.
    fn residual_modes(&self) -> impl Iterator<Item = [i32; 2]> + '_ {
        self.basis.residual.iter().flat_map(|b| b.modes()).flat_map(|k| [*k, [-k[0], -k[1]]])
    }

    /// The same field on other cuts, without a residual basis: of the modes there are with `k_cut < |k| <= resid_mid_cut` the
    /// `topk_mid` largest become anchors, a tie going to the one stored first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for cuts out of range.
    pub fn recut(&self, k_cut: u32, resid_mid_cut: u32, topk_mid: u32) -> Result<Self> {
        let (r, dense) = (self.basis.radius(), self.dense());
        let size = |k: &[i32; 2]| dense[dense_index(*k, r)].norm_sqr();
        let in_band = |k: &[i32; 2]| !within(*k, k_cut) && within(*k, resid_mid_cut) && size(k) > 0.0;
        let mut anchors: Vec<[i32; 2]> = self.basis.modes().chain(self.residual_modes()).filter(in_band).collect();
        anchors.sort_by(|a, b| size(b).total_cmp(&size(a)));
        anchors.truncate(topk_mid as usize);
        Ok(self.rebased(Basis::new(k_cut, resid_mid_cut, topk_mid, anchors)?))
    }

    /// What `self`, cut from `whole`, does not hold of it: modes that are not zero, and their share of its
    /// `sum |omega_hat|^2`.
    pub fn left_out(&self, whole: &Self) -> (usize, f64) {
        let (r, there, here) = (whole.basis.radius(), whole.dense(), self.basis.radius());
        let own = self.dense();
        let held = |k: [i32; 2]| k[0].abs() <= here && k[1].abs() <= here && own[dense_index(k, here)].norm_sqr() > 0.0;
        let (mut count, mut lost, mut all) = (0, 0.0, 0.0);
        for k in (-r..=r).flat_map(|ky| (-r..=r).map(move |kx| [kx, ky])) {
            let size = there[dense_index(k, r)].norm_sqr();
            all += size;
            if size > 0.0 && !held(k) {
                (count, lost) = (count + 1, lost + size);
            }
        }
        (count, if all > 0.0 { lost / all } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::state::ResidualBasis;

    #[test]
    fn z_and_dense_round_trip_even_without_the_conjugate_mode() {
        let basis = Basis::new(2, 4, 3, vec![[3, 0], [-3, 0], [0, 4]]).unwrap();
        let z: Vec<f64> =
            (0..basis.dimension()).map(|i| if i == 2 * basis.low.len() + 3 { 3.0 } else { i as f64 * 0.1 }).collect();
        let background = Background::from_z(basis.clone(), &z).unwrap();
        assert_eq!(background.to_z(), z);
        let mut again = Background::zero(basis);
        again.set_dense(&background.dense());
        for (a, b) in again.dense().iter().zip(background.dense()) {
            assert!((a - b).norm() < 1e-12);
        }
    }

    #[test]
    fn other_cuts_keep_the_largest_modes_and_the_same_field() {
        let basis = Basis::new(3, 5, 2, vec![[4, 0], [-4, 0]]).unwrap();
        let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 + 0.1).sin()).collect();
        let keep = 2 * basis.low.len() + 3;
        z[keep] = 2.0;
        let background = Background::from_z(basis, &z).unwrap();
        let wider = background.recut(1, 5, 100).unwrap();
        assert_eq!((wider.basis.low.len(), wider.k_keep()), (5, 26));
        let narrow = background.recut(1, 5, 4).unwrap();
        assert_eq!((narrow.basis.anchors(), narrow.k_keep()), (&wider.basis.anchors()[..4], 4));
        assert_eq!(wider.left_out(&background), (0, 0.0));
        let (count, share) = narrow.left_out(&background);
        assert!(count == 22 && share > 0.0 && share < 1.0, "{count} of 31 modes, {share}");
        // Through the wide cut and back nothing is lost.
        let back = wider.recut(3, 5, 2).unwrap();
        for (a, b) in back.dense().iter().zip(background.dense()) {
            assert!((a - b).norm() < 1e-12);
        }
    }

    /// 5 low modes, 2 anchors and a residual basis of 2 fields on 2 wave vectors.
    fn with_residual() -> Background {
        let s = Complex64::new(0.5_f64.sqrt(), 0.0);
        let fields = vec![s * 0.8, s * 0.6, s * Complex64::I * 0.6, -s * Complex64::I * 0.8];
        let residual = ResidualBasis::new(vec![[2, 1], [0, 3]], fields).unwrap();
        let basis = Basis::new(1, 2, 2, vec![[2, 0], [-2, 0]]).unwrap();
        let basis = basis.with_residual(Some(Arc::new(residual))).unwrap();
        let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 + 0.3).sin()).collect();
        z[13] = 2.0;
        Background::from_z(basis, &z).unwrap()
    }

    #[test]
    fn coefficients_of_a_residual_basis_join_z_and_the_field() {
        let background = with_residual();
        let (basis, z) = (background.basis().clone(), background.to_z());
        assert_eq!((basis.dimension(), basis.radius(), background.coefficients()), (20, 3, &z[18..]));
        assert_eq!(Background::from_z(basis.clone(), &z).unwrap(), background);
        assert!(Background::from_z(basis.clone(), &z[..18]).unwrap_err().to_string().contains("2*5 + 4 + 2*2 + 2"));
        let bare = background.clone().with_coefficients(vec![0.0; 2]).unwrap();
        let held = |b: &Background, k| b.dense()[dense_index(k, 3)];
        for (k, c) in basis.residual().unwrap().modes().iter().zip(basis.residual().unwrap().sum(&z[18..])) {
            assert_eq!((held(&background, *k), held(&background, [-k[0], -k[1]])), (c, c.conj()));
            assert_eq!(held(&bare, *k), Complex64::default());
        }
        // The stored modes are as they were, and setting the square leaves the coefficients alone.
        assert_eq!(held(&background, [1, 0]), held(&bare, [1, 0]));
        let mut again = background.clone();
        again.set_dense(&background.dense());
        assert_eq!(again.coefficients(), background.coefficients());
        assert_eq!(background.dense_mask().iter().sum::<u32>(), 6);
        // Other cuts take the modes themselves.
        let wide = background.recut(1, 3, 10).unwrap();
        assert_eq!((wide.basis().residual(), wide.basis().anchors().len()), (None, 6));
        wide.dense().iter().zip(background.dense()).for_each(|(a, b)| assert!((a - b).norm() < 1e-15));
    }

    #[test]
    fn a_residual_basis_may_not_hold_stored_modes() {
        let s = Complex64::new(0.5_f64.sqrt(), 0.0);
        let residual = Arc::new(ResidualBasis::new(vec![[2, 0]], vec![s]).unwrap());
        let basis = Basis::new(1, 2, 1, vec![[-2, 0]]).unwrap();
        let message = basis.with_residual(Some(residual)).unwrap_err().to_string();
        assert!(message.contains("no stored modes, found (2, 0)"), "{message}");
    }

    #[test]
    fn k_keep_is_checked_before_it_is_used() {
        let basis = Basis::new(1, 2, 1, vec![[2, 0]]).unwrap();
        let mut z = vec![1.0; basis.dimension()];
        z[13] = 1e300;
        assert!(Background::from_z(basis.clone(), &z).is_ok());
        z[13] = f64::NAN;
        assert!(Background::from_z(basis, &z).is_err());
    }
}
