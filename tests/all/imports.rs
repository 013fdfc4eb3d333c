//! Who may import whom: the `crate::` paths of every file under `src` against one table.
//!
//! A file is judged by the first row that matches its path. Paths under `crate::`, `super::` and
//! `self::` are resolved to modules first, in `use` trees and inline alike. Comments, strings and
//! `#[cfg(test)]` items do not count, nor do files named `tests.rs`. A file may always import its
//! own top-level module. Whether files need each other in a circle is told by `circles`, how long they are by `sizes`, how large types are by `types`.

mod circles;
mod sizes;
mod types;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// One row of the table.
struct Row {
    /// Path under `src`; `*` stands for one folder or file name, `**` for any number of them.
    files: &'static str,
    /// Top-level modules these files may import.
    may: &'static [&'static str],
    /// Path segments that may not occur at any depth, other crates included.
    never: &'static [&'static str],
    /// The rule in words.
    rule: &'static str,
}

const fn row(
    files: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static str],
    rule: &'static str,
) -> Row {
    Row { files, may, never, rule }
}

/// Crates that draw the window.
const WINDOW: [&str; 5] = ["winit", "egui", "egui_wgpu", "egui_winit", "rfd"];

/// First match wins, so exceptions stand above what they are exceptions from.
const TABLE: &[Row] = &[
    row("lib.rs", ALL, &[], "the crate root declares every module"),
    row("main.rs", ALL, &[], "the binary parses, dispatches and maps errors to exit codes"),
    // The core: what everything else is written in.
    row("error.rs", &[], &["wgpu"], "errors know nothing but the standard library"),
    row("layout.rs", &[], &["wgpu"], "layouts describe memory, whoever owns it"),
    row("math.rs", &["error"], &["wgpu"], "mathematics knows no physics and no GPU"),
    row("process/**", &["error"], &["wgpu"], "signals and last words, whoever runs"),
    row("params.rs", &["math", "error"], &["wgpu"], "parameters are a table, not behaviour"),
    row("params/**", &["math", "error"], &["wgpu"], "parameters are a table, not behaviour"),
    row("state/**", &["math", "error"], &["wgpu"], "the state knows neither operators nor the GPU"),
    // The GPU without physics.
    row("gpu/**", &["error", "layout"], &[], "the GPU layer knows no physics: neither state, operators nor parameters"),
    // Operators: text, reference, pass.
    row(
        "ops/**/cpu.rs",
        &["math", "error", "params", "state", "ops", "primitives"],
        &["wgpu", "gpu"],
        "a CPU reference needs mathematics and state, never the GPU",
    ),
    row(
        "ops/buffers.rs",
        &["math", "error", "layout", "state", "gpu", "ops"],
        &["cpu"],
        "the device's copy of the atoms, shared by the passes",
    ),
    row(
        "ops/**/gpu.rs",
        &["math", "error", "layout", "params", "state", "gpu", "ops", "primitives"],
        &["cpu"],
        "a pass encodes; it takes no mathematics from a CPU reference",
    ),
    row(
        "ops/**",
        &["math", "error", "layout", "params", "state", "gpu", "ops", "primitives"],
        &["wgpu"],
        "an operator knows its equation, not who shows it",
    ),
    row("primitives/**/cpu.rs", &["math", "error", "primitives"], &["wgpu", "gpu"], "a primitive's reference is plain"),
    row(
        "primitives/**/gpu.rs",
        &["math", "error", "layout", "gpu", "primitives"],
        &["cpu"],
        "a primitive's pass knows the GPU layer and no physics",
    ),
    row("primitives/**", &["math", "error", "layout", "gpu", "primitives"], &["wgpu"], "primitives know no physics"),
    // Making and learning states.
    row(
        "spectral/**/gpu.rs",
        &["math", "error", "layout", "state", "gpu", "primitives", "spectral"],
        &["cpu"],
        "a pass encodes; it takes no mathematics from a CPU reference",
    ),
    row(
        "spectral/**/gpu/**",
        &["math", "error", "layout", "state", "gpu", "primitives", "spectral"],
        &["cpu"],
        "a pass encodes; it takes no mathematics from a CPU reference",
    ),
    row(
        "spectral/**",
        &["math", "error", "layout", "params", "state", "io", "primitives"],
        &["wgpu"],
        "the background's workshop does not know who shows it",
    ),
    row(
        "encode/gpu.rs",
        &["math", "error", "state", "ops", "primitives", "spectral", "gpu", "encode"],
        &["wgpu"],
        "the fit on a device, by the operator's passes",
    ),
    row(
        "encode/**",
        &["math", "error", "state", "ops", "primitives", "spectral"],
        &["wgpu"],
        "atoms are fitted by operators on samples of a field, whoever asks for it",
    ),
    row(
        "genesis/**",
        &["math", "error", "params", "state", "io", "primitives", "sim"],
        &["wgpu"],
        "an initial condition is a state ready to run (sim::prepared), whoever shows it",
    ),
    // Files and measurements.
    row(
        "open/**",
        &["math", "error", "params", "state", "genesis", "io", "primitives", "process", "sim", "operator"],
        &["wgpu", "render", "app", "cli"],
        "one door for states, whoever opens it",
    ),
    row("io/**", &["math", "error", "params", "state"], &["wgpu"], "files hold states, not devices or windows"),
    row("perf/**", &["math", "error", "params", "state"], &["wgpu"], "measurements are data that others fill in"),
    row(
        "operator/**",
        &["math", "error", "layout", "primitives", "gpu", "io"],
        &["state", "app", "cli"],
        "a user's operator works on numbers, whatever they stand for",
    ),
    // One step, one picture, one window.
    row(
        "sim/**",
        &[
            "math",
            "error",
            "layout",
            "params",
            "state",
            "ops",
            "primitives",
            "spectral",
            "encode",
            "gpu",
            "perf",
            "operator",
        ],
        &[],
        "the simulation orders operators and does not know who looks",
    ),
    row(
        "render/**",
        &["math", "error", "layout", "params", "state", "gpu", "primitives", "sim"],
        &[],
        "rendering takes a simulation's decoded field and a view, never an operator",
    ),
    row(
        "lab/**",
        &["math", "error", "params", "state", "ops", "primitives", "spectral", "genesis", "sim", "gpu"],
        &["wgpu", "app", "cli"],
        "a case compares operators with known numbers, whoever shows it; files are read before",
    ),
    row("cli/bench.rs", ALL, &["app"], "measuring reaches into operators, not into the window"),
    row("cli/bench/**", ALL, &["app"], "measuring reaches into operators, not into the window"),
    row("cli/check.rs", ALL, &["app"], "checking reaches into operators, not into the window"),
    row("cli/check/**", ALL, &["app"], "checking reaches into operators, not into the window"),
    row("cli/soak.rs", &["error", "app", "soak", "cli"], &["wgpu"], "the command hands a soak to the window"),
    row("cli/**", SHELL, &[], "a command goes through the simulation, not into operators"),
    row("soak/**", SHELL, &["wgpu"], "a soak uses the window by its driving interface (app::window::hands)"),
    row("app/model/**", SHELL, &["tools", "desk", "ui"], "what the panels show knows nobody who shows or fills it"),
    row("app/ui/**", SHELL, &["tools", "desk"], "a panel is a function of the model"),
    row("app/device/**", SHELL, &["tools", "desk", "ui"], "the device knows neither run nor tools"),
    row("app/run/**", SHELL, &["tools", "ui"], "the run is changed by tools and knows none"),
    row("app/tools/**", SHELL, &["ui", "target", "overlay"], "a tool meets the desk, neither panels nor the surface"),
    row("app/**", SHELL, &[], "the window goes through the simulation, not into operators"),
];

