//! Operators from files: the examples against their one line of mathematics, a long loop of a user's operator, and
//! broken ones, which are refused or stopped while the device goes on.

use std::{fs, path::Path, sync::Arc};

use dashi_vortex::{
    gpu::{
        Stage,
        buffer::{filled, storage},
        readback,
    },
    operator::{Operator, Resident, Shape},
    params::{Kernel, Params, Switch},
    sim::{GpuSim, KernelSim, Simulator},
    state::{Atom, Atoms, Background, Basis, Meta, Origin, Propagator, Sign, State},
};
use glam::DVec2;
use tempfile::{TempDir, tempdir};

use crate::{
    cli::{refuses, succeeds},
    device::context,
};

fn example(name: &str) -> Arc<Operator> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/operators").join(name);
    Arc::new(Operator::open(&path).unwrap())
}

/// What an operator makes of one input after another, its state kept between them; and its picture of the last.
fn launches<T: bytemuck::Pod>(operator: &Arc<Operator>, shape: Shape, inputs: &[&[T]]) -> (Vec<Vec<T>>, Vec<u32>) {
    let context = context();
    let count = shape.count as usize;
    let (from, to) = (storage::<T>(context, "in", count).unwrap(), storage::<T>(context, "out", count).unwrap());
    let resident = Resident::new(context, operator, shape).unwrap();
    resident.trial(context, &from, &to).unwrap();
    let passes = resident.passes(context, &from, &to).unwrap();
    let mut outputs = vec![];
    for input in inputs {
        dashi_vortex::gpu::upload(&context.queue, &from, 0, input);
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default());
        passes.iter().for_each(|dispatch| dispatch.encode(&mut pass));
        drop(pass);
        context.queue.submit([encoder.finish()]);
        outputs.push(readback::read(context, &to, count).unwrap());
        resident.look(context).unwrap();
    }
    let image = resident.image().map(|image| readback::read(context, image, count).unwrap());
    (outputs, image.unwrap_or_default())
}

/// Numbers between -1 and 1.
fn waves(count: usize, phase: f64) -> Vec<f32> {
    (0..count).map(|i| (i as f64 * 0.37 + phase).sin() as f32).collect()
}

#[test]
fn add_and_diff_are_saturated_sums_of_carriers() {
    // Three rows of 70 cells in every combination of signs.
    let (width, height) = (70, 3);
    let shape = Shape::carrier([width, height]);
    let cells = |phase: f64| -> Vec<i32> {
        waves((width * height) as usize, phase)
            .iter()
            .map(|x| (2.4 * x).trunc() as i32)
            .map(|c| c.clamp(-1, 1))
            .collect()
    };
    let words = |cells: &[i32]| -> Vec<[u32; 2]> {
        let word = |cells: &[i32]| {
            let plane = |sign: i32| cells.iter().enumerate().map(|(bit, c)| u32::from(*c == sign) << bit).sum();
            [plane(1), plane(-1)]
        };
        cells.chunks(width as usize).flat_map(|row| row.chunks(32).map(word)).collect()
    };
    let (a, b) = (cells(0.0), cells(1.0));
    for (name, sign) in [("add.toml", 1), ("diff.toml", -1)] {
        let (outputs, _) = launches(&example(name), shape, &[&words(&a), &words(&b)]);
        assert_eq!(outputs[0], words(&a), "{name}: nothing was before the first");
        let expected: Vec<i32> = b.iter().zip(&a).map(|(b, a)| (b + sign * a).clamp(-1, 1)).collect();
        assert_eq!(outputs[1], words(&expected), "{name}");
    }
}

#[test]
fn quadratic_features_are_a_parabola_beside_the_header() {
    let (d, m) = (100, 30);
    let header = 2 * m..2 * m + 4;
    let z = waves(d, 0.3);
    let step = |x: f64| 0.999 * x + 1e-5 * x * x;
    let (outputs, _) = launches(&example("quadratic_features.toml"), Shape::z(d, m), &[&z]);
    for (i, x) in z.iter().enumerate() {
        let expected = if header.contains(&i) { f64::from(*x) } else { step(f64::from(*x)) };
        assert!((f64::from(outputs[0][i]) - expected).abs() < 1e-6, "{i}");
    }
    if !context().report.shader_f64 {
        let refused = Resident::new(context(), &example("quadratic_features_f64.toml"), Shape::z(d, m));
        assert!(refused.err().unwrap().to_string().contains("64-bit"));
        return;
    }
    let z: Vec<f64> = z.into_iter().map(f64::from).collect();
    let (outputs, _) = launches(&example("quadratic_features_f64.toml"), Shape::z(d, m), &[&z]);
    let factors = [0.999_f32, 0.00001].map(f64::from);
    for (i, x) in z.iter().enumerate().filter(|(i, _)| !header.contains(i)) {
        assert!((outputs[0][i] - (factors[0] * x + factors[1] * x * x)).abs() < 1e-15, "{i}");
    }
}

