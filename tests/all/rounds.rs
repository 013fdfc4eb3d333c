//! Reads the shaders and adds up the rounds of their loops: no invocation takes more than the limit in one launch.
//!
//! A loop whose header holds numbers alone is counted by them. Every other one says beside its header how many turns it
//! makes at most, as a number or as a name of [`BOUNDS`]:
//!
//! ```text
//! for (var t = from; t < to; t++) { // turns: TILES
//! while bits != 0u {                // turns: 256 each first
//! ```
//!
//! `each first`: together with all loops that say the same, in one turn of the enclosing loop over `first`; `each launch`
//! likewise in the whole launch.

use std::collections::{BTreeMap, BTreeSet};

use naga::{Block, Module, Statement};

use dashi_vortex::{
    gpu::{
        Stage, rounds,
        rounds::{ASKED, ROUNDS},
        shader::{SOURCES, expand},
    },
    ops::{atom_modes, biot_savart, buffers, ellipse_fit, kernel_modal, mesh, raster},
    params::ParamInfo,
    primitives::{fft::lines, ternary},
    state::MAX_SIDE,
};

/// Largest value of a parameter.
fn most(name: &str) -> u64 {
    ParamInfo::named(name).unwrap().max as u64
}

fn vertices() -> u64 {
    most("max_vertices")
}

/// Blobs of a vertex at most.
const EACH: u64 = buffers::BLOBS_PER_VERTEX as u64;

/// A name, the turns it stands for at the largest sizes that the program allows, and why they are no more.
type Bound = (&'static str, fn() -> u64, &'static str);

const BOUNDS: &[Bound] = &[
    ("RASTER_CHUNKS", || raster::gpu::chunks_of_a_launch(ROUNDS).into(), "a launch takes no more"),
    ("TILES", || biot_savart::tiles_of_a_launch(ROUNDS).into(), "a launch takes no more"),
    (
        "WAVE_BATCHES",
        || (EACH * vertices()).div_ceil(biot_savart::MOST_CHUNKS as u64).div_ceil(16) + 1,
        "blobs are shared by a workgroup for each 128 vertices, up to 128 of them",
    ),
    ("MODE_BATCHES", || atom_modes::gpu::batches_of_a_launch(ROUNDS).into(), "a launch takes no more"),
    ("SPLITS", || buffers::MOST_SPLITS as u64, "splits of the sources"),
    ("PARTS", || buffers::MOST_SPLITS as u64 + 1, "splits of the sources, and the background"),
    ("NEAR_TURNS", || mesh::gpu::near_turns(ROUNDS).into(), "a launch takes no more"),
    ("NEAR_BLOCK", || mesh::gpu::NEAR_BLOCK.into(), "a turn takes no more"),
    ("TILE_BLOBS", || u64::from(mesh::gpu::tile_blobs(ROUNDS)).div_ceil(16), "a workgroup takes no more, 16 at a time"),
    ("PRINT_NODES", || mesh::gpu::PRINT_NODES.into(), "a core is at most four cells of its level wide, a test says so"),
    ("SPREAD_BLOBS", || (EACH * u64::from(mesh::gpu::SPREAD_VERTICES)).div_ceil(4), "a workgroup for each 20 vertices"),
    ("VERTEX_BLOBS", || EACH, "a thread for each vertex"),
    ("LEVELS", || mesh::Pyramid::new(*mesh::SIDES.iter().max().unwrap(), mesh::FINE).levels as u64, "levels of a mesh"),
    (
        "SQUARES",
        || {
            (0..9)
                .map(|l| (*mesh::SIDES.iter().max().unwrap() as u64 >> l).div_ceil(32).pow(2))
                .sum::<u64>()
                .div_ceil(256)
        },
        "squares of 32 x 32 cells, 256 at a time",
    ),
    ("HALF_SQUARE", || most("resid_mid_cut") + 1, "rows of the square of modes, ky >= 0"),
    ("SQUARE", || 2 * most("resid_mid_cut") + 1, "a side of the square of modes"),
    ("SWEEP", || kernel_modal::SWEEP, "steps of a launch"),
    ("LES_COLUMN", || (2 * (u64::from(*lines::SIDES.end()) / 3) + 1).div_ceil(64), "modes of a column, 64 at a time"),
    ("DENSE_ROWS", || (MAX_SIDE as u64).next_multiple_of(32) / 8, "rows of a matrix over eight parts"),
    ("FIXED_ROWS", || (MAX_SIDE as u64).div_ceil(32), "the same, four at a time"),
    ("LANE_ATOMS", || 64, "a workgroup for each 64 vertices, and no more atoms than these"),
    ("LANE_VERTICES", || 2 * (vertices() / 64 + 64), "two loops over the vertices, 64 at a time, begun for each atom"),
    ("SCAN_BLOCKS", || (2 * vertices()).div_ceil(256 * 256), "pairs to scan: vertices, or bins of a mesh"),
    ("LAUNCH_ROWS", || 2, "over vertices, and over vertices and splits"),
    ("FIT_TILES", || (ellipse_fit::gpu::MOST_SIDE as u64 / 8).pow(2).div_ceil(256), "tiles of a fit, 256 at a time"),
    ("FIT_BATCHES", || ellipse_fit::gpu::MOST as u64 / 64, "ellipses of a fit, 64 at a time"),
    ("FIT_LANES", || ellipse_fit::gpu::MOST as u64 / 256, "ellipses of a fit, 256 at a time"),
    ("FIT_LISTED", || LISTED as u64 / 64, "of a list of this length; another test tries others"),
    ("FIT_SAMPLE_BATCHES", || ellipse_fit::gpu::sample_batches(ROUNDS, LISTED).into(), "a launch takes no more"),
    (
        "FIT_TILE_SAMPLES",
        || SAMPLES as u64 / 64,
        "samples of a tile where they are this dense; another test tries others",
    ),
    ("FIT_REACHED", || ellipse_fit::gpu::reached_tiles(ROUNDS, SAMPLES).into(), "a launch takes no more"),
    ("CARRIER_PAIRS", || (ternary::MAX_INPUTS as u64).div_ceil(2), "carriers, two at a time"),
    ("ASKED", || ASKED.into(), "the check itself"),
    ("NESTED", || rounds::NESTED[0].into(), "the check itself"),
    ("NESTED_INNER", || rounds::NESTED[1].into(), "the check itself"),
];

