//! The whole decode of a state in f64 on the CPU, the background by Fourier transform.
//!
//! `omega = sum atoms - Gamma/(4 pi^2) + background`. The separable sum of `ops::low_k` costs 2R + 1 terms
//! a node, two transforms a few times log N: they are taken wherever the grid holds every mode (2R < N).

use crate::{
    math::BOX,
    ops::{compose, window::Window},
    primitives::fft::band::Band,
    state::{Atoms, Background, State, dense_index},
};

/// Vorticity on the `n x n` grid of the whole box, row 0 at the bottom.
pub fn decode(state: &State, n: u32) -> Vec<f64> {
    let (background, window) = (&state.background, Window::full(n));
    let radius = background.basis().radius();
    if background.is_zero() || 2 * radius >= n as i32 {
        return compose::cpu::field(&state.atoms, background, &window);
    }
    let dense = background.dense();
    let mut field = Band::new(n as usize).field(radius as usize, |k| dense[dense_index(k, radius)]);
    if !state.atoms.is_empty() {
        let atoms = compose::cpu::field::<f64>(&state.atoms, &Background::empty(), &window);
        field.iter_mut().zip(atoms).for_each(|(w, a)| *w += a);
    }
    field
}

/// The side of a grid on which atoms alias nothing, to rounding, into wavenumbers up to `cut`: their
/// thinnest core's factor `exp(-eps^2 k^2/2)` is below 1e-17 at the wavenumbers that fold back.
pub fn resolving_side(atoms: &Atoms, cut: u32) -> usize {
    (9.0 / atoms.thinnest().unwrap_or(BOX).min(BOX)).ceil() as usize + cut as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis, params::Params};

    #[test]
    fn both_ways_to_the_background_give_one_field() {
        let mut state = genesis::make("pair", &mut Params::default()).unwrap();
        state.background = genesis::make("cells", &mut Params::default()).unwrap().background;
        assert!(!state.background.is_zero());
        for n in [16, 40, 75] {
            let sum: Vec<f64> = compose::cpu::field(&state.atoms, &state.background, &Window::full(n));
            for (a, b) in decode(&state, n).iter().zip(&sum) {
                // Nodes of a window lie on a lattice of 2^-32 turns.
                assert!((a - b).abs() < 1e-7, "N = {n}: {a} {b}");
            }
        }
    }
}
