//! What a state keeps, energy and enstrophy included, on the CPU in f64.

use super::Transforms;
use crate::{
    error::Result,
    math::BOX,
    ops::{invariants, poisson, quadrature},
    state::{Atoms, Background, Invariants, State, impulse},
};

/// Most blobs of the sum over pairs, which costs O(blobs^2).
const MAX_BLOBS: usize = 4000;
/// Sides of the grids that are decoded, whatever N a picture has, and their names.
const GRIDS: [(u32, &str); 3] = [(256, "256 x 256 grid"), (512, "512 x 512 grid"), (1024, "1024 x 1024 grid")];
/// Spacings that the thinnest core is at least: what folds back is 1e-6 of its enstrophy.
const HELD: f64 = 1.2;
/// Side of the grid for shares.
const SIDE: u32 = 256;
/// Name of the sum over pairs of blobs.
const PAIRS: &str = "pairs of blobs";
/// Name of the sums over the modes of a state without atoms.
const MODES: &str = "modes";

/// The coarsest grid on which every core is at least so many spacings wide, and its name.
pub fn grid(atoms: &Atoms, spacings: f64) -> Option<(u32, &'static str)> {
    let thinnest = atoms.thinnest().unwrap_or(BOX);
    GRIDS.into_iter().find(|(side, _)| thinnest * f64::from(*side) >= spacings * BOX)
}

/// Invariants of a state, and where energy and enstrophy come from: "modes" (no atoms), the spectrum of the field
/// decoded on the coarsest grid that holds its cores, or, for thinner ones, "pairs of blobs" (atoms alone, at most
/// 4000 blobs; an ellipse as a row of round ones is a percent off in enstrophy). Where none of these can tell, neither
/// is told.
pub fn measure(state: &State) -> (Invariants, &'static str) {
    measured(state, |field, side| Ok(of_field(field, side))).unwrap_or_else(|_| (with(state, None), MODES))
}

/// The same with the spectrum of the decoded field where the transforms run.
///
/// # Errors
/// What the device answers.
pub fn measure_by(transforms: &Transforms, state: &State) -> Result<(Invariants, &'static str)> {
    measured(state, |field, side| transforms.energies(field, side))
}

fn measured(
    state: &State,
    energies: impl Fn(&[f64], usize) -> Result<(f64, f64)>,
) -> Result<(Invariants, &'static str)> {
    if state.atoms.is_empty() {
        return Ok((with(state, Some(of_modes(&state.background))), MODES));
    }
    if let Some((side, name)) = grid(&state.atoms, HELD) {
        let sums = energies(&super::decode(state, side), side as usize)?;
        return Ok((with(state, Some(sums)), name));
    }
    Ok((with(state, pairs(state)), PAIRS))
}

/// The sum over pairs, of atoms alone.
fn pairs(state: &State) -> Option<(f64, f64)> {
    let vertex: Vec<[f64; 2]> = state.atoms.view().vertex.iter().map(|v| v.to_array()).collect();
    let blobs = quadrature::cpu::blobs(state.atoms.view(), &vertex);
    let few = state.background.is_zero() && blobs.len() <= MAX_BLOBS;
    few.then(|| invariants::cpu::energy_enstrophy(&blobs))
}

/// Energy and enstrophy of a field of side `n`, by its spectrum. `field` is row-major, `n * n` values.
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

fn with(state: &State, sums: Option<(f64, f64)>) -> Invariants {
    let (energy, enstrophy) = sums.unzip();
    Invariants { energy, enstrophy, ..impulse(&state.atoms) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{Params, Switch};

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
    fn grid_and_pairs_agree_on_what_both_can_take() {
        let state = crate::genesis::make("pair", &mut Params { ellipses: Switch::Off, ..Params::default() }).unwrap();
        let (told, from) = measure(&state);
        assert!(from.ends_with("grid"), "{from}");
        let (energy, enstrophy) = pairs(&state).unwrap();
        let near = |a: Option<f64>, b: f64, by: f64| (a.unwrap() / b - 1.0).abs() < by;
        assert!(
            near(told.energy, energy, 1e-3) && near(told.enstrophy, enstrophy, 1e-3),
            "{told:?} {energy} {enstrophy}"
        );
        // Thinner cores take a finer grid, then the sum over pairs; beside modes nobody can tell, and nothing is told.
        let thin = |eps: f64| {
            let atom = crate::state::Atom::point(crate::state::Sign::Plus, 1.0, eps, glam::DVec2::new(3.01, 2.02));
            State { atoms: Atoms::try_from_iter([atom]).unwrap(), ..state.clone() }
        };
        for (eps, name) in [(0.03, GRIDS[0].1), (0.015, GRIDS[1].1), (0.0075, GRIDS[2].1), (0.003, PAIRS)] {
            let (told, from) = measure(&thin(eps));
            // The mean of a circulation's square is left out.
            let exact = (1.0 / (4.0 * std::f64::consts::PI * eps * eps) - 1.0 / (BOX * BOX)) / (2.0 * BOX * BOX);
            assert!(from == name && near(told.enstrophy, exact, 1e-5), "{eps} {from}: {told:?} {exact}");
        }
        let mut beside = thin(0.003);
        beside.background = crate::genesis::make("cells", &mut Params::default()).unwrap().background;
        let (told, _) = measure(&beside);
        assert_eq!((told.energy, told.enstrophy, told.circulation), (None, None, 1.0));
    }
}