/// A list of a tile, and samples of one, that the sum is made for.
const LISTED: usize = ellipse_fit::LIST;
const SAMPLES: usize = 64;

/// Loops with a bound together: name, of which loop each turn, turns, and the dearest body.
type Shared = (String, String, u64, u64);

/// What a block costs: rounds, and loops that an enclosing one accounts for.
#[derive(Clone, Default)]
struct Cost {
    rounds: u64,
    shared: Vec<Shared>,
}

impl Cost {
    fn add(&mut self, other: Cost) {
        self.rounds += other.rounds;
        for (name, each, turns, body) in other.shared {
            match self.shared.iter_mut().find(|s| s.0 == name && s.1 == each) {
                Some(same) => same.3 = same.3.max(body),
                None => self.shared.push((name, each, turns, body)),
            }
        }
    }

    /// With the loops that one turn over `variable` accounts for.
    fn of_a_turn(mut self, variable: &str) -> Self {
        let (own, rest) = self.shared.into_iter().partition::<Vec<_>, _>(|s| s.1 == variable);
        self.shared = rest;
        self.rounds += own.iter().map(|(_, _, turns, body)| turns * (1 + body)).sum::<u64>();
        self
    }
}

/// One shader under the eye of the test.
struct Reader<'a> {
    source: &'a str,
    lines: Vec<&'a str>,
    module: &'a Module,
    faults: Vec<String>,
    used: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str, module: &'a Module) -> Self {
        Self { source, lines: source.lines().collect(), module, faults: vec![], used: BTreeSet::new() }
    }

    /// A whole number, a constant of the file, a product or a quotient of these.
    fn number(&self, text: &str) -> Option<u64> {
        let factor = |text: &str| {
            let text = text.trim();
            let bare = text.strip_suffix(['u', 'i']).filter(|t| t.bytes().all(|b| b.is_ascii_digit())).unwrap_or(text);
            if let Ok(number) = bare.parse::<u64>() {
                return Some(number);
            }
            let declared = self.lines.iter().find_map(|line| {
                let (name, value) = line.strip_prefix("const ")?.split_once('=')?;
                (name.split(':').next()?.trim() == text).then(|| value.trim().trim_end_matches(';'))
            })?;
            declared.trim_end_matches(['u', 'i']).parse().ok()
        };
        match text.split_once(" / ") {
            Some((whole, by)) => Some(factor(whole)? / factor(by).filter(|by| *by > 0)?),
            None => text.split('*').map(factor).product(),
        }
    }

    /// Turns of a `for` of numbers alone, whose variable nothing else writes.
    fn counted(&self, header: &str, body: &str) -> Option<u64> {
        let inside = header.strip_prefix("for (")?.rsplit_once(')')?.0;
        let [begin, condition, step] = inside.split(';').map(str::trim).collect::<Vec<_>>().try_into().ok()?;
        let (variable, from) = begin.strip_prefix("var ")?.split_once('=')?;
        let variable = variable.split(':').next()?.trim();
        let mut at = self.number(from)?;
        let rest = condition.strip_prefix(variable)?.trim();
        let (compare, end) = rest.split_once(' ')?;
        let end = self.number(end)?;
        let step = step.strip_prefix(variable)?.trim();
        let (how, by) = if step == "++" {
            ("+=", 1)
        } else {
            step.split_once(' ').map(|(h, b)| (h, self.number(b))).and_then(|(h, b)| Some((h, b?)))?
        };
        let written = body.lines().skip(1).any(|line| {
            line.match_indices(variable).any(|(i, _)| {
                let word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
                let after = line[i + variable.len()..].trim_start();
                let own = !line[..i].ends_with(word) && !line[i + variable.len()..].starts_with(word);
                let plain = after.starts_with('=') && !after.starts_with("==");
                own && (plain
                    || after.starts_with("++")
                    || after.starts_with("--")
                    || after.get(1..2) == Some("=") && !after.starts_with(['<', '>', '!', '=']))
            })
        });
        if written || by == 0 || (matches!(how, "*=" | "/=") && by < 2) {
            return None;
        }
        let mut turns = 0;
        while match compare {
            "<" => at < end,
            "<=" => at <= end,
            ">" => at > end,
            _ => return None,
        } {
            turns += 1;
            at = match how {
                "+=" => at + by,
                "*=" => at * by,
                "/=" => at / by,
                _ => return None,
            };
            if turns > 1 << 20 || (how == "*=" && at == 0) {
                return None;
            }
        }
        Some(turns)
    }

    /// Turns of a loop, and of which loop's each turn, if not its own.
    fn turns(&mut self, header: &str, body: &str) -> Option<(String, u64, Option<String>)> {
        let Some((_, said)) = header.split_once("// turns: ") else {
            return self.counted(header, body).map(|turns| (String::new(), turns, None));
        };
        let (name, each) = match said.trim().split_once(" each ") {
            Some((name, each)) => (name, Some(each.to_owned())),
            None => (said.trim(), None),
        };
        let turns = name.parse().ok().or_else(|| {
            self.used.insert(name.to_owned());
            BOUNDS.iter().find(|bound| bound.0 == name).map(|bound| bound.1())
        })?;
        Some((name.to_owned(), turns, each))
    }

    fn block(&mut self, block: &Block, functions: &[Cost]) -> Cost {
        let mut sum = Cost::default();
        for (statement, span) in block.span_iter() {
            match statement {
                Statement::Block(inner) => sum.add(self.block(inner, functions)),
                Statement::If { accept, reject, .. } => {
                    sum.add(self.block(accept, functions));
                    sum.add(self.block(reject, functions));
                }
                Statement::Switch { cases, .. } => {
                    cases.iter().for_each(|case| sum.add(self.block(&case.body, functions)));
                }
                Statement::Call { function, .. } => sum.add(functions[function.index()].clone()),
                Statement::Loop { body, continuing, .. } => {
                    let mut turn = self.block(body, functions);
                    turn.add(self.block(continuing, functions));
                    let place = span.location(self.source);
                    let header = self.lines[place.line_number as usize - 1].trim();
                    let text = &self.source[place.offset as usize..(place.offset + place.length) as usize];
                    let Some((name, turns, each)) = self.turns(header, text) else {
                        self.faults.push(format!("no bound of its turns is known: {header}"));
                        continue;
                    };
                    let variable = header.strip_prefix("for (var ").and_then(|rest| rest.split([' ', ':']).next());
                    let turn = turn.of_a_turn(variable.unwrap_or("while"));
                    let shared = match &each {
                        None => vec![],
                        Some(each) => vec![(name, each.clone(), turns, turn.rounds)],
                    };
                    let own = if each.is_some() { 0 } else { turns };
                    sum.add(Cost { rounds: own * (1 + turn.rounds) + 1, shared: [turn.shared, shared].concat() });
                }
                _ => {}
            }
        }
        sum
    }

    /// Rounds of every entry point.
    fn entries(&mut self) -> Vec<(String, u64)> {
        let module = self.module;
        let mut functions = vec![];
        for (_, function) in module.functions.iter() {
            let cost = self.block(&function.body, &functions);
            functions.push(cost);
        }
        let mut all = vec![];
        for entry in &module.entry_points {
            let cost = self.block(&entry.function.body, &functions).of_a_turn("launch");
            let strays = cost.shared.iter().map(|s| format!("{} each {}: no loop over that", s.0, s.1));
            self.faults.extend(strays);
            all.push((entry.name.clone(), cost.rounds));
        }
        all
    }
}

