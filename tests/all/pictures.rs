//! Pictures of a flow: what keys and the panel choose, and what the canvas then shows.

use dashi_vortex::{
    app::{
        command::Command,
        model::{Ask, Model, range::RangeMode},
        ui,
    },
    gpu::{Dispatch, buffer::filled, readback::read},
    math::BOX,
    ops::{potential::gpu::Potential, pressure::gpu::Pressure},
    params::Params,
    render::{
        Canvas, FilamentColor, Lines, Look, Mapping, Picture,
        canvas::CARRIER_SHARE,
        colormap::{Colormap, NAN_COLOR},
        offscreen,
    },
    sim::{GpuSim, Shown, parity},
    state::{Atom, Atoms, Background, Meta, Sign, State},
};
use egui::accesskit::Role;
use egui_kittest::{Harness, kittest::Queryable};
use glam::DVec2;

use crate::device::{at_most, context};

/// Largest error of psi and p of Taylor-Green cells on the device.
const CELLS: f64 = 2e-6;
/// Largest error of the speed around a Gaussian vortex, relative to the largest: the grid of 256 resolves a core of
/// 0.12, and images of the vortex pull a little.
const SWIRL: f64 = 4e-3;
/// Rounding of a sum in f32, in units of the largest |omega|.
const ROUNDING: f64 = 1e-6;

fn window(model: Model) -> Harness<'static, Model> {
    let show = |ui: &mut egui::Ui, model: &mut Model| {
        ui::keys(ui, model);
        ui::show(ui, model, 0.0);
    };
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(20);
    builder.with_context_setup(ui::theme::apply).build_ui_state(show, model)
}

#[test]
fn keys_ask_for_pictures_maps_lines_and_trails() {
    let mut harness = window(Model::default());
    use egui::Key;
    for key in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8] {
        harness.key_press(key);
    }
    for key in [Key::M, Key::W, Key::H] {
        harness.key_press(key);
    }
    harness.run_steps(2);
    let others = [Command::NextMap, Command::NextLines, Command::ToggleTrails];
    let asked: Vec<Ask> = Picture::ALL.map(Command::Show).into_iter().chain(others).map(Ask::Command).collect();
    assert_eq!(harness.state().asks, asked);
    assert_eq!(Lines::None.next().next().next(), Lines::None);
}

#[test]
fn a_picture_brings_maps_that_fit_and_no_others() {
    let mut harness = window(Model::default());
    let list = |harness: &mut Harness<'static, Model>| -> Vec<&'static str> {
        harness.get_by_role_and_label(Role::ComboBox, "Colour map").click();
        harness.run_steps(3);
        let named = |map: &Colormap| harness.query_by_role_and_label(Role::Button, map.name()).is_some();
        let found = Colormap::ALL.iter().filter(|map| named(map)).map(|map| map.name()).collect();
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
        found
    };
    assert_eq!(list(&mut harness), ["RdBu_r", "vik", "balance", "berlin", "vanimo"]);
    harness.get_by_role_and_label(Role::Button, "Speed").click();
    harness.run_steps(3);
    assert_eq!(harness.state().view.picture, Picture::Speed);
    harness.get_by_label("Speed canvas");
    harness.get_by_label_contains("Speed from 0.000 to");
    assert_eq!(list(&mut harness), ["viridis", "inferno"]);
    harness.get_by_role_and_label(Role::Button, "Pressure").click();
    harness.run_steps(3);
    assert_eq!(harness.state().view.colormap, "berlin");
    harness.get_by_label_contains("Pressure from -");
}

#[test]
fn a_residual_that_is_not_there_cannot_be_chosen_and_says_why() {
    let mut model = Model::default();
    model.show_picture(Picture::Residual, 0.0);
    assert_eq!(model.view.picture, Picture::Vorticity);
    assert!(model.notices[0].text.contains("encode a field"), "{:?}", model.notices);
    let mut harness = window(model);
    harness.get_by_role_and_label(Role::Button, "Residual").click();
    harness.run_steps(3);
    assert_eq!(harness.state().view.picture, Picture::Vorticity);
}

#[test]
fn switching_back_and_forth_keeps_range_and_mode() {
    let mut view = Model::default().view;
    view.measure(Some(10.0), 0.02);
    view.range.mode = RangeMode::Once;
    view.choose(Picture::Pressure);
    view.measure(Some(2.0), 0.02);
    view.choose(Picture::Vorticity);
    view.measure(Some(30.0), 0.02);
    assert_eq!((view.range.mode, view.range.limit), (RangeMode::Once, 7.0));
    view.choose(Picture::Pressure);
    assert_eq!((view.range.mode, view.range.limit), (RangeMode::Follow, 2.0));
}

