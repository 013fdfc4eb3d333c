//! What a state keeps, energy and enstrophy included, on the CPU in f64.

use crate::{
    ops::{invariants, poisson, quadrature},
    state::{Invariants, State, impulse},
};

/// Most blobs of the closed form, which costs O(blobs^2).
const MAX_BLOBS: usize = 4000;
/// Side of the grid that is decoded otherwise, whatever N a picture has.
const SIDE: u32 = 256;
/// Name of the closed form.
const CLOSED_FORM: &str = "closed form";
/// Name of the spectral sums.
const GRID: &str = "256 x 256 grid";

/// Invariants of a state, and where energy and enstrophy come from: "closed form" (atoms alone, at
/// most 4000 blobs) or "256 x 256 grid" (the decoded field's spectrum).
pub fn measure(state: &State) -> (Invariants, &'static str) {
    if state.background.is_zero() {
        let vertex: Vec<[f64; 2]> = state.atoms.view().vertex.iter().map(|v| v.to_array()).collect();
        let blobs = quadrature::cpu::blobs(state.atoms.view(), &vertex);
        if blobs.len() <= MAX_BLOBS {
            let (energy, enstrophy) = invariants::cpu::energy_enstrophy(&blobs);
            return (with(state, energy, enstrophy), CLOSED_FORM);
        }
    }
    let field = super::decode(state, SIDE);
    let grid = poisson::cpu::velocity(&field, SIDE as usize);
    (with(state, grid.energy, grid.enstrophy), GRID)
}

fn with(state: &State, energy: f64, enstrophy: f64) -> Invariants {
    Invariants { energy: Some(energy), enstrophy: Some(enstrophy), ..impulse(&state.atoms) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Params;

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