#[test]
fn an_operator_step_turns_every_mode() {
    let z = waves(654, 0.1);
    let (outputs, _) = launches(&example("operator_step.toml"), Shape::z(654, 197), &[&z]);
    let (s, c) = 0.01_f64.sin_cos();
    for k in 0..325 {
        let (re, im) = if k < 197 { (k, 197 + k) } else { (201 + k, 329 + k) };
        let [x, y] = [re, im].map(|i| f64::from(z[i]));
        assert!((f64::from(outputs[0][re]) - (c * x - s * y)).abs() < 1e-6, "{k}");
        assert!((f64::from(outputs[0][im]) - (s * x + c * y)).abs() < 1e-6, "{k}");
    }
    assert_eq!(outputs[0][394..398], z[394..398]);
}

#[test]
fn a_written_image_has_the_colours_of_the_field() {
    let field: Vec<f32> = waves(20 * 12, 0.0).iter().map(|x| 8.0 * x).collect();
    let (outputs, image) = launches(&example("write_image.toml"), Shape::field([20, 12]), &[&field]);
    assert_eq!(outputs[0], field);
    for (omega, rgba) in field.iter().zip(image) {
        let x = (omega / 5.0).clamp(-1.0, 1.0);
        let white = (255.0 * (1.0 - x.abs())).round();
        let expected = if x >= 0.0 { [255.0, white, white] } else { [white, white, 255.0] };
        let found = rgba.to_le_bytes();
        assert!(expected.iter().zip(found).all(|(e, f)| (e - f32::from(f)).abs() <= 1.0) && found[3] == 255, "{omega}");
    }
}

#[test]
fn a_trail_expands_by_a_cell_and_fades() {
    let (w, h) = (18_usize, 10_usize);
    let mut drop = vec![0.0_f32; w * h];
    drop[0] = -4.0;
    let empty = vec![0.0_f32; w * h];
    let (outputs, _) = launches(&example("trail.toml"), Shape::field([w as u32, h as u32]), &[&drop, &empty, &empty]);
    for (round, trail) in outputs.iter().enumerate() {
        for (i, value) in trail.iter().enumerate() {
            let away = |at: usize, side: usize| at.min(side - at);
            let far = away(i % w, w).max(away(i / w, h));
            let expected = if far <= round { 4.0 * 0.9_f32.powi(round as i32) } else { 0.0 };
            assert!((value - expected).abs() < 1e-5, "round {round}, cell {i}: {value}, expected {expected}");
        }
    }
}

#[test]
fn an_nv12_frame_comes_in_by_its_luma() {
    let frame = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/operators/frame.nv12")).unwrap();
    let field = waves(64 * 48, 0.0);
    let (outputs, _) = launches(&example("nv12.toml"), Shape::field([64, 48]), &[&field]);
    for (i, value) in outputs[0].iter().enumerate() {
        let (x, y) = (i % 64, i / 64);
        let luma = f64::from(frame[(31 - y * 32 / 48) * 32 + x * 32 / 64]);
        let expected = 0.5 * f64::from(field[i]) + 0.5 * 5.0 * (luma - 16.0) / 219.0;
        assert!((f64::from(*value) - expected).abs() < 1e-5, "{x}, {y}");
    }
}

/// A state of `2 * 5 + 4 + 2 * 2 = 18` numbers.
fn state() -> State {
    let basis = Basis::new(1, 3, 2, vec![[3, 0], [-3, 0]]).unwrap();
    let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 * 1.3 + 0.4).sin()).collect();
    z[2 * basis.low().len() + 3] = 2.0;
    State::new(Atoms::default(), Background::from_z(basis, &z).unwrap(), Meta::default())
}

