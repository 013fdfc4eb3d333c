//! Answers what the panels asked for: commands, scenes, gestures, paths. Between frames, so an
//! edit never races a step.

use std::{path::Path, sync::Arc, time::Instant};

use crate::{
    app::{
        command::Command,
        input::{Act, Tool},
        model::{Ask, AtomAsk, LabAsk, Panels, Tab, dialog::Purpose},
        run::{history::Moment, put::Next},
        tools::tables::Table,
        ui::canvas,
        window::Session,
    },
    error::{Error, Result},
    genesis, io,
    open::{self, Rule, Start},
    params::{Effect, Kernel, Params, TABLE},
    sim::AutoDt,
    state::State,
};

impl Session {
    /// Every ask in order, then changed parameters; failures become notices.
    pub(crate) fn answer(&mut self, now_s: f64) {
        self.follow_speed();
        if let Some((purpose, path)) = self.model.dialogs.poll(now_s) {
            self.model.asks.push(Ask::Path(purpose, path));
        }
        for ask in std::mem::take(&mut self.model.asks) {
            let (begun, name) = (Instant::now(), ask.name());
            if let Err(e) = self.answer_one(ask, now_s) {
                self.model.complain(e.to_string(), now_s);
            }
            self.model.actions.took(name, begun.elapsed());
        }
        if self.model.params != self.applied {
            self.note_edit();
            let begun = Instant::now();
            if let Err(e) = self.apply_params() {
                self.model.params = self.applied;
                self.model.complain(e.to_string(), now_s);
            }
            self.model.actions.took("parameters".into(), begun.elapsed());
        }
        self.record_params();
        self.model.run = self.clock.state();
        self.model.can_undo = self.history.can();
    }

    fn answer_one(&mut self, ask: Ask, now_s: f64) -> Result<()> {
        match ask {
            Ask::Command(command) => self.command(command, now_s),
            Ask::Scene(name) => self.scene(&name),
            Ask::Act(act) => self.act(act),
            Ask::Path(purpose, path) => self.path(purpose, &path, now_s),
            Ask::Lab(ask) => self.lab(ask),
            Ask::Atom(ask) => self.atom(ask),
            Ask::Time(ask) => self.wind_to(ask, now_s),
            Ask::Files(ask) => self.files(ask, now_s),
            Ask::Rescue(ask) => self.rescue(ask, now_s),
            Ask::Operator(name, ask) => self.operator(&name, ask),
            Ask::Csv(table) => {
                self.model.dialogs.ask(Purpose::ExportCsv(table), now_s);
                Ok(())
            }
            Ask::Adapter(label) => self.switch_adapter(label),
            Ask::AutoDt => self.auto_dt(now_s),
            Ask::Drop(path) => self.path(Self::purpose_of(&path)?, &path, now_s),
        }
    }

