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

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use super::{
    At, atomic,
    beside::{free, same},
    lenient::{self, Reader},
};
use crate::{
    error::{Error, Result},
    params::Params,
};

/// Version of the layout.
pub const VERSION: i64 = 1;
/// The key that makes a file a session.
const KEY: &str = "dashi_session";
/// Most operators of a session.
const MAX_OPERATORS: usize = 64;

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
    /// Its manifest.
    pub file: PathBuf,
    /// Whether it acts.
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
    /// [`Error::Invalid`].
    pub fn apply(&self, params: &mut Params) -> Result<()> {
        lenient::apply(&self.params, params)
    }
}

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

/// Whether a TOML file is a session; a file that cannot be read is none.
pub fn is_session(path: &Path) -> bool {
    let Ok(text) = lenient::read_text(path) else { return false };
    Reader::new(path, &text).parse_what_can_be_read().iter().any(|(key, _)| key.get_ref() == KEY)
}

/// Reads a session, and a sentence for each value that was left out.
///
/// # Errors
/// [`Error::Unreadable`], or [`Error::BadFile`] for what is no session.
pub fn read_session(path: &Path) -> Result<(SessionFile, Vec<String>)> {
    read_session_text(path, &lenient::read_text(path)?)
}

/// As [`read_session`], from its text; `path` gives the folder and names it in messages.
///
/// # Errors
/// [`Error::BadFile`].
pub fn read_session_text(path: &Path, text: &str) -> Result<(SessionFile, Vec<String>)> {
    let mut reader = Reader::new(path, text);
    let mut table = reader.parse()?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let version = table.remove(KEY).map(|value| lenient::json(value.get_ref()));
    match version.as_ref().map(serde_json::Value::as_i64) {
        Some(Some(VERSION)) => {}
        found => {
            let at = At { path, field: KEY };
            let found = found.map_or("none".into(), |v| v.map_or("something else".into(), |v| v.to_string()));
            return Err(at.bad(format!("{VERSION}, the version of session files that this program reads"), found));
        }
    }
    // What is run must be what was saved: these two are not left out but refused.
    let scene = word(path, &mut table, "scene")?;
    let state = word(path, &mut table, "state")?.map(|name| folder.join(name));
    let mut session = SessionFile { scene, state, ..SessionFile::default() };
    if let Some(part) = part(&mut reader, &mut table, "parameters") {
        session.params = reader.parameters(&part);
    }
    if let Some(part) = part(&mut reader, &mut table, "view") {
        reader.fill(&mut session.view, &part, ViewPart::allowed);
    }
    session.operators = operators(&mut reader, &mut table, folder);
    let mut rest = Rest { kernel: None, running: true };
    reader.fill(&mut rest, &table, |_| Ok(()));
    (session.kernel, session.running) = (rest.kernel.map(|name| folder.join(name)), rest.running);
    Ok((session, reader.lost))
}

/// The keys at the top that may be lost.
#[derive(Serialize, Deserialize)]
struct Rest {
    kernel: Option<String>,
    running: bool,
}

fn word(path: &Path, table: &mut DeTable<'_>, key: &str) -> Result<Option<String>> {
    match table.remove(key).map(|value| lenient::json(value.get_ref())) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(other) => Err(At { path, field: key }.bad("a text", other)),
    }
}

/// A table in the table.
fn part<'a>(reader: &mut Reader<'_>, table: &mut DeTable<'a>, key: &str) -> Option<DeTable<'a>> {
    let value = table.remove(key)?;
    let place = value.span().start;
    match value.into_inner() {
        DeValue::Table(part) => Some(part),
        other => {
            reader.lose(place, key, &format!("expected a table, found {}", lenient::json(&other)));
            None
        }
    }
}

