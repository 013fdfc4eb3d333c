//! One file on a thread of its own: compression and the disk take longer than a frame.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    app::{
        device::shots::{FieldShot, Shot, Still, Then},
        tools::export::sidecar,
    },
    error::Result,
    io::{
        atomic,
        field_export::{Moment, write_moment},
        field_file::extent,
        hash,
        image::{SOFTWARE, write_print},
    },
    process::task::{self, Task},
    render::figure::Legend,
};

/// How long a window that closes waits for a file.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of it.
#[derive(Debug, Default)]
pub struct Done {
    /// A sentence for the user.
    pub said: String,
    /// What the clipboard is to hold.
    pub copy: Option<String>,
    /// A field that is now a file: its path, step and side.
    pub field: Option<(PathBuf, u64, u32)>,
}

/// A file under way. Dropped with its window, it is given the time to complete the file.
#[derive(Debug)]
pub struct File(Option<Task<Done>>);

impl File {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`crate::Error::Run`] without one.
    pub fn start(work: impl FnOnce() -> Result<Done> + Send + 'static) -> Result<Self> {
        Ok(Self(Some(Task::once("an export", work)?)))
    }

    /// What became of it, once there is something. Never waits.
    pub fn result(&mut self) -> Option<Result<Done>> {
        task::answer(&mut self.0)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _told = self.0.as_mut().and_then(|task| task.wait(PATIENCE));
    }
}

/// Writes the file beside an export, if there is to be one; where to, if that is not its usual place.
fn beside(path: &Path, sidecar: Option<serde_json::Value>) -> Result<String> {
    sidecar.map_or(Ok(String::new()), |value| sidecar::write(path, &value))
}

/// Puts the frame around a picture and writes both.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn picture(still: Still, shot: &Shot, rgba: Vec<u8>) -> Result<Done> {
    let Still { path, framed, dots, sidecar, .. } = still;
    let [width, height] = framed.size();
    let svg = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    if svg {
        let [_, _, w, h] = framed.picture();
        let png = crate::io::image::png_bytes(w, h, &rgba)?;
        let text = framed.svg(&png, &shot.legend, dots.unwrap_or(96.0));
        atomic::write_io(&path, |out| std::io::Write::write_all(out, text.as_bytes()))?;
    } else {
        let rgba = framed.compose(rgba, &shot.legend)?;
        let title = format!("vorticity, step {}", shot.step);
        write_print(&path, width, height, &rgba, &[SOFTWARE, ("Title", &title)], dots)?;
    }
    let told = beside(
        &path,
        sidecar.map(|mut value| {
            value["size"] = serde_json::json!([width, height]);
            value["dots_per_inch"] = serde_json::json!(dots);
            value["decoded"] = serde_json::json!(shot.decoded);
            let Legend { low, high, .. } = shot.legend;
            value["extent"] = serde_json::json!([low[0], high[0], low[1], high[1]]);
            value["picture_px"] = serde_json::json!(framed.picture());
            value
        }),
    )?;
    let what = if dots.is_some() { "figure" } else { "picture" };
    Ok(Done { said: format!("{width} x {height} {what} written to {}{told}", path.display()), ..Done::default() })
}

/// Writes a field, and the script that was asked for with it; `plot` is all but the field's path.
///
/// # Errors
/// [`Error::Unwritable`], [`Error::Invalid`] for a name of another ending.
pub fn field(shot: FieldShot, omega: &[u8], script: &str) -> Result<Done> {
    let FieldShot { path, side, then, step, time, sidecar } = shot;
    write_moment(&path, &Moment { n: side as usize, omega, time, step })?;
    let told = beside(
        &path,
        sidecar.map(|mut value| {
            value["size"] = serde_json::json!([side, side]);
            value["decoded"] = serde_json::json!([side, side]);
            value["extent"] = serde_json::json!(extent(side as usize));
            value["origin"] = serde_json::json!("lower");
            value["axes"] = serde_json::json!(["y", "x"]);
            value["field_hash"] = serde_json::json!(hash::hash_bytes(omega));
            value
        }),
    )?;
    let written = format!("{side} x {side} field written to {}{told}", path.display());
    let mut done = Done { said: written, copy: None, field: Some((path, step, side)) };
    match then {
        Then::Nothing => {}
        Then::Copy => {
            done.said = format!("Script copied; {}", done.said);
            done.copy = Some(script.into());
        }
        Then::Script(path) => {
            save(&path, script)?;
            done.said = format!("Script written to {}; {}", path.display(), done.said);
        }
    }
    Ok(done)
}

/// Writes a script.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn save(path: &Path, script: &str) -> Result<()> {
    atomic::write_io(path, |out| std::io::Write::write_all(out, script.as_bytes()))
}
