//! Every shader parsed and validated without a GPU, and both sides of the bus compared: structs
//! by field names, offsets and sizes, workgroup sizes by number.

use std::collections::BTreeSet;

use dashi_vortex::{
    gpu::{
        self,
        shader::{SOURCES, expand},
        stage::{Stage, interface},
    },
    layout::{StructLayout, Workgroup},
    ops, primitives, render, spectral,
};
use naga::{
    AddressSpace, Module, TypeInner,
    valid::{Capabilities, ValidationFlags, Validator},
};

/// Every struct shared by Rust and WGSL.
fn layouts() -> Vec<StructLayout> {
    [ops::LAYOUTS, primitives::LAYOUTS, render::LAYOUTS, spectral::LAYOUTS].concat()
}

/// Every compute entry point's workgroup.
fn workgroups() -> Vec<Workgroup> {
    let own = [gpu::rounds::WORKGROUP];
    [ops::WORKGROUPS, primitives::WORKGROUPS, render::WORKGROUPS, spectral::WORKGROUPS, &own].concat()
}

/// A shader's name without its folder-independent ending.
fn stem(name: &str) -> &str {
    name.trim_end_matches(".wgsl")
}

/// Files with entry points lie at the top of `shaders/`; `shared/` holds what they import.
fn entry_files() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|(name, _)| *name).filter(|name| !name.contains('/'))
}

/// Parses and validates WGSL; the message ends in the line it is about.
fn check(source: &str) -> Result<Module, (usize, String)> {
    let line = |location: Option<naga::SourceLocation>| location.map_or(1, |l| l.line_number as usize);
    let module = naga::front::wgsl::parse_str(source)
        .map_err(|error| (line(error.location(source)), error.emit_to_string(source)))?;
    Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .map_err(|error| (line(error.location(source)), error.emit_to_string(source)))?;
    Ok(module)
}

/// Where line `line` of an expanded shader was written: the place with the same text whose
/// neighbours agree best.
fn origin(sources: &[(&str, &str)], entry: &str, expanded: &str, line: usize) -> (String, usize) {
    let lines: Vec<&str> = expanded.lines().collect();
    let text = lines.get(line - 1).copied().unwrap_or_default();
    let candidates = sources.iter().filter(|(name, _)| *name == entry || name.contains('/'));
    let mut best = (0, entry, line);
    for (name, source) in candidates {
        let own: Vec<&str> = source.lines().collect();
        for at in (0..own.len()).filter(|at| own[*at] == text) {
            let same = |d: isize| own.get((at as isize + d) as usize) == lines.get((line as isize - 1 + d) as usize);
            let score = (-8..=8).filter(|d| same(*d)).count();
            if score > best.0 {
                best = (score, name, at + 1);
            }
        }
    }
    (format!("shaders/{}.wgsl", stem(best.1)), best.2)
}

/// Every entry file with its module; panics with all faults, each at its path and line.
fn modules() -> Vec<(&'static str, Module)> {
    let mut faults = vec![];
    let mut modules = vec![];
    for name in entry_files() {
        let checked =
            expand(stem(name)).map_err(|error| format!("shaders/{}.wgsl: {error}", stem(name))).and_then(|source| {
                check(&source).map_err(|(line, message)| {
                    let (path, line) = origin(SOURCES, name, &source, line);
                    format!("{path}:{line}: {message}")
                })
            });
        match checked {
            Ok(module) => modules.push((name, module)),
            Err(fault) => faults.push(fault),
        }
    }
    assert!(faults.is_empty(), "{} faulty shaders\n{}", faults.len(), faults.join("\n"));
    modules
}

