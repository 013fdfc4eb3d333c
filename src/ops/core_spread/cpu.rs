//! Reference: see the module above.

use crate::state::EPS_MAX;

/// Widens every core by one step of viscosity `nu`.
pub fn spread(eps: &mut [f64], nu: f64, dt: f64) {
    for eps in eps {
        let wider = (*eps * *eps + 2.0 * nu * dt).sqrt();
        if wider <= EPS_MAX {
            *eps = wider;
        }
    }
}
