use std::path::Path;

use super::*;
use crate::{
    genesis,
    params::{Integrator, Kernel, Params, Switch},
    state::{Atom, Atoms, Background, Basis, Meta, Sign, State},
};

/// A state on cuts of its own, 12 / 20 / 300, with a mode in each band and one atom.
fn odd() -> State {
    let anchors: Vec<[i32; 2]> = (13..=20).flat_map(|k| [[k, 0], [-k, 0]]).collect();
    let basis = Basis::new(12, 20, 300, anchors).unwrap();
    let z: Vec<f64> = (0..basis.dimension()).map(|i| 0.01 * (i as f64 + 0.3).sin()).collect();
    let mut background = Background::from_z(basis, &z).unwrap();
    background.header.k_keep = 16.0;
    let atoms = Atoms::try_from_iter([Atom::point(Sign::Plus, 1.0, 0.1, glam::DVec2::splat(3.0))]).unwrap();
    let meta = Meta { n: 96, dt: 0.005, nu: 1e-3, seed: 1 << 40, ..Meta::default() };
    State { step: 7, ..State::new(atoms, background, meta) }
}

fn cuts(params: &Params) -> [u32; 3] {
    [params.k_cut, params.resid_mid_cut, params.topk_mid]
}

#[test]
fn a_file_beats_the_default_and_a_word_beats_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("z0.npz");
    crate::io::write_state(&path, &odd()).unwrap();
    let defaults = Params { mdl: Switch::On, drift_x: 0.25, ..Params::default() };
    for flags in [false, true] {
        let start = Start::new(Source::file(&path).unwrap(), &Rule { defaults, said: &[], flags }).unwrap();
        let p = start.params;
        assert_eq!((p.dt, p.nu, cuts(&p), p.mdl), (0.005, 1e-3, [12, 20, 300], Switch::Off));
        assert_eq!((p.n, p.drift_x), (if flags { 96 } else { defaults.n }, 0.25));
        assert_eq!((&start.state, start.told.len(), p.seed), (&odd(), 0, u32::MAX), "to the bit");
    }
    // Session, preset, flag: each beats the one before it.
    let (session, preset, flag) =
        ([("dt", 0.1), ("nu", 0.2), ("mdl", 1.0)], [("nu", 0.3), ("seed", 5.0)], [("nu", 0.4)]);
    let said: [&Said; 3] = [&session, &preset, &flag];
    let start = Start::new(Source::file(&path).unwrap(), &Rule { defaults, said: &said, flags: true }).unwrap();
    let p = start.params;
    assert_eq!((p.dt, p.nu, p.mdl, p.seed, p.n), (0.1, 0.4, Switch::On, 5, 96));
    assert_eq!((start.state.meta.dt, start.state.meta.nu, start.state.meta.seed), (0.1, 0.4, 5));
    assert_eq!(start.state.background, odd().background);
}

#[test]
fn a_step_that_is_left_to_the_start_is_a_number_from_there_on() {
    use crate::params::AUTO;
    let path = Path::new("odd.npz");
    let auto: [&Said; 2] = [&[("dt", 0.003)], &[("dt", AUTO)]];
    let rule = Rule { defaults: Params::default(), said: &auto, flags: false };
    // A window makes every state ready to run: the vortex is an ellipse there, of 16 and what the waves add.
    let start = Start::new(Source::state(odd(), path), &rule).unwrap();
    let found = start.auto_dt.unwrap();
    assert_eq!((start.params.dt, start.state.meta.dt), (found.dt, found.dt));
    assert!(found.vorticity > 10.0 && found.dt * found.vorticity <= 0.5, "{found:?}");
    // Without one a state on its way keeps its atoms, and a vortex that moves by itself has no such step.
    let error = Start::new(Source::state(odd(), path), &Rule { flags: true, ..rule }).unwrap_err();
    let words = error.to_string();
    assert!(error.exit_code() == 2 && words.contains("1 of 1 move by") && words.contains("on its way"), "{words}");
    let begun = State { step: 0, ..odd() };
    assert_eq!(Start::new(Source::state(begun, path), &Rule { flags: true, ..rule }).unwrap().params.dt, found.dt);
    // The last word counts, and a file's own step, which no parameter takes, is in nobody's way.
    let number: [&Said; 2] = [&[("dt", AUTO)], &[("dt", 0.003)]];
    let start = Start::new(Source::state(odd(), path), &Rule { said: &number, ..rule }).unwrap();
    assert_eq!((start.params.dt, start.auto_dt), (0.003, None));
    let mut slow = odd();
    slow.meta.dt = 3.0;
    assert_eq!(Start::new(Source::state(slow, path), &rule).unwrap().params.dt, found.dt);
    // Midpoint steps are the scene's own: where nobody says them, steps are of order 4.
    let scene = Start::new(Source::scene("default"), &rule).unwrap();
    assert_eq!((scene.params.dt, scene.state.meta.dt, scene.params.integrator), (0.05, 0.05, Integrator::Rk4));
    let midpoint: [&Said; 1] = [&[("dt", AUTO), ("integrator", 0.0)]];
    let scene = Start::new(Source::scene("default"), &Rule { said: &midpoint, ..rule }).unwrap();
    assert_eq!((scene.params.dt, scene.params.integrator), (0.005, Integrator::Rk2));
}

