//! Circles of files: who needs whom, all the way round.
//!
//! **A file is tied to every file that defines something a path in it names, re-exports followed; what it takes from the
//! module file of a folder it stands in (a part from its whole) ties it instead to the files outside that folder which
//! the module file is tied to.** A circle is a strongly connected component of these ties: each of its files needs each
//! other one. So a module file may use its parts and these its types, but what stands between two rooms counts whole.
//! Comments, strings and `#[cfg(test)]` items do not count; a `use` of a module is no tie before something in it is
//! named, and a method that is called without naming its type is not seen.

use super::{ROOT_NAMES, code_only, files_below, ident, module_of, paths, root, without_tests};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
};

/// Words before the name of an item.
const ITEMS: [&str; 9] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "macro_rules"];

/// What a module says about names.
#[derive(Default)]
struct Module {
    /// The file it stands in, by its path under `src`.
    file: String,
    /// Names that `use` brings in, with their paths as written.
    uses: BTreeMap<String, Vec<String>>,
    /// Those of them that others may see through a `*`.
    shown: BTreeSet<String>,
    /// Paths before a `*`.
    globs: Vec<Vec<String>>,
    /// Items it defines.
    items: BTreeSet<String>,
    /// Paths met in its code, `use` lines included.
    paths: Vec<Vec<String>>,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    Module(Vec<String>),
    /// Something defined in this file.
    Item(String),
}

/// All modules of a crate by their paths.
type House = BTreeMap<Vec<String>, Module>;

/// What the first file takes from the second.
type Ties = BTreeMap<(String, String), BTreeSet<String>>;

// --- reading ------------------------------------------------------------------------------------

/// The modules of `(path under src, source)`; files that no module declares outside tests are left out.
fn house(sources: &[(&str, &str)]) -> House {
    let mut house = House::new();
    let mut declared = BTreeSet::from([vec![]]);
    for (file, source) in sources {
        let code = without_tests(&code_only(source));
        read(&code, file, &module_of(file), &mut house, &mut declared);
    }
    house.retain(|module, _| declared.contains(module));
    house
}

/// Reads the code of one module, and of those written out inside it.
fn read(code: &str, file: &str, module: &[String], house: &mut House, declared: &mut BTreeSet<Vec<String>>) {
    let mut own = code.to_owned();
    let mut found = Module { file: file.to_owned(), ..Module::default() };
    for (at, name) in after(code, "mod") {
        let inner = [module, &[name.to_owned()]].concat();
        let start = at + name.len();
        declared.insert(inner.clone());
        if !code[start..].trim_start().starts_with('{') || own.as_bytes()[at] == b' ' {
            continue;
        }
        let end = block(code, start);
        read(&code[start..end], file, &inner, house, declared);
        own.replace_range(start..end, &" ".repeat(end - start));
    }
    for (at, _) in after(&own, "use") {
        let end = own[at..].find(';').map_or(own.len(), |end| at + end);
        let before = own[..at].trim_end().trim_end_matches("use").trim_end();
        let mut names = Module::default();
        leaves(&own[at..end], &mut vec![], &mut names);
        found.globs.append(&mut names.globs);
        if before.ends_with("pub") || before.ends_with(')') {
            found.shown.extend(names.uses.keys().cloned());
        }
        found.uses.append(&mut names.uses);
    }
    found.items = ITEMS.iter().flat_map(|word| after(&own, word)).map(|(_, name)| name.to_owned()).collect();
    found.paths = paths(&own).into_iter().map(|(_, path)| path).collect();
    house.insert(module.to_vec(), found);
}

/// The names that follow a word, and where they start.
fn after<'a>(code: &'a str, word: &str) -> Vec<(usize, &'a str)> {
    let whole = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let starts = code.match_indices(word).map(|(at, _)| at).filter(|at| whole(*at));
    let names = starts.filter_map(|at| {
        let rest = code[at + word.len()..].trim_start_matches('!');
        let name = rest.trim_start();
        let start = code.len() - name.len();
        (name.len() < rest.len()).then(|| (start, ident(name)))
    });
    // `use {a, b}` starts with no name.
    names.filter(|(_, name)| word == "use" || !name.is_empty()).collect()
}

/// End of the block whose first brace stands at or after `start`.
fn block(code: &str, start: usize) -> usize {
    let mut depth = 0;
    for (i, byte) in code.bytes().enumerate().skip(start) {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        if depth == 0 && byte == b'}' {
            return i + 1;
        }
    }
    code.len()
}

