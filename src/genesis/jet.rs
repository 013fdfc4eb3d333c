//! Bickley's jet `u = U sech^2(y/L)` as two opposite layers of filaments, pushed sideways: it meanders.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

/// Speed on the axis and half width.
pub(super) const SPEED: f64 = 2.0;
pub(super) const WIDTH: f64 = 0.42;
/// Distances of the filaments from the axis, in half widths: each carries a quarter of the shear, cut at these.
const PLACES: [f64; 2] = [0.40, 0.95];

pub const SCENE: Scene = Scene {
    name: "jet",
    title: "Meandering jet",
    physics: "A jet is two opposite shear layers of zero net circulation; the sinuous wave grows fastest and leaves a vortex street.",
    make: |params| {
        set(params, 0.01, 5e-5, 0.12);
        params.integrator = crate::params::Integrator::Rk2;
        let mut atoms = Atoms::default();
        for (sign, side) in [(Sign::Plus, 1.0), (Sign::Minus, -1.0)] {
            for place in PLACES {
                let line = curve(40, true, |t| {
                    let x = BOX * t;
                    let meander = 0.10 * (2.0 * x).sin() + 0.04 * (3.0 * x + 1.0).sin();
                    DVec2::new(x, CENTRE.y + side * place * WIDTH + meander)
                });
                // Both layers together turn the speed by U.
                atoms.push(Atom::polyline(Topology::Closed, sign, 0.5 * SPEED * BOX, 0.13, line))?;
            }
        }
        Ok((atoms, Background::empty()))
    },
};
