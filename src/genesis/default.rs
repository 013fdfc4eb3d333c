//! The first thing people see: two sheets roll up while a dipole runs into two arcs.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    params::Integrator,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "default",
    title: "Vortex garden",
    physics: "Sheets of both signs roll up into spirals while a dipole ploughs through and drags filaments behind it.",
    make: |params| {
        set(params, 0.01, 4e-4, 0.12);
        params.integrator = Integrator::Rk2;
        let mut atoms = Atoms::default();
        for (sign, y, phase) in [(Sign::Plus, 0.18, 0.4), (Sign::Minus, 0.82, 2.3)] {
            let line = curve(40, true, |t| {
                let x = BOX * t;
                DVec2::new(x, BOX * y + 0.16 * (2.0 * x + phase).sin() + 0.05 * (3.0 * x + 1.3 * phase).sin())
            });
            atoms.push(Atom::polyline(Topology::Closed, sign, 8.0, 0.12, line))?;
        }
        for (sign, y) in [(Sign::Plus, 0.32), (Sign::Minus, -0.32)] {
            atoms.push(Atom::point(sign, 2.6, 0.2, CENTRE + DVec2::new(-2.2, y)))?;
        }
        for (sign, x) in [(Sign::Minus, 0.4), (Sign::Plus, 1.5)] {
            let arc = curve(14, false, |t| {
                let angle = 0.5 * BOX * (t - 0.5);
                CENTRE + DVec2::new(x + 0.25 * angle.cos(), 0.9 * angle.sin())
            });
            atoms.push(Atom::polyline(Topology::Open, sign, 1.6, 0.11, arc))?;
        }
        Ok((atoms, Background::empty()))
    },
};
