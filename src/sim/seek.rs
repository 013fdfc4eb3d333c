//! A background that moves by a linear kernel alone is known at any step at once.
//!
//! ```text
//! z_n = z_0 A^n = w_0 Lambda^n P^-1,   w_0 = z_0 P
//! ```
//!
//! in the eigenbasis of A; for the built-in kernel each mode is multiplied by its factor to the power n.

use super::linear_factors;
use crate::{
    error::{Error, Result},
    params::{Kernel, Params},
    spectral::modal::Modal,
    state::{Background, State},
};

/// Whether [`seek`] knows the way: no atom, and a kernel that is linear or frozen.
pub fn can_seek(state: &State, params: &Params) -> bool {
    state.atoms.is_empty() && params.kernel != Kernel::Galerkin
}

/// The state at another step, earlier or later; `modal` is the loaded kernel's eigenbasis, if one is loaded.
///
/// # Errors
/// [`Error::Usage`] where [`can_seek`] says no, or an earlier step of a kernel that forgets.
pub fn seek(state: &State, params: &Params, modal: Option<&Modal>, step: u64) -> Result<State> {
    if !can_seek(state, params) {
        return Err(Error::Usage("only a background without atoms and with a linear kernel can be sought in".into()));
    }
    let steps = step as f64 - state.step as f64;
    let mut there = state.clone();
    (there.step, there.time) = (step, state.time + steps * params.dt);
    if params.kernel == Kernel::Frozen {
        return Ok(there);
    }
    if steps < 0.0 {
        return Err(Error::Usage("a kernel that decays cannot be run back: rewind to a saved state first".into()));
    }
    let basis = state.background.basis();
    match modal {
        Some(modal) => {
            let powers = modal.factors().into_iter().map(|l| l.powf(steps));
            let w: Vec<_> =
                modal.amplitudes(&state.background.to_z()).into_iter().zip(powers).map(|(w, l)| w * l).collect();
            there.background = Background::from_z(basis.clone(), &modal.state(&w))?;
        }
        None => {
            let factors = linear_factors(&state.background, params);
            let dense: Vec<_> = state.background.dense().iter().zip(factors).map(|(z, f)| z * f.powf(steps)).collect();
            there.background.set_dense(&dense);
        }
    }
    Ok(there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genesis,
        sim::{CpuSim, Simulator},
        state::Atoms,
    };

    fn calm() -> (State, Params) {
        let mut params = Params::default();
        let mut state = genesis::make("cells", &mut params).unwrap();
        state.atoms = Atoms::default();
        (params.kernel, params.nu, params.drift_x, params.spin) = (Kernel::Linear, 1e-3, 0.3, 0.2);
        (state, params)
    }

    #[test]
    fn a_leap_is_as_many_steps() {
        let (state, params) = calm();
        let mut walked = CpuSim::new(&state, &params).unwrap();
        walked.advance(50).unwrap();
        let walked = walked.snapshot().unwrap();
        let leapt = seek(&state, &params, None, 50).unwrap();
        assert_eq!(leapt.step, walked.step);
        assert!((leapt.time - walked.time).abs() < 1e-12);
        let largest = state.background.dense().iter().map(|z| z.norm()).fold(0.0, f64::max);
        for (a, b) in leapt.background.dense().iter().zip(walked.background.dense()) {
            assert!((a - b).norm() < 1e-10 * largest, "{a} {b}");
        }
    }

    #[test]
    fn atoms_and_the_past_of_a_decay_are_refused() {
        let (mut state, params) = calm();
        state.step = 10;
        assert!(seek(&state, &params, None, 5).is_err());
        assert!(!can_seek(&state, &Params { kernel: Kernel::Galerkin, ..params }));
        assert!(seek(&state, &Params { kernel: Kernel::Frozen, ..params }, None, 5).is_ok());
        state = genesis::make("pair", &mut Params::default()).unwrap();
        assert_eq!(seek(&state, &params, None, 5).unwrap_err().exit_code(), 2);
    }
}
