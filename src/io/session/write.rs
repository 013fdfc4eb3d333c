//! Writing a session.

use std::{io::Write, path::Path};

use serde::Serialize;

use super::{OperatorPart, SessionFile, VERSION, ViewPart};
use crate::{
    error::{Error, Result},
    io::{atomic, lenient},
};

/// Writes a session; a state that it names must stand there already.
///
/// # Errors
/// [`Error::Unwritable`]; [`Error::Run`] for a path that is no Unicode.
pub fn write_session(path: &Path, session: &SessionFile) -> Result<()> {
    #[derive(Serialize)]
    struct Operator {
        file: String,
        on: bool,
    }
    #[derive(Serialize)]
    struct Whole<'a> {
        dashi_session: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        scene: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kernel: Option<String>,
        running: bool,
        parameters: toml::Table,
        view: &'a ViewPart,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        operators: Vec<Operator>,
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = |file: &Path| relative(folder, file);
    let operator = |part: &OperatorPart| Ok(Operator { file: name(&part.file)?, on: part.on });
    let whole = Whole {
        dashi_session: VERSION,
        scene: session.scene.as_deref(),
        state: session.state.as_deref().map(name).transpose()?,
        kernel: session.kernel.as_deref().map(name).transpose()?,
        running: session.running,
        parameters: lenient::table(&session.params),
        view: &session.view,
        operators: session.operators.iter().map(operator).collect::<Result<_>>()?,
    };
    let text = toml::to_string(&whole).map_err(|e| Error::Run(format!("the session does not fit into TOML: {e}")))?;
    let head = concat!("# A session of dashi-vortex ", env!("CARGO_PKG_VERSION"), ": open it with --session FILE.\n");
    atomic::write_io(path, |out| out.write_all(head.as_bytes()).and_then(|()| out.write_all(text.as_bytes())))
}

/// A file as the session names it: relative where it lies in the session's folder or below.
fn relative(folder: &Path, file: &Path) -> Result<String> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
    let (folder, file) = (whole(folder), whole(file));
    let shown = file.strip_prefix(&folder).unwrap_or(&file);
    let text = shown.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::Run(format!("{}: its name is no Unicode, so no session can name it", shown.display())))
}
