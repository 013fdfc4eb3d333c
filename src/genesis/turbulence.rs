//! Many random filaments of both signs: placed, turned and bent by the seed, net circulation zero.

use super::{Scene, curve, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign, Topology},
};
use glam::DVec2;
use rand::{RngExt, SeedableRng};

pub const SCENE: Scene = Scene {
    name: "turbulence",
    title: "Filament turbulence",
    physics: "Random filaments of both signs stretch, wrap around one another and gather into coherent vortices.",
    make: |params| {
        set(params, 0.01, 2e-4, 0.09);
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(u64::from(params.seed));
        let mut atoms = Atoms::default();
        for i in 0..40 {
            let at = DVec2::new(random.random_range(0.0..BOX), random.random_range(0.0..BOX));
            let direction = DVec2::from_angle(random.random_range(0.0..BOX));
            let (length, bend) = (random.random_range(0.5..1.4), random.random_range(-0.35..0.35));
            let gamma = random.random_range(0.4..1.4);
            let line = curve(8, false, |t| {
                let s = t - 0.5;
                at + length * (direction * s + direction.perp() * bend * (1.0 - 4.0 * s * s))
            });
            // Filaments come in pairs of opposite sign and equal strength.
            let sign = if i % 2 == 0 { Sign::Plus } else { Sign::Minus };
            let gamma = if i % 2 == 0 { gamma } else { atoms.view().gamma[i - 1] };
            atoms.push(Atom::polyline(Topology::Open, sign, gamma, 0.09, line))?;
        }
        Ok((atoms, Background::empty()))
    },
};