/// Where a struct of the shader differs from its Rust twin; fields that start with an underscore
/// are padding and may stand on one side alone.
fn compare_struct(module: &Module, layout: &StructLayout) -> Vec<String> {
    let whole = format!("{}: struct {}", layout.shader, layout.name);
    let of_name = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(layout.name));
    let Some(TypeInner::Struct { members, span }) = of_name.map(|(_, ty)| &ty.inner) else {
        return vec![format!("{whole}: not in the shader")];
    };
    let mut faults = vec![];
    if *span as usize != layout.size {
        faults.push(format!("{whole}: {} bytes in Rust, {span} in WGSL", layout.size));
    }
    let wgsl: Vec<(&str, usize, usize)> = members
        .iter()
        .map(|m| {
            let size = module.types[m.ty].inner.size(module.to_ctx());
            (m.name.as_deref().unwrap_or("?"), m.offset as usize, size as usize)
        })
        .collect();
    let both = |fields: &[(&'_ str, usize, usize)]| {
        fields.iter().filter(|(name, ..)| !name.starts_with('_')).map(|f| f.0.to_owned()).collect::<Vec<_>>()
    };
    let (rust_names, wgsl_names) = (both(layout.fields), both(&wgsl));
    if rust_names != wgsl_names {
        faults.push(format!("{whole}: fields {rust_names:?} in Rust, {wgsl_names:?} in WGSL"));
    }
    for (name, offset, size) in layout.fields {
        let twin = wgsl.iter().find(|(other, ..)| other == name);
        if let Some((_, at, bytes)) = twin.filter(|(_, at, bytes)| (at, bytes) != (offset, size)) {
            faults.push(format!(
                "{whole}.{name}: offset {offset}, {size} bytes in Rust; offset {at}, {bytes} bytes in WGSL"
            ));
        }
    }
    faults
}

/// Structs the shader reads from uniform buffers, or from storage buffers that hold one struct.
fn uniform_structs(module: &Module) -> BTreeSet<String> {
    let shared = |space| matches!(space, AddressSpace::Uniform | AddressSpace::Storage { .. });
    let uniforms = module.global_variables.iter().filter(|(_, v)| shared(v.space));
    let structs = uniforms.filter(|(_, v)| matches!(module.types[v.ty].inner, TypeInner::Struct { .. }));
    structs.map(|(_, v)| module.types[v.ty].name.clone().unwrap_or_else(|| "?".into())).collect()
}

/// Where the register differs from one shader: every uniform struct must be in it. One entry
/// serves all shaders that import the same struct, and is compared with each.
fn compare_layouts(shader: &str, module: &Module, register: &[StructLayout]) -> Vec<String> {
    let own = |l: &&StructLayout| stem(l.shader) == stem(shader);
    let mut faults: Vec<String> = register.iter().filter(own).flat_map(|l| compare_struct(module, l)).collect();
    for name in uniform_structs(module) {
        let named = || register.iter().filter(|l| l.name == name);
        match (named().find(own), named().next()) {
            (Some(_), _) => {}
            (None, Some(elsewhere)) => faults
                .extend(compare_struct(module, elsewhere).into_iter().map(|fault| format!("{shader} against {fault}"))),
            (None, None) => faults.push(format!("{shader}: uniform struct {name} is missing from ops::LAYOUTS")),
        }
    }
    faults
}

/// The workgroup size as written: a number, or an override's default (Rust may then set a smaller one).
fn written_size(module: &Module, entry: &naga::EntryPoint) -> [u32; 3] {
    let mut size = entry.workgroup_size;
    for (axis, expression) in entry.workgroup_size_overrides.into_iter().flatten().enumerate() {
        let Some(naga::Expression::Override(handle)) = expression.map(|e| &module.global_expressions[e]) else {
            continue;
        };
        size[axis] = match module.overrides[*handle].init.map(|e| &module.global_expressions[e]) {
            Some(naga::Expression::Literal(naga::Literal::U32(default))) => *default,
            _ => 0,
        };
    }
    size
}

/// Where the workgroup sizes of one shader differ from the constants Rust dispatches with.
fn compare_workgroups(shader: &str, module: &Module, register: &[Workgroup]) -> Vec<String> {
    let constant = register.iter().find(|w| stem(w.shader) == stem(shader)).map(|w| w.size);
    let compute = module.entry_points.iter().filter(|e| e.stage == naga::ShaderStage::Compute);
    compute
        .filter_map(|entry| match constant {
            None => Some(format!("{shader}: {} is missing from ops::WORKGROUPS", entry.name)),
            Some(size) if size != written_size(module, entry) => {
                let written = written_size(module, entry);
                Some(format!("{shader}: {} has workgroup {written:?}, Rust {size:?}", entry.name))
            }
            Some(_) => None,
        })
        .collect()
}

fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} differences\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_shader_file_is_embedded_and_has_entry_points() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let on_disk = |sub: &str| {
        let entries = std::fs::read_dir(folder.join(sub)).into_iter().flatten().map(|e| e.unwrap().path());
        let names = entries.filter(|p| p.extension().is_some_and(|e| e == "wgsl"));
        let prefix = if sub.is_empty() { String::new() } else { format!("{sub}/") };
        names.map(|p| format!("{prefix}{}", p.file_stem().unwrap().to_string_lossy())).collect::<Vec<_>>()
    };
    let files: BTreeSet<String> = on_disk("").into_iter().chain(on_disk("shared")).collect();
    let embedded: BTreeSet<String> = SOURCES.iter().map(|(name, _)| stem(name).to_owned()).collect();
    assert_eq!(files, embedded, "files under shaders/ on the left, gpu::shader::SOURCES on the right");
    for (name, module) in modules() {
        assert!(!module.entry_points.is_empty(), "shaders/{}.wgsl: no entry point; it belongs in shared/", stem(name));
    }
}

/// Mesa's lavapipe compiles a shader anew, and keeps what it compiled, at every draw and dispatch whose control flow
/// depends on a uniform buffer: a megabyte a frame.
#[test]
fn no_shader_reads_a_uniform_buffer() {
    for (name, module) in modules() {
        let mut uniforms = module.global_variables.iter().filter(|(_, v)| v.space == AddressSpace::Uniform);
        assert!(uniforms.next().is_none(), "{name}: declare it as var<storage, read>");
    }
}

#[test]
fn every_shared_struct_has_the_same_layout_in_rust_and_wgsl() {
    let modules = modules();
    let mut faults: Vec<String> = modules.iter().flat_map(|(name, m)| compare_layouts(name, m, &layouts())).collect();
    let known = |shader: &str| modules.iter().any(|(name, _)| stem(name) == stem(shader));
    let strays = layouts().into_iter().map(|l| l.shader).chain(workgroups().into_iter().map(|w| w.shader));
    faults.extend(strays.filter(|s| !known(s)).map(|s| format!("a register names {s}, which is no entry file")));
    expect_none(&faults);
}

#[test]
fn every_workgroup_size_is_the_constant_rust_dispatches_with() {
    expect_none(&modules().iter().flat_map(|(name, m)| compare_workgroups(name, m, &workgroups())).collect::<Vec<_>>());
}

#[test]
fn every_stage_of_the_register_is_its_shader() {
    let names: Vec<&str> = Stage::all().map(|stage| stage.name).collect();
    assert_eq!(names, entry_files().map(stem).collect::<Vec<_>>(), "rows on the left, files on the right");
    let mut faults = vec![];
    for stage in Stage::all() {
        let (name, title, found) = (stage.name, stage.title(), stage.interface().unwrap());
        if !(3..=240).contains(&title.len()) {
            faults.push(format!("{name}: the file begins with no sentence of 3 to 240 characters: {title:?}"));
        }
        let written = found.workgroup.and_then(|_| workgroups().into_iter().find(|w| w.shader == name)).map(|w| w.size);
        if found.workgroup.is_some() != written.is_some() {
            faults.push(format!("{name}: workgroup {:?} in the shader, {written:?} in Rust", found.workgroup));
        }
        let numbers: Vec<(u32, u32)> = found.bindings.iter().map(|b| (b.group, b.binding)).collect();
        if numbers != (0..numbers.len() as u32).map(|i| (0, i)).collect::<Vec<_>>() {
            faults.push(format!("{name}: bindings {numbers:?}, which are not 0, 1, 2 ... of group 0"));
        }
        // What no entry point uses has no place in the pipeline's layout, so it cannot be bound.
        let idle =
            found.bindings.iter().filter(|b| !b.read && !b.written && b.kind != "sampler" && b.kind != "texture");
        faults.extend(idle.map(|b| format!("{name}: binding {} is not used", b.name)));
        if found.workgroup.is_some() && !found.bindings.iter().any(|b| b.written) {
            faults.push(format!("{name}: writes nothing"));
        }
    }
    expect_none(&faults);
}

#[test]
fn the_register_tells_what_a_shader_does_with_each_resource() {
    let planted = "
        @group(0) @binding(1) var<storage, read_write> out: array<f32>;
        @group(0) @binding(0) var<storage, read_write> both: array<f32>;
        @group(0) @binding(2) var<storage, read> idle: array<f32>;
        override scale: f32 = 1.0;
        @compute @workgroup_size(8)
        fn main(@builtin(global_invocation_id) id: vec3u) { both[id.x] += scale; out[id.x] = 1.0; }";
    let found = interface("planted", &check(planted).unwrap()).unwrap();
    let uses: Vec<(&str, bool, bool)> = found.bindings.iter().map(|b| (b.name.as_str(), b.read, b.written)).collect();
    assert_eq!(uses, [("both", true, true), ("out", false, true), ("idle", false, false)]);
    assert_eq!((found.workgroup, found.constants), (Some([8, 1, 1]), vec!["scale".to_owned()]));
    assert_eq!(found.bindings[0].traffic(100), 200);
}

