//! Why a state went out of bounds, in the numbers of the last sound one.
//!
//! `CFL = dt max(u / eps, u_b k_max)`: how many core radii a vertex moves in a step, and how many radians the fastest
//! stored mode turns as the background's flow carries it. Runge-Kutta of order 4 leaves all bounds beyond 2.8, of
//! order 2 slowly from 0 on; a step is trustworthy to about 0.5.

use super::cpu;
use crate::{
    math::BOX,
    ops::mode_velocity,
    params::{Integrator, Params},
    state::State,
};

/// Nodes along a side where the background's speed is looked at.
const SIDE: usize = 24;
/// A trustworthy CFL number.
pub(super) const GOOD: f64 = 0.5;

/// What the last sound state says of its step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// The CFL number.
    pub cfl: f64,
    /// Largest speed that enters it.
    pub speed: f64,
    /// Length that a step is measured against: a core radius, or `1 / k_max`.
    pub length: f64,
    /// Whether that is a core radius.
    pub core: bool,
    /// The time step.
    pub dt: f64,
    /// A time step that would do, smaller than this one.
    pub remedy: f64,
    /// The scheme is of order 2.
    pub second_order: bool,
}

/// Looks at speeds and lengths. Takes milliseconds, for many vertices seconds.
pub fn diagnose(state: &State, params: &Params) -> Diagnosis {
    let mean = params.drift_x.hypot(params.drift_y);
    let size = |v: &[f64; 2]| v[0].hypot(v[1]);
    let view = state.atoms.view();
    let mut worst = (0.0_f64, 0.0, BOX, false);
    let mut note = |speed: f64, length: f64, core: bool| {
        if speed / length > worst.0 && speed.is_finite() {
            worst = (speed / length, speed, length, core);
        }
    };
    let (velocity, _) = cpu::velocity(state, params);
    for i in (0..view.gamma.len()).filter(|i| view.support[*i]) {
        for v in &velocity[view.start[i]..view.start[i + 1]] {
            note(size(v) + mean, view.eps[i], true);
        }
    }
    if !state.background.is_zero() {
        let places: Vec<[f64; 2]> = (0..SIDE * SIDE)
            .map(|c| [(c % SIDE) as f64 * BOX / SIDE as f64, (c / SIDE) as f64 * BOX / SIDE as f64])
            .collect();
        let radius = state.background.basis().radius();
        let flow = mode_velocity::cpu::velocity(&places, &state.background.dense(), radius);
        let speed = flow.iter().map(size).filter(|u| u.is_finite()).fold(0.0, f64::max);
        note(speed + mean, 1.0 / f64::from(radius.max(1)), false);
    }
    let (rate, speed, length, core) = worst;
    let cfl = params.dt * rate;
    let wanted = if cfl > GOOD { params.dt * GOOD / cfl } else { 0.5 * params.dt };
    let remedy = rounded(wanted.min(0.5 * params.dt)).max(1e-6);
    let second_order = params.integrator == Integrator::Rk2;
    Diagnosis { cfl, speed, length, core, dt: params.dt, remedy, second_order }
}

/// Down to one digit: 0.0037 becomes 0.003.
fn rounded(x: f64) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return 0.0;
    }
    let unit = 10_f64.powi(x.log10().floor() as i32);
    let text = format!("{:.0e}", (x / unit + 1e-9).floor().max(1.0) * unit);
    text.parse().unwrap_or(x)
}

impl Diagnosis {
    /// The cause, in words.
    pub fn cause(&self) -> String {
        let Self { cfl, speed, length, dt, remedy, .. } = *self;
        if cfl > GOOD {
            let what = if self.core { "core radius" } else { "shortest wave over 2 pi" };
            let named = match self.core && speed * dt < 0.25 && length < 0.02 {
                true => format!("a core radius of {length:.3} is too small for the time step and the speed"),
                false => "the time step is too large for the speed".into(),
            };
            return format!(
                "{named} (CFL {cfl:.2}: speed {speed:.3}, dt {dt}, {what} {length:.3}); dt {remedy} would do"
            );
        }
        let scheme = if self.second_order { "; rk2 lets waves grow, rk4 does not" } else { "" };
        format!("no cause is known, for CFL is {cfl:.2}{scheme}; dt {remedy} may do")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis;

    #[test]
    fn a_remedy_is_one_digit_below_what_is_wanted() {
        for (wanted, expected) in [(0.0037, 0.003), (0.5, 0.5), (0.000_099, 0.000_09), (0.02, 0.02), (f64::NAN, 0.0)] {
            assert_eq!(rounded(wanted), expected);
        }
    }

    #[test]
    fn the_cfl_number_of_a_pair_is_its_speed_over_its_core() {
        let mut params = Params::default();
        let state = genesis::make("pair", &mut params).unwrap();
        let small = diagnose(&state, &params);
        params.dt *= 40.0;
        let large = diagnose(&state, &params);
        assert!((large.cfl / small.cfl - 40.0).abs() < 1e-9 && small.cfl < 0.5, "{small:?} {large:?}");
        let view = state.atoms.view();
        assert!(view.eps.contains(&large.length) && large.core);
        assert!(large.remedy < params.dt && large.remedy * large.cfl / large.dt <= 0.5);
        assert!(large.cause().contains("CFL") && large.cause().contains(&large.remedy.to_string()));
    }

    #[test]
    fn a_background_is_measured_against_its_shortest_wave() {
        let mut params = Params { dt: 0.5, ..Params::default() };
        let mut state = genesis::make("cells", &mut params).unwrap();
        state.atoms = Default::default();
        params.dt = 0.5;
        let found = diagnose(&state, &params);
        assert!(!found.core && found.cfl > 0.5 && found.length < 0.2, "{found:?}");
    }
}
