//! The spectral background `b_t`: low modes, kept middle modes and a header, as one vector `z`.
//!
//! `z = [Re low (M), Im low (M), header (4), Re kept (K), Im kept (K)]`, amplitudes divided by
//! `N^2`. Modes are integer wavenumbers `(kx, ky)`, so nothing here depends on a grid; files
//! name them by flat `fft2` indices of a stated `N`.
//!
//! The decoded field is the real part of the stored sum. [`Background::dense`] writes that field
//! as a Hermitian square of modes for the operators, [`Background::set_dense`] takes it back.

use crate::{
    error::{Error, Result},
    math::{Complex64, wave_index, wavenumber},
};

/// Which modes are stored. Chosen once; it never evolves.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    k_cut: u32,
    resid_mid_cut: u32,
    topk_mid: u32,
    low: Vec<[i32; 2]>,
    anchors: Vec<[i32; 2]>,
}

/// Statistics of what the encoder saw beyond the stored modes.
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
    pub fn unresolved_energy(&self) -> f64 {
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
    /// Encoder statistics.
    pub header: Header,
}

/// `|k| <= cut`, compared in whole numbers.
fn within(k: [i32; 2], cut: u32) -> bool {
    let square = i64::from(k[0]) * i64::from(k[0]) + i64::from(k[1]) * i64::from(k[1]);
    square <= i64::from(cut) * i64::from(cut)
}

impl Basis {
    /// The low modes of `k_cut` in `flatnonzero(mask_low)` order, and the given anchors.
    pub fn new(k_cut: u32, resid_mid_cut: u32, topk_mid: u32, anchors: Vec<[i32; 2]>) -> Result<Self> {
        if k_cut == 0 || k_cut > 64 || resid_mid_cut < k_cut || resid_mid_cut > 96 {
            return Err(Error::invalid(
                "k_cut and resid_mid_cut",
                "1 <= k_cut <= 64, k_cut <= resid_mid_cut <= 96",
                format!("{k_cut} and {resid_mid_cut}"),
            ));
        }
        if anchors.len() > 4096 {
            return Err(Error::invalid("anchors", "at most 4096 modes", anchors.len()));
        }
        let mut seen = std::collections::HashSet::new();
        for k in &anchors {
            if within(*k, k_cut) || !within(*k, resid_mid_cut) {
                return Err(Error::invalid(
                    "anchors",
                    format!("wave vectors with {k_cut} < |k| <= {resid_mid_cut}"),
                    format!("({}, {})", k[0], k[1]),
                ));
            }
            if !seen.insert(*k) {
                return Err(Error::invalid("anchors", "distinct wave vectors", format!("({}, {}) twice", k[0], k[1])));
            }
        }
        Ok(Self { k_cut, resid_mid_cut, topk_mid, low: low_modes(k_cut), anchors })
    }

    /// Low cut.
    pub fn k_cut(&self) -> u32 {
        self.k_cut
    }
    /// Outer radius of the middle band.
    pub fn resid_mid_cut(&self) -> u32 {
        self.resid_mid_cut
    }
    /// How many middle modes the run asked for (the anchors may be fewer).
    pub fn topk_mid(&self) -> u32 {
        self.topk_mid
    }
    /// Low modes `(kx, ky)` in storage order.
    pub fn low(&self) -> &[[i32; 2]] {
        &self.low
    }
    /// Anchors `(kx, ky)` in storage order.
    pub fn anchors(&self) -> &[[i32; 2]] {
        &self.anchors
    }
    /// Length of `z`: `2M + 4 + 2K`.
    pub fn dimension(&self) -> usize {
        2 * self.low.len() + 4 + 2 * self.anchors.len()
    }
    /// Radius of the dense square: modes with `|kx|, |ky| <= radius` hold every stored one.
    pub fn radius(&self) -> i32 {
        if self.anchors.is_empty() { self.k_cut as i32 } else { self.resid_mid_cut as i32 }
    }
    /// All stored modes, low ones first.
    pub fn modes(&self) -> impl Iterator<Item = [i32; 2]> + '_ {
        self.low.iter().chain(&self.anchors).copied()
    }
}

