//! Files that nobody named: beside one that was, or in a folder without a question.
//!
//! An export replaces the file that the user named, and no other. What comes with it takes a name that is free.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The whole name of a file with a further ending: `shot.png` gives `shot.png.json`.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// `path`, or the first of `STEM-2.ENDING`, `STEM-3.ENDING`, ... that nothing has.
pub fn free(path: &Path) -> PathBuf {
    free_of(path, |path| path.symlink_metadata().is_ok())
}

/// As [`free`], with another notion of what is taken.
pub fn free_of(path: &Path, taken: impl Fn(&Path) -> bool) -> PathBuf {
    if !taken(path) {
        return path.into();
    }
    let numbered = |number: u64| {
        let mut name = path.file_stem().map_or_else(OsString::new, OsString::from);
        name.push(format!("-{number}"));
        if let Some(ending) = path.extension() {
            name.push(".");
            name.push(ending);
        }
        path.with_file_name(name)
    };
    let mut number = 2;
    while taken(&numbered(number)) {
        number += 1;
    }
    numbered(number)
}

/// The name that was typed, with an ending where it has none; then nobody was asked about the whole name, and a file
/// that has it stays.
pub fn ended(path: &Path, ending: &str) -> PathBuf {
    if path.extension().is_some() { path.into() } else { free(&path.with_extension(ending)) }
}

/// Whether two names are one file, be it there or not.
pub fn same(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let folder = absolute.parent().and_then(|folder| folder.canonicalize().ok());
        let name = absolute.file_name().map(OsString::from);
        let named = folder.zip(name).map_or_else(|| absolute.clone(), |(folder, name)| folder.join(name));
        absolute.canonicalize().unwrap_or(named)
    };
    whole(a) == whole(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_counted_on() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        assert_eq!(free(&at("omega.npz")), at("omega.npz"));
        for (taken, next) in [("omega.npz", "omega-2.npz"), ("omega-2.npz", "omega-3.npz")] {
            std::fs::write(at(taken), "").unwrap();
            assert_eq!(free(&at("omega.npz")), at(next));
        }
        std::fs::write(at("shot.png.json"), "").unwrap();
        assert_eq!(free(&with_ending(&at("shot.png"), "json")), at("shot.png-2.json"));
        assert_eq!([ended(&at("omega"), "npz"), ended(&at("omega.npz"), "npz")], [at("omega-3.npz"), at("omega.npz")]);
        std::fs::write(at("plain"), "").unwrap();
        assert_eq!(free(&at("plain")), at("plain-2"));
    }

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("out")).unwrap();
        assert!(same(&at("out/z0.npz"), &at("out/../out/z0.npz")) && !same(&at("out/z0.npz"), &at("z0.npz")));
        std::fs::write(at("out/z0.npz"), "").unwrap();
        assert!(same(&at("out/z0.npz"), &at("./out/z0.npz")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("out/z0.npz"), at("link.npz")).unwrap();
            assert!(same(&at("link.npz"), &at("out/z0.npz")));
        }
    }
}
