//! A shielded vortex with an elliptical push: the shield gathers into two satellites, a tripole.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "tripole",
    title: "Tripole",
    physics: "A core and a shield of opposite sign cancel, so nothing moves far outside; pushed by a wave of two, the shield becomes two satellites.",
    make: |params| {
        set(params, 0.01, 2e-5, 0.1);
        let mut atoms = Atoms::default();
        let mut ring = |sign, gamma: f64, radius: f64, n| {
            let line = curve(n, true, |t| {
                let angle = BOX * t;
                CENTRE + radius * (1.0 + 0.08 * (2.0 * angle).cos()) * DVec2::from_angle(angle)
            });
            atoms.push(Atom::polyline(Topology::Closed, sign, gamma, 0.12, line))
        };
        for (gamma, radius, n) in [(2.0, 0.18, 8), (4.0, 0.42, 14)] {
            ring(Sign::Plus, gamma, radius, n)?;
        }
        for (gamma, radius, n) in [(3.0, 0.92, 28), (4.0, 1.14, 34)] {
            ring(Sign::Minus, gamma, radius, n)?;
        }
        atoms.push(Atom::point(Sign::Plus, 1.0, 0.16, CENTRE))?;
        Ok((atoms, Background::empty()))
    },
};
