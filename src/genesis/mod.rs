//! Initial conditions, one a file: a name and a seed become a [`State`], without any simulation before it.

mod cells;
mod collapse;
mod default;
mod dipole;
mod ellipse;
mod galaxy;
mod gas;
mod jet;
mod lattice;
mod leapfrog;
mod merger;
mod pair;
mod ring;
mod sheet;
mod street;
mod tripole;
mod turbulence;
mod wing;

use glam::DVec2;

use crate::{
    error::{Error, Result},
    math::BOX,
    params::{Kernel, Params, Switch},
    state::{Atoms, Background, Meta, State},
};

/// A named initial condition.
pub struct Scene {
    /// What the command line calls it.
    pub name: &'static str,
    /// What the panel calls it.
    pub title: &'static str,
    /// One sentence of physics.
    pub physics: &'static str,
    /// Sets the parameters the scene wants and makes its atoms and background.
    make: fn(&mut Params) -> Result<(Atoms, Background)>,
}

/// Every scene, the default first.
pub fn scenes() -> &'static [Scene] {
    &SCENES
}

/// The scene of a start that names none.
pub fn first() -> &'static str {
    SCENES[0].name
}

static SCENES: [Scene; 18] = [
    default::SCENE,
    dipole::SCENE,
    pair::SCENE,
    sheet::SCENE,
    street::SCENE,
    lattice::SCENE,
    ring::SCENE,
    turbulence::SCENE,
    cells::SCENE,
    galaxy::SCENE,
    merger::SCENE,
    jet::SCENE,
    wing::SCENE,
    leapfrog::SCENE,
    tripole::SCENE,
    ellipse::SCENE,
    collapse::SCENE,
    gas::SCENE,
];

/// The scene of a name.
///
/// # Errors
/// [`Error::Usage`] for a name that no scene has.
pub fn scene(name: &str) -> Result<&'static Scene> {
    SCENES.iter().find(|s| s.name == name).ok_or_else(|| {
        let names: Vec<&str> = SCENES.iter().map(|s| s.name).collect();
        Error::Usage(format!("scene '{name}' does not exist; choose one of {}", names.join(", ")))
    })
}

/// Makes a scene. The scene sets `dt`, `nu`, `eps`, `gamma` and `kernel` in `params`; `seed` and the
/// budget are taken from it.
///
/// # Errors
/// As [`scene`]; [`Error::Invalid`] for parameters out of range or atoms that break an invariant.
pub fn make(name: &str, params: &mut Params) -> Result<State> {
    let (atoms, background) = (scene(name)?.make)(params)?;
    params.validate()?;
    let meta = Meta { seed: u64::from(params.seed), dt: params.dt, nu: params.nu, ..Default::default() };
    crate::sim::prepared(&State::new(atoms, background, meta), params)
}

/// The centre of the box.
const CENTRE: DVec2 = DVec2::splat(0.5 * BOX);

/// What most scenes share.
fn set(params: &mut Params, dt: f64, nu: f64, eps: f64) {
    (params.dt, params.nu, params.eps) = (dt, nu, eps);
    (params.drift_x, params.drift_y, params.spin) = (0.0, 0.0, 0.0);
    (params.kernel, params.resample) = (Kernel::Galerkin, 1);
    // A pass may leave out what nobody would see; the table's own tolerance gives more away.
    // Ellipses may be as many as 6,554 numbers hold beside the background's.
    let (most, tol) = if params.in_rows() { (1038, 0.0005) } else { (256, 0.003) };
    (params.mdl, params.max_atoms, params.tol) = (Switch::On, most, tol);
}

/// Vertices of a curve `at(t)`, `t` from 0 to 1: `n` for a closed one, `n + 1` with both ends otherwise.
fn curve(n: usize, closed: bool, at: impl Fn(f64) -> DVec2) -> Vec<DVec2> {
    (0..n + usize::from(!closed)).map(|i| at(i as f64 / n as f64)).collect()
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod bounds {
    use super::*;

    #[test]
    fn every_scene_is_valid_repeats_and_fits_its_bounds() {
        for scene in scenes() {
            let mut params = Params::default();
            let state = make(scene.name, &mut params).unwrap();
            state.validate().unwrap();
            assert!(state.atoms.vertex_count() > 0 && state.atoms.vertex_count() < 4000, "{}", scene.name);
            assert_eq!(state, make(scene.name, &mut params.clone()).unwrap(), "{} does not repeat", scene.name);
            let a = state.atoms.view();
            for i in 0..state.atoms.len() {
                for s in 0..a.segment_count(i) {
                    let bound = params.segment_bound * a.eps[i] * a.core[a.segment_start[i] + s];
                    assert!(a.segment_vector(i, s).length() <= bound + 1e-12, "{}: a segment is too long", scene.name);
                }
            }
        }
    }

    #[test]
    fn an_unknown_scene_is_refused_by_name() {
        let error = make("maelstrom", &mut Params::default()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("maelstrom") && error.to_string().contains("dipole"));
    }
}
