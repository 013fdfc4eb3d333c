//! What a state keeps, energy and enstrophy included, on the CPU in f64.

use super::Transforms;
use crate::{
    error::Result,
    ops::{invariants, poisson, quadrature},
    state::{Atoms, Background, Invariants, State, impulse},
};

/// Most blobs of the closed form, which costs O(blobs^2).
const MAX_BLOBS: usize = 4000;
/// Side of the grid that is decoded otherwise, whatever N a picture has.
const SIDE: u32 = 256;
/// Name of the closed form.
const CLOSED_FORM: &str = "closed form";
/// Name of the sums over the modes of a state without atoms.
const MODES: &str = "modes";
/// Name of the spectral sums.
const GRID: &str = "256 x 256 grid";

/// Invariants of a state, and where energy and enstrophy come from: "closed form" (atoms alone, at
/// most 4000 blobs), "modes" (no atoms) or "256 x 256 grid" (the decoded field's spectrum).
pub fn measure(state: &State) -> (Invariants, &'static str) {
    without_transform(state).unwrap_or_else(|| {
        let (energy, enstrophy) = of_field(&super::decode(state, SIDE), SIDE as usize);
        (with(state, energy, enstrophy), GRID)
    })
}

/// The same with the spectrum of the decoded field where the transforms run.
///
/// # Errors
/// What the device answers.
pub fn measure_by(transforms: &Transforms, state: &State) -> Result<(Invariants, &'static str)> {
    if let Some(measured) = without_transform(state) {
        return Ok(measured);
    }
    let (energy, enstrophy) = transforms.energies(&super::decode(state, SIDE), SIDE as usize)?;
    Ok((with(state, energy, enstrophy), GRID))
}

/// What needs no transform.
fn without_transform(state: &State) -> Option<(Invariants, &'static str)> {
    if state.background.is_zero() {
        let vertex: Vec<[f64; 2]> = state.atoms.view().vertex.iter().map(|v| v.to_array()).collect();
        let blobs = quadrature::cpu::blobs(state.atoms.view(), &vertex);
        if blobs.len() <= MAX_BLOBS {
            let (energy, enstrophy) = invariants::cpu::energy_enstrophy(&blobs);
            return Some((with(state, energy, enstrophy), CLOSED_FORM));
        }
    }
    if state.atoms.is_empty() {
        let (energy, enstrophy) = of_modes(&state.background);
        return Some((with(state, energy, enstrophy), MODES));
    }
    None
}

/// Energy and enstrophy of a field of side `n`, by its spectrum.
pub fn of_field(field: &[f64], n: usize) -> (f64, f64) {
    let grid = poisson::cpu::velocity(field, n);
    (grid.energy, grid.enstrophy)
}

/// What atoms, background and the product of both hold of a quadratic quantity; together 1.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Share {
    /// Of the atoms alone.
    pub atoms: f64,
    /// Of the background alone.
    pub background: f64,
    /// Twice their product; negative where they oppose each other.
    pub both: f64,
}

impl Share {
    fn of(atoms: f64, background: f64, all: f64) -> Self {
        let [atoms, background] = [atoms / all, background / all];
        Self { atoms, background, both: 1.0 - atoms - background }
    }
}

/// Who holds a state's energy and enstrophy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Of the mean of (u^2 + v^2)/2.
    pub energy: Share,
    /// Of the mean of omega^2/2.
    pub enstrophy: Share,
}

/// Shares of atoms and background, on a grid of side 256; `None` for a state that is zero.
pub fn shares(state: &State) -> Option<Shares> {
    let alone = State { atoms: Atoms::default(), ..state.clone() };
    let background = super::decode(&alone, SIDE);
    let all = super::decode(state, SIDE);
    let atoms: Vec<f64> = all.iter().zip(&background).map(|(w, b)| w - b).collect();
    let [atoms, background, all] = [atoms, background, all].map(|field| of_field(&field, SIDE as usize));
    (all.0 > 0.0 && all.1 > 0.0).then(|| Shares {
        energy: Share::of(atoms.0, background.0, all.0),
        enstrophy: Share::of(atoms.1, background.1, all.1),
    })
}

