//! Sessions, presets and recent files: the window's side of `io::session`, `io::preset` and [`crate::app::tools::settings`].

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    app::{
        Options,
        model::{
            FilesAsk, Model, PresetItem, ViewModel,
            dialog::Purpose,
            range::{Range, RangeMode},
            scenes,
        },
        run::put::Next,
        tools::{
            follow::{Reading, Watch},
            gallery::Pictures,
            settings::Keeper,
        },
        window::{Session, fit},
    },
    error::{Error, Result},
    genesis,
    io::{
        self, lenient, preset,
        session::{OperatorPart, SessionFile, ViewPart, state_beside, state_place},
    },
    open::{Rule, Said, Start, left_to_start, scheme, speak},
    operator::Operator,
    params::{Kernel, Params, TABLE},
    render::{
        FilamentColor, Lines, Picture,
        camera::{Camera, SPAN_MAX, SPAN_MIN},
        colormap::Colormap,
    },
    state::State,
};

/// Real time between two looks at whether recent files are there.
const LOOK_S: f64 = 2.0;
/// Scenes of more filaments are not made only to compare parameters.
const QUICK: u32 = 1000;

/// What belongs to files of the user and lives as long as the window.
#[derive(Default)]
pub(crate) struct Keep {
    pub(crate) settings: Keeper,
    /// The loaded kernel's file.
    pub(crate) watch: Option<Watch>,
    /// A kernel that is being read anew.
    pub(crate) reading: Option<Reading>,
    /// Pictures of scenes that are being made.
    pub(crate) pictures: Option<Pictures>,
    /// When recent files were last looked for.
    looked_s: f64,
}

impl Keep {
    /// Reads settings and presets of the user.
    pub(crate) fn open(options: &Options, model: &mut Model, now_s: f64) -> Self {
        if options.safe_mode {
            let (settings, _) = options.config.as_deref().map(crate::app::tools::settings::read).unwrap_or_default();
            model.panels.dark = settings.look == crate::app::tools::settings::Look::Dark;
            list_presets(model, None);
            return Self::default();
        }
        let (settings, lost) = Keeper::open(options.config.clone(), model);
        lost.into_iter().take(2).for_each(|sentence| model.inform(sentence, now_s));
        list_presets(model, settings.folder());
        Self { settings, ..Self::default() }
    }
}

fn list_presets(model: &mut Model, folder: Option<&Path>) {
    let item = |p: preset::Preset| PresetItem { name: p.name, about: p.about, own: p.file.is_some() };
    model.files.presets = preset::list(folder).into_iter().map(item).collect();
    model.files.can_keep = folder.is_some();
}

impl Session {
    /// Settings, recent files, the kernel's file, pictures of scenes: a little of each now and then.
    pub(crate) fn keep_files(&mut self, now_s: f64) {
        if let Err(e) = self.keep.settings.look(&self.model, now_s) {
            self.model.complain(format!("Settings are not kept: {e}"), now_s);
        }
        if now_s - self.keep.looked_s >= LOOK_S {
            self.keep.looked_s = now_s;
            self.model.files.recent.iter_mut().for_each(|recent| recent.missing = !recent.path.exists());
        }
        self.watch_kernel(now_s);
        self.draw_scenes(now_s);
    }

    /// Whether a file is watched or pictures come, so that a paused window looks now and then.
    pub(crate) fn is_watching(&self) -> bool {
        let follows = self.model.files.follow && self.model.kernel.loaded.is_some() && self.keep.watch.is_some();
        follows || self.model.gallery.pictures.iter().any(Option::is_none)
    }

    /// The window closes.
    pub fn close(&mut self) {
        if let Err(e) = self.keep.settings.close(&self.model) {
            crate::process::remark(&format!("dashi-vortex: settings are not kept: {e}"));
        }
    }

    /// What a file that was chosen really is: a session and a manifest share their ending.
    pub(crate) fn really(purpose: Purpose, path: &Path) -> Purpose {
        let toml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        match purpose {
            Purpose::OpenState | Purpose::OpenOperator if toml && io::session::is_session(path) => Purpose::OpenSession,
            Purpose::OpenState if toml => Purpose::OpenOperator,
            other => other,
        }
    }

