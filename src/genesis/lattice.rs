//! A checkerboard of vortices, a little displaced: an unstable equilibrium that melts.

use super::{Scene, set};
use crate::{
    math::BOX,
    state::{Atom, Atoms, Background, Sign},
};
use glam::DVec2;
use rand::{RngExt, SeedableRng};

pub const SCENE: Scene = Scene {
    name: "lattice",
    title: "Melting lattice",
    physics: "Alternating vortices on a checkerboard stand still until a slight disorder, here the seed's, lets the crystal melt.",
    make: |params| {
        set(params, 0.01, 2e-5, 0.14);
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(u64::from(params.seed));
        let side = 8;
        let step = BOX / f64::from(side);
        let mut atoms = Atoms::default();
        for j in 0..side {
            for i in 0..side {
                let shift = DVec2::new(random.random_range(-1.0..1.0), random.random_range(-1.0..1.0));
                let at = DVec2::new(f64::from(i) + 0.5, f64::from(j) + 0.5) * step + 0.06 * step * shift;
                let sign = if (i + j) % 2 == 0 { Sign::Plus } else { Sign::Minus };
                atoms.push(Atom::point(sign, 1.6, 0.14, at))?;
            }
        }
        Ok((atoms, Background::empty()))
    },
};
