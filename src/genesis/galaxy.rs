//! Two logarithmic spiral arms around a core: a galaxy of filaments.

use super::{CENTRE, Scene, curve, set};
use crate::{
    params::Integrator,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "galaxy",
    title: "Spiral galaxy",
    physics: "Inner parts turn faster than outer ones and wind the arms up; half a turn maps the flow onto itself, so its centre stays.",
    make: |params| {
        set(params, 0.01, 2e-5, 0.09);
        params.integrator = Integrator::Rk2;
        let mut atoms = Atoms::default();
        atoms.push(Atom::point(Sign::Plus, 2.6, 0.22, CENTRE))?;
        for half in [0.0, std::f64::consts::PI] {
            for (sign, gamma, lag) in [(Sign::Plus, 2.2, 0.0), (Sign::Minus, 1.1, 1.2)] {
                let arm = curve(40, false, |t| {
                    // r = r0 exp(b phi), trailing in a counter-clockwise turn.
                    let (phi, radius) = (4.2 * t, 0.45 * (1.75 * t).exp());
                    CENTRE + radius * DVec2::from_angle(half - lag - phi)
                });
                atoms.push(Atom::polyline(Topology::Open, sign, gamma, 0.10, arm))?;
            }
        }
        Ok((atoms, Background::empty()))
    },
};