    /// What panels ask for among files of the user.
    pub(crate) fn files(&mut self, ask: FilesAsk, now_s: f64) -> Result<()> {
        let folder = self.keep.settings.folder().map(Path::to_path_buf);
        match ask {
            FilesAsk::ForgetMissing => self.model.files.recent.retain(|recent| recent.path.exists()),
            FilesAsk::Apply(name) => {
                let (preset, lost) = preset::find(&name, folder.as_deref())?;
                lost.into_iter().for_each(|sentence| self.model.inform(sentence, now_s));
                let mut params = self.model.params;
                speak(&preset.params, &mut params)?;
                params.validate()?;
                let found = match left_to_start(&preset.params, "dt") {
                    true => {
                        scheme(&mut params, preset.params.iter().any(|(name, _)| *name == "integrator"));
                        Some(self.wind_step(&mut params)?)
                    }
                    false => None,
                };
                self.model.params = params;
                found.iter().for_each(|found| self.model.inform(found.words(), now_s));
                self.model.inform(format!("Preset {name}: {}", preset.about), now_s);
            }
            FilesAsk::Save(name) => {
                let folder = folder.ok_or_else(|| Error::Usage("presets are not kept: there is no folder".into()))?;
                let params = lenient::differing(&self.model.params, &[&Params::default()]);
                let about = format!("{} parameters of {}.", params.len(), self.model.scene);
                let path = preset::save(&folder, name.trim(), &about, &params)?;
                list_presets(&mut self.model, Some(&folder));
                self.model.files.preset_name.clear();
                self.model.inform(format!("Preset written to {}", path.display()), now_s);
            }
            FilesAsk::Delete(name) => {
                let all = preset::list(folder.as_deref());
                if let Some(path) = all.into_iter().filter(|p| p.name == name).find_map(|p| p.file) {
                    std::fs::remove_file(&path).map_err(|source| Error::Unwritable { path, source })?;
                }
                list_presets(&mut self.model, folder.as_deref());
            }
        }
        Ok(())
    }

    /// Writes the session, its state beside it where that is not simply the scene's start.
    pub(crate) fn save_session(&mut self, path: &Path, now_s: f64) -> Result<()> {
        let mut state = self.engine.snapshot()?;
        (state.meta.dt, state.meta.nu) = (self.model.params.dt, self.model.params.nu);
        let params = self.model.params;
        let scene = Some(self.model.scene.clone()).filter(|name| genesis::scene(name).is_ok());
        let start = scene.as_ref().filter(|_| params.filaments <= QUICK).and_then(|name| {
            let mut base = params;
            Some((genesis::make(name, &mut base).ok()?, base))
        });
        let is_start = start.as_ref().is_some_and(|(begin, _)| same(&state, begin));
        let state_file = (!is_start).then(|| state_place(path));
        if let Some(file) = &state_file {
            io::write_state(file, &state)?;
        }
        // Everything that could come out otherwise: what differs from the default or from what the scene sets, and
        // what a window fits to its adapter.
        let defaults = Params::default();
        let mut listed = match &start {
            Some((_, base)) => lenient::differing(&params, &[&defaults, base]),
            None => TABLE.iter().filter_map(|info| Some((info.name, params.get(info.name)?))).collect(),
        };
        let fitted = ["n", "max_vertices", "parcels", "tracers"];
        listed.retain(|(name, _)| !fitted.contains(name));
        listed.extend(fitted.iter().filter_map(|name| Some((*name, params.get(name)?))));
        let operators = self.engine.operators().iter();
        let operators = operators.map(|(operator, on)| OperatorPart { file: operator.path.clone(), on: *on }).collect();
        let kernel = self.keep.watch.as_ref().filter(|_| self.model.kernel.loaded.is_some()).map(|w| w.path.clone());
        let running = self.clock.is_moving();
        let view = view_part(&self.model.view);
        let elsewhere = state_file.as_ref().filter(|file| **file != state_beside(path));
        let told = elsewhere.map_or_else(String::new, |file| format!(", its state to {}", file.display()));
        let session = SessionFile { scene, state: state_file, kernel, running, params: listed, view, operators };
        io::write_session(path, &session)?;
        self.model.files.session = Some(path.into());
        self.model.files.remember(Purpose::OpenSession, path.into());
        self.model.inform(format!("Session at step {} written to {}{told}", state.step, path.display()), now_s);
        Ok(())
    }

