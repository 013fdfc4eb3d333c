//! Four patches of like sign, closer than the distance at which they merge.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    params::Integrator,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

/// Radius of a patch, circulation of all its filaments, and distance from the middle.
const RADIUS: f64 = 0.42;
const GAMMA: f64 = 3.4;
const DISTANCE: f64 = 0.80;

pub const SCENE: Scene = Scene {
    name: "merger",
    title: "Merger of four",
    physics: "Like-signed patches nearer than about 3.2 radii pull each other apart into arms and merge; their centre of vorticity stays.",
    make: |params| {
        set(params, 0.01, 2e-5, 0.09);
        params.integrator = Integrator::Rk2;
        let mut atoms = Atoms::default();
        for quarter in 0..4 {
            let middle = CENTRE + DISTANCE * DVec2::from_angle(0.25 * BOX * (f64::from(quarter) + 0.3));
            // Circulations as the areas of the rings they stand for.
            for (ring, n) in [(0.25, 8), (0.75, 18)] {
                let line = curve(n, true, |t| middle + ring * RADIUS * DVec2::from_angle(BOX * t));
                atoms.push(Atom::polyline(Topology::Closed, Sign::Plus, GAMMA * ring, 0.10, line))?;
            }
        }
        Ok((atoms, Background::empty()))
    },
};
