//! Karman's vortex street: two staggered rows of opposite vortices.

use super::{CENTRE, Scene, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "street",
    title: "Karman street",
    physics: "Staggered rows of opposite vortices, spaced as Karman found (h/a = 0.281), travel together and survive small kicks.",
    make: |params| {
        set(params, 0.01, 1e-5, 0.12);
        let columns = 6;
        let a = BOX / f64::from(columns);
        let h = 0.281 * a;
        let mut atoms = Atoms::default();
        for i in 0..columns {
            let kick = 0.02 * (2.4 * f64::from(i)).sin();
            let x = a * (f64::from(i) + 0.25);
            atoms.push(Atom::point(Sign::Plus, 1.5, 0.11, DVec2::new(x, CENTRE.y + 0.5 * h + kick)))?;
            atoms.push(Atom::point(Sign::Minus, 1.5, 0.11, DVec2::new(x + 0.5 * a, CENTRE.y - 0.5 * h - kick)))?;
        }
        Ok((atoms, Background::empty()))
    },
};
