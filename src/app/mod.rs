//! The window: an event loop ([`window::events`]) around one [`window`], whose [`window::frame`] reads top to bottom.
//!
//! Panels ([`ui`]) are plain functions of a plain [`model::Model`]; gestures ([`input`]), time ([`run::clock`]) and
//! commands ([`command`]) are state machines without a window; [`device`] is the only place that meets the GPU's
//! simulation. What a window does beside its frames are [`tools`].

pub mod command;
pub mod device;
pub mod input;
pub mod model;
pub mod run;
pub mod tools;
pub mod ui;
pub mod window;

use std::path::PathBuf;

use crate::params::Params;

pub use window::events::open;

/// How the window starts.
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
    /// A soak instead of somebody.
    pub soak: Option<crate::soak::Plan>,
}
