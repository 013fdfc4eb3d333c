//! Two opposite vortices side by side: the pair travels along its axis at `Gamma / 2 pi d`.

use super::{CENTRE, Scene, set};
use crate::state::{Atom, Atoms, Background, Sign};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "dipole",
    title: "Two dipoles",
    physics: "Opposite vortices push each other along at Gamma/(2 pi d); two such dipoles meet head on and exchange partners.",
    make: |params| {
        set(params, 0.01, 1e-5, 0.12);
        let (gamma, half) = (4.0, 0.3);
        let vortex = |sign, x: f64, y: f64| Atom::point(sign, gamma, 0.12, CENTRE + DVec2::new(x, y));
        let atoms = Atoms::try_from_iter([
            vortex(Sign::Plus, -2.0, half),
            vortex(Sign::Minus, -2.0, -half),
            vortex(Sign::Minus, 2.0, half),
            vortex(Sign::Plus, 2.0, -half),
        ])?;
        Ok((atoms, Background::empty()))
    },
};
