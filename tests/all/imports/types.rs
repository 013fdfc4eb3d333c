//! Types that act stay small: how many fields a type has, and how many methods in all of its `impl` blocks.
//!
//! An `impl` block belongs to the nearest definition of its name: in its own file, else in the folder that the file
//! stands in or in one above it. What a trait asks for is the trait's and does not count, nor do `#[cfg(test)]` items.

use super::{code_only, files_below, ident, root, without_tests};
use std::{collections::BTreeMap, fs};

/// Most fields of a type that acts, and most methods.
const MOST: [usize; 2] = [15, 30];

/// What may be larger, by file and name, and why. Nothing else.
const EXCEPTED: &[(&str, &str, &str)] = &[
    // What panels show and edit: plain data that the window writes and panels read.
    ("app/model/mod.rs", "Model", "what panels show"),
    ("app/model/export.rs", "ExportModel", "what the export panel edits"),
    ("app/model/readout.rs", "Readout", "numbers of a frame"),
    ("app/model/view.rs", "ViewModel", "how the view is"),
    ("app/ui/theme.rs", "Palette", "colours"),
    // Arguments of the command line.
    ("cli/encode.rs", "EncodeArgs", "flags"),
    ("cli/learn.rs", "LearnArgs", "flags"),
    ("cli/run.rs", "RunArgs", "flags"),
    // Records that are written as JSON, a field an entry.
    ("app/tools/status_file.rs", "Status", "the status file"),
    ("cli/encode/report.rs", "Report", "a report"),
    ("cli/learn/report.rs", "Summary", "a report"),
    ("lab/scenes/row.rs", "Row", "a row of a table"),
    ("perf/metrics.rs", "Metrics", "the metrics file"),
];

/// Fields and methods of a type.
#[derive(Default, Debug, PartialEq)]
struct Size {
    fields: usize,
    methods: usize,
}

/// End of what is opened at the first brace or parenthesis at or after `start`.
fn closed(code: &str, start: usize) -> usize {
    let mut depth = 0;
    for (at, byte) in code.bytes().enumerate().skip(start) {
        depth += i32::from(matches!(byte, b'{' | b'(')) - i32::from(matches!(byte, b'}' | b')'));
        if depth == 0 && matches!(byte, b'}' | b')') {
            return at + 1;
        }
    }
    code.len()
}

/// Places right after a word of the code.
fn after(code: &str, word: &str) -> Vec<usize> {
    let whole = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let ends = code
        .match_indices(word)
        .filter(|(at, _)| whole(code[..*at].chars().next_back()) && whole(code[at + word.len()..].chars().next()));
    ends.map(|(at, _)| at + word.len()).collect()
}

/// Parts between the commas at the top of a list, empty ones left out.
fn parts(list: &str) -> usize {
    let (mut depth, mut count, mut some) = (0, 0, false);
    let mut before = ' ';
    for c in list.chars() {
        match c {
            '{' | '(' | '[' | '<' => depth += 1,
            '>' if before == '-' || before == '=' => {}
            '}' | ')' | ']' | '>' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            (count, some) = (count + usize::from(some), false);
        } else {
            some |= !c.is_whitespace();
        }
        before = c;
    }
    count + usize::from(some)
}

/// Names of the structs of a file and how many fields they have.
fn structs(code: &str) -> Vec<(String, usize)> {
    let one = |at: usize| {
        let name = ident(code[at..].trim_start()).to_owned();
        let opens = at + code[at..].find(['{', '(', ';'])?;
        let end = if code[opens..].starts_with(';') { opens + 1 } else { closed(code, opens) };
        let inside = code.get(opens + 1..end.saturating_sub(1)).unwrap_or("");
        (!name.is_empty()).then(|| (name, parts(inside)))
    };
    after(code, "struct").into_iter().filter_map(one).collect()
}

/// Names of the types whose own methods a file holds, and how many each block has.
fn impls(code: &str) -> Vec<(String, usize)> {
    let one = |at: usize| {
        let opens = at + code[at..].find('{')?;
        let head = &code[at..opens];
        // `impl Trait` in an argument or a result opens nothing of its own.
        let before = code[..at - "impl".len()].trim_end();
        if !(before.is_empty() || before.ends_with(['}', ';', ']'])) || head.contains(';') {
            return None;
        }
        let head = head.split(" where ").next()?;
        // `for<'a>` says something of lifetimes; any other is of a trait.
        if after(head, "for").iter().any(|at| !head[*at..].starts_with('<')) {
            return None;
        }
        let head = head.trim_start();
        let head = if head.starts_with('<') { head[generics(head)..].trim_start() } else { head };
        let path = head.split(['<', ' ']).next()?;
        let name = path.rsplit("::").next()?.trim_start_matches('&').to_owned();
        let body = &code[opens + 1..closed(code, opens) - 1];
        let mut depth = 0;
        let top: String = body
            .chars()
            .filter(|c| {
                depth += i32::from(*c == '{') - i32::from(*c == '}');
                depth == 0
            })
            .collect();
        Some((name, after(&top, "fn").len()))
    };
    after(code, "impl").into_iter().filter_map(one).collect()
}

