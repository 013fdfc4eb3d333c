//! Two equal vortices: they turn about each other with period `2 pi^2 d^2 / Gamma` in free space.

use super::{CENTRE, Scene, set};
use crate::state::{Atom, Atoms, Background, Sign};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "pair",
    title: "Co-rotating pair",
    physics: "Equal vortices circle each other with period 2 pi^2 d^2/Gamma; weak filaments around them are wound into spirals.",
    make: |params| {
        set(params, 0.01, 1e-5, 0.1);
        let mut atoms = Atoms::default();
        for x in [-0.5, 0.5] {
            atoms.push(Atom::point(Sign::Plus, 5.0, 0.14, CENTRE + DVec2::new(x, 0.0)))?;
        }
        for (sign, x) in [(Sign::Minus, -1.5), (Sign::Plus, 1.5)] {
            let line = super::curve(12, false, |t| CENTRE + DVec2::new(x, 2.4 * (t - 0.5)));
            atoms.push(Atom::polyline(crate::state::Topology::Open, sign, 0.6, 0.07, line))?;
        }
        Ok((atoms, Background::empty()))
    },
};