/// `|k| <= k_cut` in the order `flatnonzero(mask_low)` has on every grid that holds them.
fn low_modes(k_cut: u32) -> Vec<[i32; 2]> {
    let side = 2 * k_cut as usize + 2;
    let order = |i| wavenumber(i, side);
    let all = (0..side).flat_map(|j| (0..side).map(move |i| [order(i), order(j)]));
    all.filter(|k| within(*k, k_cut)).collect()
}

impl Background {
    /// All amplitudes zero.
    pub fn zero(basis: Basis) -> Self {
        let (low, kept) =
            (vec![Complex64::default(); basis.low.len()], vec![Complex64::default(); basis.anchors.len()]);
        let header = Header { k_keep: kept.len() as f64, ..Header::default() };
        Self { basis, low, kept, header }
    }

    /// The empty background of the default cuts: 197 low modes, no anchors.
    pub fn empty() -> Self {
        // Proof: the literal cuts satisfy every condition of `Basis::new`.
        Self::zero(Basis::new(8, 12, 128, vec![]).expect("default cuts are valid"))
    }

    /// From the amplitude of every mode of the basis, low ones first, finite-checked.
    pub fn from_amplitudes(basis: Basis, amplitudes: &[Complex64], header: Header) -> Result<Self> {
        let (low, kept) = (basis.low.len(), basis.anchors.len());
        if amplitudes.len() != low + kept {
            return Err(Error::invalid("amplitudes", format!("{low} low and {kept} kept modes"), amplitudes.len()));
        }
        let (low, kept) = amplitudes.split_at(low);
        let background = Self { low: low.into(), kept: kept.into(), basis, header };
        background.validate().map(|()| background)
    }

    /// From `z`, every entry finite-checked.
    pub fn from_z(basis: Basis, z: &[f64]) -> Result<Self> {
        let (m, k) = (basis.low.len(), basis.anchors.len());
        if z.len() != basis.dimension() {
            return Err(Error::invalid("z", format!("{} numbers (2*{m} + 4 + 2*{k})", basis.dimension()), z.len()));
        }
        if let Some(i) = z.iter().position(|x| !x.is_finite()) {
            return Err(Error::invalid(format!("z[{i}]"), "a finite number", z[i]));
        }
        let pair =
            |re: &[f64], im: &[f64]| re.iter().zip(im).map(|(re, im)| Complex64::new(*re, *im)).collect::<Vec<_>>();
        let tail = &z[2 * m + 4..];
        let kept = pair(&tail[..k], &tail[k..]);
        let header = Header {
            support_frac: z[2 * m],
            resid_mid_e: z[2 * m + 1],
            resid_high_e: z[2 * m + 2],
            k_keep: z[2 * m + 3],
        };
        Ok(Self { low: pair(&z[..m], &z[m..2 * m]), kept, header, basis })
    }

    /// As `z`.
    pub fn to_z(&self) -> Vec<f64> {
        let mut z = Vec::with_capacity(self.basis.dimension());
        z.extend(self.low.iter().map(|c| c.re));
        z.extend(self.low.iter().map(|c| c.im));
        z.extend([self.header.support_frac, self.header.resid_mid_e, self.header.resid_high_e, self.header.k_keep]);
        z.extend(self.kept.iter().map(|c| c.re));
        z.extend(self.kept.iter().map(|c| c.im));
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

    /// Independent real numbers: the mean 1, a conjugate pair 2, a mode whose conjugate is not stored 2,
    /// the header 4.
    pub fn independent_reals(&self) -> usize {
        let stored: std::collections::HashSet<[i32; 2]> = self.basis.modes().collect();
        let paired = |k: &[i32; 2]| stored.contains(&[-k[0], -k[1]]);
        self.basis.modes().map(|k| if paired(&k) { 1 } else { 2 }).sum::<usize>() + 4
    }

    /// Every mode that decodes, with its amplitude.
    pub fn modes(&self) -> impl Iterator<Item = ([i32; 2], Complex64)> + '_ {
        self.basis.modes().zip(self.low.iter().chain(&self.kept[..self.k_keep()]).copied())
    }