const MANIFEST: &str = r#"
layout_version = 1
name = "mine"
file = "mine.wgsl"
acts_on = "z"
workgroup = [64, 1, 1]
buffers = [{ name = "z", role = "in" }, { name = "next", role = "out" }]
"#;

/// A module around the line that makes `next[i]` of `x = z[i]`.
fn wgsl(line: &str) -> String {
    format!(
        "@group(0) @binding(0) var<storage, read> z: array<f32>;
        @group(0) @binding(1) var<storage, read_write> next: array<f32>;
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            let i = id.x;
            if i >= arrayLength(&z) {{ return; }}
            var x = z[i];
            {line}
            next[i] = x;
        }}"
    )
}

fn folder(manifest: &str, module: &str) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("mine.toml"), manifest).unwrap();
    fs::write(folder.path().join("mine.wgsl"), module).unwrap();
    folder
}

fn opened(folder: &TempDir) -> Arc<Operator> {
    Arc::new(Operator::open(&folder.path().join("mine.toml")).unwrap())
}

#[test]
fn a_loop_of_ten_thousand_steps_holds_two_vectors() {
    let (state, folder) = (state(), folder(MANIFEST, &wgsl("x = x * 0.5 + 0.25;")));
    let mut sim = KernelSim::with_operators(&state, None, context(), &[opened(&folder)], None, 0.01).unwrap();
    sim.advance(10_000).unwrap();
    assert_eq!((sim.step(), sim.device_bytes()), (10_000, Some(2 * 18 * 4)), "O(D), whatever the steps");
    assert!(sim.z().unwrap().iter().all(|x| *x == 0.5), "the fixed point of x / 2 + 1 / 4");
    let times = sim.pass_times();
    assert_eq!((times[0].label.as_str(), times[0].bytes), ("mine", Some(2 * 18 * 4)), "{times:?}");
}

#[test]
fn a_matrix_and_an_operator_make_one_step_and_a_simulation_takes_operators_on_its_modes() {
    let (state, operator) = (state(), example("quadratic_features.toml"));
    let header = 10..14;
    let parabola = |i: usize, x: f64| if header.contains(&i) { x } else { 0.999 * x + 1e-5 * x * x };
    // A halves what is not the header.
    let mut a = vec![0.0; 18 * 18];
    (0..18).for_each(|i| a[i * 18 + i] = if header.contains(&i) { 1.0 } else { 0.5 });
    let a = Propagator::new(18, a, Origin::default()).unwrap();
    let mut sim =
        KernelSim::with_operators(&state, Some(&a), context(), std::slice::from_ref(&operator), None, 0.01).unwrap();
    sim.advance(7).unwrap();
    let of = |i: usize, x: f64, share: f64| (0..7).fold(x, |x, _| parabola(i, share * x));
    for (i, (before, after)) in state.background.to_z().iter().zip(sim.z().unwrap()).enumerate() {
        let expected = if header.contains(&i) { *before } else { of(i, *before, 0.5) };
        assert!((after - expected).abs() < 1e-6, "{i}: {after}, expected {expected}");
    }
    // Without the matrix, on the modes of a simulation whose own kernel is frozen. Those of k and -k are one there, so
    // the equation is that of the field they make.
    let params = Params { kernel: Kernel::Frozen, mdl: Switch::Off, n: 64, ..Params::default() };
    let mut real = state.clone();
    let dense = real.background.dense();
    real.background.set_dense(&dense);
    let mut sim = GpuSim::new(context(), &real, &params).unwrap();
    sim.set_operators(std::slice::from_ref(&operator)).unwrap();
    sim.advance(1).unwrap();
    let z: Vec<f64> = real.background.to_z().iter().enumerate().map(|(i, x)| parabola(i, *x)).collect();
    let mut expected = Background::from_z(real.background.basis().clone(), &z).unwrap();
    let dense = expected.dense();
    expected.set_dense(&dense);
    let found = sim.snapshot().unwrap().background.to_z();
    for (i, (found, expected)) in found.iter().zip(expected.to_z()).enumerate() {
        assert!((found - expected).abs() < 1e-6, "{i}: {found}, expected {expected}");
    }
    let seen: Vec<&str> = sim.probes_mut().passes_seen().iter().map(|time| time.label.as_str()).collect();
    assert!(seen.contains(&"quadratic-features") && seen.contains(&"z_square_back"), "{seen:?}");
    // Atoms alone have no z.
    let atoms = Atoms::try_from_iter([Atom::point(Sign::Plus, 1.0, 0.2, DVec2::new(1.0, 2.0))]).unwrap();
    let alone = State::new(atoms, Background::zero(state.background.basis().clone()), Meta::default());
    let mut sim = GpuSim::new(context(), &alone, &params).unwrap();
    let text = sim.set_operators(std::slice::from_ref(&operator)).unwrap_err().to_string();
    assert!(text.contains("one with a background (z)"), "{text}");
    sim.advance(2).unwrap();
}

