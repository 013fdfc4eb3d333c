//! Reference: see the module above.

use super::limit;
use crate::state::{Atoms, Chart};

/// Widens every core by one step of viscosity `nu`.
pub fn spread(atoms: &mut Atoms, nu: f64, dt: f64) {
    for i in 0..atoms.len() {
        let a = atoms.view();
        let (eps, aspect) = (a.eps[i], a.aspect[i]);
        let wider = eps * eps + 2.0 * nu * dt;
        if wider <= limit(a, i) {
            let long = match a.chart[i] {
                Chart::Ellipse => (1.0 + eps * eps * (aspect * aspect - 1.0) / wider).sqrt(),
                Chart::Polyline => aspect,
            };
            atoms.set_core(i, wider.sqrt(), long);
        }
    }
}
