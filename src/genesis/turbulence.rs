//! Many random filaments of both signs: placed, turned and bent by the seed, net circulation zero.

use super::{Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;
use rand::{RngExt, SeedableRng};

/// Filaments where nobody asks for another number.
const USUAL: u32 = 40;

pub const SCENE: Scene = Scene {
    name: "turbulence",
    title: "Filament turbulence",
    physics: "Random filaments of both signs stretch, wrap around one another and gather into coherent vortices.",
    make: |params| {
        // More filaments are smaller ones of the same vorticity, and as much of the box is filled.
        let scale = (f64::from(USUAL) / f64::from(params.filaments)).sqrt();
        let eps = 0.09 * scale;
        set(params, 0.01, 2e-4, eps.max(0.01));
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(u64::from(params.seed));
        let mut atoms = Atoms::default();
        for i in 0..params.filaments as usize {
            let at = DVec2::new(random.random_range(0.0..BOX), random.random_range(0.0..BOX));
            let direction = DVec2::from_angle(random.random_range(0.0..BOX));
            let (length, bend) = (scale * random.random_range(0.5..1.4), random.random_range(-0.35..0.35));
            let gamma = scale * scale * random.random_range(0.4..1.4);
            let line = curve(8, false, |t| {
                let s = t - 0.5;
                at + length * (direction * s + direction.perp() * bend * (1.0 - 4.0 * s * s))
            });
            // Filaments come in pairs of opposite sign and equal strength.
            let sign = if i % 2 == 0 { Sign::Plus } else { Sign::Minus };
            let gamma = if i % 2 == 0 { gamma } else { atoms.view().gamma[i - 1] };
            atoms.push(Atom::polyline(Topology::Open, sign, gamma, eps, line))?;
        }
        Ok((atoms, Background::empty()))
    },
};