#[test]
fn a_carrier_and_a_trail_follow_one_another_on_a_decoded_field() {
    let params = Params { kernel: Kernel::Frozen, mdl: Switch::Off, n: 64, ..Params::default() };
    let mut sim = GpuSim::new(context(), &state(), &params).unwrap();
    let plain = sim.decode(64).unwrap();
    sim.set_operators(&[example("add.toml"), example("trail.toml"), example("write_image.toml")]).unwrap();
    let shown = sim.decode(64).unwrap();
    for (shown, omega) in shown.iter().zip(&plain) {
        assert_eq!(*shown, if omega.abs() > 0.5 { 1.0 } else { 0.0 }, "the size of the sign of {omega}");
    }
    let images = sim.views().images().unwrap();
    assert_eq!((images[0].0.as_str(), images[0].1.len()), ("write-image", 4 * 64 * 64));
    sim.set_operators(&[]).unwrap();
    assert_eq!(sim.decode(64).unwrap(), plain, "without operators the field is what it was");
}

#[test]
fn whole_numbers_and_spir_v_step_like_their_equation() {
    let whole = wgsl("x = x - x / 4;").replace("array<f32>", "array<i32>");
    let manifest = MANIFEST.replace("workgroup", "precision = \"i32\"\nworkgroup");
    let (state, folder) = (state(), folder(&manifest, &whole));
    let mut sim = KernelSim::with_operators(&state, None, context(), &[opened(&folder)], None, 0.01).unwrap();
    sim.advance(3).unwrap();
    for (before, after) in state.background.to_z().iter().zip(sim.z().unwrap()) {
        let unit = f64::from(1 << 23);
        let expected = (0..3).fold((before * unit).round() as i32, |x, _| x - x / 4);
        assert_eq!(after, f64::from(expected) / unit);
    }
    // The same module through SPIR-V.
    let module = naga::front::wgsl::parse_str(&wgsl("for (var n = 0; n < 4; n++) { x *= 0.5; }")).unwrap();
    let info = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
        .validate(&module)
        .unwrap();
    let words = naga::back::spv::write_vec(&module, &info, &naga::back::spv::Options::default(), None).unwrap();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    fs::write(folder.path().join("mine.spv"), &bytes).unwrap();
    fs::write(folder.path().join("mine.toml"), MANIFEST.replace("mine.wgsl", "mine.spv")).unwrap();
    let z = waves(18, 0.0);
    let (outputs, _) = launches(&opened(&folder), Shape::z(18, 5), &[&z]);
    assert!(outputs[0].iter().zip(&z).all(|(after, before)| *after == before / 16.0));
    // Cut anywhere, it is refused and nothing else happens.
    for cut in [0, 3, 20, bytes.len() / 2, bytes.len() - 4] {
        fs::write(folder.path().join("mine.spv"), &bytes[..cut]).unwrap();
        let refused = Operator::open(&folder.path().join("mine.toml")).unwrap_err();
        assert_eq!(refused.exit_code(), 5, "{refused}");
    }
}

