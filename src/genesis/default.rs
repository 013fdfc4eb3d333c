//! The first thing people see: vortices made of nested filaments that turn, shed arms and circle one another.
//!
//! No passes: they would turn filaments into blobs within minutes. The vertex budget bounds the cost instead.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::BOX,
    params::{Integrator, Switch},
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;

/// Sense, place from the centre, radius and angle of the long axis of each vortex.
const VORTICES: [(Sign, [f64; 2], f64, f64); 4] = [
    (Sign::Plus, [-1.62, -1.42], 0.78, 0.3),
    (Sign::Minus, [1.48, -1.75], 0.70, 1.4),
    (Sign::Minus, [-1.25, 1.45], 0.70, 2.2),
    (Sign::Plus, [1.75, 1.62], 0.78, 0.9),
];
/// Vorticity that the filaments of a vortex share.
const OMEGA: f64 = 4.2;
/// Filaments of a vortex: relative radius and vertices.
const RINGS: [(f64, usize); 3] = [(0.20, 8), (0.58, 13), (0.96, 20)];

pub const SCENE: Scene = Scene {
    name: "default",
    title: "Vortex garden",
    physics: "Vortices of nested filaments turn, wobble and circle one another; where two come near, the outer filaments are drawn off as arms.",
    make: |params| {
        set(params, 0.02, 1e-5, 0.1);
        (params.integrator, params.mdl) = (Integrator::Rk2, Switch::Off);
        let all: f64 = RINGS.iter().map(|(size, _)| size).sum();
        let mut atoms = Atoms::default();
        for (sign, place, radius, long) in VORTICES {
            // All four carry the same circulation.
            let gamma = OMEGA * 0.5 * BOX * 0.74 * 0.74;
            for (size, n) in RINGS {
                let line = curve(n, true, |t| {
                    let angle = BOX * t;
                    let wave = 1.0 + 0.14 * (2.0 * (angle - long)).cos() + 0.04 * (3.0 * angle + long).cos();
                    CENTRE + DVec2::from(place) + size * radius * wave * DVec2::from_angle(angle)
                });
                atoms.push(Atom::polyline(Topology::Closed, sign, gamma * size / all, 0.12, line))?;
            }
        }
        Ok((atoms, Background::empty()))
    },
};
