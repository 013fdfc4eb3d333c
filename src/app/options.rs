//! How the window starts.

use std::path::PathBuf;

use crate::params::Params;

/// What the command line asks of the window.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Scene by name.
    pub scene: Option<String>,
    /// State file; stands before the scene.
    pub z0: Option<PathBuf>,
    /// Part of an adapter's name.
    pub adapter: Option<String>,
    /// Parameters before the scene sets its own.
    pub params: Params,
    /// Manifests of operators of the user.
    pub operators: Vec<PathBuf>,
    /// Session to go on with.
    pub session: Option<PathBuf>,
    /// Parameters of a preset, put over those of scene, file or session.
    pub preset: Vec<(&'static str, f64)>,
    /// Folder of settings and presets; `None` keeps none.
    pub config: Option<PathBuf>,
    /// Default scene, no operators, no settings but the look.
    pub safe_mode: bool,
    /// Where to write what the window shows, for scripts.
    pub status_json: Option<PathBuf>,
}