#[test]
fn a_loop_without_end_is_stopped_and_the_device_goes_on() {
    for line in [
        "loop { x = x * 0.5 + 1.0; if x < -1.0 { break; } }",
        "while z[0] < 1e30 { x += 1.0; }",
        "for (var n = 0u; n < 4000000000u; n++) { for (var m = 0u; m < 4000000000u; m++) { x += f32(n ^ m); } }",
        "loop { switch i { case 0u: { x += 1.0; } default: { continue; } } }",
    ] {
        let folder = folder(MANIFEST, &wgsl(line));
        let stopped = KernelSim::with_operators(&state(), None, context(), &[opened(&folder)], None, 0.01);
        let text = stopped.err().unwrap_or_else(|| panic!("{line} was taken")).to_string();
        assert!(text.contains("operator mine: expected loops that end within"), "{line}: {text}");
    }
    // One that only ends for what the first step leaves is stopped in the run, the state before it kept.
    let folder = folder(MANIFEST, &wgsl("while x > 900.0 { x += 1.0; } x = 1000.0;"));
    let mut sim = KernelSim::with_operators(&state(), None, context(), &[opened(&folder)], None, 0.01).unwrap();
    let text = sim.advance(5).unwrap_err().to_string();
    assert!(text.starts_with("after step 0: ") && text.contains("operator mine"), "{text}");
    assert_eq!(sim.z().unwrap(), state().background.to_z());
    let raster = Stage::named("raster").unwrap();
    assert_eq!(raster.name, "raster");
    let buffer = filled(context(), "still there", &[1_u32, 2]).unwrap();
    assert_eq!(readback::read::<u32>(context(), &buffer, 2).unwrap(), [1, 2]);
}

/// Each lane takes few rounds, a SIMD group of lanes many: a device that ends loops early counts those of the group.
#[test]
fn lanes_that_loop_at_different_times_are_exact_or_told() {
    let line = "var c = 0.0; for (var n = 0u; n < 200u; n++) {
        for (var m = 0u; m < select(0u, 2000u, n % 16u == i % 16u); m++) { c += 1.0; } } x = c;";
    let folder = folder(MANIFEST, &wgsl(line));
    match KernelSim::with_operators(&state(), None, context(), &[opened(&folder)], None, 0.01) {
        Err(told) => {
            assert!(context().report.ends_loops(), "{told}");
            assert!(told.to_string().contains("3750 rounds an invocation, for this device ends loops early"), "{told}");
        }
        Ok(mut sim) => {
            sim.advance(1).unwrap();
            for (i, x) in sim.z().unwrap().iter().enumerate() {
                let turns = (0..200).filter(|n| n % 16 == i % 16).count();
                assert_eq!(*x, 2000.0 * turns as f64, "{i}");
            }
        }
    }
}

#[test]
fn an_index_out_of_bounds_reads_and_writes_nothing_else() {
    let folder = folder(MANIFEST, &wgsl("next[i + 100000u] = 7.0; x = z[i + 3000000u] * 0.0 + x;"));
    let z = waves(18, 0.0);
    let (outputs, _) = launches(&opened(&folder), Shape::z(18, 5), &[&z]);
    assert_eq!(outputs[0].len(), 18);
}

#[test]
fn the_command_line_runs_them_and_names_what_is_broken() {
    let folder = folder(MANIFEST, &wgsl("x = x * 0.999;"));
    dashi_vortex::io::write_state(
        &folder.path().join("z0.npz"),
        &State { meta: Meta { n: 64, ..Meta::default() }, ..state() },
    )
    .unwrap();
    let run = "run --z0-npz z0.npz --kernel-only --kernel frozen --op mine.toml --steps 100 --no-decode --quiet --json";
    let json: serde_json::Value = serde_json::from_str(&succeeds(folder.path(), run)).unwrap();
    assert_eq!((&json["kernel_form"], &json["steps"]), (&"operators".into(), &100.into()));
    let pass = &json["passes"][0];
    assert_eq!((&pass["name"], &pass["expected_device"], &pass["bytes"]), (&"mine".into(), &"GPU".into(), &144.into()));
    assert!(succeeds(folder.path(), "ops mine.toml --try").contains("mine: fine, acts on z"));
    assert!(succeeds(folder.path(), "ops").contains("biot_savart"));
    refuses(folder.path(), &(run.to_owned() + " --backend cpu"), 2, "--op runs on a device");
    refuses(folder.path(), &(run.to_owned() + " --op mine.toml"), 5, "a name that no other --op has");
    fs::write(folder.path().join("mine.wgsl"), wgsl("x = = 1;")).unwrap();
    refuses(folder.path(), run, 5, "mine.wgsl: line 8: expected valid WGSL");
    fs::write(folder.path().join("mine.wgsl"), wgsl("loop { x += 1.0; }")).unwrap();
    refuses(folder.path(), run, 5, "loops that end within");
    fs::write(folder.path().join("mine.toml"), MANIFEST.replace("[64, 1, 1]", "[4096, 1, 1]")).unwrap();
    refuses(folder.path(), run, 5, "workgroup: expected 1 to 1024");
}
