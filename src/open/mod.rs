//! One door for states: where a run starts, and who is heard where several speak of one parameter.
//!
//! ```text
//! default < scene < state file < session < preset < flag
//! ```
//!
//! A scene sets what it is made for. A state file says what it was saved with: `dt`, `nu`, `seed` and its cuts
//! `k_cut`, `resid_mid_cut`, `topk_mid`; to a run without a window also `N`; to both that its atoms are left as they
//! are (`mdl` off) and that there is room for all of them (`max_vertices`). The window, Ctrl+O, sessions and `run` all
//! come through [`Start`], so that the same file and the same words start the same run.
//!
//! Nothing is cut without a word: where somebody stronger asks for fewer modes than there are, [`Start::told`] says
//! how many were left out and what they held.

use std::path::Path;

use crate::{
    error::{Error, Result},
    genesis,
    io::read_state,
    params::{ParamInfo, Params, Switch},
    state::{Background, State},
};

/// Parameters that somebody speaks of, by name.
pub type Said = [(&'static str, f64)];

/// Who speaks besides scene and file.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    /// What holds where nobody says anything.
    pub defaults: Params,
    /// Session, preset, flags: the weakest first.
    pub said: &'a [&'a Said],
    /// A run without a window: the `N` of a file is its grid, and a flag is the way around a value that does not fit.
    pub flags: bool,
}

/// A state and the parameters that it starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The state, on the cuts of the parameters.
    pub state: State,
    /// The parameters.
    pub params: Params,
    /// Sentences that the user must hear.
    pub told: Vec<String>,
}

impl Rule<'_> {
    fn speak(&self, params: &mut Params) -> Result<()> {
        self.said.iter().flat_map(|said| said.iter()).try_for_each(|(name, value)| params.set(name, *value))
    }

    fn has(&self, name: &str) -> bool {
        self.said.iter().flat_map(|said| said.iter()).any(|(said, _)| *said == name)
    }
}

impl Start {
    /// From a scene by name.
    ///
    /// # Errors
    /// For a name that is none, and parameters that do not fit.
    pub fn scene(name: &str, rule: &Rule<'_>) -> Result<Self> {
        let (mut params, defaults) = (rule.defaults, rule.defaults);
        rule.speak(&mut params)?;
        // A scene is made on the default cuts and cut afterwards, so that its modes compete for the anchors.
        (params.k_cut, params.resid_mid_cut, params.topk_mid) =
            (defaults.k_cut, defaults.resid_mid_cut, defaults.topk_mid);
        let state = genesis::make(name, &mut params)?;
        rule.speak(&mut params)?;
        Self::settled(state, params, &format!("scene {name}"))
    }

    /// From a state file.
    ///
    /// # Errors
    /// What [`read_state`] says; [`Error::BadFile`] for a value of the file that no parameter takes.
    pub fn file(path: &Path, rule: &Rule<'_>) -> Result<Self> {
        Self::saved(read_state(path)?, path, rule)
    }

    /// From a state that was read, or encoded from a field; `path` names it.
    ///
    /// # Errors
    /// As [`Start::file`].
    pub fn saved(mut state: State, path: &Path, rule: &Rule<'_>) -> Result<Self> {
        let mut params = rule.defaults;
        let (meta, basis) = (state.meta, state.background.basis());
        let grid = rule.flags.then_some(("n", meta.n as f64));
        let own = [
            ("dt", meta.dt),
            ("nu", meta.nu),
            ("k_cut", f64::from(basis.k_cut())),
            ("resid_mid_cut", f64::from(basis.resid_mid_cut())),
            ("topk_mid", f64::from(basis.topk_mid())),
        ];
        for (name, value) in own.into_iter().chain(grid).filter(|(name, _)| !rule.has(name)) {
            of_file(&mut params, path, (name, value), rule.flags)?;
        }
        let vertices = state.atoms.vertex_count();
        params.mdl = Switch::Off;
        params.max_vertices = params.max_vertices.max(u32::try_from(vertices).unwrap_or(u32::MAX));
        rule.speak(&mut params)?;
        // A file may hold a seed beyond a parameter's range: it stays what it is.
        state.meta.seed = if rule.has("seed") { u64::from(params.seed) } else { meta.seed };
        params.seed = u32::try_from(state.meta.seed).unwrap_or(u32::MAX);
        let mut start = Self::settled(state, params, &path.display().to_string())?;
        if vertices > params.max_vertices as usize {
            start.told.push(format!(
                "{}: max_vertices {} is less than its {vertices} vertices: none is inserted where the flow stretches them",
                path.display(),
                params.max_vertices
            ));
        }
        Ok(start)
    }

    fn settled(mut state: State, params: Params, name: &str) -> Result<Self> {
        params.validate()?;
        let mut told = vec![];
        if let Some((background, words)) = cut(&state.background, &params)? {
            state.background = background;
            told.extend(words.map(|words| format!("{name}: {words}")));
        }
        (state.meta.dt, state.meta.nu) = (params.dt, params.nu);
        Ok(Self { state, params, told })
    }
}

/// The background on the cuts of `params`, where it stands on others, and what that leaves out, in words.
///
/// # Errors
/// For cuts that no basis takes.
pub fn cut(background: &Background, params: &Params) -> Result<Option<(Background, Option<String>)>> {
    let basis = background.basis();
    let (new, old) = (
        [params.k_cut, params.resid_mid_cut, params.topk_mid],
        [basis.k_cut(), basis.resid_mid_cut(), basis.topk_mid()],
    );
    if new == old {
        return Ok(None);
    }
    let smaller = background.recut(new[0], new[1], new[2])?;
    let (count, share) = smaller.left_out(background);
    let changes = ["k_cut", "resid_mid_cut", "topk_mid"].iter().zip(old).zip(new).filter(|((_, old), new)| old != new);
    let changes: Vec<String> = changes.map(|((name, old), new)| format!("{name} {old} -> {new}")).collect();
    let words = format!(
        "z is cut as asked ({}): {count} modes with {:.2} % of its enstrophy are left out",
        changes.join(", "),
        100.0 * share
    );
    Ok(Some((smaller, (count > 0).then_some(words))))
}

/// A value of the file that no parameter takes is the file's fault.
fn of_file(params: &mut Params, path: &Path, (name, value): (&str, f64), flags: bool) -> Result<()> {
    params.set(name, value).map_err(|error| match (error, ParamInfo::named(name)) {
        (Error::Invalid { expected, found, .. }, Some(info)) => {
            let flag = info.flag();
            let remedy = if flags { format!(" (--{flag} overrides it)") } else { String::new() };
            Error::bad_file(path, flag, format!("{expected}{remedy}"), found)
        }
        (other, _) => other,
    })
}

#[cfg(test)]
mod tests;
