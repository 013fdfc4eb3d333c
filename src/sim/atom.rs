//! One atom by itself: the velocity it induces, and what it is worth in bits.

use glam::DVec2;

use crate::{
    error::Result,
    ops::{
        biot_savart::cpu::{Target, velocity},
        mdl,
        quadrature::cpu::blobs,
    },
    params::Params,
    state::{Atom, Atoms},
};

/// Velocity at places of the box that an atom alone induces, in f64. In the order of `places`.
///
/// # Errors
/// For an atom that is not valid.
pub fn induced(atom: &Atom, places: &[DVec2]) -> Result<Vec<DVec2>> {
    let atoms = Atoms::try_from_iter([atom.clone()])?;
    let view = atoms.view();
    let vertices: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let targets: Vec<Target<f64>> = places.iter().map(|x| Target { x: x.to_array(), eps2: 0.0 }).collect();
    Ok(velocity(&targets, &blobs(view, &vertices)).into_iter().map(DVec2::from_array).collect())
}

/// Bits by which the description would be longer without the atom: the error its field would leave,
/// `|omega|^2 / (2 ln2 tol^2)`, less its own `c_atom + c_vertex V`. Below 0 it does not pay for itself.
pub fn worth(atom: &Atom, params: &Params) -> f64 {
    mdl::cpu::worth(atom, params)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::state::{Sign, Topology};

    #[test]
    fn a_round_vortex_turns_what_is_around_it() {
        let (gamma, eps, at) = (2.0, 0.1, DVec2::splat(3.0));
        let atom = Atom::point(Sign::Minus, gamma, eps, at);
        let r = 0.3;
        let u = induced(&atom, &[at + DVec2::new(r, 0.0), at]).unwrap();
        // Lamb-Oseen profile; images of the box change it by less than (r / 2 pi)^2.
        let speed = gamma / (2.0 * PI * r) * (1.0 - (-r * r / (2.0 * eps * eps)).exp());
        assert!((u[0].y + speed).abs() < 0.01 * speed && u[0].x.abs() < 1e-9, "{u:?} {speed}");
        assert!(u[1].length() < 1e-9);
    }

    #[test]
    fn worth_is_error_bits_less_own_bits() {
        let params = Params::default();
        let strong = Atom::point(Sign::Plus, 1.0, 0.05, DVec2::ONE);
        let error = 1.0 / (4.0 * PI * 0.05 * 0.05) / (2.0 * std::f64::consts::LN_2 * params.tol * params.tol);
        let own = params.c_atom + params.c_vertex;
        assert!((worth(&strong, &params) - (error - own)).abs() < 1e-6 * error);
        let weak = Atom { gamma: 1e-9, ..strong };
        assert!((worth(&weak, &params) + own).abs() < 1e-6);
        let line = Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.05, vec![DVec2::ONE, DVec2::new(1.2, 1.0)]);
        assert!(worth(&line, &params) < error, "spread out it is worth less");
    }
}
