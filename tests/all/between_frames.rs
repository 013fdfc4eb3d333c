//! Nothing in a frame waits for the device: what needs the state, or another simulation, is put off and answered in a
//! later frame, between the same two steps and to the same bits as without frames.

use std::time::{Duration, Instant};

use dashi_vortex::{
    app::{
        desk::Desk,
        device::course::Course,
        input::Act,
        model::AtomAsk,
        run::{edits, parameters, winding},
    },
    error::Result,
    io::hash_state,
    params::{Params, Switch},
    sim::Simulator,
    state::Sign,
};
use glam::DVec2;

use crate::in_place::desk;

/// An edit, and what it is called.
type Wish<'a> = (&'a str, &'a mut dyn FnMut(&mut Desk) -> Result<()>);

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A frame of a window: what came back, what somebody wants, steps and read-backs. What became of the wish.
fn frame(desk: &mut Desk, steps: u32, wish: &mut dyn FnMut(&mut Desk) -> Result<()>) -> Option<Result<()>> {
    let _heard = desk.device.context().device.poll(wgpu::PollType::Poll);
    winding::see(desk, 0.0);
    desk.device.awaited.is_put_off();
    let answer = wish(desk);
    let put_off = answer.is_err() && desk.device.awaited.is_put_off();
    desk.device.awaited.end_turn();
    let mut encoder = desk.device.context().device.create_command_encoder(&Default::default());
    let steps = steps.min(desk.device.steps_allowed());
    let (view, size) = (desk.model.view.clone(), desk.model.canvas_size());
    desk.device.encode(&mut encoder, steps, &view, size);
    desk.device.context().queue.submit([encoder.finish()]);
    desk.device.main.sim.harvest();
    (!put_off).then_some(answer)
}

/// Frames until a wish is answered: how many, and whether steps were taken in the meantime.
fn frames(desk: &mut Desk, steps: u32, wish: &mut dyn FnMut(&mut Desk) -> Result<()>) -> (u32, bool) {
    let (begun, step) = (Instant::now(), desk.device.main.sim.step());
    for frames in 1.. {
        let moved = desk.device.main.sim.step() > step;
        if let Some(answer) = frame(desk, steps, wish) {
            answer.unwrap();
            return (frames, moved);
        }
        assert!(begun.elapsed() < PATIENCE, "{frames} frames");
    }
    unreachable!("frames do not end")
}

fn hash(course: &mut Course, steps: u64) -> String {
    course.sim.advance(steps).unwrap();
    hash_state(&course.sim.snapshot().unwrap())
}

/// Edits of a drawn flow, in their order.
fn edit(i: usize, desk: &mut Desk) -> Result<()> {
    let at = DVec2::new(120.0, 260.0);
    let path = (0..20).map(|i| DVec2::new(100.0 + 8.0 * f64::from(i), 150.0)).collect();
    match i {
        0 => edits::act(desk, Act::Vortex { at, sign: Sign::Plus }),
        1 => edits::act(desk, Act::Filament { path, sign: Sign::Minus }),
        2 => edits::act(desk, Act::Pick(at)),
        3 => edits::act(desk, Act::Carry(DVec2::new(15.0, 5.0))),
        4 => edits::atom(desk, AtomAsk::Set { sign: Sign::Minus, gamma: 0.7, eps: 0.2 }),
        5 => edits::act(desk, Act::Erase(vec![DVec2::new(90.0, 150.0), DVec2::new(140.0, 150.0)])),
        _ => edits::travel(desk, true),
    }
}

#[test]
fn gpu_edits_in_frames_come_to_the_bits_of_edits_without() {
    for scene in ["jet", "pair"] {
        let begin = || {
            let mut desk = desk(scene, |_| ());
            // A pass that is under way when an edit comes is dropped: which one is, is a matter of real time.
            desk.model.params.mdl = Switch::Off;
            parameters::follow(&mut desk).unwrap();
            desk.device.main.sim.advance(7).unwrap();
            desk
        };
        let (mut drawn, mut plain) = (begin(), begin());
        let made = drawn.device.count.simulations;
        drawn.device.awaited.draw_frames();
        for i in 0..7 {
            // Time would pass: an edit holds it up until it has landed.
            let (frames, moved) = frames(&mut drawn, 3, &mut |desk| edit(i, desk));
            assert!(!moved && frames > 1, "{scene}, edit {i}");
            edit(i, &mut plain).unwrap();
            // Then as many steps as the frame took that it has landed in.
            let steps = (drawn.device.main.sim.step() - plain.device.main.sim.step()) as u32;
            frame(&mut plain, steps, &mut |_| Ok(()));
            assert_eq!(plain.device.main.sim.step(), drawn.device.main.sim.step(), "{scene}, edit {i}");
        }
        assert_eq!((drawn.device.count.simulations, drawn.device.awaited.waits()), (made, 0), "{scene}");
        assert_eq!(hash(&mut drawn.device.main, 10), hash(&mut plain.device.main, 10), "{scene}");
    }
}

