//! Kirchhoff's ellipse as filaments along its own level lines: it turns without changing its shape.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    params::Integrator,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

/// Half axes and vorticity.
pub(super) const AXES: [f64; 2] = [1.1, 0.55];
pub(super) const OMEGA: f64 = 4.0;
/// Filaments and, of each, relative size and vertices.
const RINGS: [(f64, usize); 4] = [(0.125, 8), (0.375, 14), (0.625, 22), (0.875, 30)];

pub const SCENE: Scene = Scene {
    name: "ellipse",
    title: "Kirchhoff's ellipse",
    physics: "A uniform elliptical patch turns at omega a b/(a + b)^2 without changing its shape; weak filaments around it are wound up.",
    make: |params| {
        set(params, 0.01, 1e-6, 0.09);
        params.integrator = Integrator::Rk2;
        let gamma = OMEGA * 0.5 * BOX * AXES[0] * AXES[1];
        let all: f64 = RINGS.iter().map(|(size, _)| size).sum();
        let mut atoms = Atoms::default();
        for (size, n) in RINGS {
            let at = |t: f64| size * DVec2::new(AXES[0] * (BOX * t).cos(), AXES[1] * (BOX * t).sin());
            let line = curve(n, true, |t| CENTRE + at(t));
            let mut ring = Atom::polyline(Topology::Closed, Sign::Plus, gamma * size / all, 0.12, line);
            // Equal shares for equal steps of the parameter, as of the patch's area.
            ring.weight = vec![1.0 / n as f64; n];
            atoms.push(ring)?;
        }
        for side in [1.0, -1.0] {
            let arm = curve(16, false, |t| CENTRE + side * DVec2::new(1.0 + 1.5 * t, 0.9 - 0.9 * t));
            atoms.push(Atom::polyline(Topology::Open, Sign::Minus, 0.5, 0.08, arm))?;
        }
        Ok((atoms, Background::empty()))
    },
};
