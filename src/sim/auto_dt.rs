//! The time step that a carried flow can take: `dt auto`, chosen once, from the state that a run starts with.
//!
//! ```text
//! dt = the largest of 1, 2, 5 times 10^k within    max |omega| dt <= 0.5               (rk2: 0.05)
//!                                                  (max |u| + |U|) dt <= 0.05 of the box
//!                                                  (max |u| + |U|) k_max dt <= 0.5     (rk2: 0.05) where there is z
//! ```
//!
//! `omega` is the whole vorticity at the start, `u` its velocity, `U` the mean flow, `k_max` the shortest wave that the
//! background holds; fields in double precision, so that every backend takes the same step.
//!
//! Why once: without forcing, vorticity in two dimensions goes with the flow and only diffuses, so its maximum does not
//! grow. Why 0.5: a core turns by `omega dt/2`, and the classical scheme of order 4 is off by `(omega dt/2)^5/120` a
//! step; steps of 0.5 lost nothing against steps ten times shorter, steps of 1.2 did. The second line keeps a step far
//! below the quarter of the box that ends a run, the third is [`diagnose`](super::diagnose())'s for waves that the flow
//! carries past the nodes. Midpoint steps are off by `(omega dt/2)^3/6`: with a tenth of the 0.5 of the first and third
//! line that is 1e-4 of the angle turned, 3e-5 with order 4.
//!
//! The rule holds for what it was measured on: atoms that parcels carry, all of them, and a background that moves with
//! them. Anything else is refused.

use rayon::prelude::*;

use super::{cycle, decode, diagnose::GOOD};
use crate::{
    encode::ellipse_of,
    error::{Error, Result},
    math::{BOX, nearest},
    ops::{low_k, poisson, window::Window},
    params::{Every, Integrator, Kernel, ParamInfo, Params, Switch},
    state::State,
};

/// Most `max |omega| dt`.
const WINDING: f64 = 0.5;
/// Share of that, and of the background's bound, for midpoint steps.
const MIDPOINT: f64 = 0.1;
/// Most of the box's side that anything moves in a step.
const SHARE: f64 = 0.05;
/// The step where nothing turns: a stroke drawn into an empty box has a vorticity of about 10.
pub const STILL: f64 = 0.05;
/// Cells in a core: on fewer a node may miss the peak by more than 1.6 %, and the centre is looked at, too.
const CELLS: f64 = 4.0;
/// Sides of the grid, powers of two.
const SIDES: [usize; 2] = [64, 512];
/// Standard deviations after which an ellipse is not heard at a centre.
const REACH: f64 = 8.0;

/// A step that was chosen, and what asked for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AutoDt {
    /// The step.
    pub dt: f64,
    /// Largest `|omega|`.
    pub vorticity: f64,
    /// Largest `|u|`, the mean flow's added.
    pub speed: f64,
    /// The scheme that it was chosen for.
    pub integrator: Integrator,
    /// What does not allow a longer one.
    pub by: Bound,
}

/// What bounds a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing turns: [`STILL`].
    Still,
    /// The winding.
    Winding,
    /// The way in a step.
    Way,
    /// The background's shortest wave.
    Wave,
    /// The parameter's range.
    Range,
}

impl AutoDt {
    /// In a sentence.
    pub fn words(&self) -> String {
        let Self { dt, vorticity, speed, integrator, by } = *self;
        let scheme = if integrator == Integrator::Rk2 { "rk2" } else { "rk4" };
        let why = match by {
            Bound::Still => "nothing turns".into(),
            Bound::Winding => format!("max |omega| is {vorticity:.3}, and max |omega| dt {:.3}", vorticity * dt),
            Bound::Way => {
                format!("max |u| {speed:.3} goes {:.2} % of the box in a step", 100.0 * speed * dt / BOX)
            }
            Bound::Wave => format!("max |u| {speed:.3} allows the background's shortest wave no longer one"),
            Bound::Range => format!("the longest there is; max |omega| is {vorticity:.3}"),
        };
        format!("dt auto is {dt} with {scheme}: {why}")
    }
}

/// Whether parameters leave the step to the rule.
///
/// # Errors
/// [`Error::Usage`] with the parameter that does not go with it.
pub fn suits(params: &Params) -> Result<()> {
    let refused = |needs: &str, found: String| {
        Err(Error::Usage(format!("dt auto needs {needs}, and found {found}: give dt as a number, or change that")))
    };
    match params {
        Params { refit_every: Every::Steps(steps), .. } => {
            refused("refit_every auto, so that the program may choose how many steps a cycle has", steps.to_string())
        }
        Params { kernel: kernel @ (Kernel::Linear | Kernel::Frozen), .. } => refused(
            "kernel galerkin: else atoms and background move apart, and the fastest vorticity may grow",
            format!("{kernel:?}").to_lowercase(),
        ),
        _ => Ok(()),
    }
}

