//! The folder where the program keeps settings and presets of its user.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// Stands before the system's folder where it is set.
pub const VARIABLE: &str = "DASHI_VORTEX_CONFIG";

/// The folder, which may not exist yet; `None` where the system has no place for one. An empty
/// `DASHI_VORTEX_CONFIG` also means none.
pub fn folder() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(path) => (!path.is_empty()).then(|| path.into()),
        None => Some(etcetera::choose_base_strategy().ok()?.config_dir().join("dashi-vortex")),
    }
}