    fn command(&mut self, command: Command, now_s: f64) -> Result<()> {
        let Panels { left, right, tab, dark, clean, help, palette, .. } = &mut self.model.panels;
        match command {
            Command::OpenState => self.model.dialogs.ask(Purpose::OpenState, now_s),
            Command::OpenKernel => self.model.dialogs.ask(Purpose::OpenKernel, now_s),
            Command::OpenField => self.model.dialogs.ask(Purpose::OpenField, now_s),
            Command::OpenOperator => self.model.dialogs.ask(Purpose::OpenOperator, now_s),
            Command::EncodeAgain => return self.encode_again(),
            Command::CancelEncoding => self.cancel_encoding(),
            Command::ToggleResidual => self.model.toggle_residual(now_s),
            Command::Show(picture) => self.model.show_picture(picture, now_s),
            Command::NextMap => self.model.view.next_map(),
            Command::NextLines => self.model.view.lines = self.model.view.lines.next(),
            Command::ToggleTrails => self.model.view.trails ^= true,
            Command::ForgetKernel if self.model.kernel.loaded.is_some() => return self.forget_kernel(),
            Command::ForgetKernel => {}
            Command::ToggleReference => return self.toggle_reference(),
            Command::SideBySide => return self.toggle_sides(),
            Command::OpenSession => self.model.dialogs.ask(Purpose::OpenSession, now_s),
            Command::SaveSession => self.model.dialogs.ask(Purpose::SaveSession, now_s),
            Command::Gallery => self.model.gallery.open ^= true,
            Command::SaveState => self.model.dialogs.ask(Purpose::SaveState, now_s),
            Command::ExportFrame
            | Command::ExportFigure
            | Command::ExportField
            | Command::CopyPlot
            | Command::SavePlot
            | Command::Record
            | Command::CancelRecording => return self.export_command(command, now_s),
            Command::Quit => self.quit = true,
            Command::Undo | Command::Redo => return self.travel(command == Command::Undo),
            Command::ToolDraw => self.model.gestures.tool = Tool::Draw,
            Command::ToolPick => self.model.gestures.tool = Tool::Pick,
            Command::ToolMove => self.model.gestures.tool = Tool::Move,
            Command::ToolErase => self.model.gestures.tool = Tool::Erase,
            Command::InvertBrush => self.model.gestures.inverted ^= true,
            Command::RemovePicked => return self.atom(AtomAsk::Remove),
            Command::ClearAtoms => return self.clear(),
            Command::Rewind => return self.wind(false),
            Command::Forward => return self.wind(true),
            Command::Faster => self.change_speed(2.0),
            Command::Slower => self.change_speed(0.5),
            Command::BranchBeside => return self.toggle_twin(),
            Command::ResetParameters => self.model.params = self.model.home,
            Command::TogglePause => self.clock.toggle(),
            Command::StepOne => self.clock.step(1),
            Command::StepTen => self.clock.step(10),
            Command::TakeOffer => return self.take_offer(now_s),
            Command::Reset => return self.restart(),
            Command::ResetView => self.model.view.camera = Default::default(),
            Command::ToggleFilaments => self.model.view.filaments ^= true,
            Command::FilamentColor => self.model.view.filament_color = self.model.view.filament_color.next(),
            Command::ToggleTracers => self.model.view.tracers ^= true,
            Command::ToggleLeft => *left ^= true,
            Command::ToggleRight => *right ^= true,
            Command::KernelTab => self.model.panels.toggle(Tab::Kernel),
            Command::LabTab => self.model.panels.toggle(Tab::Lab),
            Command::InvariantsTab => self.model.panels.toggle(Tab::Invariants),
            Command::DeviceTab => self.model.panels.toggle(Tab::Device),
            Command::ExportSeries => self.model.dialogs.ask(Purpose::ExportCsv(Table::All), now_s),
            Command::RunLab => {
                (*right, *tab) = (true, Tab::Lab);
                return self.lab(LabAsk::RunAll);
            }
            Command::Truth => {
                (*right, *tab) = (true, Tab::Lab);
                self.ask_truth();
            }
            Command::EditTab => self.model.panels.toggle(Tab::Edit),
            Command::EncodeTab => self.model.panels.toggle(Tab::Encode),
            Command::ExportTab => self.model.panels.toggle(Tab::Export),
            Command::ToggleTheme => *dark ^= true,
            Command::CleanPicture => *clean ^= true,
            Command::Palette => *palette = Some(String::new()),
            Command::Help => *help ^= true,
        }
        Ok(())
    }

    fn act(&mut self, act: Act) -> Result<()> {
        let (camera, size) = (&mut self.model.view.camera, canvas::size(self.model.canvas));
        match act {
            Act::TogglePause => self.clock.toggle(),
            Act::Pan(delta) => camera.pan(delta, size),
            Act::Zoom(factor, at) => camera.zoom(factor, at, size),
            other => return self.edit_by_hand(other),
        }
        Ok(())
    }

    /// What the machine and the viewer chose, whatever runs; the rest is left to scene and file.
    fn lasting(&self) -> Params {
        let old = self.model.params;
        Params {
            n: old.n,
            tracers: old.tracers,
            max_vertices: old.max_vertices,
            parcels: old.parcels,
            filaments: old.filaments,
            seed: old.seed,
            ..Params::default()
        }
    }

    fn scene(&mut self, name: &str) -> Result<()> {
        let rule = Rule { defaults: self.lasting(), said: &[], flags: false };
        let Start { state, params, .. } = Start::scene(name, &rule)?;
        self.begin(state, params, name.into())
    }

    /// A state that was read or encoded, undoably: with its own time step, viscosity and modes, and no passes. A
    /// kernel that fits its modes goes on moving it.
    pub(crate) fn begin_saved(&mut self, state: State, name: &Path, now_s: f64) -> Result<()> {
        let rule = Rule { defaults: self.lasting(), said: &[], flags: false };
        let Start { state, mut params, mut told, .. } = Start::saved(state, name, &rule)?;
        if self.applied.kernel == Kernel::Linear
            && let Some(kernel) = self.fitting_kernel(&state)
        {
            params.kernel = Kernel::Linear;
            let path = self.model.kernel.loaded.as_ref().map_or("", |loaded| &loaded.name);
            told.extend(open::step_of_kernel(&mut params, kernel.origin.dt, Path::new(path))?);
        }
        self.begin(state, params, name.display().to_string())?;
        told.into_iter().for_each(|sentence| self.model.complain(sentence, now_s));
        Ok(())
    }

    /// Another state altogether, undoably; a kernel of other modes stays behind.
    pub(crate) fn begin(&mut self, state: State, params: Params, scene: String) -> Result<()> {
        let kernel = self.fitting_kernel(&state);
        self.begin_with(Next { state, params, scene, kernel })
    }