/// A cut of the background takes another simulation: it is made beside the frames, in which steps go on, and takes over
/// the state as it is then.
#[test]
fn gpu_another_simulation_is_made_while_this_one_runs() {
    let cut = |params: &mut Params| params.k_cut = 4;
    let (mut drawn, mut plain) = (desk("turbulence", |_| ()), desk("turbulence", |_| ()));
    drawn.device.awaited.draw_frames();
    cut(&mut drawn.model.params);
    let (frames, moved) = frames(&mut drawn, 1, &mut |desk| match parameters::follow(desk) {
        Ok(()) if desk.model.params != desk.run.applied => unreachable!("the hand holds nothing"),
        answer => answer,
    });
    println!("{frames} frames while a cut was made, {} steps", drawn.device.main.sim.step());
    assert!(frames > 2 && moved, "{frames} frames");
    assert_eq!((drawn.device.count.simulations, drawn.device.awaited.waits()), (1, 0));
    assert_eq!(drawn.run.applied.k_cut, 4);
    // The last frame took a step with it.
    let last = drawn.device.main.sim.step();
    plain.device.main.sim.advance(last - 1).unwrap();
    cut(&mut plain.model.params);
    parameters::follow(&mut plain).unwrap();
    plain.device.main.sim.advance(1).unwrap();
    assert_eq!(hash(&mut drawn.device.main, 5), hash(&mut plain.device.main, 5));
}

/// A simulation that nobody waits for any more is given up.
#[test]
fn gpu_what_was_asked_for_and_taken_back_is_not_made() {
    let mut desk = desk("turbulence", |_| ());
    desk.device.awaited.draw_frames();
    let before = desk.model.params;
    desk.model.params.k_cut = 4;
    while !desk.device.awaited.is_making() {
        assert!(frame(&mut desk, 1, &mut parameters::follow).is_none());
    }
    desk.model.params = before;
    assert!(frame(&mut desk, 1, &mut |_| Ok(())).is_some());
    assert!(!desk.device.awaited.is_making() && desk.device.count.simulations == 0);
    assert_eq!(desk.run.applied, before);
}

/// The picked atom is found by its name: one that goes in between shifts the places of those after it.
#[test]
fn gpu_an_edit_finds_its_atom_after_others_have_gone() {
    let mut desk = desk("pair", |params| params.ellipses = Switch::Off);
    edits::clear(&mut desk).unwrap();
    let places = [100.0, 200.0, 300.0].map(|x| DVec2::new(x, 200.0));
    for at in places {
        edits::act(&mut desk, Act::Vortex { at, sign: Sign::Plus }).unwrap();
    }
    edits::act(&mut desk, Act::Pick(places[1])).unwrap();
    let picked = desk.model.picked.clone().unwrap();
    edits::act(&mut desk, Act::Erase(vec![places[0]])).unwrap();
    edits::atom(&mut desk, AtomAsk::Set { sign: Sign::Minus, gamma: 0.25, eps: 0.2 }).unwrap();
    let atoms = desk.moment().unwrap().state.atoms;
    let signs: Vec<_> = (0..atoms.len()).map(|i| atoms.get(i).sign).collect();
    assert_eq!(signs, [Sign::Minus, Sign::Plus]);
    let changed = atoms.get(0).vertices[0] - picked.atom.vertices[0];
    assert!(changed.length() < 1e-6, "{changed}");
    edits::atom(&mut desk, AtomAsk::Forget).unwrap();
    edits::act(&mut desk, Act::Pick(places[1])).unwrap();
    edits::act(&mut desk, Act::Erase(vec![places[1]])).unwrap();
    let gone = edits::atom(&mut desk, AtomAsk::Set { sign: Sign::Plus, gamma: 1.0, eps: 0.1 }).unwrap_err();
    assert!(gone.to_string().contains("no longer there"), "{gone}");
}

/// Prints how long frames of a large scene take, the device's work included, and those that an edit lands in.
#[test]
fn gpu_frames_that_edits_land_in_are_printed() {
    let mut desk = desk("turbulence", |params| {
        (params.ellipses, params.filaments, params.max_vertices) = (Switch::Off, 1200, 32768);
    });
    let vertices = desk.run.origin.atoms.vertex_count();
    assert!(vertices >= 10_000, "{vertices}");
    desk.device.awaited.draw_frames();
    let mut timed = |wish: &mut dyn FnMut(&mut Desk) -> Result<()>| {
        let begun = Instant::now();
        let landed = frame(&mut desk, 1, wish).is_some();
        desk.device.context().wait().unwrap();
        (1e3 * begun.elapsed().as_secs_f64(), landed)
    };
    let idle: Vec<f64> = (0..4).map(|_| timed(&mut |_| Ok(())).0).collect();
    let at = DVec2::new(120.0, 260.0);
    let path: Vec<DVec2> = (0..20).map(|i| DVec2::new(100.0 + 8.0 * f64::from(i), 150.0)).collect();
    let mut atom = |desk: &mut Desk| edits::act(desk, Act::Vortex { at, sign: Sign::Plus });
    let mut stroke = |desk: &mut Desk| edits::act(desk, Act::Filament { path: path.clone(), sign: Sign::Minus });
    let mut pick = |desk: &mut Desk| edits::act(desk, Act::Pick(at));
    let wishes: [Wish<'_>; 3] = [("a vortex", &mut atom), ("a stroke", &mut stroke), ("a pick", &mut pick)];
    for (name, wish) in wishes {
        let mut frames = vec![];
        while frames.last().is_none_or(|(_, landed)| !landed) {
            frames.push(timed(wish));
        }
        let ms: Vec<f64> = frames.into_iter().map(|(ms, _)| ms).collect();
        println!(
            "{vertices} vertices, frames {idle:.0?} ms: {name} in {ms:.0?} ms, then {:.0} ms",
            timed(&mut |_| Ok(())).0
        );
    }
    assert_eq!((desk.device.count.simulations, desk.device.awaited.waits()), (0, 0));
    assert_eq!(desk.run.history.can(), (true, false));
}
