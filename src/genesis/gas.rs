//! Onsager's gas of point vortices at negative temperature: like signs keep together.

use super::{Scene, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign},
};
use glam::DVec2;
use rand::{RngExt, SeedableRng};

/// Vortices of each sign.
const COUNT: usize = 36;

pub const SCENE: Scene = Scene {
    name: "gas",
    title: "Vortex gas",
    physics: "Onsager 1949: above a certain energy a gas of vortices has negative temperature, and vortices of one sign stay in clusters.",
    make: |params| {
        set(params, 0.01, 1e-6, 0.08);
        params.substeps = 2;
        params.merge_dist = 0.0;
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(u64::from(params.seed));
        let mut atoms = Atoms::default();
        for i in 0..2 * COUNT {
            let sign = if i % 2 == 0 { Sign::Plus } else { Sign::Minus };
            // More likely where sin x sin y has the vortex's sign: two clusters of each.
            let at = loop {
                let at = DVec2::new(random.random_range(0.0..BOX), random.random_range(0.0..BOX));
                if random.random_range(-0.6..0.9) < sign.value() * at.x.sin() * at.y.sin() {
                    break at;
                }
            };
            atoms.push(Atom::point(sign, 0.55, 0.08, at))?;
        }
        Ok((atoms, Background::empty()))
    },
};