    /// Another run altogether, undoably.
    pub(crate) fn begin_with(&mut self, next: Next) -> Result<()> {
        let before = self.moment()?;
        let (state, params) = (next.state.clone(), next.params);
        self.swap(next, None)?;
        let was = self.origin();
        (self.origin, self.model.home) = (Arc::new(state), params);
        self.model.view.restart();
        self.begin_series();
        self.history.record(before, was);
        (self.settled, self.model.picked, self.model.picked_stroke) = (self.model.params, None, None);
        self.end_twin();
        self.begin_timeline();
        Ok(())
    }

    fn path(&mut self, purpose: Purpose, path: &Path, now_s: f64) -> Result<()> {
        let purpose = Self::really(purpose, path);
        match purpose {
            Purpose::OpenState => {
                self.begin_saved(io::read_state(path)?, path, now_s)?;
                self.model.inform(format!("Opened {}", path.display()), now_s);
            }
            Purpose::OpenKernel => self.load_kernel(path, now_s)?,
            Purpose::OpenField => self.open_field(path)?,
            Purpose::OpenOperator => self.open_operator(path, now_s)?,
            Purpose::OpenSession => self.open_session(path, &[], now_s)?,
            Purpose::SaveSession => self.save_session(path, now_s)?,
            Purpose::SaveState => {
                let mut state = self.engine.snapshot()?;
                (state.meta.dt, state.meta.nu) = (self.model.params.dt, self.model.params.nu);
                io::write_state(path, &state)?;
                let told = self.state_beside(path, &state)?;
                self.model.inform(format!("State at step {} written to {}{told}", state.step, path.display()), now_s);
            }
            Purpose::ExportCsv(table) => self.write_table(table, path, now_s)?,
            Purpose::ExportFrame
            | Purpose::ExportFigure
            | Purpose::ExportField
            | Purpose::SavePlot
            | Purpose::Record(_) => self.export(purpose, path)?,
        }
        self.opened(purpose, path);
        self.clock.forget();
        Ok(())
    }

    /// Carries edited parameters to the engine: live ones at once, structural ones when the hand
    /// has let go.
    pub(crate) fn apply_params(&mut self) -> Result<()> {
        self.model.params.validate()?;
        let (new, old) = (self.model.params, self.applied);
        let dt = self.engine.propagator().and_then(|a| a.origin.dt).filter(|dt| *dt != new.dt);
        if let Some(dt) = dt.filter(|_| new.kernel == Kernel::Linear) {
            return Err(Error::invalid("dt", format!("{dt}, which the loaded kernel A was made for"), new.dt));
        }
        let structural =
            TABLE.iter().any(|info| info.effect == Effect::Structural && new.get(info.name) != old.get(info.name));
        if !structural {
            self.engine.set_params(&new);
            self.applied = new;
        } else if (new.seed, new.filaments) != (old.seed, old.filaments)
            && self.model.scenes.iter().any(|scene| scene.name == self.model.scene)
        {
            let mut params = new;
            let state = genesis::make(&self.model.scene, &mut params)?;
            let name = self.model.scene.clone();
            self.begin(state, new, name)?;
        } else if !self.egui.egui_ctx().input(|input| input.pointer.any_down()) {
            return self.rebuild();
        }
        Ok(())
    }

    /// The step of order 4 that the winding of the flow as it is now allows.
    fn auto_dt(&mut self, now_s: f64) -> Result<()> {
        let mut params = self.model.params;
        open::scheme(&mut params, false);
        let found = self.wind_step(&mut params)?;
        self.model.params = params;
        self.model.inform(found.words(), now_s);
        Ok(())
    }

    /// Puts that step among these parameters.
    pub(crate) fn wind_step(&mut self, params: &mut Params) -> Result<AutoDt> {
        if let Some(why) = self.model.own_step() {
            return Err(Error::Usage(format!("dt auto: {why}")));
        }
        open::wound(&self.engine.glance()?, params, false)
    }

    /// The same state with other structural parameters. Modes that it loses are told, and an undo brings them back.
    fn rebuild(&mut self) -> Result<()> {
        let now = self.moment()?;
        let cut = open::cut(&now.state.background, &self.model.params)?;
        let lost = cut.and_then(|(_, words)| words);
        self.load(&now.state, Some(&now.state.atoms))?;
        let now_s = self.now_s();
        if let Some(words) = lost {
            // An undo that cuts is no edit of its own.
            let undo = if self.settled == self.model.params { "" } else { "; undo brings them back" };
            self.model.inform(format!("The background's {words}{undo}"), now_s);
            if self.settled != self.model.params {
                self.history.record(Moment { params: self.settled, ..now }, self.origin());
                self.settled = self.model.params;
            }
        }
        Ok(())
    }
}