    /// Whether nothing is stored.
    pub fn is_zero(&self) -> bool {
        self.low.iter().chain(&self.kept).all(|c| c.norm_sqr() == 0.0)
    }

    /// Checks that amplitudes and header are finite.
    pub fn validate(&self) -> Result<()> {
        match self.to_z().iter().position(|x| !x.is_finite()) {
            Some(i) => Err(Error::invalid(format!("z[{i}]"), "a finite number", "not finite")),
            None => Ok(()),
        }
    }

    /// The decoded field as a Hermitian square: entry `(ky + R) (2R + 1) + kx + R`, `R` the basis
    /// radius, holds `(z(k) + conj z(-k)) / 2`, absent modes counting as zero.
    pub fn dense(&self) -> Vec<Complex64> {
        let r = self.basis.radius();
        let mut dense = vec![Complex64::default(); ((2 * r + 1) * (2 * r + 1)) as usize];
        for (k, c) in self.modes() {
            dense[dense_index(k, r)] += c * 0.5;
            dense[dense_index([-k[0], -k[1]], r)] += c.conj() * 0.5;
        }
        dense
    }

    /// Takes a Hermitian square back; where `-k` is not stored, `z(k)` carries both halves.
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
    /// mean mode is excluded (mean vorticity is zero).
    pub fn dense_mask(&self) -> Vec<u32> {
        let r = self.basis.radius();
        let mut mask = vec![0; ((2 * r + 1) * (2 * r + 1)) as usize];
        for (k, _) in self.modes().filter(|(k, _)| *k != [0, 0]) {
            mask[dense_index(k, r)] = 1;
            mask[dense_index([-k[0], -k[1]], r)] = 1;
        }
        mask
    }

    /// The same field on another basis; modes it does not hold are dropped.
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

    /// The same field on other cuts: of the modes stored with `k_cut < |k| <= resid_mid_cut` the
    /// `topk_mid` largest become anchors, a tie going to the one stored first.
    pub fn recut(&self, k_cut: u32, resid_mid_cut: u32, topk_mid: u32) -> Result<Self> {
        let (r, dense) = (self.basis.radius(), self.dense());
        let size = |k: &[i32; 2]| dense[dense_index(*k, r)].norm_sqr();
        let in_band = |k: &[i32; 2]| !within(*k, k_cut) && within(*k, resid_mid_cut) && size(k) > 0.0;
        let mut anchors: Vec<[i32; 2]> = self.basis.modes().filter(in_band).collect();
        anchors.sort_by(|a, b| size(b).total_cmp(&size(a)));
        anchors.truncate(topk_mid as usize);
        Ok(self.rebased(Basis::new(k_cut, resid_mid_cut, topk_mid, anchors)?))
    }
}

/// Index of mode `k` in a dense square of radius `r`.
pub(crate) fn dense_index(k: [i32; 2], r: i32) -> usize {
    ((k[1] + r) * (2 * r + 1) + k[0] + r) as usize
}

/// Flat row-major `fft2` index of mode `k` on an `n x n` grid.
pub fn flat_index(k: [i32; 2], n: usize) -> usize {
    wave_index(k[1], n) * n + wave_index(k[0], n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_cuts_give_the_documented_sizes() {
        assert_eq!(low_modes(8).len(), 197);
        let band = low_modes(12).into_iter().filter(|k| !within(*k, 8)).collect::<Vec<_>>();
        assert_eq!(band.len(), 244);
        assert_eq!(Basis::new(8, 12, 128, band[..128].to_vec()).unwrap().dimension(), 654);
    }

    #[test]
    fn low_order_is_flatnonzero_on_any_grid() {
        for n in [64, 100, 257] {
            let mut flat: Vec<usize> = low_modes(8).iter().map(|k| flat_index(*k, n)).collect();
            assert!(flat.is_sorted(), "N = {n}");
            flat.dedup();
            assert_eq!(flat.len(), 197);
        }
    }

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
        // Through the wide cut and back nothing is lost.
        let back = wider.recut(3, 5, 2).unwrap();
        for (a, b) in back.dense().iter().zip(background.dense()) {
            assert!((a - b).norm() < 1e-12);
        }
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
