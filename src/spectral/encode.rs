//! A vorticity field to the background's `z`: low modes, kept middle modes, header.
//!
//! ```text
//! omega_hat = fft2(omega) / N^2
//! low       |k| <= k_cut, in the order of flatnonzero(mask_low)
//! anchors   of k_cut < |k| <= resid_mid_cut the topk_mid modes of largest |omega_hat|
//! header    support_frac   mean |c|, c = smooth(threshold(R, dashi_tau std(R)), dashi_smooth_k),
//!                          R = omega - (its low modes)
//!           resid_mid_E    sum |omega_hat|^2 over the middle band without the anchors
//!           resid_high_E   sum |omega_hat|^2 over everything above the band
//!           k_keep         number of anchors
//! c         mean(b_i R'), R' = omega - (its stored modes), where the basis has a residual basis {b_i}
//! ```
//!
//! Order of anchors: by amplitude, and where amplitudes are equal up to rounding (1e-12 of the field's
//! rms) by the place of the pair {k, -k} in the flat order of `fft2`, which is the same on every grid. A
//! pair stays together, the member that comes first in that order leading. So one smooth field chooses
//! the same modes whatever N is, and a stable `argsort(-amplitude)` chooses them too where no two pairs
//! tie.
//!
//! `std(R)` is the root of the energy above the low modes (the mean of R is one of them). A residual
//! that is mere rounding, below 1e-12 of the rms, has no carrier: support_frac is 0.

use rayon::prelude::*;

use crate::{
    error::{Error, Result},
    math::Complex64,
    primitives::{
        fft::band::{Band, Modes},
        ternary::{Carrier, cpu as ternary, stride},
    },
    state::{Background, Basis, Header},
};

/// Smallest grid side.
pub const MIN_SIDE: usize = 16;
/// Largest grid side.
pub const MAX_SIDE: usize = 65_536;
/// Outer radius no band exceeds.
const MAX_CUT: u32 = 96;
/// Differences of amplitude below this share of the rms are rounding.
const ROUNDING: f64 = 1e-12;

/// What is stored of a field, and how its carrier is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cuts {
    /// Low cut.
    pub k_cut: u32,
    /// Outer radius of the middle band; grows where the band does not hold `topk_mid` modes.
    pub resid_mid_cut: u32,
    /// Modes of the middle band to keep.
    pub topk_mid: u32,
    /// Carrier threshold in standard deviations of the residual.
    pub dashi_tau: f64,
    /// Rounds of majority smoothing of the carrier.
    pub dashi_smooth_k: u32,
}

impl Default for Cuts {
    fn default() -> Self {
        Self { k_cut: 8, resid_mid_cut: 12, topk_mid: 128, dashi_tau: 0.35, dashi_smooth_k: 1 }
    }
}

impl Cuts {
    /// The same cuts with the smallest outer radius that holds `topk_mid` modes of an `n x n` grid.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a grid or cuts out of range, `2 k_cut >= n`, or more modes than the grid or
    /// a band of radius 96 holds.
    pub fn fitted(&self, n: usize) -> Result<Self> {
        if !(MIN_SIDE..=MAX_SIDE).contains(&n) {
            return Err(Error::invalid("grid side N", format!("{MIN_SIDE} to {MAX_SIDE}"), n));
        }
        if !(1..=64).contains(&self.k_cut) || 2 * self.k_cut as usize >= n {
            let most = 64.min((n - 1) / 2);
            return Err(Error::invalid(
                "k_cut",
                format!("1 to {most}, below half of the grid side N = {n} (lower --k-cut or take a larger grid)"),
                self.k_cut,
            ));
        }
        if self.resid_mid_cut < self.k_cut || self.resid_mid_cut > MAX_CUT {
            return Err(Error::invalid("resid_mid_cut", format!("{} to {MAX_CUT}", self.k_cut), self.resid_mid_cut));
        }
        if self.topk_mid > 4096 {
            return Err(Error::invalid("topk_mid", "0 to 4096", self.topk_mid));
        }
        if !(self.dashi_tau >= 0.0 && self.dashi_tau.is_finite()) {
            return Err(Error::invalid("dashi_tau", "a finite number >= 0", self.dashi_tau));
        }
        if self.dashi_smooth_k > 1000 {
            return Err(Error::invalid("dashi_smooth_k", "0 to 1000", self.dashi_smooth_k));
        }
        let held = |cut: u32| 2 * pairs(n, self.k_cut, cut).len();
        let grown = (self.resid_mid_cut..=MAX_CUT).find(|cut| held(*cut) >= self.topk_mid as usize);
        match grown {
            Some(resid_mid_cut) => Ok(Self { resid_mid_cut, ..*self }),
            None => Err(Error::invalid(
                "topk_mid",
                format!("at most {}, the modes above k_cut = {} on a grid of side {n}", held(MAX_CUT), self.k_cut),
                self.topk_mid,
            )),
        }
    }
}

