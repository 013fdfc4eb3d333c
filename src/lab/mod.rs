//! The laboratory: named cases that compare what the program computes with a number known beforehand.
//!
//! One file a case. A case runs the program's own operators ([`crate::sim::CpuSim`], `GpuSim`,
//! [`crate::spectral::Les`]) and hands back rows of expected, measured, error and verdict. The command line and the window read the same
//! [`CASES`]; both give a callback that is told of progress and may stop the case.
//!
//! The box is 2 pi wide and periodic, and most known numbers hold in free space: the cases are small
//! against the box, and where the uniform background that balances a net circulation shows, its share
//! is part of what is expected (`1 - d^2/4 pi` for a distance d).

mod collapse;
mod dipole;
mod job;
mod kirchhoff;
mod krasny;
mod lamb_oseen;
mod leapfrog;
mod lowk;
mod merger;
mod modes;
mod pair;
pub mod report;
pub mod scenes;
mod shear_layer;
mod taylor_green;
mod turbulence_decay;
mod two_mode;

pub use job::{Job, Lowk, Place, Setup};
pub use report::{Report, Row, table};

use glam::DVec2;

use crate::{
    error::{Error, Result},
    math::BOX,
    params::Params,
    sim::Simulator,
    state::{Atom, Atoms, Background, Meta, State},
};

/// A named comparison.
pub struct Case {
    /// What the command line calls it.
    pub name: &'static str,
    /// What the window calls it.
    pub title: &'static str,
    /// One sentence: what runs, and what it is compared with.
    pub about: &'static str,
    /// Seconds on two CPU cores, in words.
    pub cost: &'static str,
    /// Whether a device can run it; the others always run on the CPU.
    pub on_device: bool,
    run: fn(&mut Job) -> Result<Report>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Case {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Every case, in the order they run.
pub static CASES: &[Case] = &[
    lamb_oseen::CASE,
    pair::CASE,
    dipole::CASE,
    kirchhoff::CASE,
    leapfrog::CASE,
    collapse::CASE,
    krasny::CASE,
    shear_layer::CASE,
    taylor_green::CASE,
    two_mode::CASE,
    merger::CASE,
    turbulence_decay::CASE,
    lowk::CASE,
];

/// The case of a name.
///
/// # Errors
/// [`Error::Usage`] with the names there are.
pub fn case(name: &str) -> Result<&'static Case> {
    CASES.iter().find(|case| case.name == name).ok_or_else(|| {
        let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        Error::Usage(format!("case '{name}' does not exist; choose one of {}", names.join(", ")))
    })
}

impl Case {
    /// Runs the case. `watch` is told the share that is done, from 0 to 1, and stops it by `false`.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when it was stopped, or whatever the operators meet. A verdict that fails is
    /// no error.
    pub fn run(&self, setup: &Setup, watch: &mut dyn FnMut(f64) -> bool) -> Result<Report> {
        let begun = std::time::Instant::now();
        let place = if self.on_device { setup.place.clone() } else { Place::Cpu };
        let setup = Setup { place, ..setup.clone() };
        let on = setup.place.name();
        let report = (self.run)(&mut Job::new(setup, watch))?;
        Ok(Report { case: self.name, on, seconds: begun.elapsed().as_secs_f64(), ..report })
    }
}

/// The centre of the box.
const CENTRE: DVec2 = DVec2::splat(0.5 * BOX);

/// Parameters of a case of vortices: no viscosity, no dye, no resampling.
fn vortex_params(dt: f64) -> Params {
    Params { dt, n: 32, tracers: 0, max_vertices: 64, nu: 0.0, resample: 0, ..Params::default() }
}

/// A state of atoms alone.
fn of_atoms(atoms: impl IntoIterator<Item = Atom>) -> Result<State> {
    Ok(State::new(Atoms::try_from_iter(atoms)?, Background::empty(), Meta::default()))
}

/// Where the vertices are.
fn places(sim: &mut dyn Simulator) -> Result<Vec<DVec2>> {
    Ok(sim.snapshot()?.atoms.view().vertex.to_vec())
}

/// At distance `d` the velocity of a vortex falls short of `Gamma/(2 pi d)` by this factor: the uniform
/// opposite background.
fn box_factor(d: f64) -> f64 {
    1.0 - d * d / (2.0 * BOX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_every_case_explains_itself() {
        for (i, a) in CASES.iter().enumerate() {
            assert!(CASES[..i].iter().all(|b| a.name != b.name && a.title != b.title), "{}", a.name);
            assert!(a.about.len() > 30 && a.about.ends_with('.') && !a.cost.is_empty(), "{}", a.name);
            assert_eq!(case(a.name).unwrap(), a);
        }
        assert_eq!(case("magic").unwrap_err().exit_code(), 2);
    }
}
