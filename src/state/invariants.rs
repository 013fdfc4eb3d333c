//! Quantities a flow keeps, read off the atoms.

use glam::DVec2;

use super::{Atoms, Topology};

/// Values logged along a run. What was not measured is `None`, never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Invariants {
    /// Signed circulation of the atoms.
    pub circulation: f64,
    /// Linear impulse along x, `sum Gamma y`.
    pub impulse_x: f64,
    /// Linear impulse along y, `-sum Gamma x`.
    pub impulse_y: f64,
    /// `sum Gamma |x|^2`; not conserved on a torus, logged only.
    pub angular_impulse: f64,
    /// Mean of `(u^2 + v^2) / 2` over the box.
    pub energy: Option<f64>,
    /// Mean of `omega^2 / 2` over the box.
    pub enstrophy: Option<f64>,
}

/// Circulation and impulses in f64 from unwrapped vertices; energy and enstrophy are left out.
pub fn impulse(atoms: &Atoms) -> Invariants {
    let a = atoms.view();
    let mut sum = Invariants::default();
    for i in (0..atoms.len()).filter(|i| a.support[*i]) {
        // Shares sum to 1 only to the precision of a device; the circulation is the atom's.
        let shares: f64 = a.weight[a.segment_start[i]..a.segment_start[i + 1]].iter().sum();
        let strength = a.sign[i].value() * a.gamma[i] / shares;
        for s in 0..a.segment_count(i) {
            let gamma = strength * a.weight[a.segment_start[i] + s];
            let along = a.segment_vector(i, s);
            let mid: DVec2 = a.vertex[a.start[i] + s] + along * 0.5;
            // A straight segment adds the second moment of its own length.
            let spread = if a.topology[i] == Topology::Point { 0.0 } else { along.length_squared() / 12.0 };
            sum.circulation += gamma;
            sum.impulse_x += gamma * mid.y;
            sum.impulse_y -= gamma * mid.x;
            sum.angular_impulse += gamma * (mid.length_squared() + spread);
        }
    }
    sum
}
