//! Where a case starts: a scene at its own settings, a session, or a state file.
//!
//! The cases are the starts that the scenes had when their figures were set. They are made by `genesis`, and a test
//! holds each to its number of atoms and vertices, its circulation, energy and enstrophy: a scene that is built anew
//! gets new code under its name, and its old function moves here.

use std::path::{Path, PathBuf};

use crate::{
    cli::{params::Given, remark},
    error::{Error, Result},
    lab::scenes::Case,
    open::{self, Rule, Said, Source, Start, wound},
    params::Params,
    sim,
    state::State,
};

/// Where one comes from.
pub enum From {
    Scene(String),
    Session(PathBuf),
    State(PathBuf),
}

impl From {
    /// The name of its row.
    pub fn name(&self) -> String {
        match self {
            Self::Scene(name) => name.clone(),
            Self::Session(path) | Self::State(path) => path.display().to_string(),
        }
    }

    /// Opens it as the window does, with flags over everything else; without dye.
    ///
    /// # Errors
    /// What cannot be opened, and parameters that do not fit.
    pub fn open(&self, given: &Given, budget: Option<usize>) -> Result<Case> {
        let defaults = Params { tracers: 0, ..Params::default() };
        let rule = Rule { defaults, said: &[given.list()], flags: true };
        let Start { mut state, mut params, told, mut auto_dt } = match self {
            Self::Scene(name) => Start::new(Source::scene(name), &rule)?,
            Self::State(path) => Start::new(Source::file(path)?, &rule)?,
            Self::Session(path) => session(path, defaults, given)?,
        };
        told.iter().for_each(|sentence| remark(&format!("warning: {sentence}")));
        params.tracers = 0;
        if let Some(budget) = budget.filter(|_| !given.has("max_atoms")) {
            params.max_atoms = room(&state, budget)?;
            // With less room filaments may stay filaments, whose step is not left to the start.
            if let Some(found) = &mut auto_dt {
                *found = wound(&state, &mut params, true)?;
                state.meta.dt = params.dt;
            }
        }
        if let Some(found) = auto_dt {
            remark(&format!("{}: {}", self.name(), found.words()));
        }
        state = if state.step == 0 { sim::prepared(&state, &params)? } else { state };
        Ok(Case { name: self.name(), state, params })
    }
}

/// Ellipses, 6 floats each, that a budget has room for beside the background.
fn room(state: &State, budget: usize) -> Result<u32> {
    let z = state.background.independent_reals();
    match budget.checked_sub(z).map(|left| left / 6) {
        Some(atoms @ 1..) => Ok(u32::try_from(atoms).unwrap_or(u32::MAX).min(1 << 20)),
        _ => Err(Error::invalid("--budget", format!("more than the {z} floats of the background"), budget)),
    }
}

fn session(path: &Path, defaults: Params, given: &Given) -> Result<Start> {
    let session = open::session(path)?;
    session.lost.iter().for_each(|sentence| remark(&format!("warning: {sentence}")));
    let source = session.source();
    let said: [&Said; 2] = [&session.file.params, given.list()];
    Start::new(source, &Rule { defaults, said: &said, flags: true })
}
