//! Where a session keeps its state.

use std::path::{Path, PathBuf};

use super::read_session;
use crate::io::beside::{free, same};

/// Where a session keeps its state: NAME.z0.npz beside NAME.toml.
pub fn state_beside(path: &Path) -> PathBuf {
    path.with_extension("z0.npz")
}

/// Where a session that is about to be written at `path` keeps its state: NAME.z0.npz, unless that is somebody else's
/// file; the session that stands there already says whether it is its own.
pub fn state_place(path: &Path) -> PathBuf {
    let usual = state_beside(path);
    let own = read_session(path).ok().and_then(|(session, _)| session.state);
    let numbered = |file: &Path| {
        let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let number =
            stem(file).strip_prefix(&format!("{}-", stem(&usual))).map(|n| n.bytes().all(|b| b.is_ascii_digit()));
        file.parent() == usual.parent() && number == Some(true)
    };
    match own {
        Some(own) if same(&own, &usual) || numbered(&own) => own,
        _ => free(&usual),
    }
}
