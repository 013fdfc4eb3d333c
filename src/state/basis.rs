//! Which modes a background stores, and how they are numbered. Modes are integer wavenumbers `(kx, ky)`, so
//! nothing here depends on a grid; files name them by flat `fft2` indices of a stated `N`.

use std::sync::Arc;

use super::ResidualBasis;
use crate::{
    error::{Error, Result},
    math::{wave_index, wavenumber},
};

/// Which modes are stored. Chosen once; it never evolves.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    pub(super) k_cut: u32,
    pub(super) resid_mid_cut: u32,
    pub(super) topk_mid: u32,
    pub(super) low: Vec<[i32; 2]>,
    pub(super) anchors: Vec<[i32; 2]>,
    pub(super) residual: Option<Arc<ResidualBasis>>,
}

/// `|k| <= cut`, compared in whole numbers.
pub(super) fn within(k: [i32; 2], cut: u32) -> bool {
    let square = i64::from(k[0]) * i64::from(k[0]) + i64::from(k[1]) * i64::from(k[1]);
    square <= i64::from(cut) * i64::from(cut)
}

impl Basis {
    /// The low modes of `k_cut` in `flatnonzero(mask_low)` order, and the given anchors.
    ///
    /// # Errors
    /// [`Error::Invalid`] for cuts out of range, or anchors that are too many, outside the band or twice there.
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
        Ok(Self { k_cut, resid_mid_cut, topk_mid, low: low_modes(k_cut), anchors, residual: None })
    }

    /// The same modes and a residual basis beside them, or none.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a wave vector of it, or its opposite, is a stored mode.
    pub fn with_residual(mut self, residual: Option<Arc<ResidualBasis>>) -> Result<Self> {
        let stored: std::collections::BTreeSet<[i32; 2]> = self.modes().collect();
        let twice = |k: &&[i32; 2]| stored.contains(*k) || stored.contains(&[-k[0], -k[1]]);
        if let Some(k) = residual.iter().flat_map(|b| b.modes()).find(twice) {
            return Err(Error::invalid(
                "residual_k",
                "wave vectors that are no stored modes",
                format!("({}, {})", k[0], k[1]),
            ));
        }
        self.residual = residual;
        Ok(self)
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
    /// The residual basis, where there is one.
    pub fn residual(&self) -> Option<&Arc<ResidualBasis>> {
        self.residual.as_ref()
    }
    /// Number of its coefficients.
    pub fn residual_rank(&self) -> usize {
        self.residual.as_ref().map_or(0, |b| b.rank())
    }
    /// Length of `z`: `2M + 4 + 2K`, and the coefficients of the residual basis.
    pub fn dimension(&self) -> usize {
        2 * self.low.len() + 4 + 2 * self.anchors.len() + self.residual_rank()
    }

    /// Place of k_keep in `z`.
    pub fn keep_index(&self) -> usize {
        2 * self.low.len() + 3
    }

    /// Radius of the dense square: modes with `|kx|, |ky| <= radius` hold every stored one, and the
    /// residual basis.
    pub fn radius(&self) -> i32 {
        let stored = if self.anchors.is_empty() { self.k_cut } else { self.resid_mid_cut };
        self.residual.as_ref().map_or(stored, |b| stored.max(b.cut())) as i32
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
}
