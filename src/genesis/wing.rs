//! The wake of an elliptically loaded wing (Prandtl): a sheet whose ends roll up into two opposite vortices.
//!
//! `Gamma(x) = G sqrt(1 - x^2/a^2)`: the sheet carries `-dGamma/dx` and moves down evenly at `G/(2 a)` at first.

use super::{CENTRE, Scene, set};
use crate::{
    math::BOX,
    params::Integrator,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

/// Half span and the circulation of either half.
pub(super) const SPAN: f64 = 1.5;
pub(super) const GAMMA: f64 = 5.0;
/// Vertices of either half.
const COUNT: usize = 28;

pub const SCENE: Scene = Scene {
    name: "wing",
    title: "Wake of a wing",
    physics: "The sheet behind an elliptically loaded wing sinks evenly at Gamma/2a while its ends roll up into the two trailing vortices.",
    make: |params| {
        set(params, 0.01, 1e-5, 0.06);
        params.integrator = Integrator::Rk2;
        let mut atoms = Atoms::default();
        for (sign, side) in [(Sign::Plus, 1.0), (Sign::Minus, -1.0)] {
            // x = a sin theta: close together where the sheet is strong.
            let theta = |i: usize| 0.25 * BOX * i as f64 / (COUNT - 1) as f64;
            let at = |i| CENTRE + DVec2::new(side * SPAN * theta(i).sin(), 1.9);
            let mut half = Atom::polyline(Topology::Open, sign, GAMMA, 0.065, (0..COUNT).map(at).collect());
            half.weight = (1..COUNT).map(|i| theta(i - 1).cos() - theta(i).cos()).collect();
            atoms.push(half)?;
        }
        Ok((atoms, Background::empty()))
    },
};
