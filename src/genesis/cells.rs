//! Taylor-Green cells in the spectral background, stirred by filaments: both halves of the state at work.

use super::{CENTRE, Scene, curve, set};
use crate::{
    math::{BOX, Complex64},
    state::{Atom, Atoms, Background, Basis, Sign, Topology, dense_index},
};
use glam::DVec2;

pub const SCENE: Scene = Scene {
    name: "cells",
    title: "Filaments in Taylor-Green cells",
    physics: "A background of Taylor-Green cells, carried by 197 low modes, folds the filaments that in turn distort the cells.",
    make: |params| {
        set(params, 0.01, 1e-4, 0.08);
        let basis = Basis::new(params.k_cut, params.resid_mid_cut, params.topk_mid, vec![])?;
        let mut background = Background::zero(basis);
        let mut dense = background.dense();
        let r = background.basis().radius();
        // omega = 2.4 cos x cos y in the middle of the box's cells.
        for k in [[1, 1], [1, -1], [-1, 1], [-1, -1]] {
            dense[dense_index(k, r)] = Complex64::new(0.6, 0.0);
        }
        background.set_dense(&dense);
        let mut atoms = Atoms::default();
        for (sign, angle) in [(Sign::Plus, 0.3), (Sign::Minus, 0.3 + 0.25 * BOX)] {
            let direction = DVec2::from_angle(angle);
            let line =
                curve(20, false, |t| CENTRE + 2.2 * (t - 0.5) * direction + 0.15 * (BOX * t).sin() * direction.perp());
            atoms.push(Atom::polyline(Topology::Open, sign, 2.0, 0.08, line))?;
        }
        Ok((atoms, background))
    },
};
