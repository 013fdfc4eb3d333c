//! Love's leapfrogging pairs: of two pairs on one axis the hind one shrinks, slips through the one in front, and
//! they change places.

use super::{CENTRE, Scene, curve, set};
use crate::state::{Atom, Atoms, Background, Sign, Topology};
use glam::DVec2;

/// Circulation, width of the outer pair, and that of the inner one over it.
pub(super) const GAMMA: f64 = 2.2;
pub(super) const WIDTH: f64 = 1.1;
pub(super) const RATIO: f64 = 0.5;
/// Full period for `Gamma = d = 1` and this ratio.
#[cfg(test)]
pub(super) const PERIOD: f64 = 1.41271;

pub const SCENE: Scene = Scene {
    name: "leapfrog",
    title: "Leapfrogging pairs",
    physics: "Two pairs on one axis slip through each other in turn; at a width ratio of 1/2 a full turn takes 1.41271 d^2/Gamma.",
    make: |params| {
        set(params, 0.005, 1e-6, 0.06);
        params.substeps = 2;
        let mut atoms = Atoms::default();
        for (sign, half) in [(Sign::Plus, 0.5), (Sign::Minus, -0.5)] {
            for ratio in [1.0, RATIO] {
                let at = CENTRE + DVec2::new(-2.4, half * ratio * WIDTH);
                atoms.push(Atom::point(sign, GAMMA, 0.06, at))?;
            }
        }
        // Curtains of dye-like weakness, opposite in pairs, that the four run through.
        for (sign, x) in [(Sign::Plus, -0.9), (Sign::Minus, 0.4), (Sign::Plus, 1.7), (Sign::Minus, 3.0)] {
            let line = curve(14, false, |t| CENTRE + DVec2::new(x + 0.08 * (9.0 * t).sin(), 3.4 * (t - 0.5)));
            atoms.push(Atom::polyline(Topology::Open, sign, 0.35, 0.08, line))?;
        }
        Ok((atoms, Background::empty()))
    },
};
