//! Where a run starts, and whose word on each parameter holds.

use std::path::{Path, PathBuf};

use crate::{
    error::{Error, Result},
    genesis,
    io::{Provenance, read_state},
    params::{AUTO, Integrator, ParamInfo, Params, Switch},
    sim::{AutoDt, auto_dt, prepared},
    state::{Background, Meta, State},
};

/// Parameters that somebody speaks of, by name; a `dt` that is left to the start of the run is
/// [`AUTO`].
pub type Said = [(&'static str, f64)];

/// Puts what is said over `params`, but for what is left to the start of a run.
///
/// # Errors
/// [`Error::Invalid`] where one is out of range.
pub fn speak(said: &Said, params: &mut Params) -> Result<()> {
    said.iter().filter(|said| !at_start(said)).try_for_each(|(name, value)| params.set(name, *value))
}

/// Whether the last word on a parameter leaves it to the start of a run.
pub fn left_to_start(said: &Said, name: &str) -> bool {
    said.iter().rev().find(|(said, _)| *said == name).is_some_and(at_start)
}

fn at_start((name, value): &(&str, f64)) -> bool {
    *value == AUTO && ParamInfo::named(name).is_some_and(ParamInfo::auto_at_start)
}

/// What a run starts from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A scene by name.
    Scene(String),
    /// A state that was read, or encoded from a field, and what names it.
    State(Box<State>, PathBuf),
}

impl Source {
    /// A scene by name.
    pub fn scene(name: impl Into<String>) -> Self {
        Self::Scene(name.into())
    }

    /// A state that was read, or encoded from a field; `path` names it.
    pub fn state(state: State, path: impl Into<PathBuf>) -> Self {
        Self::State(Box::new(state), path.into())
    }

    /// A state file.
    ///
    /// # Errors
    /// What [`read_state`] says.
    pub fn file(path: &Path) -> Result<Self> {
        Ok(Self::state(read_state(path)?, path))
    }

    /// The scene's name, or the file's.
    pub fn name(&self) -> String {
        match self {
            Self::Scene(name) => name.clone(),
            Self::State(_, path) => path.display().to_string(),
        }
    }
}

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
    /// The step that was left to the start, and why it is what it is.
    pub auto_dt: Option<AutoDt>,
}

impl Rule<'_> {
    fn speak(&self, params: &mut Params) -> Result<()> {
        self.said.iter().try_for_each(|said| speak(said, params))
    }

    /// Whether the step is left to the start.
    fn auto_dt(&self) -> bool {
        let said: Vec<_> = self.said.iter().flat_map(|said| said.iter().copied()).collect();
        left_to_start(&said, "dt")
    }

    fn has(&self, name: &str) -> bool {
        self.said.iter().flat_map(|said| said.iter()).any(|(said, _)| *said == name)
    }
}

impl Start {
    /// From wherever a run starts.
    ///
    /// # Errors
    /// For a name that is no scene's, and parameters that do not fit; [`Error::BadFile`] for a value of a file that no
    /// parameter takes.
    pub fn new(source: Source, rule: &Rule<'_>) -> Result<Self> {
        match source {
            Source::Scene(name) => Self::of_scene(&name, rule),
            Source::State(state, path) => Self::of_state(*state, &path, rule),
        }
    }

    fn of_scene(name: &str, rule: &Rule<'_>) -> Result<Self> {
        let (mut params, defaults) = (rule.defaults, rule.defaults);
        rule.speak(&mut params)?;
        // A scene is made on the default cuts and cut afterwards, so that its modes compete for the anchors.
        (params.k_cut, params.resid_mid_cut, params.topk_mid) =
            (defaults.k_cut, defaults.resid_mid_cut, defaults.topk_mid);
        let state = genesis::make(name, &mut params)?;
        rule.speak(&mut params)?;
        Self::settled(state, params, &format!("scene {name}"), rule)
    }

    fn of_state(mut state: State, path: &Path, rule: &Rule<'_>) -> Result<Self> {
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
        let mut start = Self::settled(state, params, &path.display().to_string(), rule)?;
        if vertices > params.max_vertices as usize {
            start.told.push(format!(
                "{}: max_vertices {} is less than its {vertices} vertices: none is inserted where the flow stretches them",
                path.display(),
                params.max_vertices
            ));
        }
        Ok(start)
    }

    fn settled(mut state: State, mut params: Params, name: &str, rule: &Rule<'_>) -> Result<Self> {
        params.validate()?;
        let mut told = vec![];
        if let Some((background, words)) = cut(&state.background, &params)? {
            state.background = background;
            told.extend(words.map(|words| format!("{name}: {words}")));
        }
        let auto_dt = match rule.auto_dt() {
            true => {
                scheme(&mut params, rule.has("integrator"));
                Some(wound(&state, &mut params, rule.flags)?)
            }
            false => None,
        };
        (state.meta.dt, state.meta.nu) = (params.dt, params.nu);
        Ok(Self { state, params, told, auto_dt })
    }
}

/// The scalars of a state that is made from a field of a file: the step and the viscosity that the file says hold. They
/// are facts: `said` may repeat them and fill in what is missing, not contradict.
///
/// # Errors
/// [`Error::Usage`] for a contradiction, [`Error::BadFile`] for a value of the file that no parameter takes.
pub fn of_fields(path: &Path, made: &Provenance, said: &Said, meta: Meta) -> Result<Meta> {
    let mut params = Params::default();
    speak(said, &mut params)?;
    for (name, flag, own) in [("dt", "dt", made.dt), ("nu", "nu0", made.nu0)] {
        let Some(own) = own else { continue };
        if let Some((_, given)) = said.iter().find(|(said, given)| *said == name && *given != own) {
            let path = path.display();
            return Err(Error::Usage(format!("--{flag} {given} differs from that of {path}, {own}: leave it out")));
        }
        of_file(&mut params, path, (name, own), false)?;
    }
    Ok(Meta { dt: params.dt, nu: params.nu, ..meta })
}

/// A matrix is made for one step, which is taken where nobody says another; in words where it is not the one so far.
///
/// # Errors
/// [`Error::BadFile`] for a step that no parameter takes.
pub fn step_of_kernel(params: &mut Params, dt: Option<f64>, path: &Path) -> Result<Option<String>> {
    let Some(dt) = dt.filter(|dt| *dt != params.dt) else { return Ok(None) };
    let before = params.dt;
    of_file(params, path, ("dt", dt), false)?;
    Ok(Some(format!("dt is {dt}, that of the kernel {}, and not {before}", path.display())))
}

/// The scheme of a step by the winding: what is said, else order 4. Midpoint steps are a scene's, for its own short ones;
/// here they would be a tenth as long, at half the cost of one.
pub fn scheme(params: &mut Params, said: bool) {
    if !said {
        params.integrator = Integrator::Rk4;
    }
}

/// Takes the step that the winding allows. Without a window a state on its way goes on as it is, in one every state is
/// made ready to run.
///
/// # Errors
/// [`Error::Usage`] where the rule does not hold.
pub fn wound(state: &State, params: &mut Params, flags: bool) -> Result<AutoDt> {
    let found =
        if state.step == 0 || !flags { auto_dt(&prepared(state, params)?, params) } else { auto_dt(state, params) };
    let found = found?;
    params.set("dt", found.dt)?;
    Ok(found)
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