fn run<'a>(passes: impl IntoIterator<Item = &'a Dispatch>) {
    let mut encoder = context().device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        passes.into_iter().for_each(|d| d.encode(&mut pass));
    }
    context().queue.submit([encoder.finish()]);
}

#[test]
fn the_device_knows_psi_and_p_of_taylor_green_cells() {
    // psi = cos x cos y, omega = 2 cos x cos y, p = -(cos 2x + cos 2y)/4.
    for n in [16_usize, 64, 256] {
        let x = |i: usize| i as f64 * BOX / n as f64;
        let omega: Vec<f32> = (0..n * n).map(|c| (2.0 * x(c % n).cos() * x(c / n).cos()) as f32).collect();
        let field = filled(context(), "omega", &omega).unwrap();
        let psi = Potential::new(context(), &field, n as u32).unwrap();
        let p = Pressure::new(context(), &field, n as u32).unwrap();
        run(psi.passes().iter().chain(p.passes()));
        let error = |buffer: &wgpu::Buffer, exact: &dyn Fn(f64, f64) -> f64| {
            let got: Vec<f32> = read(context(), buffer, n * n).unwrap();
            got.iter().enumerate().fold(0.0, |m: f64, (c, v)| m.max((f64::from(*v) - exact(x(c % n), x(c / n))).abs()))
        };
        at_most(&format!("psi, N = {n}"), error(&psi.field, &|x, y| x.cos() * y.cos()), CELLS);
        let pressure = |x: f64, y: f64| -0.25 * ((2.0 * x).cos() + (2.0 * y).cos());
        at_most(&format!("p, N = {n}"), error(p.field(), &pressure), CELLS);
    }
}

/// A simulation without dye: nothing of a picture may hang on it.
fn simulation(state: &State) -> GpuSim {
    let params = Params { n: 96, tracers: 0, ..Params::default() };
    GpuSim::new(context(), state, &params).unwrap()
}

fn decoded(sim: &mut GpuSim) -> Vec<f32> {
    let mut encoder = context().device.create_command_encoder(&Default::default());
    sim.encode_decode(&mut encoder);
    context().queue.submit([encoder.finish()]);
    sim.views().view().read(context()).unwrap()
}

#[test]
fn the_speed_around_a_gaussian_vortex_is_its_swirl() {
    let (gamma, eps, centre) = (2.0, 0.12, DVec2::new(3.0, 2.5));
    let mut atoms = Atoms::default();
    atoms.push(Atom::point(Sign::Plus, gamma, eps, centre)).unwrap();
    let state = State::new(atoms, Background::empty(), Meta { dt: 0.01, nu: 0.0, ..Meta::default() });
    let mut sim = simulation(&state);
    sim.show(Shown::Speed, false, 256).unwrap();
    sim.resize_view([120, 90]).unwrap();
    sim.views_mut().look(DVec2::new(2.6, 2.2), DVec2::new(0.8, 0.6));
    let (speed, window) = (decoded(&mut sim), *sim.views().view().window());
    let swirl = |r: f64| {
        let around = gamma / (BOX * r) * (1.0 - (-r * r / (2.0 * eps * eps)).exp());
        // The uniform part that balances the vortex turns the other way.
        around - gamma / (BOX * BOX) * r / 2.0
    };
    let largest = (1..400).map(|i| swirl(f64::from(i) * 1e-3)).fold(0.0, f64::max);
    let error = speed.iter().enumerate().fold(0.0_f64, |most, (c, v)| {
        let at = DVec2::from_array(window.node(c as u32 % 120, c as u32 / 120));
        most.max((f64::from(*v) - swirl((at - centre).length().max(1e-9))).abs())
    });
    at_most("swirl of a Gaussian vortex", error / largest, SWIRL);
}

#[test]
fn atoms_and_background_make_the_whole() {
    let state = parity::sample_state().unwrap();
    let mut sim = simulation(&state);
    let whole = decoded(&mut sim);
    let mut parts = [Shown::Atoms, Shown::Background].map(|part| {
        sim.show(part, false, 0).unwrap();
        decoded(&mut sim)
    });
    let largest = whole.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    for part in &parts {
        assert!(part.iter().any(|x| x.abs() > 0.01 * largest), "a part that is nothing shows nothing");
    }
    let [atoms, background] = &mut parts;
    let error = whole
        .iter()
        .zip(atoms.iter().zip(background.iter()))
        .fold(0.0_f64, |most, (w, (a, b))| most.max(f64::from((w - (a + b)).abs() / largest)));
    at_most("atoms + background - whole", error, ROUNDING);
    // And back again, bit for bit.
    sim.show(Shown::Whole, false, 0).unwrap();
    assert_eq!(decoded(&mut sim), whole);
}