/// The first member of each pair {k, -k} with `k_cut < |k| <= cut` below the Nyquist wavenumber of an
/// `n x n` grid, in the flat order of `fft2`.
fn pairs(n: usize, k_cut: u32, cut: u32) -> Vec<[i32; 2]> {
    let r = (cut as usize).min((n - 1) / 2) as i32;
    let (inner, outer) = ((k_cut * k_cut) as i32, (cut * cut) as i32);
    let across = || (0..=r).chain(-r..=-1);
    let all = (0..=r).flat_map(|ky| across().map(move |kx| [kx, ky]));
    let in_band = |k: &[i32; 2]| (inner + 1..=outer).contains(&(k[0] * k[0] + k[1] * k[1]));
    all.filter(|k| k[1] > 0 || k[0] > 0).filter(in_band).collect()
}

/// Encodes fields of one grid side, on one basis or on many.
#[derive(Clone)]
pub struct Encoder {
    cuts: Cuts,
    band: Band<f64>,
}

impl Encoder {
    /// Plans the transforms. See [`Cuts::fitted`] for what is refused.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn new(n: usize, cuts: &Cuts) -> Result<Self> {
        Ok(Self { cuts: cuts.fitted(n)?, band: Band::new(n) })
    }

    /// Side of the grid.
    pub fn n(&self) -> usize {
        self.band.n()
    }

    /// The cuts in use, the outer one grown where `topk_mid` asked for it.
    pub fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// Chooses the modes to keep from `omega` (`[n, n]`, row-major, row 0 at the bottom).
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong size or a value that is not finite.
    pub fn basis(&self, omega: &[f64]) -> Result<Basis> {
        self.check(omega)?;
        let Cuts { k_cut, resid_mid_cut, topk_mid, .. } = self.cuts;
        let modes = self.band.analyse(omega, resid_mid_cut as usize);
        let mut chosen = by_amplitude(&pairs(self.n(), k_cut, resid_mid_cut), &modes, ROUNDING * rms(&modes));
        chosen.truncate(topk_mid as usize);
        Basis::new(k_cut, resid_mid_cut, topk_mid, chosen)
    }

    /// The first member of each pair {k, -k} up to `cut` that the grid holds and the basis does not store.
    pub fn beyond(&self, basis: &Basis, cut: u32) -> Vec<[i32; 2]> {
        let anchors: std::collections::BTreeSet<_> = basis.anchors().iter().copied().collect();
        let stored = |k: &[i32; 2]| anchors.contains(k) || anchors.contains(&[-k[0], -k[1]]);
        pairs(self.n(), basis.k_cut(), cut).into_iter().filter(|k| !stored(k)).collect()
    }

    /// Amplitudes of `omega` at the given wave vectors, none above `cut`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong size or a value that is not finite.
    pub fn amplitudes(&self, omega: &[f64], modes: &[[i32; 2]], cut: u32) -> Result<Vec<Complex64>> {
        self.check(omega)?;
        let held = self.band.analyse(omega, cut as usize);
        Ok(modes.iter().map(|k| held.at(*k)).collect())
    }

    /// Projects `omega` on a basis, whose cuts hold here. `omega` is row-major, `N x N` values, row 0 at the bottom.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong size, a value that is not finite, or a mode beyond the grid.
    pub fn encode(&self, omega: &[f64], basis: &Basis) -> Result<Background> {
        self.check(omega)?;
        let (n, cut) = (self.n(), basis.resid_mid_cut());
        let residual = basis.residual().map_or(&[][..], |b| b.modes());
        let wide = |k: &[i32; 2]| k.iter().any(|k| 2 * k.unsigned_abs() as usize >= n);
        if let Some(k) = basis.modes().chain(residual.iter().copied()).find(wide) {
            let what = format!("mode ({}, {})", k[0], k[1]);
            return Err(Error::invalid(
                what,
                format!("wavenumbers below N/2 with N = {n}"),
                "a mode the grid cannot hold",
            ));
        }
        // What the residual basis spans is analysed too; it counts as outside the band all the same.
        let reach = basis.residual().map_or(cut, |b| b.cut().max(cut));
        let modes = self.band.analyse(omega, reach as usize);
        let energy = |k: [i32; 2]| modes.at(k).norm_sqr();
        let outside = modes.outside + pairs(n, cut, reach).iter().map(|k| 2.0 * energy(*k)).sum::<f64>();
        let (mut kept, mut rest) = (0.0, 0.0);
        let anchors: std::collections::BTreeSet<_> = basis.anchors().iter().copied().collect();
        for k in pairs(n, basis.k_cut(), cut).into_iter().flat_map(|k| [k, [-k[0], -k[1]]]) {
            let sum = if anchors.contains(&k) { &mut kept } else { &mut rest };
            *sum += energy(k);
        }
        let low: f64 = basis.low().iter().map(|k| energy(*k)).sum();
        let std = (kept + rest + outside).sqrt();
        let blank = std <= ROUNDING * (low + std * std).sqrt();
        let support_frac = if blank { 0.0 } else { self.carrier(omega, basis, &modes, std)?.support_frac() };
        let z: Vec<Complex64> = basis.modes().map(|k| modes.at(k)).collect();
        let header =
            Header { support_frac, resid_mid_e: rest, resid_high_e: outside, k_keep: basis.anchors().len() as f64 };
        let background = Background::from_amplitudes(basis.clone(), &z, header)?;
        match basis.residual() {
            Some(b) => {
                background.with_coefficients(b.project(&residual.iter().map(|k| modes.at(*k)).collect::<Vec<_>>()))
            }
            None => Ok(background),
        }
    }

    /// The ternary carrier of what the low modes leave of `omega`, smoothed.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    fn carrier(&self, omega: &[f64], basis: &Basis, modes: &Modes<f64>, std: f64) -> Result<Carrier> {
        let (n, k_cut) = (self.n(), basis.k_cut() as i32);
        let low = |k: [i32; 2]| if k[0] * k[0] + k[1] * k[1] <= k_cut * k_cut { modes.at(k) } else { Complex64::ZERO };
        let lines = self.band.lines(k_cut as usize, low);
        let (t, mut carrier) = (self.cuts.dashi_tau * std, Carrier::zero(n, n)?);
        let stride = stride(n);
        let rows = carrier.words_mut().par_chunks_mut(2 * stride).zip(omega.par_chunks(2 * n)).enumerate();
        rows.for_each_init(
            || (self.band.scratch(), vec![0.0; n]),
            |(scratch, residual), (pair, (words, omega))| {
                let low = self.band.rows(&lines, 2 * pair, scratch);
                for (second, (words, omega)) in words.chunks_mut(stride).zip(omega.chunks(n)).enumerate() {
                    for (r, (w, l)) in residual.iter_mut().zip(omega.iter().zip(low)) {
                        *r = w - if second == 0 { l.re } else { l.im };
                    }
                    ternary::threshold_row(residual, t, words);
                }
            },
        );
        Ok(ternary::smooth(&carrier, self.cuts.dashi_smooth_k))
    }

    fn check(&self, omega: &[f64]) -> Result<()> {
        let n = self.n();
        if omega.len() != n * n {
            return Err(Error::invalid("omega", format!("{n} x {n} values"), omega.len()));
        }
        match omega.iter().position(|w| !w.is_finite()) {
            Some(i) => Err(Error::invalid(format!("omega[{}, {}]", i / n, i % n), "a finite number", omega[i])),
            None => Ok(()),
        }
    }
}