/// The entries of `[[operators]]`.
fn operators(reader: &mut Reader<'_>, table: &mut DeTable<'_>, folder: &Path) -> Vec<OperatorPart> {
    #[derive(Serialize, Deserialize)]
    struct Entry {
        file: String,
        on: bool,
    }
    let Some(value) = table.remove("operators") else { return vec![] };
    let place = value.span().start;
    let DeValue::Array(list) = value.into_inner() else {
        reader.lose(place, "operators", "expected [[operators]]");
        return vec![];
    };
    let mut found = vec![];
    for item in list.into_iter().take(MAX_OPERATORS) {
        let place = item.span().start;
        let mut entry = Entry { file: String::new(), on: true };
        if let DeValue::Table(table) = item.into_inner() {
            reader.fill(&mut entry, &table, |_| Ok(()));
        }
        if entry.file.is_empty() {
            reader.lose(place, "operators", "expected file = \"MANIFEST.toml\"");
        } else {
            found.push(OperatorPart { file: folder.join(entry.file), on: entry.on });
        }
    }
    found
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(SessionFile, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, text).unwrap();
        read_session(&path)
    }

    #[test]
    fn what_is_written_is_read_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evening.toml");
        let mut params = Params { dt: 0.1 + 0.2, nu: 1.0 / 3.0 * 1e-5, seed: u32::MAX, ..Params::default() };
        params.set_text("kernel", "linear").unwrap();
        let view = ViewPart { center: [1.0 / 3.0, 5e-324], span: 1e-3, tracers: false, ..ViewPart::default() };
        let session = SessionFile {
            scene: Some("pair".into()),
            state: Some(state_beside(&path)),
            kernel: Some("/elsewhere/A.npz".into()),
            running: false,
            params: lenient::differing(&params, &[&Params::default()]),
            view,
            operators: vec![OperatorPart { file: folder.path().join("ops/trail.toml"), on: false }],
        };
        write_session(&path, &session).unwrap();
        assert_eq!(read_session(&path).unwrap(), (session.clone(), vec![]));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("state = \"evening.z0.npz\"") && text.contains("file = \"ops/trail.toml\""), "{text}");
        let mut again = Params::default();
        session.apply(&mut again).unwrap();
        assert_eq!(again, params);
    }

    #[test]
    fn unknown_keys_and_bad_values_are_lost_alone() {
        let text = "dashi_session = 1\nscene = \"pair\"\nrunning = 3\nshoe = 1\n[parameters]\ndt = 0.02\nnu = -4\n\
                    [view]\nspan = \"wide\"\ntracers = false\nlimit = -1.0\n[[operators]]\non = true\n";
        let (session, lost) = read(text).unwrap();
        assert_eq!(session.params, [("dt", 0.02)]);
        assert!(session.running && !session.view.tracers && session.view.span > 6.0 && session.operators.is_empty());
        for (line, key) in [(3, "running"), (4, "shoe"), (7, "nu"), (9, "span"), (11, "limit"), (12, "operators")] {
            let named = lost.iter().any(|l| l.contains(&format!("line {line}: {key}: ")));
            assert!(named, "line {line} {key}: {lost:?}");
        }
        assert_eq!(lost.len(), 6, "{lost:?}");
    }

    #[test]
    fn what_is_no_session_is_refused_in_one_sentence() {
        for (text, word) in [
            ("", "dashi_session"),
            ("layout_version = 1\nname = \"trail\"\n", "dashi_session"),
            ("dashi_session = 2\n", "found 2"),
            ("dashi_session = \"x\"\n", "something else"),
            ("dashi_session = 1\nstate = 4\n", "state"),
            ("dashi_session = 1\nscene = [", "line 2"),
            ("PK\u{3}\u{4}\0\0", "line 1"),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.exit_code(), 5, "{error}");
            assert!(error.to_string().contains(word) && !error.to_string().contains('\n'), "{text:?}: {error}");
        }
        let long = format!("dashi_session = 1\nscene = \"{}\"\n", "x".repeat(300_000));
        assert!(read(&long).unwrap_err().to_string().contains("at most 262144 bytes"));
    }

    #[test]
    fn a_session_keeps_its_own_state_and_leaves_another_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let path = at("evening.toml");
        assert_eq!(state_place(&path), at("evening.z0.npz"));
        std::fs::write(at("evening.z0.npz"), "mine").unwrap();
        let place = state_place(&path);
        assert_eq!(place, at("evening.z0-2.npz"));
        // Once it is written, the same one is used again.
        std::fs::write(&place, "state").unwrap();
        write_session(&path, &SessionFile { state: Some(place.clone()), ..SessionFile::default() }).unwrap();
        assert_eq!(state_place(&path), place);
        // Its own under the usual name, and one that somebody wrote into the file by hand.
        write_session(&path, &SessionFile { state: Some(at("evening.z0.npz")), ..SessionFile::default() }).unwrap();
        assert_eq!(state_place(&path), at("evening.z0.npz"));
        write_session(&path, &SessionFile { state: Some(at("z0.npz")), ..SessionFile::default() }).unwrap();
        assert_eq!(state_place(&path), at("evening.z0-3.npz"));
    }

    #[test]
    fn no_cut_of_a_session_makes_the_reader_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        let operators = vec![OperatorPart { file: folder.path().join("a.toml"), on: true }];
        write_session(&path, &SessionFile { scene: Some("pair".into()), operators, ..SessionFile::default() }).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for end in 0..text.len() {
            let cut = read(&text[..end]);
            assert!(cut.is_ok() || cut.unwrap_err().exit_code() == 5);
        }
    }

    #[test]
    fn a_session_is_told_from_a_manifest() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.toml"), folder.path().join("b.toml"));
        write_session(&a, &SessionFile::default()).unwrap();
        std::fs::write(&b, "layout_version = 1\nname = \"trail\"\n").unwrap();
        assert!(is_session(&a) && !is_session(&b) && !is_session(Path::new("/no/such/file")));
    }
}
