//! Reading a session.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use super::{KEY, OperatorPart, SessionFile, VERSION, ViewPart};
use crate::{
    error::Result,
    io::{
        At,
        lenient::{self, Reader},
    },
};

/// Most operators of a session.
const MAX_OPERATORS: usize = 64;

/// Whether a TOML file is a session; a file that cannot be read is none.
pub fn is_session(path: &Path) -> bool {
    let Ok(text) = lenient::read_text(path) else { return false };
    Reader::new(path, &text).parse_what_can_be_read().iter().any(|(key, _)| key.get_ref() == KEY)
}

/// Reads a session, and a sentence for each value that was left out.
///
/// # Errors
/// [`crate::Error::Unreadable`], or [`crate::Error::BadFile`] for what is no session.
pub fn read_session(path: &Path) -> Result<(SessionFile, Vec<String>)> {
    read_session_text(path, &lenient::read_text(path)?)
}

/// As [`read_session`], from its text; `path` gives the folder and names it in messages.
///
/// # Errors
/// [`crate::Error::BadFile`].
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
