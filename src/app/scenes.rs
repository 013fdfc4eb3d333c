//! The scenes of the house as the panel lists them.

use super::model::SceneItem;
use crate::{
    error::{Error, Result},
    params::Params,
    state::{Atom, Atoms, Background, Meta, Sign, State},
};

/// The scene of the first start.
pub const FIRST: &str = "dipole";

/// All scenes.
pub fn list() -> Vec<SceneItem> {
    vec![SceneItem {
        name: "dipole".into(),
        title: "Dipole".into(),
        physics: "Two opposite vortices carry each other along a straight line at speed Γ/(2π d).".into(),
    }]
}

/// A scene by name; sets the parameters that belong to it.
pub fn make(name: &str, _params: &mut Params) -> Result<State> {
    if name != "dipole" {
        return Err(Error::Usage(format!("no scene is called {name}")));
    }
    let at = |y| glam::DVec2::new(1.0, y);
    let atoms = Atoms::try_from_iter([
        Atom::point(Sign::Plus, 1.0, 0.2, at(3.4)),
        Atom::point(Sign::Minus, 1.0, 0.2, at(2.8)),
    ])?;
    Ok(State::new(atoms, Background::empty(), Meta::default()))
}