/// A shader whose struct has a hole of 4 bytes before `to` and 4 bytes of tail padding.
const PLANTED: &str = "
struct Params { from_: vec2f, count: u32, _hole: u32, to: vec3f }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) { out[id.x] = params.to.x * f32(params.count); }
";

/// The faults of the planted shader against a register with one struct.
fn planted(size: usize, fields: &'static [(&'static str, usize, usize)]) -> Vec<String> {
    let layout = StructLayout { shader: "planted", name: "Params", size, fields };
    compare_layouts("planted.wgsl", &check(PLANTED).unwrap(), &[layout])
}

#[test]
fn planted_layout_faults_are_caught() {
    let faults = planted(32, &[("from_", 0, 8), ("count", 8, 4), ("_pad", 12, 4), ("to", 16, 12), ("_tail", 28, 4)]);
    assert_eq!(faults, [""; 0], "padding may stand on one side alone");
    // A Rust struct without the hole: everything after it is four bytes early.
    let faults = planted(24, &[("from_", 0, 8), ("count", 8, 4), ("to", 12, 12)]);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("24 bytes in Rust, 32 in WGSL") && faults[1].contains("offset 12"), "{faults:?}");
    // Two fields of one type swapped, and one renamed.
    assert_eq!(planted(32, &[("count", 8, 4), ("from_", 0, 8), ("to", 16, 12)]).len(), 1);
    assert_eq!(planted(32, &[("from_", 0, 8), ("number", 8, 4), ("to", 16, 12)]).len(), 1);
    let forgotten = compare_layouts("planted", &check(PLANTED).unwrap(), &[]);
    assert!(forgotten[0].contains("Params is missing"), "{forgotten:?}");
    let elsewhere = StructLayout { shader: "other", name: "Params", size: 16, fields: &[] };
    assert_eq!(compare_layouts("planted", &check(PLANTED).unwrap(), &[elsewhere]).len(), 2);
}

#[test]
fn planted_workgroup_faults_are_caught() {
    let module = check(PLANTED).unwrap();
    assert_eq!(
        compare_workgroups("planted.wgsl", &module, &[Workgroup { shader: "planted", size: [64, 1, 1] }]),
        [""; 0]
    );
    assert_eq!(compare_workgroups("planted", &module, &[Workgroup { shader: "planted", size: [256, 1, 1] }]).len(), 1);
    assert_eq!(compare_workgroups("planted", &module, &[]).len(), 1);
    let open = check("override n: u32 = 8;\n@compute @workgroup_size(n)\nfn main() {}").unwrap();
    assert_eq!(compare_workgroups("open", &open, &[Workgroup { shader: "open", size: [8, 1, 1] }]), [""; 0]);
    assert_eq!(compare_workgroups("open", &open, &[Workgroup { shader: "open", size: [4, 1, 1] }]).len(), 1);
}

#[test]
fn a_fault_is_reported_in_the_file_it_was_written_in() {
    let shared = "fn half(x: f32) -> f32 {\n    return x * no_such_name;\n}\n";
    let entry =
        "// entry\n#import shared/half.wgsl\n\n@compute @workgroup_size(1)\nfn main() {\n    _ = half(1.0);\n}\n";
    let sources = [("planted.wgsl", entry), ("shared/half.wgsl", shared)];
    let expanded = entry.replace("#import shared/half.wgsl\n", shared);
    let (line, message) = check(&expanded).unwrap_err();
    assert!(message.contains("no_such_name"), "{message}");
    assert_eq!(origin(&sources, "planted.wgsl", &expanded, line), ("shaders/shared/half.wgsl".into(), 2));
    let expanded = expanded.replace("half(1.0)", "half(1u)").replace("no_such_name", "0.5");
    let entry = entry.replace("half(1.0)", "half(1u)");
    let (line, _) = check(&expanded).unwrap_err();
    assert_eq!(origin(&[("planted.wgsl", &entry), sources[1]], "planted.wgsl", &expanded, line).1, 6);
}