/// `sum |omega_hat|^2 / (2 k^2)` and `sum |omega_hat|^2 / 2`, the mean mode left out.
fn of_modes(background: &Background) -> (f64, f64) {
    let (r, side) = (background.basis().radius(), 2 * background.basis().radius() + 1);
    let (mut energy, mut enstrophy) = (0.0, 0.0);
    for (cell, mode) in (0_i32..).zip(background.dense()) {
        let (kx, ky) = (cell % side - r, cell / side - r);
        if (kx, ky) != (0, 0) {
            energy += 0.5 * mode.norm_sqr() / f64::from(kx * kx + ky * ky);
            enstrophy += 0.5 * mode.norm_sqr();
        }
    }
    (energy, enstrophy)
}

fn with(state: &State, energy: f64, enstrophy: f64) -> Invariants {
    Invariants { energy: Some(energy), enstrophy: Some(enstrophy), ..impulse(&state.atoms) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Params;

    #[test]
    fn the_sums_over_modes_are_those_of_the_grid() {
        let basis = crate::state::Basis::new(3, 5, 2, vec![[4, 0], [0, 5]]).unwrap();
        let keep = 2 * basis.low().len() + 3;
        let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 * 0.9).sin()).collect();
        z[keep] = 2.0;
        let background = Background::from_z(basis, &z).unwrap();
        let (energy, enstrophy) = of_modes(&background);
        let field = crate::sim::decode(&State::new(Default::default(), background.clone(), Default::default()), 64);
        let grid = poisson::cpu::velocity(&field, 64);
        let error = [grid.energy / energy - 1.0, grid.enstrophy / enstrophy - 1.0].map(f64::abs);
        assert!(error.iter().all(|e| *e < 1e-6), "{error:?}");
    }

    #[test]
    fn shares_add_up_and_opposite_parts_have_a_negative_product() {
        let mut state = crate::genesis::make("pair", &mut Params::default()).unwrap();
        let alone = shares(&state).unwrap();
        assert!((alone.energy.atoms - 1.0).abs() < 1e-12 && alone.enstrophy.background == 0.0);
        // The background takes half of the atoms' own low modes back.
        let field = crate::sim::decode(&state, 256);
        let encoder = crate::spectral::Encoder::new(256, &Default::default()).unwrap();
        let half: Vec<f64> = field.iter().map(|w| -0.5 * w).collect();
        state.background = encoder.encode(&half, &encoder.basis(&half).unwrap()).unwrap();
        for share in [shares(&state).unwrap().energy, shares(&state).unwrap().enstrophy] {
            assert!((share.atoms + share.background + share.both - 1.0).abs() < 1e-12);
            assert!(share.atoms > 1.0 && share.background > 0.0 && share.both < 0.0, "{share:?}");
        }
        state.atoms = Atoms::default();
        assert_eq!(shares(&state).unwrap().energy, Share { atoms: 0.0, background: 1.0, both: 0.0 });
        state.background = Background::empty();
        assert_eq!(shares(&state), None);
    }

    #[test]
    fn both_ways_agree_on_a_state_that_both_can_take() {
        let state = crate::genesis::make("pair", &mut Params::default()).unwrap();
        let (exact, from) = measure(&state);
        assert_eq!(from, CLOSED_FORM);
        let mut same = state.clone();
        let k = same.background.basis().low()[1];
        let mut dense = same.background.dense();
        let r = same.background.basis().radius();
        dense[crate::state::dense_index(k, r)] = crate::math::Complex64::new(1e-9, 0.0);
        same.background.set_dense(&dense);
        let (grid, from) = measure(&same);
        assert_eq!(from, GRID);
        for (a, b) in [(exact.energy, grid.energy), (exact.enstrophy, grid.enstrophy)] {
            let (a, b) = (a.unwrap(), b.unwrap());
            assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
        }
    }
}