const ALL: &[&str] = &[
    "math",
    "error",
    "params",
    "state",
    "ops",
    "primitives",
    "spectral",
    "encode",
    "genesis",
    "sim",
    "gpu",
    "lab",
    "operator",
    "open",
    "render",
    "io",
    "perf",
    "process",
    "cli",
    "app",
];
const SHELL: &[&str] = &[
    "math",
    "error",
    "params",
    "state",
    "primitives",
    "spectral",
    "encode",
    "genesis",
    "sim",
    "gpu",
    "lab",
    "operator",
    "open",
    "render",
    "io",
    "perf",
    "process",
    "cli",
    "app",
];

/// Names at the crate root that stand for a module.
const ROOT_NAMES: [(&str, &str); 3] = [("Error", "error"), ("Result", "error"), ("shared_struct", "layout")];

/// Longest `main.rs`.
const MAIN_LINES: usize = 60;

/// A broken rule.
#[derive(Debug, PartialEq)]
struct Finding {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

// --- reading Rust -------------------------------------------------------------------------------

/// The source with comments, strings and character literals blanked, line breaks kept.
fn code_only(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let blank =
        |code: &mut String, range: &[char]| code.extend(range.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
    let mut i = 0;
    while i < text.len() {
        let end = skipped(&text, i);
        if end > i {
            blank(&mut code, &text[i..end]);
            i = end;
        } else {
            code.push(text[i]);
            i += 1;
        }
    }
    code
}

/// End of the comment or literal that starts at `i`, or `i`.
fn skipped(text: &[char], i: usize) -> usize {
    let at = |j: usize| text.get(j).copied().unwrap_or('\0');
    let find = |from: usize, end: &dyn Fn(usize) -> bool| (from..text.len()).find(|j| end(*j)).unwrap_or(text.len());
    let after_word = i > 0 && (text[i - 1].is_alphanumeric() || text[i - 1] == '_');
    match at(i) {
        '/' if at(i + 1) == '/' => find(i, &|j| text[j] == '\n'),
        '/' if at(i + 1) == '*' => {
            let (mut depth, mut j) = (0, i);
            while j < text.len() {
                match (at(j), at(j + 1)) {
                    ('/', '*') => (depth, j) = (depth + 1, j + 2),
                    ('*', '/') => (depth, j) = (depth - 1, j + 2),
                    _ => j += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            j.min(text.len())
        }
        'r' if !after_word || at(i.wrapping_sub(1)) == 'b' => {
            let quote = find(i + 1, &|j| text[j] != '#');
            let hashes = quote - i - 1;
            if at(quote) != '"' {
                return i;
            }
            let closes = |j: usize| text[j] == '"' && (1..=hashes).all(|h| at(j + h) == '#');
            (find(quote + 1, &closes) + hashes + 1).min(text.len())
        }
        '"' => {
            let mut j = i + 1;
            while j < text.len() && text[j] != '"' {
                j += if text[j] == '\\' { 2 } else { 1 };
            }
            (j + 1).min(text.len())
        }
        // A character, not a lifetime.
        '\'' if at(i + 1) == '\\' => (find(i + 3, &|j| text[j] == '\'') + 1).min(text.len()),
        '\'' if at(i + 2) == '\'' => i + 3,
        _ => i,
    }
}

/// Code with every item under `#[cfg(test)]` or `#[cfg(all(test, ...))]` blanked.
fn without_tests(code: &str) -> String {
    let mut kept = code.as_bytes().to_vec();
    for start in ["#[cfg(test)]", "#[cfg(all(test,"].iter().flat_map(|mark| code.match_indices(mark)).map(|(at, _)| at)
    {
        let mut depth = 0;
        let mut end = code.len();
        for (j, byte) in code.bytes().enumerate().skip(start) {
            match byte {
                b'{' | b'(' | b'[' => depth += 1,
                b'}' | b')' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(byte, b'}' | b';') {
                end = j + 1;
                break;
            }
        }
        kept[start..end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// A path met in code, from its first segment on, and the byte where it starts.
type Found = (usize, Vec<String>);

/// All `a::b` paths of the code; `use` trees give one path a leaf.
fn paths(code: &str) -> Vec<Found> {
    let mut found = vec![];
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let word = ident(rest);
        if word.is_empty() {
            at += rest.chars().next().map_or(1, char::len_utf8);
        } else if rest[word.len()..].trim_start().starts_with("::") && !code[..at].trim_end().ends_with("::") {
            at += tree(code, at, &mut vec![], &mut found);
        } else {
            at += word.len();
        }
    }
    found
}

/// The identifier at the start of the text, or nothing.
fn ident(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_numeric()) { "" } else { &text[..end] }
}

/// Reads the (use) tree at `start` below `prefix`; returns how many bytes it took.
fn tree(code: &str, start: usize, prefix: &mut Vec<String>, found: &mut Vec<Found>) -> usize {
    let depth = prefix.len();
    let mut at = start;
    let space = |at: usize| code.len() - code[at..].trim_start().len();
    loop {
        at = space(at);
        if code[at..].starts_with('{') {
            at += 1;
            loop {
                at = space(at);
                if code[at..].starts_with('}') || at >= code.len() {
                    at = (at + 1).min(code.len());
                    break;
                }
                let taken = tree(code, at, prefix, found);
                // Anything the grammar of a use tree does not hold, `as name` included, is stepped over.
                at += taken.max(code[at..].chars().next().map_or(1, char::len_utf8));
            }
            break;
        }
        let word = ident(&code[at..]);
        if word.is_empty() {
            if depth < prefix.len() {
                found.push((start, prefix.clone()));
            }
            break;
        }
        prefix.push(word.to_owned());
        at += word.len();
        let next = space(at);
        if !code[next..].starts_with("::") {
            found.push((start, prefix.clone()));
            let renamed = code[next..].strip_prefix("as ").map(|rest| next + 3 + ident(rest.trim_start()).len());
            at = renamed.unwrap_or(at);
            break;
        }
        at = next + 2;
    }
    prefix.truncate(depth);
    at - start
}

// --- judging ------------------------------------------------------------------------------------

/// The module a file under `src` is: `ops/raster/gpu.rs` is `ops::raster::gpu`.
fn module_of(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// The path from the crate root, or `None` where it leads to another crate (or to a local name).
fn resolve(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|s| *s == "super").count();
    let base = match path[0].as_str() {
        "crate" => vec![],
        "self" => module.to_vec(),
        "super" => module[..module.len().saturating_sub(ups)].to_vec(),
        _ => return None,
    };
    let skip = if ups > 0 { ups } else { 1 };
    let tail = path[skip..].iter().filter(|s| *s != "self").cloned();
    Some(base.into_iter().chain(tail).collect())
}

/// Whether a path of names fits a pattern with `*` and `**`.
fn fits(pattern: &[&str], names: &[&str]) -> bool {
    match (pattern.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            fits(rest, names) || names.split_first().is_some_and(|(_, tail)| fits(pattern, tail))
        }
        (Some((head, rest)), Some((name, tail))) => (*head == "*" || head == name) && fits(rest, tail),
        _ => false,
    }
}

fn row_of(file: &str) -> Option<&'static Row> {
    let names: Vec<&str> = file.split('/').collect();
    // A module may be a folder or, as long as it is small, one file.
    let folder = format!("{}/mod.rs", file.trim_end_matches(".rs"));
    let as_folder: Vec<&str> = folder.split('/').collect();
    let matches = |row: &&Row, names: &[&str]| fits(&row.files.split('/').collect::<Vec<_>>(), names);
    TABLE.iter().find(|row| matches(row, &names) || (names.len() == 1 && matches(row, &as_folder)))
}

/// What one file breaks; `file` is its path under `src`.
fn judge(file: &str, source: &str) -> Vec<Finding> {
    let code = without_tests(&code_only(source));
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let mut findings = vec![];
    let mut report = |line: usize, what: String| findings.push(Finding { file: format!("src/{file}"), line, what });
    let Some(row) = row_of(file) else {
        report(1, "no row in the table of tests/all/imports.rs; add one that says what it may import".into());
        return findings;
    };
    let module = module_of(file);
    for (at, path) in paths(&code) {
        let inner = resolve(&module, &path);
        let whole = path.join("::");
        let segments = match &inner {
            Some(inner) => &inner[..],
            None => &path[..1],
        };
        let Some(first) = segments.first() else { continue };
        let name = ROOT_NAMES.iter().find(|(name, _)| name == first).map_or(first.as_str(), |(_, module)| module);
        let window = inner.is_none() && WINDOW.contains(&name) && module.first().is_none_or(|m| m != "app");
        if window {
            report(line_of(at), format!("imports {whole}: window crates belong to src/app"));
        } else if let Some(bad) = segments.iter().find(|s| row.never.contains(&s.as_str())) {
            report(line_of(at), format!("imports {whole}: never `{bad}` here; {}", row.rule));
        } else if inner.is_some() && module.first().is_none_or(|own| own != name) && !row.may.contains(&name) {
            let may = if row.may.is_empty() { "nothing".into() } else { row.may.join(", ") };
            report(line_of(at), format!("imports {whole}: {} ({} may import {may})", row.rule, row.files));
        }
    }
    // `unwrap` is a claim: it stands with its proof.
    let written: Vec<&str> = source.lines().collect();
    for (i, line) in code.lines().enumerate().filter(|(_, line)| line.contains(".unwrap()")) {
        let above = i.checked_sub(1).and_then(|above| written.get(above));
        if !written[i].contains("// Proof:") && !above.is_some_and(|above| above.contains("// Proof:")) {
            report(i + 1, format!("`{}` without a `// Proof:` comment on it or above it", line.trim()));
        }
    }
    let lines = source.lines().count();
    if file == "main.rs" && lines >= MAIN_LINES {
        report(lines, format!("main.rs has {lines} lines; it stays under {MAIN_LINES}"));
    }
    findings
}

/// What the folder of one operator lacks. `has` answers for paths from the repository root.
fn judge_operator(op: &str, has: &dyn Fn(&str) -> bool, shaders: &[String]) -> Vec<Finding> {
    let file = format!("src/ops/{op}");
    let lack = |what: &str| Finding { file: file.clone(), line: 1, what: what.to_owned() };
    let mut findings = vec![];
    if !has(&format!("{file}/mod.rs")) {
        findings.push(lack("no mod.rs with the equation"));
    }
    if !has(&format!("{file}/cpu.rs")) {
        findings.push(lack("no cpu.rs with the reference"));
    }
    let own = |name: &String| name == &format!("{op}.wgsl") || name.starts_with(&format!("{op}_"));
    if has(&format!("{file}/gpu.rs")) && !shaders.iter().any(own) {
        findings.push(lack(&format!("gpu.rs without shaders/{op}.wgsl or shaders/{op}_*.wgsl")));
    }
    findings
}

// --- the tests ----------------------------------------------------------------------------------

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Files under a folder, by their path below it, sorted.
fn files_below(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut open = vec![folder.to_path_buf()];
    let mut files = vec![];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, path));
            }
        }
    }
    files.sort();
    files
}