/// The step for a state that is ready to run, see [`prepared`](super::prepared).
///
/// # Errors
/// [`Error::Usage`] where the rule does not hold, or no step that the parameter allows is short enough.
pub fn auto_dt(state: &State, params: &Params) -> Result<AutoDt> {
    suits(params)?;
    carried(state, params)?;
    let (vorticity, u) = fastest(state);
    let speed = u + params.drift_x.hypot(params.drift_y);
    let (least, longest) = ParamInfo::named("dt").map_or((0.0, f64::INFINITY), |info| (info.min, info.max));
    let mut bounds = vec![(SHARE * BOX / speed, Bound::Way), (longest, Bound::Range)];
    let order = if params.integrator == Integrator::Rk2 { MIDPOINT } else { 1.0 };
    bounds.push(match vorticity > 0.0 {
        true => (order * WINDING / vorticity, Bound::Winding),
        false => (STILL, Bound::Still),
    });
    if !state.background.is_zero() {
        let shortest = f64::from(state.background.basis().radius().max(1));
        bounds.push((order * GOOD / (speed * shortest), Bound::Wave));
    }
    let (most, by) = bounds.into_iter().fold((f64::INFINITY, Bound::Still), |a, b| if b.0 < a.0 { b } else { a });
    let dt = rounded(most).filter(|dt| *dt >= least).ok_or_else(|| {
        Error::Usage(format!(
            "dt auto found no step: max |omega| {vorticity:.3e} and max |u| {speed:.3e} ask for one of {most:.1e}, and dt \
             is at least {least:e}: the state's circulations are too large, or its cores too thin"
        ))
    })?;
    Ok(AutoDt { dt, vorticity, speed, integrator: params.integrator, by })
}

/// The largest of 1, 2, 5 times a power of ten within `most`, to its rounding; `None` for what is not above 1e-12.
fn rounded(most: f64) -> Option<f64> {
    let tenths = (-12..=0).rev().flat_map(|power| [5, 2, 1].map(|digit| format!("{digit}e{power}")));
    tenths.filter_map(|text| text.parse().ok()).find(|dt| *dt <= most * (1.0 + 1e-9))
}

/// Whether parcels carry every atom.
fn carried(state: &State, params: &Params) -> Result<()> {
    let (atoms, most) = (&state.atoms, cycle::lattice(params));
    let alone = |i: &usize| atoms.view().support[*i] && !cycle::is_carried(atoms, *i, most);
    let Some(first) = (0..atoms.len()).find(alone) else { return Ok(()) };
    let count = (first..atoms.len()).filter(alone).count();
    let along = params.stretch == Switch::On || params.twist == Switch::On || params.alpha != 0.0;
    let why = match params.ellipses {
        _ if !cycle::resolved(atoms, first, params) => "cores too thin for parcels",
        Switch::Off => "ellipses off",
        Switch::On if along => "stretch, twist or alpha act along filaments",
        Switch::On if state.step > 0 => "a state on its way keeps its filaments",
        Switch::On => "max_atoms has no room for them as ellipses",
    };
    Err(Error::Usage(format!(
        "dt auto needs atoms that parcels carry, and {count} of {} move by their vertices ({why}): give dt as a number, or \
         change that",
        atoms.len()
    )))
}

