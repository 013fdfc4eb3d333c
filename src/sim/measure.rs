//! What a state keeps, energy and enstrophy included, on the CPU in f64.

use crate::{
    ops::{invariants, poisson, quadrature},
    state::{Background, Invariants, State, impulse},
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
    if state.background.is_zero() {
        let vertex: Vec<[f64; 2]> = state.atoms.view().vertex.iter().map(|v| v.to_array()).collect();
        let blobs = quadrature::cpu::blobs(state.atoms.view(), &vertex);
        if blobs.len() <= MAX_BLOBS {
            let (energy, enstrophy) = invariants::cpu::energy_enstrophy(&blobs);
            return (with(state, energy, enstrophy), CLOSED_FORM);
        }
    }
    if state.atoms.is_empty() {
        let (energy, enstrophy) = of_modes(&state.background);
        return (with(state, energy, enstrophy), MODES);
    }
    let (energy, enstrophy) = of_field(&super::decode(state, SIDE), SIDE as usize);
    (with(state, energy, enstrophy), GRID)
}

/// Energy and enstrophy of a field of side `n`, by its spectrum.
pub fn of_field(field: &[f64], n: usize) -> (f64, f64) {
    let grid = poisson::cpu::velocity(field, n);
    (grid.energy, grid.enstrophy)
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