fn expect_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "{} broken rules\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn every_file_imports_what_its_row_allows() {
    let files = files_below(&root().join("src"));
    assert!(files.iter().any(|(name, _)| name == "lib.rs"), "src was not found");
    let rust = files.iter().filter(|(name, _)| name.ends_with(".rs") && !format!("/{name}").ends_with("/tests.rs"));
    let findings: Vec<Finding> =
        rust.flat_map(|(name, path)| judge(name, &fs::read_to_string(path).unwrap())).collect();
    expect_none(&findings);
}

#[test]
fn every_operator_has_its_text_its_reference_and_its_shader() {
    let shaders: Vec<String> = files_below(&root().join("shaders")).into_iter().map(|(name, _)| name).collect();
    let ops = fs::read_dir(root().join("src/ops")).into_iter().flatten().map(|entry| entry.unwrap().path());
    let names = ops.filter(|path| path.is_dir()).map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    let has = |path: &str| root().join(path).is_file();
    expect_none(&names.flat_map(|op| judge_operator(&op, &has, &shaders)).collect::<Vec<_>>());
}

/// Lines and first words of what `judge` finds.
fn found(file: &str, source: &str) -> Vec<(usize, String)> {
    judge(file, source).into_iter().map(|f| (f.line, f.what)).collect()
}