/// Root of the energy of all modes.
fn rms(modes: &Modes<f64>) -> f64 {
    let r = modes.radius() as i32;
    let inside =
        (-r..=r).flat_map(|ky| (-r..=r).map(move |kx| [kx, ky])).filter(|k| k[0] * k[0] + k[1] * k[1] <= r * r);
    (inside.map(|k| modes.at(k).norm_sqr()).sum::<f64>() + modes.outside).sqrt()
}

/// Both members of every pair, the largest pairs first; pairs whose amplitudes differ by at most
/// `rounding` from one to the next stay in the order given.
fn by_amplitude(pairs: &[[i32; 2]], modes: &Modes<f64>, rounding: f64) -> Vec<[i32; 2]> {
    let size: Vec<f64> = pairs.iter().map(|k| modes.at(*k).norm()).collect();
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|a, b| size[*b].total_cmp(&size[*a]));
    order.chunk_by_mut(|a, b| size[*a] - size[*b] <= rounding).for_each(<[usize]>::sort_unstable);
    order.into_iter().map(|i| pairs[i]).flat_map(|k| [k, [-k[0], -k[1]]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{math::BOX, primitives::fft::cpu, spectral::RandomField};

    fn encoded(omega: &[f64], n: usize, cuts: &Cuts) -> Background {
        let encoder = Encoder::new(n, cuts).unwrap();
        encoder.encode(omega, &encoder.basis(omega).unwrap()).unwrap()
    }

    #[test]
    fn the_same_smooth_field_has_the_same_modes_on_every_grid() {
        let field = RandomField { seed: 3, ..Default::default() };
        let first = encoded(&field.field(64).unwrap(), 64, &Cuts::default());
        assert_eq!(first.basis().dimension(), 654);
        for n in [128, 250] {
            let other = encoded(&field.field(n).unwrap(), n, &Cuts::default());
            assert_eq!(other.basis(), first.basis(), "N = {n}");
            for ((_, a), (_, b)) in first.modes().zip(other.modes()) {
                assert!((a - b).norm() < 1e-12);
            }
            assert!((other.header.resid_mid_e - first.header.resid_mid_e).abs() < 1e-12);
        }
    }

    #[test]
    fn modes_of_equal_size_are_chosen_by_their_place_and_in_pairs() {
        // 10 x and 10 y waves of one amplitude, up to rounding.
        for n in [40, 51] {
            let x = |i: usize| i as f64 * BOX / n as f64;
            let omega: Vec<f64> = (0..n * n)
                .map(|i| (10.0 * x(i % n)).sin() + (10.0 * x(i / n)).cos() + 0.5 * (9.0 * x(i % n)).sin())
                .collect();
            let cuts = Cuts { topk_mid: 6, ..Default::default() };
            let basis = Encoder::new(n, &cuts).unwrap().basis(&omega).unwrap();
            assert_eq!(basis.anchors(), [[10, 0], [-10, 0], [0, 10], [0, -10], [9, 0], [-9, 0]], "N = {n}");
        }
    }

    #[test]
    fn header_and_energies_add_up() {
        let n = 48;
        let field = RandomField { seed: 1, ..Default::default() }.field(n).unwrap();
        let background = encoded(&field, n, &Cuts { topk_mid: 20, dashi_smooth_k: 0, ..Default::default() });
        let stored: f64 = background.modes().map(|(_, c)| c.norm_sqr()).sum();
        let all = field.iter().map(|w| w * w).sum::<f64>() / (n * n) as f64;
        assert!((stored + background.unresolved_energy() - all).abs() < 1e-12);
        // The carrier, from the equation.
        let mut hat: Vec<Complex64> = field.iter().map(|w| Complex64::new(*w, 0.0)).collect();
        cpu::transform(&mut hat, n, cpu::Direction::Forward);
        for (i, x) in hat.iter_mut().enumerate() {
            let k = [i % n, i / n].map(|i| crate::math::wavenumber(i, n));
            *x *= if k[0] * k[0] + k[1] * k[1] <= 64 { 0.0 } else { 1.0 / (n * n) as f64 };
        }
        cpu::transform(&mut hat, n, cpu::Direction::Backward);
        let std = (hat.iter().map(|r| r.re * r.re).sum::<f64>() / (n * n) as f64).sqrt();
        let support = hat.iter().filter(|r| r.re.abs() > 0.35 * std).count() as f64 / (n * n) as f64;
        assert_eq!(background.header.support_frac, support);
        assert!(support > 0.5 && background.header.k_keep == 20.0);
    }

    #[test]
    fn the_outer_cut_follows_topk_and_what_does_not_fit_is_refused() {
        let cuts = |topk_mid| Cuts { topk_mid, ..Default::default() };
        assert_eq!(cuts(244).fitted(64).unwrap().resid_mid_cut, 12);
        assert_eq!(cuts(245).fitted(64).unwrap().resid_mid_cut, 13);
        let wide = cuts(4096).fitted(256).unwrap();
        assert!(pairs(256, 8, wide.resid_mid_cut).len() >= 2048 && pairs(256, 8, wide.resid_mid_cut - 1).len() < 2048);
        let message = cuts(4096).fitted(64).unwrap_err().to_string();
        assert!(message.contains("at most 3772"), "{message}");
        let message = Encoder::new(16, &Cuts::default()).err().unwrap().to_string();
        assert!(message.starts_with("k_cut: expected 1 to 7, below half of the grid side N = 16"), "{message}");
        let encoder = Encoder::new(20, &Cuts { topk_mid: 0, ..Default::default() }).unwrap();
        let mut omega = vec![1.0; 400];
        omega[21] = f64::NAN;
        let message = encoder.basis(&omega).unwrap_err().to_string();
        assert_eq!(message, "omega[1, 1]: expected a finite number, found NaN");
        assert!(encoder.basis(&omega[1..]).is_err());
        omega[21] = 1.0;
        let basis = Basis::new(8, 12, 1, vec![[11, 0]]).unwrap();
        assert!(encoder.encode(&omega, &basis).unwrap_err().to_string().contains("mode (11, 0)"));
        // A constant leaves no residual and no carrier.
        let flat = encoder.encode(&omega, &encoder.basis(&omega).unwrap()).unwrap();
        assert_eq!(flat.header.support_frac, 0.0);
    }
}
