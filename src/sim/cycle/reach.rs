//! Which atoms parcels carry: those whose cores the lattice resolves that the parameters allow.

use crate::{
    math::BOX,
    params::{Every, Params},
    state::{Atoms, Chart},
};

/// Least standard deviation of a refitted ellipse, in cells.
pub(super) const LEAST: f64 = 0.5;
/// A fine lattice.
const FINE: u32 = 512;
/// Largest where the program chooses the cycles and nobody said more: what a CPU takes along.
const USUAL: u32 = 128;

/// Whether parcels on a lattice of at most `most` a side carry an atom: an ellipse that a lattice of 512 or
/// `most` nodes resolves. A thinner one is thin against the flow, too, and moves as it is. 0 carries none.
pub fn is_carried(atoms: &Atoms, i: usize, most: u32) -> bool {
    let a = atoms.view();
    most > 0
        && is_wide(atoms, i, LEAST * BOX / f64::from(most.max(FINE)))
        && a.support[i]
        && a.chart[i] == Chart::Ellipse
}

/// Whether the largest lattice that the parameters allow resolves every core of a filament or point: a cell or more. A
/// thinner one is thin against the flow, too, and stays what it is.
pub fn resolved(atoms: &Atoms, i: usize, params: &Params) -> bool {
    let most = lattice(params);
    most > 0 && is_wide(atoms, i, BOX / f64::from(most))
}

fn is_wide(atoms: &Atoms, i: usize, least: f64) -> bool {
    let a = atoms.view();
    let cores = &a.core[a.segment_start[i]..a.segment_start[i + 1]];
    cores.iter().all(|core| a.eps[i] * core >= least)
}

/// Largest side of the lattice that parameters ask for; 0 where nothing is carried.
pub fn lattice(params: &Params) -> u32 {
    match params.refit_every {
        Every::Steps(0) => 0,
        Every::Steps(_) => params.parcels.or(FINE),
        Every::Auto => params.parcels.or(USUAL),
    }
}