    /// Goes on with a session, undoably; what does not fit is told and left out. `preset` beats what it says.
    pub(crate) fn open_session(&mut self, path: &Path, preset: &Said, now_s: f64) -> Result<()> {
        let (file, mut lost) = io::read_session(path)?;
        let mut defaults = Params::default();
        fit(&mut defaults, self.engine.context().report.software);
        let said: [&Said; 2] = [&file.params, preset];
        let rule = Rule { defaults, said: &said, flags: false };
        let (start, scene) = match (&file.state, &file.scene) {
            (Some(from), scene) => {
                (Start::file(from, &rule)?, scene.clone().unwrap_or_else(|| from.display().to_string()))
            }
            (None, scene) => {
                let name = scene.clone().unwrap_or_else(|| scenes::first().into());
                (Start::scene(&name, &rule)?, name)
            }
        };
        let Start { state, params, told, auto_dt } = start;
        if let (Some(from), true) = (&file.kernel, auto_dt.is_some()) {
            let from = from.display();
            return Err(Error::Usage(format!("dt auto excludes the session's kernel {from}, made for one time step")));
        }
        // What is cut comes first: the rest is told as far as there is room.
        lost.splice(0..0, told);
        self.begin_with(Next { state, params, scene, kernel: None })?;
        self.forget_file();
        lost.extend(show_view(&file.view, &mut self.model.view));
        if let Some(from) = &file.kernel {
            let loaded = io::read_propagator(from).and_then(|a| self.use_kernel(Arc::new(a), from));
            match loaded {
                Ok(()) => self.follow_kernel(from, now_s),
                Err(e) => lost.push(format!("The kernel of the session was not loaded: {e}")),
            }
            if params.kernel != Kernel::Linear {
                self.model.params.kernel = params.kernel;
            }
        }
        self.open_operators(&file, &mut lost);
        if self.clock.is_moving() != file.running {
            self.clock.toggle();
        }
        self.model.files.session = Some(path.into());
        self.model.files.remember(Purpose::OpenSession, path.into());
        self.model.inform(format!("Session {}", path.display()), now_s);
        auto_dt.iter().for_each(|found| self.model.inform(found.words(), now_s));
        lost.into_iter().take(2).for_each(|sentence| self.model.complain(sentence, now_s));
        Ok(())
    }

    /// Those of the session instead of those at hand.
    fn open_operators(&mut self, file: &SessionFile, lost: &mut Vec<String>) {
        let mut list = vec![];
        for part in &file.operators {
            match Operator::open(&part.file) {
                Ok(operator) => list.push((Arc::new(operator), part.on)),
                Err(e) => lost.push(e.to_string()),
            }
        }
        if !(list.is_empty() && self.engine.operators().is_empty())
            && let Err(e) = self.use_operators(list)
        {
            lost.push(format!("The operators of the session were not loaded: {e}"));
        }
    }

    /// No kernel's file is watched any more.
    pub(crate) fn forget_file(&mut self) {
        (self.keep.watch, self.keep.reading, self.model.kernel.loaded) = (None, None, None);
    }

    /// A file was opened well: it is recent now.
    pub(crate) fn opened(&mut self, purpose: Purpose, path: &Path) {
        self.model.files.remember(purpose, PathBuf::from(path));
    }
}

/// Whether a state that came from the device is one that went to it: equal to single precision.
pub(crate) fn same(a: &State, b: &State) -> bool {
    let near = |x: f64, y: f64| (x - y).abs() <= 1e-6 * (1.0 + x.abs().max(y.abs()));
    let all = |x: &[f64], y: &[f64]| x.len() == y.len() && x.iter().zip(y).all(|(x, y)| near(*x, *y));
    let (u, v) = (a.atoms.view(), b.atoms.view());
    let vertices = u.vertex.len() == v.vertex.len()
        && u.vertex.iter().zip(v.vertex).all(|(p, q)| near(p.x, q.x) && near(p.y, q.y));
    a.step == b.step
        && u.start == v.start
        && u.sign == v.sign
        && u.support == v.support
        && u.topology == v.topology
        && vertices
        && all(u.gamma, v.gamma)
        && all(u.eps, v.eps)
        && all(u.aspect, v.aspect)
        && all(u.weight, v.weight)
        && a.background.basis() == b.background.basis()
        && all(&a.background.to_z(), &b.background.to_z())
}