#[test]
fn planted_imports_are_caught_where_they_stand() {
    let planted = [
        (
            "state/atoms.rs",
            "use crate::math::wrap;\n\nuse crate::{\n    error::Result,\n    ops::{advect, mdl},\n};",
            2,
        ),
        ("state/mod.rs", "fn f() -> f64 { crate::gpu::context::limit() }", 1),
        ("state.rs", "use crate::ops;", 1),
        ("ops/raster/cpu.rs", "use super::gpu::Pass;", 1),
        ("ops/raster/cpu.rs", "use wgpu::Device;", 1),
        ("ops/raster/gpu.rs", "use super::{cpu::splat as s, RasterUniform};", 1),
        ("ops/raster/gpu.rs", "use crate::ops::advect::cpu;", 1),
        ("ops/advect/mod.rs", "use crate :: render :: target;", 1),
        ("gpu/buffer.rs", "use super::super::params::Params;", 1),
        ("primitives/fft/mod.rs", "use crate::state::State;", 1),
        ("render/field.rs", "use crate::ops::raster;", 1),
        ("cli/run.rs", "use crate::ops::raster;", 1),
        ("cli/bench.rs", "use crate::app::Window;", 1),
        ("sim/gpu.rs", "use egui::Ui;", 1),
        ("io/npz.rs", "use crate::NoSuchName;", 1),
        ("somewhere/new.rs", "", 1),
    ];
    for (file, source, count) in planted {
        let findings = found(file, source);
        assert_eq!(findings.len(), count, "{file}: {source}\n{findings:?}");
    }
    assert_eq!(found(planted[0].0, planted[0].1)[0].0, 5, "the line of the leaf, not of the statement");
}

