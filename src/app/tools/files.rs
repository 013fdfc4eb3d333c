//! Presets, recent files and settings of the user: the window's side of `io::preset` and [`settings`].

use std::path::Path;

use super::settings::{self, Keeper};
use crate::{
    app::{
        desk::Desk,
        model::{FilesAsk, Model, PresetItem},
        options::Options,
        run::parameters,
    },
    error::{Error, Result},
    io::{lenient, preset},
    open::{left_to_start, scheme, speak},
    params::Params,
};

/// Real time between two looks at whether recent files are there.
const LOOK_S: f64 = 2.0;

/// What belongs to files of the user and lives as long as the window.
#[derive(Default)]
pub struct Files {
    settings: Keeper,
    /// When recent files were last looked for.
    looked_s: f64,
}

impl Files {
    /// Reads settings and presets of the user.
    pub fn open(options: &Options, model: &mut Model, now_s: f64) -> Self {
        if options.safe_mode {
            let (kept, _) = options.config.as_deref().map(settings::read).unwrap_or_default();
            model.panels.dark = kept.look == settings::Look::Dark;
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

impl Files {
    /// Settings and recent files: a little of each now and then.
    pub fn keep(&mut self, desk: &mut Desk, now_s: f64) {
        if let Err(e) = self.settings.look(&desk.model, now_s) {
            desk.complain(format!("Settings are not kept: {e}"));
        }
        if now_s - self.looked_s >= LOOK_S {
            self.looked_s = now_s;
            desk.model.files.recent.iter_mut().for_each(|recent| recent.missing = !recent.path.exists());
        }
    }

    /// The window closes.
    pub fn close(&mut self, model: &Model) {
        if let Err(e) = self.settings.close(model) {
            crate::process::remark(&format!("dashi-vortex: settings are not kept: {e}"));
        }
    }

    /// What panels ask for among files of the user.
    ///
    /// # Errors
    /// For a preset that is none, does not fit, or cannot be written or removed.
    pub fn ask(&mut self, desk: &mut Desk, ask: FilesAsk) -> Result<()> {
        let folder = self.settings.folder().map(Path::to_path_buf);
        match ask {
            FilesAsk::ForgetMissing => desk.model.files.recent.retain(|recent| recent.path.exists()),
            FilesAsk::Apply(name) => {
                let (preset, lost) = preset::find(&name, folder.as_deref())?;
                let mut params = desk.model.params;
                speak(&preset.params, &mut params)?;
                params.validate()?;
                let found = match left_to_start(&preset.params, "dt") {
                    true => {
                        scheme(&mut params, preset.params.iter().any(|(name, _)| *name == "integrator"));
                        Some(parameters::wind_step(desk, &mut params)?)
                    }
                    false => None,
                };
                lost.into_iter().for_each(|sentence| desk.inform(sentence));
                desk.model.params = params;
                found.iter().for_each(|found| desk.inform(found.words()));
                desk.inform(format!("Preset {name}: {}", preset.about));
            }
            FilesAsk::Save(name) => {
                let folder = folder.ok_or_else(|| Error::Usage("presets are not kept: there is no folder".into()))?;
                let params = lenient::differing(&desk.model.params, &[&Params::default()]);
                let about = format!("{} parameters of {}.", params.len(), desk.model.scene);
                let path = preset::save(&folder, name.trim(), &about, &params)?;
                list_presets(&mut desk.model, Some(&folder));
                desk.model.files.preset_name.clear();
                desk.inform(format!("Preset written to {}", path.display()));
            }
            // The opener takes the field; here is none of it.
            FilesAsk::Choose(_) => desk.model.files.choice = None,
            FilesAsk::Delete(name) => {
                let all = preset::list(folder.as_deref());
                if let Some(path) = all.into_iter().filter(|p| p.name == name).find_map(|p| p.file) {
                    std::fs::remove_file(&path).map_err(|source| Error::Unwritable { path, source })?;
                }
                list_presets(&mut desk.model, folder.as_deref());
            }
        }
        Ok(())
    }
}