/// Adds the leaves of a `use` tree below `prefix`.
fn leaves(tree: &str, prefix: &mut Vec<String>, found: &mut Module) {
    let tree = tree.trim();
    let depth = prefix.len();
    let mut rest = tree;
    while let Some((head, tail)) = rest.split_once("::").filter(|(head, _)| !head.contains(['{', ','])) {
        prefix.push(head.trim().to_owned());
        rest = tail.trim_start();
    }
    if let Some(group) = rest.strip_prefix('{') {
        let mut open = 0;
        let group = group.strip_suffix('}').unwrap_or(group);
        let parts = group.split(|c| {
            open += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && open == 0
        });
        parts.filter(|part| !part.trim().is_empty()).for_each(|part| leaves(part, prefix, found));
    } else if rest == "*" {
        found.globs.push(prefix.clone());
    } else {
        let (name, renamed) = rest.split_once(" as ").unwrap_or((rest, ""));
        if name.trim() != "self" {
            prefix.push(name.trim().to_owned());
        }
        let known = Some(renamed.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        if let Some(name) = known.or_else(|| prefix.last().cloned()) {
            found.uses.insert(name, prefix.clone());
        }
    }
    prefix.truncate(depth);
}

// --- following ----------------------------------------------------------------------------------

/// Where a path leads that is written in a module; `None` for other crates and for names of its own.
fn follow(house: &House, module: &[String], path: &[String], turns: usize) -> Option<Target> {
    let ups = path.iter().take_while(|s| *s == "super").count();
    let (base, tail) = match path.first()?.as_str() {
        "crate" => (&[][..], &path[1..]),
        "self" => (module, &path[1..]),
        "super" => (&module[..module.len().saturating_sub(ups)], &path[ups..]),
        first => {
            let here = house.get(module)?;
            let child = [module, &path[..1]].concat();
            if !house.contains_key(&child) && !here.uses.contains_key(first) {
                return None;
            }
            (module, path)
        }
    };
    descend(house, base.to_vec(), tail, turns)
}

/// Goes down from a module along names. Re-exports lead on, at most `turns` of them.
fn descend(house: &House, module: Vec<String>, tail: &[String], turns: usize) -> Option<Target> {
    let Some((name, rest)) = tail.split_first() else { return Some(Target::Module(module)) };
    let here = house.get(&module)?;
    let child = [&module[..], std::slice::from_ref(name)].concat();
    if house.contains_key(&child) {
        return descend(house, child, rest, turns);
    }
    if let (true, Some((_, file))) = (module.is_empty(), ROOT_NAMES.iter().find(|(root, _)| root == name)) {
        return house.get(&vec![(*file).to_owned()]).map(|module| Target::Item(module.file.clone()));
    }
    // A method may have the name of a module that is in use.
    if !here.uses.contains_key(name) && here.items.contains(name) || turns == 0 {
        return Some(Target::Item(here.file.clone()));
    }
    let mut ways = here.uses.get(name).cloned().into_iter().chain(here.globs.iter().filter_map(|glob| {
        let Some(Target::Module(there)) = follow(house, &module, glob, turns - 1) else { return None };
        let there = house.get(&there)?;
        (there.items.contains(name) || there.shown.contains(name))
            .then(|| [&glob[..], std::slice::from_ref(name)].concat())
    }));
    match ways.next() {
        // A path that leads to itself (`use name;` of another crate) or out of the crate ends here.
        Some(way) if way.len() > 1 || house.contains_key(&child) => match follow(house, &module, &way, turns - 1)? {
            Target::Module(module) => descend(house, module, rest, turns - 1),
            item => Some(item),
        },
        Some(_) => None,
        None => Some(Target::Item(here.file.clone())),
    }
}

/// Whether the file holds a module that the other file's module lies in.
fn holds(whole: &str, part: &str) -> bool {
    let (whole, part) = (module_of(whole), module_of(part));
    part.len() > whole.len() && part.starts_with(&whole)
}

/// All ties of a crate.
fn ties(house: &House) -> Ties {
    let mut named = Ties::new();
    for (module, here) in house {
        for path in &here.paths {
            let Some(Target::Item(there)) = follow(house, module, path, 8) else { continue };
            if there != here.file {
                let names = named.entry((here.file.clone(), there)).or_default();
                names.insert(path.last().cloned().unwrap_or_default());
            }
        }
    }
    let (up, mut ties): (Ties, Ties) = named.into_iter().partition(|((from, to), _)| holds(to, from));
    // Wholes before their parts: what a whole takes from its own whole is known by then.
    let mut up: Vec<_> = up.into_iter().collect();
    up.sort_by_key(|((part, _), _)| module_of(part).len());
    for ((part, whole), names) in up {
        let of_whole = ties.keys().filter(|(from, to)| *from == whole && !holds(&whole, to) && *to != part);
        for to in of_whole.map(|(_, to)| to.clone()).collect::<Vec<_>>() {
            let names = names.iter().map(|name| format!("{name} of {whole}"));
            ties.entry((part.clone(), to)).or_default().extend(names);
        }
    }
    ties
}

/// Circles of at least two files, the largest first.
fn circles(ties: &Ties) -> Vec<Vec<&str>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    ties.keys().for_each(|(from, to)| next.entry(from).or_default().push(to));
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for from in next.keys() {
        let seen = reached.entry(from).or_default();
        let mut open = vec![*from];
        while let Some(at) = open.pop() {
            open.extend(next.get(at).into_iter().flatten().copied().filter(|to| seen.insert(*to)));
        }
    }
    let mutual = |a: &str, b: &str| reached[a].contains(b) && reached.get(b).is_some_and(|back| back.contains(a));
    let mut left: BTreeSet<&str> = next.keys().copied().filter(|file| mutual(file, file)).collect();
    let mut circles = vec![];
    while let Some(first) = left.first().copied() {
        let circle: Vec<&str> = left.iter().copied().filter(|file| mutual(first, file)).collect();
        circle.iter().for_each(|file| _ = left.remove(file));
        circles.push(circle);
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// A circle in words: its files, and what ties each to which.
fn told(circle: &[&str], ties: &Ties) -> String {
    let mut text = format!("{} files: {}\n", circle.len(), circle.join(", "));
    for ((from, to), names) in ties.iter().filter(|((from, to), _)| [from, to].iter().all(|f| circle.contains(&&***f)))
    {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        _ = writeln!(text, "  {from} -> {to}: {}", names.join(", "));
    }
    text
}

// --- the tests ----------------------------------------------------------------------------------

#[test]
fn circles_of_files_are_small() {
    let read: Vec<(String, String)> = files_below(&root().join("src"))
        .into_iter()
        .filter(|(name, _)| name.ends_with(".rs"))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect();
    let sources: Vec<(&str, &str)> = read.iter().map(|(name, source)| (&**name, &**source)).collect();
    let ties = ties(&house(&sources));
    assert!(ties.len() > 1000, "{} ties: the sources were not read", ties.len());
    let circles = circles(&ties);
    let (largest, first) = circles.first().map_or((0, String::new()), |circle| (circle.len(), told(circle, &ties)));
    println!("{} ties, {} circles, the largest of {largest} files\n{first}", ties.len(), circles.len());
    let all: Vec<String> = circles.iter().map(|circle| told(circle, &ties)).collect();
    assert!(circles.is_empty(), "files that need each other in a circle:\n{}", all.join("\n"));
}

/// The circles of planted files, each a path under `src` and a source.
fn planted(sources: &[(&str, &str)]) -> Vec<Vec<String>> {
    let ties = ties(&house(sources));
    circles(&ties).iter().map(|circle| circle.iter().map(|file| (*file).to_owned()).collect()).collect()
}

#[test]
fn planted_circles_are_found() {
    let lib = ("lib.rs", "pub mod a; pub mod b; pub mod room;");
    let two = [vec!["a.rs", "b.rs"]];
    let a = ("a.rs", "use crate::b::{self, Y as Z};\npub struct X(Z);");
    assert_eq!(planted(&[lib, a, ("b.rs", "pub struct Y; fn f(x: crate::a::X) {}")]), two, "named where it is used");
    assert_eq!(planted(&[lib, a, ("b.rs", "pub mod in_it { use crate::a::X; } pub struct Y;")]), two, "written inside");
    let by_module = ("b.rs", "use super::a;\npub struct Y;\nfn f(x: a::X) {}");
    assert_eq!(planted(&[lib, a, by_module]), two, "by the name of its module");
    let method = ("b.rs", "use super::a;\npub struct Y;\nimpl Y { fn a(x: a::X) {} }");
    assert_eq!(planted(&[lib, a, method]), two, "a method has the module's name");
    // Siblings who meet by their module's re-exports.
    for shown in ["pub use one::One; pub use two::Two;", "pub use one::*; use two::*;"] {
        let room = format!("mod one; mod two; {shown}");
        let parts = [
            ("room/one.rs", "use super::Two; pub struct One(Two);"),
            ("room/two.rs", "use super::One; pub struct Two;"),
        ];
        assert_eq!(planted(&[lib, ("room/mod.rs", &room), parts[0], parts[1]]), [vec!["room/one.rs", "room/two.rs"]]);
    }
    // Through a whole: `a` needs a part, the part its whole, and the whole `a`.
    let room = ("room.rs", "mod part; use crate::a::X; pub struct Whole(X); pub use part::Part;");
    let part = ("room/part.rs", "pub struct Part(super::Whole);");
    assert_eq!(
        planted(&[lib, ("a.rs", "pub struct X(crate::room::Part);"), room, part]),
        [vec!["a.rs", "room/part.rs"]]
    );
}

#[test]
fn a_whole_and_its_parts_are_no_circle() {
    let lib = ("lib.rs", "pub mod a; pub mod room;");
    let room = ("room/mod.rs", "mod part; use part::Part; pub struct Whole(Part); use crate::a::X;");
    let part = ("room/part.rs", "use super::Whole; pub struct Part; fn f(whole: Whole) {}");
    for a in [
        "pub struct X;",
        "// crate::room::Whole\npub struct X(&'static str = \"crate::room::Whole\");",
        "#[cfg(test)]\nmod tests { use crate::room::Whole; }\npub struct X;",
        "pub struct X; use crate::room;",
    ] {
        assert_eq!(planted(&[lib, ("a.rs", a), room, part]), [] as [Vec<String>; 0], "{a}");
    }
    // A file of tests is no part of the house.
    let tests = [("a.rs", "#[cfg(test)]\nmod tests;\npub struct X;"), ("a/tests.rs", "use crate::room::Whole;")];
    assert_eq!(planted(&[lib, tests[0], tests[1], room, part]), [] as [Vec<String>; 0]);
}
