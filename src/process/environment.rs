//! What the environment lacks or says wrongly, settled before anything else looks at it.

/// Gives libraries the folder that they look for sockets in where nobody set one: libwayland, which Vulkan drivers ask
/// for a compositor even where nothing is shown, otherwise writes "error: XDG_RUNTIME_DIR is invalid" on stderr, twice.
/// Call it first, while there is one thread.
#[cfg(target_os = "linux")]
pub fn settle() {
    const NAME: &str = "XDG_RUNTIME_DIR";
    if std::env::var_os(NAME).is_some_and(|folder| !folder.is_empty()) {
        return;
    }
    // Nothing is written there: a folder without sockets says that there are none.
    #[expect(unsafe_code, clippy::disallowed_methods, reason = "the only way to set what a C library reads")]
    // SAFETY: the program has one thread yet, so that nobody reads the environment meanwhile.
    unsafe {
        std::env::set_var(NAME, std::env::temp_dir());
    }
}

/// Nothing to settle on other systems.
#[cfg(not(target_os = "linux"))]
pub fn settle() {}

/// A text without the folders of the machine that built the program: the place of a line in a dependency's source begins
/// with the dependency's name.
pub fn without_build_paths(text: &str) -> String {
    const SOURCES: &str = "registry/src/";
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(SOURCES) {
        let begins = rest[..at].rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let after = &rest[at + SOURCES.len()..];
        out.push_str(&rest[..begins]);
        // The folder of the registry's name follows.
        rest = after.split_once('/').map_or(after, |(_, path)| path);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::without_build_paths;

    #[test]
    fn places_in_dependencies_begin_with_their_names() {
        let text =
            "os error at /root/.cargo/registry/src/index.crates.io-1949/winit-0.30.13/src/mod.rs:89: no compositor";
        assert_eq!(without_build_paths(text), "os error at winit-0.30.13/src/mod.rs:89: no compositor");
        let two = "a /h/.cargo/registry/src/x/b-1/c.rs:1, /h/.cargo/registry/src/x/d-2/e.rs:2";
        assert_eq!(without_build_paths(two), "a b-1/c.rs:1, d-2/e.rs:2");
        assert_eq!(without_build_paths("src/app/mod.rs:3 fails"), "src/app/mod.rs:3 fails");
    }
}
