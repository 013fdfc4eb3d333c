//! Session files: what a window or a run was doing, as TOML that people read and edit.
//!
//! ```toml
//! dashi_session = 1                  # version of this layout
//! scene = "pair"                     # a scene by its name, or
//! state = "evening.z0.npz"           # a state file; paths are relative to this file
//! kernel = "A.npz"                   # optional: the linear kernel that moves the background
//! running = true
//!
//! [parameters]                       # by the names of params::TABLE: what differs from default or scene
//! nu = 1e-5
//! dt = "auto"                        # or a number: the step that the winding allows at the start, see sim::auto_dt
//! kernel = "linear"
//!
//! [view]                             # ViewPart
//! colormap = "berlin"
//!
//! [[operators]]
//! file = "trail.toml"
//! on = true
//! ```
//!
//! An unknown key or a value out of range is left out with a sentence; a file without `dashi_session`, of a later
//! version, or with a `scene` or `state` that is no text is refused.

mod place;
mod read;
mod write;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::lenient;
use crate::{error::Result, params::Params};

pub use place::{state_beside, state_place};
pub use read::{is_session, read_session, read_session_text};
pub use write::write_session;

/// Version of the layout.
pub const VERSION: i64 = 1;
/// The key that makes a file a session.
const KEY: &str = "dashi_session";

/// What the canvas shows. A field more is a key more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ViewPart {
    /// World coordinates in the middle of the view, in `[0, 2 pi)`.
    pub center: [f64; 2],
    /// World length across its shorter side.
    pub span: f64,
    /// Which quantity, by its name: `vorticity`, `speed`, ...
    pub picture: String,
    /// Name of the colour map; empty for the usual one.
    pub colormap: String,
    /// `follow`, `once` or `fixed`.
    pub range: String,
    /// The value of the last colour.
    pub limit: f64,
    /// Filament lines.
    pub filaments: bool,
    /// Curves of drawn filaments that became ellipses.
    pub strokes: bool,
    /// What their colour says: `sign`, `twist` or `core`.
    pub filament_color: String,
    /// Dye particles.
    pub tracers: bool,
    /// Dye leaves trails.
    pub trails: bool,
    /// What says where the flow goes: `none`, `arrows` or `LIC`.
    pub lines: String,
}

impl Default for ViewPart {
    fn default() -> Self {
        let half = 0.5 * crate::math::BOX;
        Self {
            center: [half, half],
            span: crate::math::BOX,
            picture: "vorticity".into(),
            colormap: String::new(),
            range: "follow".into(),
            limit: 5.0,
            filaments: true,
            strokes: true,
            filament_color: "sign".into(),
            tracers: true,
            trails: false,
            lines: "none".into(),
        }
    }
}

impl ViewPart {
    fn allowed(&self) -> std::result::Result<(), String> {
        let expect = |ok: bool, what: &str| if ok { Ok(()) } else { Err(format!("expected {what}")) };
        let side = crate::math::BOX;
        expect(self.center.iter().all(|x| (0.0..side).contains(x)), "two numbers from 0 up to 2 pi")?;
        expect(self.span > 0.0 && self.span <= 2.0 * side, "a number above 0 and at most 4 pi")?;
        expect(self.limit > 0.0 && self.limit <= 1e6, "a number above 0 and at most 1e6")?;
        expect(["follow", "once", "fixed"].contains(&self.range.as_str()), "follow, once or fixed")
    }
}

/// An operator of the user.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatorPart {
    /// Manifest of the operator.
    pub file: PathBuf,
    /// Whether the operator acts.
    pub on: bool,
}

/// A session; paths are ready to open.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionFile {
    /// Scene by name. With a state it is where that came from.
    pub scene: Option<String>,
    /// State file; stands before the scene.
    pub state: Option<PathBuf>,
    /// File of the linear kernel.
    pub kernel: Option<PathBuf>,
    /// Whether time passes.
    pub running: bool,
    /// Parameters by name, in the order of the table.
    pub params: Vec<(&'static str, f64)>,
    /// What the canvas shows.
    pub view: ViewPart,
    /// Operators of the user, in the order in which they act.
    pub operators: Vec<OperatorPart>,
}

impl Default for SessionFile {
    fn default() -> Self {
        Self {
            scene: None,
            state: None,
            kernel: None,
            running: true,
            params: vec![],
            view: ViewPart::default(),
            operators: vec![],
        }
    }
}

impl SessionFile {
    /// Puts the parameters of the file over `params`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for one out of range.
    pub fn apply(&self, params: &mut Params) -> Result<()> {
        lenient::apply(&self.params, params)
    }
}

#[cfg(test)]
mod tests;
