//! What an edit by hand costs: another state takes the place of the one on the device, and no simulation is made anew.

use std::time::Instant;

use dashi_vortex::{
    app::{
        desk::Desk,
        device::{
            Device,
            course::{Beginning, Course},
            readout,
        },
        input::Act,
        model::{AtomAsk, Model},
        run::{Run, edits, history::Moment, winding},
    },
    io::hash_state,
    open::{Rule, Source, Start},
    params::{Params, Switch},
    sim::Simulator,
    state::{Sign, State},
};
use glam::DVec2;

use crate::device;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A window's desk without a window, on a scene.
pub fn desk(scene: &str, change: impl FnOnce(&mut Params)) -> Desk {
    let mut defaults = Params { tracers: 1000, n: 64, ..Params::default() };
    change(&mut defaults);
    let Start { state, params, .. } =
        Start::new(Source::scene(scene), &Rule { defaults, said: &[], flags: false }).unwrap();
    let device = Device::new(device::context().clone(), FORMAT, &state, &params).unwrap();
    let canvas = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(400.0, 400.0));
    let model = Model {
        params,
        home: params,
        scene: scene.into(),
        canvas,
        device: readout::info(device.context()),
        ..Model::default()
    };
    let mut desk =
        Desk { model, run: Run::new(Moment { state, params, scene: scene.into() }), device, started: Instant::now() };
    desk.begin_timeline();
    desk
}

/// Hash of the state after so many steps.
fn after(course: &mut Course, steps: u64) -> String {
    course.sim.advance(steps).unwrap();
    hash_state(&course.sim.snapshot().unwrap())
}

/// The same state on a simulation of its own.
fn anew(desk: &Desk, state: &State, steps: u64) -> String {
    let begin = Beginning { state, params: &desk.model.params, propagator: None, goes_on: true };
    after(&mut Course::new(desk.device.context(), FORMAT, begin, [64; 2]).unwrap(), steps)
}

#[test]
fn gpu_an_edit_makes_no_simulation_and_runs_on_as_a_new_one_would() {
    // Filaments, rows of ellipses with passes, points beside a background, and filaments through a mesh's sums.
    for (scene, ellipses) in [("jet", Switch::Off), ("pair", Switch::On), ("turbulence", Switch::On)] {
        let mut desk = desk(scene, |params| params.ellipses = ellipses);
        desk.device.main.sim.advance(7).unwrap();
        let path = (0..20).map(|i| DVec2::new(100.0 + 8.0 * f64::from(i), 150.0)).collect();
        let at = DVec2::new(120.0, 260.0);
        for act in [
            Act::Vortex { at, sign: Sign::Plus },
            Act::Filament { path, sign: Sign::Minus },
            Act::Pick(at),
            Act::Carry(DVec2::new(15.0, 5.0)),
        ] {
            edits::act(&mut desk, act).unwrap();
        }
        edits::atom(&mut desk, AtomAsk::Set { sign: Sign::Minus, gamma: 0.7, eps: 0.2 }).unwrap();
        edits::act(&mut desk, Act::Erase(vec![DVec2::new(90.0, 150.0), DVec2::new(140.0, 150.0)])).unwrap();
        // The state that was put last.
        let edited = desk.run.checkpoint.state.clone();
        assert_eq!(edited.step, 7);
        let (on, new) = (after(&mut desk.device.main, 25), anew(&desk, &edited, 25));
        assert_eq!(on, new, "{scene}");
        // Undo and the way back to the start are edits, too.
        edits::travel(&mut desk, true).unwrap();
        winding::restart(&mut desk).unwrap();
        let origin = (*desk.run.origin).clone();
        let (on, new) = (after(&mut desk.device.main, 25), anew(&desk, &origin, 25));
        assert_eq!(on, new, "{scene}, from its start");
        assert_eq!(desk.device.count.simulations, 0, "{scene}");
        assert!(desk.device.count.states > 6);
    }
}

#[test]
fn gpu_what_has_no_room_takes_another_simulation() {
    let mut desk = desk("pair", |params| params.max_vertices = 64);
    let state = desk.moment().unwrap().state;
    let mut wide = state.clone();
    let line = (0..200).map(|i| DVec2::new(0.02 * f64::from(i), 1.0)).collect();
    wide.atoms
        .push(dashi_vortex::state::Atom::polyline(dashi_vortex::state::Topology::Open, Sign::Plus, 0.1, 0.1, line))
        .unwrap();
    desk.model.params.ellipses = Switch::Off;
    desk.load(&state, Some(&state.atoms)).unwrap();
    assert_eq!(desk.device.count.simulations, 1, "structural parameters");
    desk.load(&wide, Some(&state.atoms)).unwrap();
    assert_eq!(desk.device.count.simulations, 2, "more vertices than there is room for");
    // Refused before anything has changed.
    let mut odd = wide.clone();
    odd.time = f64::NAN;
    let before = hash_state(&desk.moment().unwrap().state);
    assert!(desk.load(&odd, Some(&wide.atoms)).is_err());
    assert_eq!(hash_state(&desk.moment().unwrap().state), before);
}

/// Prints what an edit of a large scene takes, beside what another simulation takes.
#[test]
fn gpu_an_edit_of_ten_thousand_vertices_is_printed() {
    let mut desk = desk("turbulence", |params| {
        (params.ellipses, params.filaments, params.max_vertices) = (Switch::Off, 1200, 32768);
    });
    let vertices = desk.run.origin.atoms.vertex_count();
    let mut took = vec![];
    for i in 0..6 {
        let begun = Instant::now();
        let at = DVec2::new(40.0 + 50.0 * f64::from(i), 77.0);
        edits::act(&mut desk, Act::Vortex { at, sign: Sign::Plus }).unwrap();
        took.push(1e3 * begun.elapsed().as_secs_f64());
    }
    let state = desk.moment().unwrap().state;
    let begun = Instant::now();
    desk.load(&state, None).unwrap();
    let whole = 1e3 * begun.elapsed().as_secs_f64();
    println!("{vertices} vertices: edits {took:.1?} ms, another simulation {whole:.1} ms");
    assert_eq!((desk.device.count.simulations, desk.device.count.states), (1, 7));
    assert!(vertices >= 10_000, "{vertices}");
}