const MODES: [(RangeMode, &str); 3] =
    [(RangeMode::Follow, "follow"), (RangeMode::Once, "once"), (RangeMode::Fixed, "fixed")];

/// The view as a session keeps it.
pub(crate) fn view_part(view: &ViewModel) -> ViewPart {
    let Range { mode, limit, .. } = view.range;
    ViewPart {
        center: view.camera.center.to_array(),
        span: view.camera.span,
        picture: view.picture.word().into(),
        colormap: view.colormap.clone(),
        range: MODES.iter().find(|(known, _)| *known == mode).map_or("follow", |(_, word)| word).into(),
        limit,
        filaments: view.filaments,
        strokes: view.strokes,
        filament_color: view.filament_color.name().into(),
        tracers: view.tracers,
        trails: view.trails,
        lines: view.lines.name().into(),
    }
}

/// Puts a session's view on the window; sentences for what it does not know.
fn show_view(part: &ViewPart, view: &mut ViewModel) -> Vec<String> {
    let mut lost = vec![];
    view.camera = Camera { center: part.center.into(), span: part.span.clamp(SPAN_MIN, SPAN_MAX) };
    match Picture::ALL.into_iter().find(|picture| picture.word() == part.picture) {
        Some(picture) => view.choose(picture),
        None => lost.push(format!("view: picture: expected the name of one, such as speed, found {}", part.picture)),
    }
    match Lines::ALL.into_iter().find(|lines| lines.name() == part.lines) {
        Some(lines) => view.lines = lines,
        None => lost.push(format!("view: lines: expected none, arrows or LIC, found {}", part.lines)),
    }
    view.trails = part.trails;
    view.range.restart();
    view.range.limit = part.limit;
    view.range.mode = MODES.iter().find(|(_, word)| *word == part.range).map_or(RangeMode::Follow, |(mode, _)| *mode);
    (view.filaments, view.strokes, view.tracers) = (part.filaments, part.strokes, part.tracers);
    match Colormap::by_name(&part.colormap) {
        Some(map) => view.colormap = map.name().into(),
        None if part.colormap.is_empty() => {}
        None => lost.push(format!("view: colormap: expected the name of a map, found {}", part.colormap)),
    }
    match FilamentColor::ALL.iter().find(|color| color.name() == part.filament_color) {
        Some(color) => view.filament_color = *color,
        None => lost.push(format!("view: filament_color: expected sign, twist or core, found {}", part.filament_color)),
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_as_it_was() {
        let mut view = ViewModel::default();
        view.choose(Picture::Stream);
        (view.filaments, view.trails, view.lines, view.colormap) = (false, true, Lines::Lic, "vik".into());
        view.strokes = false;
        view.fill();
        (view.range.mode, view.range.limit) = (RangeMode::Fixed, 3.25);
        (view.camera.center.x, view.camera.span) = (0.1 + 0.2, 1.0 / 3.0);
        view.filament_color = FilamentColor::Core;
        let mut again = ViewModel::default();
        assert_eq!(show_view(&view_part(&view), &mut again), [""; 0]);
        again.fill();
        assert_eq!(view_part(&again), view_part(&view));
        assert_eq!(again.colors, view.colors);
        let odd = ViewPart { colormap: "mud".into(), filament_color: "loud".into(), ..ViewPart::default() };
        assert_eq!(show_view(&odd, &mut again).len(), 2);
        assert_eq!(again.colormap, "vik");
    }

    #[test]
    fn a_start_is_told_from_an_edited_one() {
        let state = genesis::make("pair", &mut Params::default()).unwrap();
        let mut other = state.clone();
        assert!(same(&state, &other));
        other.step = 1;
        assert!(!same(&state, &other));
        let moved = genesis::make("dipole", &mut Params::default()).unwrap();
        assert!(!same(&state, &moved));
    }
}
