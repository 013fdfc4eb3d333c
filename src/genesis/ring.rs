//! N equal vortices on a circle: Thomson's ring turns rigidly and is stable for fewer than seven.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "ring",
    title: "Ring of vortices",
    physics: "Thomson's ring of equal vortices turns as one body, stably up to six; here eight around a filament, so it breaks.",
    make: |params| {
        set(params, 0.01, 2e-5, 0.1);
        let mut atoms = Atoms::default();
        let count = 8;
        for i in 0..count {
            let angle = BOX * (f64::from(i) + 0.03 * (1.7 * f64::from(i)).sin()) / f64::from(count);
            atoms.push(Atom::point(Sign::Plus, 1.5, 0.11, CENTRE + 1.3 * DVec2::from_angle(angle)))?;
        }
        let circle = curve(40, true, |t| CENTRE + (0.7 + 0.02 * (3.0 * BOX * t).cos()) * DVec2::from_angle(BOX * t));
        atoms.push(Atom::polyline(Topology::Closed, Sign::Minus, 4.0, 0.09, circle))?;
        Ok((atoms, Background::empty()))
    },
};
