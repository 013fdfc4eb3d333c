//! Double shear layer: two opposite vortex sheets around the torus, each with a small wave.

use super::{Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "sheet",
    title: "Shear-layer roll-up",
    physics: "Kelvin-Helmholtz instability: a vortex sheet with a small wave winds itself into a row of spirals.",
    make: |params| {
        set(params, 0.01, 1e-4, 0.08);
        let mut atoms = Atoms::default();
        for (sign, y, phase) in [(Sign::Plus, 0.25, 0.0), (Sign::Minus, 0.75, 1.0)] {
            let line = curve(48, true, |t| {
                let x = BOX * t;
                DVec2::new(x, BOX * y + 0.12 * (2.0 * x + phase).sin() + 0.03 * (x + 2.0).cos())
            });
            // Velocity jump 1.2 across the sheet.
            atoms.push(Atom::polyline(Topology::Closed, sign, 1.2 * BOX, 0.08, line))?;
        }
        Ok((atoms, Background::empty()))
    },
};