/// Rounds of the entry points of a text, and what is wrong with it.
fn read(source: &str) -> (Vec<(String, u64)>, Vec<String>, BTreeSet<String>) {
    let module = naga::front::wgsl::parse_str(source).unwrap();
    let mut reader = Reader::new(source, &module);
    let entries = reader.entries();
    (entries, reader.faults, reader.used)
}

#[test]
fn no_invocation_takes_more_rounds_than_the_limit() {
    let (mut faults, mut used, mut table) = (vec![], BTreeSet::new(), BTreeMap::new());
    for stage in Stage::all() {
        let (entries, wrong, names) = read(&expand(stage.name).unwrap());
        faults.extend(wrong.into_iter().map(|fault| format!("{}: {fault}", stage.name)));
        used.extend(names);
        table.extend(entries.into_iter().map(|(entry, rounds)| ((stage.name, entry), rounds)));
    }
    for ((stage, entry), rounds) in &table {
        println!("{rounds:>8} {stage} {entry}");
        // The check asks on purpose for what some devices do not give.
        if *rounds > u64::from(ROUNDS) && *stage != "loop_check" {
            faults.push(format!("{stage}: {entry} may take {rounds} rounds, {ROUNDS} at most"));
        }
    }
    faults.extend(used.iter().filter(|name| !BOUNDS.iter().any(|b| b.0 == *name)).map(|n| format!("no bound {n}")));
    faults.extend(BOUNDS.iter().filter(|b| !used.contains(b.0)).map(|b| format!("{}: no loop says so", b.0)));
    faults.extend(BOUNDS.iter().filter(|b| b.2.len() < 8).map(|b| format!("{}: why?", b.0)));
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// What is said beside a header is said of each loop, once.
#[test]
fn every_header_is_a_line_of_its_own() {
    for (path, text) in SOURCES {
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            let headers = ["for (", "while ", "loop {"].iter().map(|word| line.matches(word).count()).sum::<usize>();
            let first = ["for (", "while ", "loop {"].iter().any(|word| line.starts_with(word));
            assert!(headers == 0 || (headers == 1 && first), "{path}: {line}");
        }
    }
}

