use std::fs;

use super::*;

/// A folder with a manifest and a module.
fn planted(manifest: &str, module: &str) -> (tempfile::TempDir, Result<Operator>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("op.toml"), manifest).unwrap();
    fs::write(folder.path().join("op.wgsl"), module).unwrap();
    let operator = Operator::open(&folder.path().join("op.toml"));
    (folder, operator)
}

const MANIFEST: &str = r#"
layout_version = 1
name = "planted"
file = "op.wgsl"
acts_on = "z"
workgroup = [64, 1, 1]
constants = { factor = 0.5 }
buffers = [{ name = "z", role = "in" }, { name = "next", role = "out" }]
"#;

const MODULE: &str = "
override factor: f32 = 1.0;
@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read_write> next: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&z) { return; }
    var x = z[id.x];
    for (var i = 0u; i < 3u; i++) { x *= factor; }
    next[id.x] = x;
}";

/// The one sentence about a broken operator.
fn fault(manifest: &str, module: &str) -> String {
    let error = planted(manifest, module).1.unwrap_err();
    assert_eq!(error.exit_code(), 5, "{error}");
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    text
}

#[test]
fn a_whole_operator_is_taken_and_its_loops_are_guarded() {
    let operator = planted(MANIFEST, MODULE).1.unwrap();
    assert!(operator.checked.guarded);
    let bindings = &operator.checked.interface.bindings;
    let uses: Vec<(&str, bool, bool)> = bindings.iter().map(|b| (b.name.as_str(), b.read, b.written)).collect();
    assert_eq!(uses, [("z", true, false), ("next", false, true), ("loop_overran", false, true)]);
    let straight = MODULE.replace("for (var i = 0u; i < 3u; i++) { x *= factor; }", "x *= factor;");
    assert!(!planted(MANIFEST, &straight).1.unwrap().checked.guarded);
}

#[test]
fn every_broken_manifest_is_refused_in_one_sentence() {
    for (from, to, expected) in [
        ("layout_version = 1", "layout_version = 7", "layout_version: expected 1"),
        ("\"planted\"", "\"raster\"", "name: expected one that no built-in stage has"),
        ("acts_on = \"z\"", "acts_on = \"zz\"", "line 5"),
        ("workgroup = [64, 1, 1]", "workgroup = [2048, 1, 1]", "workgroup: expected 1 to 1024"),
        (
            "workgroup = [64, 1, 1]",
            "workgroup = [32, 1, 1]",
            "workgroup [32, 1, 1], as the manifest says, found [64, 1, 1]",
        ),
        ("factor", "fctor", "fctor: expected an override of this name, found factor"),
        ("op.wgsl", "other.wgsl", "cannot be read"),
        ("role = \"out\"", "role = \"out\", size = \"2 * D\"", "buffer next: expected no size"),
        ("role = \"out\"", "role = \"state\"", "one of role \"out\", found 0"),
        ("buffers", "precision = \"ternary\"\nbuffers", "precision: expected f32, f64 or i32 on z"),
        ("buffers", "budget = 0\nbuffers", "budget: expected 1 to"),
        ("buffers", "color = 3\nbuffers", "unknown field"),
        ("buffers", "entry = \"mein\"\nbuffers", "mein: expected a compute entry point of this name, found main"),
        ("buffers", "threshold = 0.5\nbuffers", "threshold: expected"),
        ("}]", "}, { name = \"t\", role = \"table\", size = \"D * D\" }]", "buffer t: expected either file or values"),
        (
            "}]",
            "}, { name = \"t\", role = \"state\", size = \"N * N\" }]",
            "buffer t: expected 1 to 16 times D, found N * N",
        ),
        ("}]", "}, { name = \"t\", role = \"state\", size = \"2 * E\" }]", "a size like"),
        (
            "}]",
            "}, { name = \"t\", role = \"state\" }]",
            "binding 2, t: expected the buffer that the manifest lists here",
        ),
    ] {
        let text = fault(&MANIFEST.replacen(from, to, 1), MODULE);
        assert!(text.contains(expected), "{from} -> {to}: {text}");
    }
}

#[test]
fn every_broken_module_is_refused_in_one_sentence() {
    let long = format!("var y = x; {} next[id.x] = y;", "y = y * y + y; ".repeat(60_000));
    for (from, to, expected) in [
        ("var x = z", "var x = = z", "op.wgsl: line 8: expected valid WGSL"),
        ("x *= factor", "x *= factr", "op.wgsl: line 9: expected valid WGSL, found no definition in scope"),
        ("x *= factor", "x *= 1u", "line 9"),
        (
            "@binding(1)",
            "@binding(2)",
            "next: expected a binding of the manifest's, 0 to 1 in group 0, found binding 2",
        ),
        ("@group(0) @binding(1)", "@group(1) @binding(1)", "found binding 1 of group 1"),
        ("next: array<f32>", "next: array<i32>", "line"),
        ("next[id.x] = x", "_ = next[id.x]", "binding 1, next: expected an entry point that writes it"),
        ("read> z", "read_write> z", "ok"),
        ("var<storage, read> z: array<f32>", "var<uniform> z: array<vec4<f32>, 8>", "line"),
        ("workgroup_size(64)", "workgroup_size(0)", "found [0, 1, 1]"),
        ("workgroup_size(64)", "workgroup_size(8, 8)", "found [8, 8, 1]"),
        ("var x = z[id.x];", "var big: array<f32, 1000000>; var x = z[id.x] + big[id.x];", "bytes of variables"),
        ("x *= factor;", "x *= factor; workgroupBarrier();", "no barrier inside a loop"),
        ("next[id.x] = x;", &long, "statements"),
        ("fn main", "fn other", "main: expected a compute entry point of this name, found other"),
        ("@compute", "enable f16;\n@compute", "line"),
        ("x *= factor;", "x = f32(f64(x));", "precision = \"f64\""),
    ] {
        let (_folder, found) = planted(MANIFEST, &MODULE.replacen(from, to, 1));
        match found {
            Ok(_) => assert_eq!(expected, "ok", "{from} -> {to}"),
            Err(error) => assert!(error.to_string().contains(expected), "{from} -> {to}: {error}"),
        }
    }
    assert!(fault(MANIFEST, "").contains("found none"));
    assert!(fault(&MANIFEST.replace("op.wgsl", "op.toml"), MODULE).contains("ends in .wgsl or .spv"));
}

#[test]
fn calls_that_double_are_counted_in_full() {
    let mut module = String::from("fn g0(x: f32) -> f32 { return x * 0.5; }\n");
    for i in 1..40 {
        module += &format!("fn g{i}(x: f32) -> f32 {{ return g{0}(x) + g{0}(x + 1.0); }}\n", i - 1);
    }
    let text = fault(MANIFEST, &(module + &MODULE.replace("next[id.x] = x", "next[id.x] = g39(x)")));
    assert!(text.contains("calls counted in full"), "{text}");
}
