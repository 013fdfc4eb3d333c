//! A path as people paste it: in quotes, as `file://` from a browser or file manager, with `~`, with the backslashes of a
//! shell.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The path that a text means, `home` being the folder of `~`.
fn meant(text: &str, home: Option<&Path>) -> PathBuf {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let text = quoted('"').or_else(|| quoted('\'')).unwrap_or(text);
    if let Some(uri) = text.strip_prefix("file://") {
        // A host may stand before the path: "localhost", or none.
        let path = uri.find('/').map_or(uri, |slash| &uri[slash..]);
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
        return decoded.map_or_else(|_| path.into(), |path| PathBuf::from(path.as_ref()));
    }
    match (text.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.into(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(&rest[1..]),
        _ => text.into(),
    }
}

/// The path that a text means.
pub fn pasted(text: &str) -> PathBuf {
    let home = etcetera::choose_base_strategy().ok();
    let path = meant(text, home.as_ref().map(|base| base.home_dir()));
    // A shell's backslashes before spaces and brackets, but where a file has them in its name.
    if cfg!(unix) && text.contains('\\') && !path.exists() {
        let plain: String = path.to_string_lossy().split('\\').collect();
        return plain.into();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_understood_as_they_are_pasted() {
        let home = Path::new("/home/ada");
        for (text, path) in [
            (" /data/z0.npz\n", "/data/z0.npz"),
            ("\"/data/my flow.npz\"", "/data/my flow.npz"),
            ("'/data/my flow.npz'", "/data/my flow.npz"),
            ("file:///data/my%20flow%C3%BC.npz", "/data/my flowü.npz"),
            ("file://localhost/data/z0.npz", "/data/z0.npz"),
            ("~/z0.npz", "/home/ada/z0.npz"),
            ("~", "/home/ada"),
            ("~bob/z0.npz", "~bob/z0.npz"),
            ("a~/z0.npz", "a~/z0.npz"),
            ("\"", "\""),
        ] {
            assert_eq!(meant(text, Some(home)), Path::new(path), "{text}");
        }
        assert_eq!(meant("~/z0.npz", None), Path::new("~/z0.npz"));
    }

    #[cfg(unix)]
    #[test]
    fn the_backslashes_of_a_shell_go_but_where_a_file_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("a\\ b.npz");
        assert_eq!(pasted("/no/my\\ flow\\(1\\).npz"), Path::new("/no/my flow(1).npz"));
        std::fs::write(&named, "").unwrap();
        assert_eq!(pasted(&named.display().to_string()), named);
    }
}
