//! Groebli's three-vortex collapse: a triangle that keeps its shape while it shrinks to a point in finite time.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

/// Circulation over 1, and place over 1, of each corner.
pub(super) const CORNERS: [(Sign, f64, f64, f64); 3] =
    [(Sign::Plus, 2.0, -1.0, 0.0), (Sign::Plus, 2.0, 1.0, 0.0), (Sign::Minus, 1.0, 1.0, std::f64::consts::SQRT_2)];
/// Unit of length and of circulation.
const LENGTH: f64 = 0.8;
const GAMMA: f64 = 1.5;

pub const SCENE: Scene = Scene {
    name: "collapse",
    title: "Three-vortex collapse",
    physics: "With circulations (2, 2, -1) the sums of Gi Gj and of Gi Gj lij^2 vanish: the triangle shrinks by sqrt(1 - t/T) to a point.",
    make: |params| {
        set(params, 0.01, 1e-6, 0.08);
        // The three stay what they are, however close they come.
        params.merge_dist = 0.0;
        let mut atoms = Atoms::default();
        for (sign, gamma, x, y) in CORNERS {
            atoms.push(Atom::point(sign, GAMMA * gamma, 0.09, CENTRE + LENGTH * DVec2::new(x, y - 0.4)))?;
        }
        let mut ring = |sign, gamma, radius: f64, n| {
            let at = |t: f64| CENTRE + radius * (1.0 + 0.03 * (5.0 * BOX * t).cos()) * DVec2::from_angle(BOX * t);
            atoms.push(Atom::polyline(Topology::Closed, sign, gamma, 0.09, curve(n, true, at)))
        };
        ring(Sign::Minus, 1.2, 1.9, 60)?;
        ring(Sign::Plus, 1.2, 2.4, 76)?;
        Ok((atoms, Background::empty()))
    },
};