/// Lists and samples of other lengths: as many launches as it takes.
#[test]
fn a_fit_is_launched_in_parts_whatever_lies_in_a_tile() {
    use ellipse_fit::gpu::{reached_tiles, sample_batches};
    for list in [1, 64, 1000, 8192, 100_000, 200_000] {
        let batches = u64::from(sample_batches(ROUNDS, list));
        let each = 1 + list.div_ceil(64) as u64 * (1 + 16 + 1) + 1;
        assert!(batches > 0 && batches * each + 100 <= u64::from(ROUNDS), "{list}: {batches} batches");
    }
    assert_eq!(sample_batches(ROUNDS, 300_000), 0, "too many for one launch: refused");
    for samples in [1, 64, 1000, 100_000, 1 << 20] {
        let tiles = u64::from(reached_tiles(ROUNDS, samples));
        assert!(tiles > 0 && tiles * (2 + samples.div_ceil(64) as u64) + 100 <= u64::from(ROUNDS), "{samples}");
    }
}

const HEAD: &str = "@group(0) @binding(0) var<storage, read_write> out: array<u32>;\nconst SIDE: u32 = 32u;\n";

fn planted(body: &str) -> (u64, Vec<String>) {
    let source = format!("{HEAD}@compute @workgroup_size(1)\nfn main() {{\n{body}\n}}\n");
    let (entries, faults, _) = read(&source);
    (entries[0].1, faults)
}

