//! Files are short: one idea a file.

use super::{files_below, root};
use std::fs;

/// Most lines of a file under `src` and `shaders`.
const MOST: usize = 450;

/// Their median is below this.
const MEDIAN: usize = 200;

#[test]
fn files_are_short() {
    let of = |folder: &str, end: &str| -> Vec<(usize, String)> {
        let files = files_below(&root().join(folder)).into_iter().filter(|(name, _)| name.ends_with(end));
        files
            .map(|(name, path)| (fs::read_to_string(path).unwrap().lines().count(), format!("{folder}/{name}")))
            .collect()
    };
    let mut files = [of("src", ".rs"), of("shaders", ".wgsl")].concat();
    assert!(files.len() > 400, "{} files: the sources were not read", files.len());
    files.sort();
    let long: Vec<_> = files.iter().filter(|(lines, _)| *lines > MOST).collect();
    assert!(long.is_empty(), "longer than {MOST} lines; split by ideas: {long:?}");
    let median = files[files.len() / 2].0;
    println!("{} files, median {median} lines, longest {:?}", files.len(), files.last());
    assert!(median < MEDIAN, "median {median} lines, below {MEDIAN} expected");
}