fn look(picture: Picture, range: f32) -> Look {
    Look {
        center: DVec2::splat(BOX / 2.0),
        half_extent: DVec2::splat(BOX / 2.0),
        rect_px: [0.0, 0.0, 160.0, 160.0],
        range,
        mapping: Mapping::of(picture),
        colormap: if picture == Picture::Speed { Colormap::Inferno } else { Colormap::Vik },
        filaments: false,
        strokes: false,
        filament_color: FilamentColor::Sign,
        tracers: false,
        trails: false,
        lines: Lines::None,
        phase: 0.0,
        pixels_per_point: 1.0,
    }
}

/// Colours of a picture of 160 x 160 pixels, the rarest last.
fn colors(sim: &GpuSim, look: &Look) -> Vec<[u8; 3]> {
    let mut canvas = Canvas::new(context(), offscreen::FORMAT, sim).unwrap();
    let rgba = offscreen::picture(context(), &mut canvas, sim, look, 160, 160).unwrap();
    rgba.chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect()
}

#[test]
fn a_carrier_has_exactly_three_colours() {
    let mut sim = simulation(&parity::sample_state().unwrap());
    let field = decoded(&mut sim);
    let range = 0.7 * field.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    let pixels = colors(&sim, &look(Picture::Carrier, range));
    let mut distinct = pixels.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 3, "{distinct:?}");
    let table = Colormap::Vik.table();
    assert!(distinct.contains(&table[0]) && distinct.contains(&table[255]), "{distinct:?}");
    // As much of the canvas as of the field is above the threshold.
    let share = |n: usize, of: usize| n as f64 / of as f64;
    let above = field.iter().filter(|x| x.abs() > CARRIER_SHARE * range).count();
    let shown = pixels.iter().filter(|p| **p == table[0] || **p == table[255]).count();
    let difference = share(above, field.len()) - share(shown, pixels.len());
    assert!(difference.abs() < 0.02, "{above} of {}, {shown} of {}", field.len(), pixels.len());
    // The same field as vorticity has many.
    let mut many = colors(&sim, &look(Picture::Vorticity, range));
    many.sort_unstable();
    many.dedup();
    assert!(many.len() > 50, "{}", many.len());
}

#[test]
fn what_is_not_a_number_has_its_own_colour() {
    let mut sim = simulation(&parity::sample_state().unwrap());
    let mut field = decoded(&mut sim);
    for picture in [Picture::Vorticity, Picture::Carrier, Picture::Speed] {
        assert!(!colors(&sim, &look(picture, 1.0)).contains(&NAN_COLOR), "{picture:?}");
    }
    field[40 * 96 + 30] = f32::NAN;
    field[70 * 96 + 60] = f32::INFINITY;
    sim.views().view().put(context(), &field);
    for picture in [Picture::Vorticity, Picture::Carrier, Picture::Speed] {
        let pixels = colors(&sim, &look(picture, 1.0));
        // Rows run from the top; a cell is 160/96 of a pixel wide.
        let at = |i: usize, j: usize| pixels[(159 - j * 160 / 96) * 160 + i * 160 / 96];
        assert_eq!([at(30, 40), at(60, 70)], [NAN_COLOR; 2], "{picture:?}");
        assert_ne!(at(10, 10), NAN_COLOR, "{picture:?}");
    }
}

#[test]
fn arrows_and_flow_lines_are_drawn_over_any_picture() {
    let mut sim = simulation(&parity::sample_state().unwrap());
    sim.show(Shown::Pressure, true, 64).unwrap();
    decoded(&mut sim);
    // Arrows wait for the flow to be measured.
    let mut encoder = context().device.create_command_encoder(&Default::default());
    sim.encode_readbacks(&mut encoder);
    context().queue.submit([encoder.finish()]);
    context().wait().unwrap();
    sim.harvest();
    assert!(sim.probes().counters().energy.is_some_and(|energy| energy > 0.0));
    let plain = colors(&sim, &look(Picture::Pressure, 1.0));
    let changed = |lines: Lines, phase: f32| {
        let with = colors(&sim, &Look { lines, phase, ..look(Picture::Pressure, 1.0) });
        (plain.iter().zip(&with).filter(|(a, b)| a != b).count() as f64 / plain.len() as f64, with)
    };
    let (arrows, _) = changed(Lines::Arrows, 0.0);
    assert!((0.01..0.4).contains(&arrows), "arrows cover {arrows}");
    let (texture, first) = changed(Lines::Lic, 0.0);
    assert!(texture > 0.8, "flow lines cover {texture}");
    assert_eq!(changed(Lines::Lic, 0.0).1, first, "the noise is fixed");
    assert_ne!(changed(Lines::Lic, 0.5).1, first, "the window runs along the lines");
}
