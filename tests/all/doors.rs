//! Whatever door a file comes through - chosen in a dialog, dropped, named by a session, by a flag of `run` - the run
//! has the same parameters and the same state.

use std::{fs, path::Path, time::Instant};

use dashi_vortex::{
    app::{
        desk::Desk,
        run::{fitted::fit, history::Moment},
        tools::{encode::Encoder, kernel::Kernels, opener::Opener},
    },
    genesis,
    io::{
        Array, hash_state, npz::NpzWriter, propagator_file::write_propagator, session::SessionFile, write_npy,
        write_session, write_state,
    },
    open::{Kind, Rule, Source, Start},
    params::{Kernel, ParamValue, Params, TABLE},
    sim::decode,
    state::{Origin, Propagator, State},
};
use tempfile::tempdir;

use crate::{cli::succeeds, in_place};

/// Opens a file on a desk as the window does, and waits until something has come of it: a slow machine is first told that
/// the file is being read.
fn opened(desk: &mut Desk, path: &Path, expected: Option<Kind>) {
    let (mut opener, mut encoder, mut kernels) = (Opener::default(), Encoder::default(), Kernels::default());
    opener.open(path, expected).unwrap();
    let begun = Instant::now();
    while desk.model.notices.iter().all(|notice| notice.text.starts_with("Reading ")) {
        opener.hear(desk, &mut encoder, &mut kernels);
        encoder.hear(desk);
        assert!(begun.elapsed().as_secs() < 120, "nothing came of {}", path.display());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let wrong: Vec<_> = desk.model.notices.iter().filter(|notice| notice.error).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Parameters and state of a run, those aside that the adapter decides.
fn told(desk: &mut Desk) -> (Vec<(&'static str, f64)>, String) {
    let Moment { state, params, .. } = desk.moment().unwrap();
    (of(&params), hash_state(&state))
}

fn of(params: &Params) -> Vec<(&'static str, f64)> {
    let machine = ["n", "tracers", "max_vertices", "parcels", "filaments"];
    let rows = TABLE.iter().map(|row| row.name).filter(|name| !machine.contains(name));
    rows.filter_map(|name| Some((name, params.get(name)?))).collect()
}

/// A state with cuts, step, viscosity and seed of its own.
fn state() -> State {
    let mut params = Params { k_cut: 6, resid_mid_cut: 9, topk_mid: 40, ..Params::default() };
    let mut state = genesis::make("turbulence", &mut params).unwrap();
    state.background = state.background.recut(6, 9, 40).unwrap();
    (state.meta.dt, state.meta.nu, state.meta.seed, state.meta.n) = (0.004, 3e-4, 77, 48);
    state
}

#[test]
fn gpu_a_state_a_kernel_a_field_and_a_session_come_alike_through_every_door() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (state, z0) = (state(), at("z0.npz"));
    write_state(&z0, &state).unwrap();
    let scene = || in_place::desk("pair", |params| fit(params, true));

    // A state: chosen, dropped, in a session, and by the rule that a flag of the window follows.
    let mut desks = [scene(), scene(), scene()];
    opened(&mut desks[0], &z0, Some(Kind::State));
    opened(&mut desks[1], &z0, None);
    let session = SessionFile { state: Some(z0.clone()), ..SessionFile::default() };
    write_session(&at("state.toml"), &session).unwrap();
    opened(&mut desks[2], &at("state.toml"), None);
    let mut defaults = Params { tracers: 1000, n: 64, ..Params::default() };
    fit(&mut defaults, true);
    let flag = Start::new(Source::file(&z0).unwrap(), &Rule { defaults, said: &[], flags: false }).unwrap();
    let expected = told(&mut desks[0]);
    assert_eq!(expected.0, of(&flag.params));
    for desk in &mut desks {
        assert_eq!(told(desk), expected);
    }
    for (name, value) in [("dt", 0.004), ("nu", 3e-4), ("k_cut", 6.0), ("topk_mid", 40.0), ("seed", 77.0), ("mdl", 0.0)]
    {
        assert!(expected.0.contains(&(name, value)), "{name} {value}");
    }
    // A run without a window, by flag and by session.
    let run = |args: &str| {
        let metrics = at("metrics.json");
        let args =
            format!("run {args} --steps 3 --backend cpu --no-decode --quiet --metrics-json {}", metrics.display());
        succeeds(folder.path(), &args);
        let said: serde_json::Value = serde_json::from_str(&fs::read_to_string(metrics).unwrap()).unwrap();
        ["hash", "dt", "nu", "k_cut", "resid_mid_cut", "topk_mid", "seed"].map(|key| said[key].clone())
    };
    let by_flag = run(&format!("--z0-npz {}", z0.display()));
    assert_eq!(run(&format!("--session {}", at("state.toml").display())), by_flag);
    assert_eq!(
        by_flag[1..].iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>(),
        [0.004, 3e-4, 6.0, 9.0, 40.0, 77.0]
    );

    // A kernel of these modes, with a step of its own.
    let side = state.background.to_z().len();
    let a = (0..side * side).map(|i| if i % (side + 1) == 0 { 0.999 } else { 0.0 }).collect();
    let kernel = Propagator::new(side, a, Origin { dt: Some(0.007), ..Origin::default() }).unwrap();
    write_propagator(&at("A.npz"), &kernel).unwrap();
    let on_state = || {
        let mut desk = scene();
        opened(&mut desk, &z0, None);
        desk.model.notices.clear();
        desk
    };
    let mut desks = [on_state(), on_state(), on_state()];
    opened(&mut desks[0], &at("A.npz"), Some(Kind::Kernel));
    opened(&mut desks[1], &at("A.npz"), None);
    let params = vec![("kernel", Kernel::Linear.get())];
    let session = SessionFile { kernel: Some(at("A.npz")), params, ..session };
    write_session(&at("kernel.toml"), &session).unwrap();
    opened(&mut desks[2], &at("kernel.toml"), Some(Kind::State));
    let expected = told(&mut desks[0]);
    assert!(expected.0.contains(&("dt", 0.007)) && expected.0.contains(&("kernel", Kernel::Linear.get())));
    for desk in &mut desks {
        assert_eq!(told(desk), expected);
        assert_eq!(*desk.device.propagator().unwrap(), kernel);
    }

    // A field.
    let omega = Array::new(&[32, 32], &decode(&state, 32)).unwrap();
    write_npy(&at("omega.npy"), &omega).unwrap();
    let mut desks = [scene(), scene()];
    opened(&mut desks[0], &at("omega.npy"), Some(Kind::Field));
    opened(&mut desks[1], &at("omega.npy"), None);
    let expected = told(&mut desks[0]);
    assert_eq!(told(&mut desks[1]), expected);
}

/// An archive of a field with depths called z, and one with a matrix A beside it, are fields.
#[test]
fn an_archive_is_what_its_entries_together_are() {
    let folder = tempdir().unwrap();
    let omega = Array::new(&[16, 16], &[0.5; 256]).unwrap();
    let others =
        [("depth.npz", "z", Array::vector(&[0.0, 1.0])), ("matrix.npz", "A", Array::new(&[2, 2], &[1.0; 4]).unwrap())];
    for (file, name, other) in &others {
        let mut npz = NpzWriter::new(fs::File::create(folder.path().join(file)).unwrap());
        npz.array("omega", &omega).unwrap();
        npz.array(name, other).unwrap();
        npz.finish().unwrap();
    }
    for (name, ..) in others {
        assert_eq!(Kind::of(&folder.path().join(name), None).unwrap(), Kind::Field, "{name}");
    }
    // A kernel is a square A beside numbers; one of several matrices, or an oblong one, is none.
    let square = Array::new(&[3, 3], &[1.0; 9]).unwrap();
    for (file, name, other, kind) in [
        ("step.npz", "dt", Array::scalar(0.1), Kind::Kernel),
        ("modes.npz", "anchor_k", Array::new(&[1, 2], &[2_i64, 0]).unwrap(), Kind::Kernel),
        ("system.npz", "B", square.clone(), Kind::Field),
    ] {
        let mut npz = NpzWriter::new(fs::File::create(folder.path().join(file)).unwrap());
        npz.array("A", &square).unwrap();
        npz.array(name, &other).unwrap();
        npz.finish().unwrap();
        assert_eq!(Kind::of(&folder.path().join(file), None).unwrap(), kind, "{file}");
    }
    write_state(&folder.path().join("z0.npz"), &state()).unwrap();
    assert_eq!(Kind::of(&folder.path().join("z0.npz"), None).unwrap(), Kind::State);
    // Who says what it is, is heard.
    assert_eq!(Kind::of(&folder.path().join("depth.npz"), Some(Kind::State)).unwrap(), Kind::State);
}

/// The field of a file of several runs once it is chosen; nothing happens where none is.
#[test]
fn gpu_a_file_of_several_fields_waits_for_a_word() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("run.npz");
    let wave = |k: f64| (0..1024).map(|c| (k * f64::from(c) * std::f64::consts::TAU / 32.0).sin()).collect::<Vec<_>>();
    let mut npz = NpzWriter::new(fs::File::create(&path).unwrap());
    for (name, k) in [("first", 1.0), ("second", 2.0)] {
        npz.array(name, &Array::new(&[32, 32], &wave(k)).unwrap()).unwrap();
    }
    npz.finish().unwrap();
    let mut desk = in_place::desk("pair", |params| fit(params, true));
    let (mut opener, mut encoder, mut kernels) = (Opener::default(), Encoder::default(), Kernels::default());
    let mut until = |desk: &mut Desk, opener: &mut Opener, done: fn(&Desk) -> bool| {
        let begun = Instant::now();
        while !done(desk) {
            opener.hear(desk, &mut encoder, &mut kernels);
            encoder.hear(desk);
            assert!(begun.elapsed().as_secs() < 120, "nothing came of it: {:?}", desk.model.notices);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    opener.open(&path, None).unwrap();
    until(&mut desk, &mut opener, |desk| desk.model.files.choice.is_some());
    let names: Vec<_> = desk.model.files.choice.as_ref().unwrap().arrays.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, ["first", "second"]);
    opener.choose(&mut desk, Some("second".into())).unwrap();
    until(&mut desk, &mut opener, |desk| desk.model.notices.iter().any(|notice| notice.text.contains("encoded as")));
    assert!(desk.model.files.choice.is_none());
    opener.open(&path, None).unwrap();
    until(&mut desk, &mut opener, |desk| desk.model.files.choice.is_some());
    opener.choose(&mut desk, None).unwrap();
    assert!(desk.model.files.choice.is_none());
}
