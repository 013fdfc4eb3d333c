//! Whether two states are the same to single precision.

use crate::state::State;

/// Whether a state that came from the device is one that went to it: equal to single precision.
pub fn same(a: &State, b: &State) -> bool {
    let near = |x: f64, y: f64| (x - y).abs() <= 1e-6 * (1.0 + x.abs().max(y.abs()));
    let all = |x: &[f64], y: &[f64]| x.len() == y.len() && x.iter().zip(y).all(|(x, y)| near(*x, *y));
    let (u, v) = (a.atoms.view(), b.atoms.view());
    let vertices = u.vertex.len() == v.vertex.len()
        && u.vertex.iter().zip(v.vertex).all(|(p, q)| near(p.x, q.x) && near(p.y, q.y));
    a.step == b.step
        && u.start == v.start
        && u.sign == v.sign
        && u.support == v.support
        && u.topology == v.topology
        && vertices
        && all(u.gamma, v.gamma)
        && all(u.eps, v.eps)
        && all(u.aspect, v.aspect)
        && all(u.weight, v.weight)
        && a.background.basis() == b.background.basis()
        && all(&a.background.to_z(), &b.background.to_z())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis, params::Params};

    #[test]
    fn a_start_is_told_from_an_edited_one() {
        let state = genesis::make("pair", &mut Params::default()).unwrap();
        let mut other = state.clone();
        assert!(same(&state, &other));
        other.step = 1;
        assert!(!same(&state, &other));
        let moved = genesis::make("dipole", &mut Params::default()).unwrap();
        assert!(!same(&state, &moved));
    }
}