/// Bytes of the generics that a text begins with.
fn generics(text: &str) -> usize {
    let (mut depth, mut before) = (0, ' ');
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '<') - i32::from(c == '>' && before != '-');
        if depth == 0 {
            return at + 1;
        }
        before = c;
    }
    text.len()
}

/// The folder of a file.
fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Sizes of the types of `(path, source)`, by file and name.
fn sizes(sources: &[(String, String)]) -> BTreeMap<(String, String), Size> {
    let code: Vec<(&str, String)> =
        sources.iter().map(|(file, source)| (file.as_str(), without_tests(&code_only(source)))).collect();
    let mut sizes = BTreeMap::new();
    for (file, code) in &code {
        for (name, fields) in structs(code) {
            sizes.insert(((*file).to_owned(), name), Size { fields, methods: 0 });
        }
    }
    for (file, code) in &code {
        for (name, methods) in impls(code) {
            let own = |at: &str| at == *file;
            let above = |at: &str| folder(at).is_empty() || format!("{file}/").starts_with(&format!("{}/", folder(at)));
            let rank = |at: &str| if own(at) { usize::MAX } else { folder(at).len() };
            let places = sizes.keys().filter(|(at, known)| *known == name && (own(at) || above(at)));
            let nearest = places.max_by_key(|(at, _)| rank(at)).cloned();
            // What has no fields is an enum or a name of another crate's type.
            let place = nearest.unwrap_or_else(|| ((*file).to_owned(), name.clone()));
            sizes.entry(place).or_default().methods += methods;
        }
    }
    sizes
}

#[test]
fn types_that_act_stay_small() {
    let files = files_below(&root().join("src")).into_iter().filter(|(name, _)| name.ends_with(".rs"));
    let sources: Vec<(String, String)> = files.map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect();
    let sizes = sizes(&sources);
    assert!(sizes.len() > 500, "{} types: the sources were not read", sizes.len());
    let large: Vec<_> = sizes.iter().filter(|(_, size)| size.fields > MOST[0] || size.methods > MOST[1]).collect();
    let known = |(file, name): &(String, String)| EXCEPTED.iter().any(|(f, n, _)| f == file && n == name);
    let most = |of: fn(&Size) -> usize| {
        let acting = sizes.iter().filter(|(place, _)| !known(place));
        acting.max_by_key(|(_, size)| of(size)).map(|((file, name), size)| format!("{name} of {file}: {}", of(size)))
    };
    println!("{} types, most fields {:?}, most methods {:?}", sizes.len(), most(|s| s.fields), most(|s| s.methods));
    let odd: Vec<_> = large.iter().filter(|(place, _)| !known(place)).collect();
    assert!(odd.is_empty(), "more than {} fields or {} methods: {odd:#?}", MOST[0], MOST[1]);
    for (file, name, _) in EXCEPTED {
        let still = large.iter().any(|((f, n), _)| f == file && n == name);
        assert!(still, "{name} of {file} is small now: take it off the list");
    }
}

#[test]
fn fields_and_methods_are_counted() {
    let sources = [
        ("a/mod.rs", "pub struct One<T> { a: Vec<(u8, T)>, pub(super) b: fn(u8, u8) -> u8, } struct Two(u8, [u8; 2]);"),
        ("a/b/c.rs", "use x; impl<T: Fn(u8) -> u8> One<T> { fn a() { fn inner() {} } pub const fn b(&self) {} }"),
        (
            "a/b.rs",
            "struct Unit; impl Default for super::Two { fn default() -> Self {} } impl Unit { fn f(g: impl Fn()) -> impl Fn() {} }",
        ),
        ("d.rs", "struct Two { x: u8 } impl Two { fn own(&self) {} } #[cfg(test)] impl Two { fn tried() {} }"),
    ];
    let sizes = sizes(&sources.map(|(file, source)| (file.to_owned(), source.to_owned())));
    let size = |file: &str, name: &str| {
        let Size { fields, methods } = &sizes[&(file.to_owned(), name.to_owned())];
        [*fields, *methods]
    };
    assert_eq!(size("a/mod.rs", "One"), [2, 2]);
    assert_eq!(size("a/mod.rs", "Two"), [2, 0]);
    assert_eq!(size("a/b.rs", "Unit"), [0, 1]);
    assert_eq!(size("d.rs", "Two"), [1, 1]);
}
