//! Presets: sets of parameters under a name, built in or as TOML files of the user.
//!
//! ```toml
//! dashi_preset = 1
//! about = "One sentence."
//!
//! [parameters]
//! integrator = "rk2"
//! ```

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    At, atomic,
    lenient::{self, Reader},
};
use crate::{
    error::{Error, Result, tidy},
    params::Params,
};

const KEY: &str = "dashi_preset";
/// Most presets that are listed.
const MAX: usize = 200;

/// A named set of parameters; what it does not name stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Name of the preset: of the file, without the ending.
    pub name: String,
    /// What the preset is for, in one sentence.
    pub about: String,
    /// Parameters by name.
    pub params: Vec<(&'static str, f64)>,
    /// File of the preset; `None` for one that is built in.
    pub file: Option<PathBuf>,
}

/// Name, sentence and parameters of those that are built in.
type BuiltIn = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const BUILT_IN: [BuiltIn; 5] = [
    (
        "fast",
        "For software adapters and laptops: a coarse grid, two velocities a step and at most 400 vertices.",
        &[("integrator", "rk2"), ("n", "128"), ("max_vertices", "400"), ("parcels", "128"), ("tracers", "20000")],
    ),
    (
        "fine",
        "For a GPU: fourth order, shorter segments, 1024 x 1024 cells and a million particles of dye.",
        &[("integrator", "rk4"), ("segment_bound", "1.5"), ("n", "1024"), ("parcels", "512"), ("tracers", "1000000")],
    ),
    (
        "paper figure",
        "For a still picture: 2048 x 2048 cells, fourth order, no dye over the field.",
        &[("integrator", "rk4"), ("segment_bound", "1.5"), ("n", "2048"), ("tracers", "0")],
    ),
    (
        "sparse atoms",
        "Few numbers rather than a close field: passes merge and prune early and often.",
        &[
            ("mdl", "on"),
            ("mdl_every", "10"),
            ("tol", "0.05"),
            ("c_atom", "192"),
            ("c_vertex", "128"),
            ("merge_dist", "0.5"),
        ],
    ),
    (
        "lossless-ish",
        "A close field rather than few numbers: no passes, all pairs summed, short segments, early refits.",
        &[
            ("mdl", "off"),
            ("velocity", "direct"),
            ("integrator", "rk4"),
            ("segment_bound", "1.5"),
            ("refit_every", "25"),
        ],
    ),
];

/// Presets that are built in.
pub fn built_in() -> Vec<Preset> {
    let value = |name: &str, text: &str| {
        let mut params = Params::default();
        let info = crate::params::ParamInfo::named(name)?;
        params.set_text(info.name, text).ok()?;
        Some((info.name, params.get(info.name)?))
    };
    let preset = |(name, about, list): &BuiltIn| Preset {
        name: (*name).into(),
        about: (*about).into(),
        params: list.iter().filter_map(|(name, text)| value(name, text)).collect(),
        file: None,
    };
    BUILT_IN.iter().map(preset).collect()
}

/// Folder of the user's own.
fn presets(config: &Path) -> PathBuf {
    config.join("presets")
}

/// Those that are built in, then the user's own by name. A file that is no preset is not listed.
pub fn list(config: Option<&Path>) -> Vec<Preset> {
    let mut all = built_in();
    let files = config.and_then(|folder| fs::read_dir(presets(folder)).ok()).into_iter().flatten().flatten();
    let mut own: Vec<PathBuf> =
        files.map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    own.sort();
    all.extend(own.iter().take(MAX).filter_map(|path| Some(read(path).ok()?.0)));
    all
}

/// A preset by its name, else by its file, and what was left out of it.
///
/// # Errors
/// [`Error::Usage`] where there is neither; what [`read`] finds.
pub fn find(word: &str, config: Option<&Path>) -> Result<(Preset, Vec<String>)> {
    let path = Path::new(word);
    if path.is_file() {
        return read(path);
    }
    let all = list(config);
    let names: Vec<&str> = all.iter().map(|preset| preset.name.as_str()).collect();
    let missing = format!("preset '{word}' is neither a file nor one of {}", names.join(", "));
    // A user's own of the same name stands before one that is built in.
    let found = all.iter().rev().find(|preset| preset.name == word);
    Ok((found.cloned().ok_or(Error::Usage(missing))?, vec![]))
}