#[test]
fn planted_loops_are_added_up() {
    let rounds = |body: &str| {
        let (rounds, faults) = planted(body);
        assert_eq!(faults, [""; 0], "{body}");
        rounds
    };
    assert_eq!(rounds("out[0] = 1u;"), 0);
    assert_eq!(rounds("for (var i = 0u; i < 8u; i++) {\nout[i] = i;\n}"), 9);
    assert_eq!(rounds("for (var i = 1u; i < SIDE; i *= 2u) {\nout[i] = i;\n}"), 6);
    assert_eq!(rounds("for (var i = SIDE; i > 0u; i /= 2u) {\nout[i] = i;\n}"), 7);
    assert_eq!(rounds("for (var i = 0u; i < 2u * SIDE; i += 4u) {\nout[i] = i;\n}"), 17);
    assert_eq!(rounds("for (var i = 0u; i < out[0]; i++) { // turns: 5\nout[i] = i;\n}"), 6);
    let nested = "for (var i = 0u; i < 10u; i++) {\nfor (var j = 0u; j < i; j++) { // turns: 9\nout[j] = i;\n}\n}";
    assert_eq!(rounds(nested), 10 * (1 + 10) + 1);
    let together = nested.replace("turns: 9", "turns: 45 each launch");
    assert_eq!(rounds(&together), 10 * (1 + 1) + 1 + 45);
    let branch = "if out[0] == 1u {\nfor (var i = 0u; i < 3u; i++) {\nout[i] = i;\n}\n} else {\nfor (var i = 0u; i < 4u; i++) {\nout[i] = i;\n}\n}";
    assert_eq!(rounds(branch), 4 + 5, "lanes of a group may take both");
    let called = format!(
        "{HEAD}fn f() {{\nfor (var i = 0u; i < 3u; i++) {{\nout[i] = i;\n}}\n}}\n@compute @workgroup_size(1)\nfn main() {{\nfor (var i = 0u; i < 2u; i++) {{\nf();\n}}\n}}\n"
    );
    assert_eq!(read(&called).0[0].1, 2 * (1 + 4) + 1);
}

#[test]
fn planted_loops_without_a_bound_are_found() {
    for body in [
        "for (var i = 0u; i < out[0]; i++) {\nout[i] = i;\n}",
        "while out[0] != 0u {\nout[0] -= 1u;\n}",
        "loop {\nif out[0] == 0u {\nbreak;\n}\n}",
        "for (var i = 0u; i < out[0]; i++) { // turns: NO_SUCH_NAME\nout[i] = i;\n}",
        "for (var i = 0u; i < 8u; i++) {\ni = out[1];\n}",
        "for (var i = 0u; i < 8u; i++) {\ni -= 1u;\n}",
        "for (var i = 1u; i < 8u; i *= 1u) {\nout[i] = 1u;\n}",
        "for (var i = 0u; i < 8u; i++) {\nfor (var j = 0u; j < i; j++) { // turns: 8 each k\nout[i] = i;\n}\n}",
    ] {
        assert_eq!(planted(body).1.len(), 1, "{body}");
    }
    // The faults that were: a tile's segments, each with its one-turn loops.
    let rounds = planted("for (var i = 0u; i < out[0]; i++) { // turns: 8192\nfor (var n = 0u; n < out[1]; n++) { // turns: 9\nout[i] = n;\n}\n}").0;
    assert!(rounds > u64::from(ROUNDS), "{rounds}");
}
