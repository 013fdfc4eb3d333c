//! What a run is judged by, of one instant: what its flow should keep, and its spectrum.

use super::growth;
use crate::{
    math::{Complex, wavenumber},
    primitives::fft::cpu::{Direction, transform},
    state::{Atoms, Sign, State, impulse},
};

/// Values of one instant. What was not measured is `None`, never 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vitals {
    /// Simulated time.
    pub time: f64,
    /// Steps since genesis.
    pub step: u64,
    /// Circulation of the atoms.
    pub circulation: f64,
    /// Of those with a plus and of those with a minus sign; together the circulation.
    pub by_sign: [f64; 2],
    /// Linear impulse of the atoms, `(sum Gamma y, -sum Gamma x)`, from unwrapped places.
    pub impulse: [f64; 2],
    /// `sum Gamma |x|^2` of the atoms, from unwrapped places.
    pub angular_impulse: f64,
    /// Mean of `(u^2 + v^2)/2`.
    pub energy: Option<f64>,
    /// Mean of `omega^2/2`, the mean vorticity left out.
    pub enstrophy: Option<f64>,
    /// Whether the nodes hold every core (see [`growth::resolves`]): only then does a sum that grew say that the flow did.
    pub resolved: bool,
    /// Largest |omega| on the nodes.
    pub max_abs: Option<f64>,
    /// `sum |omega_hat|^2` that an encoder saw and the state does not hold: of the middle band, and above it.
    pub unresolved: Option<[f64; 2]>,
    /// Atoms.
    pub atoms: usize,
    /// `[k, E(k)]` of the whole decoded field, shell by shell up to half of its grid's side.
    pub spectrum: Vec<[f64; 2]>,
}

/// The values of a state and of the field it decodes to, `n x n` nodes of the whole box.
pub fn vitals(state: &State, field: &[f32], n: usize) -> Vitals {
    let sums = impulse(&state.atoms);
    let measured = (field.len() == n * n && n > 0 && field.iter().all(|w| w.is_finite())).then(|| spectral(field, n));
    let max_abs = measured.as_ref().map(|_| field.iter().fold(0.0_f64, |most, w| most.max(f64::from(w.abs()))));
    let (energy, enstrophy, spectrum) = measured.map_or((None, None, vec![]), |(e, z, s)| (Some(e), Some(z), s));
    let header = &state.background.header;
    let plus = of_sign(&state.atoms, Sign::Plus);
    Vitals {
        time: state.time,
        step: state.step,
        circulation: sums.circulation,
        by_sign: [plus, of_sign(&state.atoms, Sign::Minus)],
        impulse: [sums.impulse_x, sums.impulse_y],
        angular_impulse: sums.angular_impulse,
        energy,
        enstrophy,
        resolved: growth::resolves(n as u32, &state.atoms),
        max_abs,
        // A state that no encoder made has an empty header: that is no measurement of 0.
        unresolved: (header.residual_energy() > 0.0).then_some([header.resid_mid_e, header.resid_high_e]),
        atoms: state.atoms.iter().filter(|atom| atom.support).count(),
        spectrum,
    }
}

/// Circulation of the atoms of one sign.
fn of_sign(atoms: &Atoms, sign: Sign) -> f64 {
    atoms.iter().filter(|a| a.support && a.sign == sign).map(|a| sign.value() * a.gamma).sum()
}

/// Energy, enstrophy and `[k, E(k)]`: `|omega_hat|^2/2k^2` summed over all modes, and over shells of radius k.
fn spectral(field: &[f32], n: usize) -> (f64, f64, Vec<[f64; 2]>) {
    let mut hat: Vec<Complex<f64>> = field.iter().map(|w| Complex::new(f64::from(*w), 0.0)).collect();
    transform(&mut hat, n, Direction::Forward);
    let scale = 1.0 / (n * n) as f64;
    let mut shells: Vec<[f64; 2]> = (1..=n / 2).map(|k| [k as f64, 0.0]).collect();
    let (mut energy, mut enstrophy) = (0.0, 0.0);
    for (cell, value) in hat.iter().enumerate() {
        let (kx, ky) = (wavenumber(cell % n, n), wavenumber(cell / n, n));
        let k2 = f64::from(kx * kx + ky * ky);
        if k2 > 0.0 {
            let square = 0.5 * (value * scale).norm_sqr();
            (energy, enstrophy) = (energy + square / k2, enstrophy + square);
            if let Some(shell) = shells.get_mut(k2.sqrt().round() as usize - 1) {
                shell[1] += square / k2;
            }
        }
    }
    (energy, enstrophy, shells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{math::BOX, params::Params, sim};

    #[test]
    fn two_waves_have_their_exact_sums_and_shells() {
        // psi = sin 2x cos 2y + 2 sin x cos 3y: energy 6, enstrophy 58; |k| = 2.83 and 3.16.
        let n = 32;
        let x = |i: usize| i as f64 * BOX / n as f64;
        let omega = |x: f64, y: f64| 8.0 * (2.0 * x).sin() * (2.0 * y).cos() + 20.0 * x.sin() * (3.0 * y).cos();
        let field: Vec<f32> = (0..n * n).map(|c| omega(x(c % n), x(c / n)) as f32).collect();
        let (energy, enstrophy, shells) = spectral(&field, n);
        assert!((energy - 6.0).abs() < 1e-5 && (enstrophy - 58.0).abs() < 1e-4, "{energy} {enstrophy}");
        assert_eq!((shells.len(), shells[2][0]), (16, 3.0));
        assert!((shells[2][1] - 6.0).abs() < 1e-5 && shells[7][1] < 1e-9, "{shells:?}");
    }

    #[test]
    fn a_scene_has_the_values_that_other_roads_find() {
        let state = crate::genesis::make("pair", &mut Params::default()).unwrap();
        let field: Vec<f32> = sim::decode(&state, 256).iter().map(|w| *w as f32).collect();
        let (found, expected) = (vitals(&state, &field, 256), sim::measure(&state).0);
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() / b.unwrap() - 1.0).abs() < 1e-3;
        assert!(near(found.energy, expected.energy) && near(found.enstrophy, expected.enstrophy), "{found:?}");
        assert_eq!((found.circulation, found.impulse[0]), (expected.circulation, expected.impulse_x));
        assert!((found.by_sign[0] + found.by_sign[1] - found.circulation).abs() < 1e-12);
        assert_eq!((found.unresolved, found.atoms), (None, state.atoms.len()));
    }

    #[test]
    fn what_is_no_number_is_not_measured() {
        let state = crate::genesis::make("pair", &mut Params::default()).unwrap();
        for field in [vec![f32::NAN; 16], vec![]] {
            let found = vitals(&state, &field, 4);
            assert_eq!((found.energy, found.enstrophy, found.max_abs, found.spectrum.len()), (None, None, None, 0));
        }
    }
}