/// Reads a preset and a sentence for each value that was left out.
///
/// # Errors
/// [`Error::Unreadable`] or [`Error::BadFile`].
pub fn read(path: &Path) -> Result<(Preset, Vec<String>)> {
    read_preset_text(path, &lenient::read_text(path)?)
}

/// As [`read`], from its text; `path` gives the name and stands in messages.
///
/// # Errors
/// [`Error::BadFile`].
pub fn read_preset_text(path: &Path, text: &str) -> Result<(Preset, Vec<String>)> {
    let mut reader = Reader::new(path, text);
    let mut table = reader.parse()?;
    let version = table.remove(KEY).map(|value| lenient::json(value.get_ref()));
    if version.as_ref().and_then(serde_json::Value::as_i64) != Some(1) {
        let found = version.map_or("none".into(), |v| v.to_string());
        return Err(At { path, field: KEY }.bad("1, the version of presets that this program reads", found));
    }
    let about = match table.remove("about").map(|value| lenient::json(value.get_ref())) {
        Some(serde_json::Value::String(about)) => tidy(&about),
        _ => String::new(),
    };
    let params = match table.get("parameters").map(|value| value.get_ref()) {
        Some(toml::de::DeValue::Table(part)) => reader.parameters(part),
        _ => vec![],
    };
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((Preset { name, about, params, file: Some(path.into()) }, reader.lost))
}

/// Whether a name can be that of a file everywhere.
///
/// # Errors
/// [`Error::Usage`] with what it may be made of.
pub fn allowed(name: &str) -> Result<()> {
    let fits = |c: char| c.is_alphanumeric() || " -_".contains(c);
    let whole = !name.trim().is_empty() && name.trim() == name && name.chars().count() <= 60 && name.chars().all(fits);
    if whole {
        Ok(())
    } else {
        Err(Error::Usage("a preset's name is made of up to 60 letters, digits, spaces, - and _".into()))
    }
}

/// Writes a preset of the user.
///
/// # Errors
/// [`Error::Usage`] for a name that no file may have or that is built in, [`Error::Unwritable`].
pub fn save(config: &Path, name: &str, about: &str, params: &[(&'static str, f64)]) -> Result<PathBuf> {
    allowed(name)?;
    if BUILT_IN.iter().any(|(built_in, ..)| *built_in == name) {
        return Err(Error::Usage(format!("the preset '{name}' is built in: choose another name")));
    }
    let folder = presets(config);
    fs::create_dir_all(&folder).map_err(|source| Error::Unwritable { path: folder.clone(), source })?;
    #[derive(serde::Serialize)]
    struct Whole<'a> {
        dashi_preset: i64,
        about: &'a str,
        parameters: toml::Table,
    }
    let whole = Whole { dashi_preset: 1, about, parameters: lenient::table(params) };
    let text = toml::to_string(&whole).map_err(|e| Error::Run(format!("the preset does not fit into TOML: {e}")))?;
    let path = folder.join(format!("{name}.toml"));
    atomic::write_io(&path, |out| out.write_all(text.as_bytes()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_built_in_are_whole_and_say_what_they_do() {
        let all = built_in();
        for (preset, (.., list)) in all.iter().zip(BUILT_IN) {
            assert_eq!(preset.params.len(), list.len(), "{}: a row is wrong", preset.name);
            assert!(preset.about.ends_with('.') && allowed(&preset.name).is_ok());
            let mut params = Params::default();
            lenient::apply(&preset.params, &mut params).unwrap();
            params.validate().unwrap();
            assert_ne!(params, Params::default());
        }
    }

    #[test]
    fn a_preset_is_saved_found_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let config = Some(folder.path());
        let list_of = vec![("dt", 0.1 + 0.2), ("mdl", 1.0)];
        let path = save(folder.path(), "my own", "About.", &list_of).unwrap();
        fs::write(presets(folder.path()).join("bad.toml"), "nonsense").unwrap();
        let (preset, lost) = find("my own", config).unwrap();
        assert_eq!((preset.params.as_slice(), lost.len(), preset.about.as_str()), (list_of.as_slice(), 0, "About."));
        assert_eq!(find(path.to_str().unwrap(), None).unwrap().0, preset);
        assert_eq!(list(config).len(), BUILT_IN.len() + 1, "a damaged one is not listed");
        for name in ["", "fast", "../x", "a/b", " a", "a.b"] {
            assert!(save(folder.path(), name, "", &[]).is_err(), "{name:?}");
        }
        assert!(find("nothing", config).unwrap_err().to_string().contains("sparse atoms"));
    }
}