#[test]
fn a_scene_beats_the_default_and_a_word_beats_the_scene() {
    let defaults = Params { n: 128, ..Params::default() };
    let plain = Start::new(Source::scene("dipole"), &Rule { defaults, said: &[], flags: false }).unwrap();
    let mut scene = defaults;
    let state = genesis::make("dipole", &mut scene).unwrap();
    assert_eq!((plain.params, plain.state), (scene, state));
    let said: [&Said; 1] = [&[("dt", 0.001), ("kernel", 0.0), ("seed", 3.0)]];
    let spoken = Start::new(Source::scene("dipole"), &Rule { defaults, said: &said, flags: false }).unwrap();
    let expected = Params { dt: 0.001, kernel: Kernel::Frozen, seed: 3, ..scene };
    assert_eq!((spoken.params, spoken.state.meta.dt), (expected, 0.001));
    assert!(Start::new(Source::scene("maelstrom"), &Rule { defaults, said: &[], flags: true }).is_err());
}

#[test]
fn what_is_cut_is_told_and_what_no_parameter_takes_is_the_files_fault() {
    let path = Path::new("a/z0.npz");
    let said: [&Said; 1] = [&[("k_cut", 8.0), ("resid_mid_cut", 16.0), ("topk_mid", 6.0)]];
    let rule = Rule { defaults: Params::default(), said: &said, flags: true };
    let start = Start::new(Source::state(odd(), path), &rule).unwrap();
    let basis = start.state.background.basis();
    assert_eq!((basis.k_cut(), basis.resid_mid_cut(), basis.topk_mid()), (8, 16, 6));
    let (count, share) = start.state.background.left_out(&odd().background);
    let words = format!(
        "a/z0.npz: z is cut as asked (k_cut 12 -> 8, resid_mid_cut 20 -> 16, topk_mid 300 -> 6): \
                         {count} modes with {:.2} % of its enstrophy are left out",
        100.0 * share
    );
    assert!(count > 200 && share > 0.1, "{count} {share}");
    assert_eq!(start.told, [words]);
    // Wider cuts lose nothing and are not worth a word.
    let wider: [&Said; 1] = [&[("topk_mid", 400.0)]];
    let start = Start::new(Source::state(odd(), path), &Rule { said: &wider, ..rule }).unwrap();
    assert_eq!((start.told.len(), start.state.background.basis().topk_mid()), (0, 400));

    let mut slow = odd();
    slow.meta.dt = 3.0;
    let error = |flags| Start::new(Source::state(slow.clone(), path), &Rule { said: &[], flags, ..rule }).unwrap_err();
    for (flags, remedy) in [(true, true), (false, false)] {
        let said = error(flags).to_string();
        assert!(
            error(flags).exit_code() == 5 && said.contains("a/z0.npz: dt: expected") && said.contains("found 3"),
            "{said}"
        );
        assert_eq!(said.contains("--dt overrides it"), remedy, "{said}");
    }
}

#[test]
fn every_vertex_of_a_file_has_room_and_a_smaller_budget_is_told() {
    let many = (0..300).map(|i| Atom::point(Sign::Plus, 0.1, 0.1, glam::DVec2::splat(0.02 * f64::from(i))));
    let state = State { atoms: Atoms::try_from_iter(many).unwrap(), ..odd() };
    let defaults = Params { max_vertices: 100, ..Params::default() };
    let path = Path::new("z0.npz");
    let start = Start::new(Source::state(state.clone(), path), &Rule { defaults, said: &[], flags: false }).unwrap();
    assert_eq!((start.params.max_vertices, start.told.len()), (300, 0));
    let said: [&Said; 1] = [&[("max_vertices", 200.0)]];
    let start = Start::new(Source::state(state, path), &Rule { defaults, said: &said, flags: false }).unwrap();
    assert!(start.told[0].contains("max_vertices 200 is less than its 300 vertices"), "{:?}", start.told);
}