#[test]
fn allowed_imports_comments_strings_and_tests_pass() {
    let innocent = [
        (
            "state/atoms.rs",
            "// use crate::ops;\n/* crate::gpu /* nested */ crate::app */\nconst A: &str = \"crate::ops\";",
        ),
        (
            "state/atoms.rs",
            "const B: &str = r#\"\" crate::ops \"#; const C: char = '\"'; const D: char = '\\''; fn f<'a>() {}",
        ),
        (
            "state/atoms.rs",
            "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::ops::raster;\n    fn f() { x.unwrap() }\n}",
        ),
        ("state/atoms.rs", "#[cfg(test)]\nuse crate::ops::raster;\nuse crate::{Error, Result, math};"),
        (
            "ops/raster/cpu.rs",
            "use super::{Raster, tolerance};\nuse crate::{math::Real, ops::low_k::cpu, state::Atoms};",
        ),
        ("ops/raster/gpu.rs", "use crate::{gpu::{self, Context}, state::Atoms};\nuse super::RasterUniform as Uniform;"),
        ("math.rs", "fn f() { std::iter::once(1); Vec::<f64>::new(); local::gpu(); }"),
        ("cli/check.rs", "use crate::ops::raster;"),
        ("app/ui/device.rs", "use egui::Ui;\nuse crate::sim::Simulator;"),
    ];
    for (file, source) in innocent {
        assert_eq!(found(file, source), [], "{file}: {source}");
    }
}

#[test]
fn unwrap_needs_a_proof_and_main_stays_short() {
    assert_eq!(found("math.rs", "fn f() {\n    x.unwrap();\n}")[0].0, 2);
    assert_eq!(found("math.rs", "// Proof: x is Some.\nlet y = x.unwrap();\nlet z = x.unwrap(); // Proof: again."), []);
    assert_eq!(found("math.rs", "/// `x.unwrap()` is a word here\nlet y = x.unwrap_or(0);"), []);
    assert_eq!(found("main.rs", &"\n".repeat(MAIN_LINES - 1)), []);
    assert_eq!(found("main.rs", &"\n".repeat(MAIN_LINES)).len(), 1);
}

#[test]
fn an_incomplete_operator_is_caught() {
    let has = |path: &str| ["src/ops/raster/mod.rs", "src/ops/raster/gpu.rs"].contains(&path);
    let whats = |shaders: &[String]| judge_operator("raster", &has, shaders).into_iter().map(|f| f.what);
    assert_eq!(whats(&["raster_bin.wgsl".into()]).collect::<Vec<_>>(), ["no cpu.rs with the reference"]);
    assert_eq!(whats(&["rasters.wgsl".into()]).count(), 2);
}