/// Largest vorticity and speed at the nodes of a grid as fine as the cores ask for, vorticity also at the centres of
/// those that are thin on it.
fn fastest(state: &State) -> (f64, f64) {
    let (atoms, view) = (&state.atoms, state.atoms.view());
    let acting = || (0..atoms.len()).filter(|i| view.support[*i]);
    let thinnest = acting().map(|i| view.eps[i]).fold(BOX, f64::min);
    let waves = if state.background.is_zero() { 0 } else { 4 * state.background.basis().radius() as usize };
    let side = ((CELLS * BOX / thinnest).ceil() as usize).max(waves).next_power_of_two().clamp(SIDES[0], SIDES[1]);
    let field = decode(state, side as u32);
    let on_nodes = field.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
    let ellipses = acting().filter_map(|i| ellipse_of(atoms, i, 1.0));
    let ellipses: Vec<_> = ellipses.map(|e| (e, e.precision(), REACH * e.axes().1)).collect();
    let thin = CELLS * BOX / side as f64;
    let mean = atoms.circulation() / (BOX * BOX);
    let dense = if state.background.is_zero() { vec![] } else { state.background.dense() };
    let radius = state.background.basis().radius();
    let at_center = |x: [f64; 2]| {
        let bells = ellipses.iter().flat_map(|(e, precision, reach)| {
            let near = [0, 1].map(|k| nearest(x[k] - e.center[k]));
            let images = ((reach - 0.5 * BOX) / BOX).ceil().max(0.0) as i32;
            let image = move |i: i32, j: i32| {
                let [dx, dy] = [near[0] + BOX * f64::from(i), near[1] + BOX * f64::from(j)];
                if dx * dx + dy * dy > reach * reach {
                    return 0.0;
                }
                let [xx, xy, yy] = precision;
                e.peak * (-0.5 * (xx * dx * dx + 2.0 * xy * dx * dy + yy * dy * dy)).exp()
            };
            (-images..=images).flat_map(move |j| (-images..=images).map(move |i| image(i, j)))
        });
        let here = Window::view(x, [BOX, BOX], [1, 1]);
        let waves: f64 = if dense.is_empty() { 0.0 } else { low_k::cpu::field(&dense, radius, &here)[0] };
        (bells.sum::<f64>() - mean + waves).abs()
    };
    let centers: Vec<[f64; 2]> =
        ellipses.iter().map(|(e, ..)| e).filter(|e| e.axes().0 < thin).map(|e| e.center).collect();
    let at_centers = centers.par_iter().map(|x| at_center(*x)).reduce(|| 0.0, f64::max);
    let flow = poisson::cpu::velocity(&field, side).velocity;
    let speed = flow.iter().fold(0.0, |most: f64, u| most.max((u[0] * u[0] + u[1] * u[1]).sqrt()));
    (on_nodes.max(at_centers), speed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genesis,
        sim::prepared,
        state::{Atom, Atoms, Background, Basis, Meta, Sign},
    };
    use glam::DVec2;

    /// Ellipses of these peaks, cores and places, round.
    fn cores(list: &[(f64, f64, [f64; 2])]) -> State {
        let atom = |(peak, eps, at): &(f64, f64, [f64; 2])| {
            Atom::ellipse(Sign::Plus, BOX * eps * eps * peak, *eps, 1.0, 0.0, DVec2::from_array(*at))
        };
        let atoms = Atoms::try_from_iter(list.iter().map(atom)).unwrap();
        State::new(atoms, Background::empty(), Meta::default())
    }

    fn words(state: &State, params: &Params) -> String {
        let error = auto_dt(state, params).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let words = error.to_string();
        assert!(!words.contains('\n') && words.contains("give dt as a number"), "{words}");
        words
    }

    #[test]
    fn steps_are_1_2_or_5_times_a_power_of_ten() {
        let cases =
            [(0.5 / 4.9, 0.1), (0.1, 0.1), (0.0999, 0.05), (0.3, 0.2), (7.0, 5.0), (1.03e-4, 1e-4), (2e-6, 2e-6)];
        for (most, dt) in cases {
            assert_eq!(rounded(most), Some(dt), "{most}");
        }
        assert_eq!((rounded(0.0), rounded(f64::NAN)), (None, None));
    }

    #[test]
    fn a_gaussian_of_known_peak_turns_by_half_a_radian() {
        let params = Params::default();
        for (peak, eps) in [(4.9, 0.3), (49.0, 0.1), (49.0, 0.02), (3.0, 0.6), (4.9, 1.2)] {
            // Off the nodes of any grid: a thin core shows its peak at its centre alone.
            let state = cores(&[(peak, eps, [1.0 + 1.0 / 7.0, 5.0 / 3.0])]);
            let circulation = BOX * eps * eps * peak;
            let found = auto_dt(&state, &params).unwrap();
            let images = if eps > 1.0 { 0.02 } else { 1e-9 };
            let expected = peak - circulation / (BOX * BOX);
            assert!((found.vorticity / expected - 1.0).abs() < 0.016_f64.max(images), "{peak} {eps}: {found:?}");
            let speed = 0.451_28 * circulation / (BOX * eps);
            assert!(!(0.05..=0.5).contains(&eps) || (found.speed / speed - 1.0).abs() < 0.03, "{found:?}, not {speed}");
            assert!(found.vorticity * found.dt <= 0.5 && found.vorticity * found.dt > 0.19, "{found:?}");
        }
        let one = cores(&[(4.9, 0.3, [1.0, 2.0])]);
        assert_eq!(auto_dt(&one, &params).unwrap().dt, 0.1);
        assert_eq!(auto_dt(&one, &Params { integrator: Integrator::Rk2, ..params }).unwrap().dt, 0.01);
        // Two cores on one place count together.
        let both = auto_dt(&cores(&[(30.0, 0.02, [1.0, 2.0]), (20.0, 0.02, [1.0, 2.0])]), &params).unwrap();
        assert!((both.vorticity - 50.0).abs() < 0.1, "{both:?}");
    }

    #[test]
    fn what_does_not_turn_is_bounded_otherwise() {
        let params = Params::default();
        let empty = cores(&[]);
        let still = auto_dt(&empty, &params).unwrap();
        assert_eq!((still.dt, still.by, still.vorticity), (STILL, Bound::Still, 0.0));
        // A mean flow of 10 goes 0.05 of the box in 0.0314.
        let wind = auto_dt(&empty, &Params { drift_x: 10.0, ..params }).unwrap();
        assert_eq!((wind.dt, wind.by), (0.02, Bound::Way));
        let slow = auto_dt(&cores(&[(0.1, 0.3, [1.0, 2.0])]), &params).unwrap();
        assert_eq!((slow.dt, slow.by), (0.5, Bound::Range));
        // omega = 0.4 cos 12 x, in a mean flow that carries it through the nodes.
        let mut background = Background::zero(Basis::new(12, 12, 0, vec![]).unwrap());
        let mut dense = background.dense();
        let middle = dense.len() / 2;
        (dense[middle - 12].re, dense[middle + 12].re) = (0.2, 0.2);
        background.set_dense(&dense);
        let waves = State { background, ..empty };
        let wave = auto_dt(&waves, &Params { drift_x: 0.5, ..params }).unwrap();
        assert_eq!((wave.dt, wave.by), (0.05, Bound::Wave), "{wave:?}");
        assert!((wave.vorticity - 0.4).abs() < 1e-6 && (wave.speed - 0.5 - 0.4 / 12.0).abs() < 1e-4, "{wave:?}");
        let fast = auto_dt(&cores(&[(3e8, 0.02, [1.0, 2.0])]), &params).unwrap_err();
        assert!(fast.exit_code() == 2 && fast.to_string().contains("dt is at least 1e-6"), "{fast}");
    }

    #[test]
    fn what_the_rule_was_not_measured_on_is_refused() {
        let on = Params::default();
        let state = cores(&[(4.9, 0.3, [1.0, 2.0])]);
        for (params, word) in [
            (Params { refit_every: Every::Steps(50), ..on }, "refit_every"),
            (Params { refit_every: Every::Steps(0), ..on }, "refit_every"),
            (Params { kernel: Kernel::Linear, ..on }, "linear"),
            (Params { kernel: Kernel::Frozen, ..on }, "frozen"),
        ] {
            assert!(suits(&params).is_err() && words(&state, &params).contains(word), "{word}");
        }
        // Ellipses are carried whatever becomes of filaments.
        assert!(auto_dt(&state, &Params { ellipses: Switch::Off, ..on }).is_ok());
        let mut made = on;
        let jet = genesis::make("jet", &mut Params { ellipses: Switch::Off, ..made }).unwrap();
        for (params, word) in [
            (Params { ellipses: Switch::Off, ..on }, "(ellipses off)"),
            (Params { twist: Switch::On, ..on }, "along filaments"),
            (Params { max_atoms: 5, ..on }, "max_atoms"),
        ] {
            let said = words(&prepared(&jet, &params).unwrap(), &params);
            assert!(said.contains(word) && said.contains("move by their vertices"), "{said}");
        }
        let thin = cores(&[(4.9, 0.3, [1.0, 2.0]), (4.9, 0.003, [1.0, 2.0])]);
        assert!(words(&thin, &on).contains("1 of 2 move by their vertices (cores too thin for parcels)"));
        // The same scene with its filaments in rows has a step.
        let jet = genesis::make("jet", &mut made).unwrap();
        assert!(auto_dt(&jet, &made).is_ok());
    }

    #[test]
    fn every_scene_that_is_carried_has_a_step_within_its_bounds() {
        for scene in genesis::scenes() {
            let mut params = Params::default();
            let state = genesis::make(scene.name, &mut params).unwrap();
            params.integrator = Integrator::Rk4;
            match auto_dt(&state, &params) {
                Ok(found) => {
                    println!(
                        "{:<12} {} (its own {}); max |u| {:.3}",
                        scene.name,
                        found.words(),
                        params.dt,
                        found.speed
                    );
                    assert!(found.dt * found.vorticity <= 0.5 + 1e-9 && found.dt * found.speed <= SHARE * BOX);
                    assert_eq!(auto_dt(&state, &params).unwrap(), found, "the same again");
                }
                Err(why) => println!("{:<12} {why}", scene.name),
            }
        }
    }
}
