//! Panels by what they say and do, through the accessibility tree: no window, no GPU.

use dashi_vortex::{
    app::{
        command::Command,
        input::Act,
        model::table::Table,
        model::{
            Ask, AtomAsk, CaseState, DeviceInfo, EncodeModel, EncodeResult, ExportJob, Job, LabAsk, LoadedKernel,
            Model, OperatorAsk, OperatorRow, PassRow, PickedStroke, Preset, Readout, Residual, SceneItem, SceneModel,
            SceneState, StageRow, Tab, TimeAsk, TruthModel,
            dialog::{PathDialog, Purpose},
            range::{Range, RangeMode},
            reference::{Distance, compared},
        },
        run::clock::{Rates, RunState},
        ui,
    },
    lab::{CASES, Report, Row},
    params::{AUTO, Effect, Every, Kernel, Params, TABLE},
    render::{FilamentColor, Picture},
    sim::{Instant, Truth},
    state::{Atom, Sign, Stroke, Topology},
};
use egui_kittest::{Harness, kittest::Queryable};

use super::fake;

pub fn harness<'a, S>(show: impl FnMut(&mut egui::Ui, &mut S) + 'a, state: S) -> Harness<'a, S> {
    sized([420.0, 900.0], show, state)
}

pub fn sized<'a, S>(size: [f32; 2], show: impl FnMut(&mut egui::Ui, &mut S) + 'a, state: S) -> Harness<'a, S> {
    Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .with_context_setup(ui::theme::apply)
        .build_ui_state(show, state)
}

pub fn whole_window(size: [f32; 2], model: Model) -> Harness<'static, Model> {
    let show = |ui: &mut egui::Ui, model: &mut Model| {
        ui::keys(ui, model);
        ui::show(ui, model, 0.0);
    };
    sized(size, show, model)
}

fn lavapipe() -> DeviceInfo {
    DeviceInfo {
        name: "llvmpipe (LLVM 15.0.6, 256 bits)".into(),
        backend: "Vulkan".into(),
        driver: "llvmpipe".into(),
        software: true,
        ..Default::default()
    }
}

/// A pass of the panel.
fn pass(label: &str, ms: Option<f64>) -> PassRow {
    PassRow { label: label.into(), title: String::new(), calls: 1, ms, bytes: None, gb_per_s: None }
}

#[test]
fn a_software_adapter_is_named_across_the_window() {
    let model = Model { device: lavapipe(), ..Model::default() };
    let mut harness = whole_window([1280.0, 800.0], model);
    let expected = "Software adapter: llvmpipe (LLVM 15.0.6, 256 bits) (Vulkan, llvmpipe) - the \"GPU\" work runs on this machine's CPU";
    let banner = harness.get_by_label(expected).rect();
    assert!(banner.top() < 16.0 && banner.left() < 24.0, "the banner stands at the top: {banner}");
    harness.state_mut().panels.clean = true;
    harness.run_steps(4);
    harness.get_by_label(expected);

    let hardware = DeviceInfo { software: false, ..lavapipe() };
    let harness = whole_window([1280.0, 800.0], Model { device: hardware, ..Model::default() });
    assert!(harness.query_by_label_contains("Software adapter").is_none());
}

#[test]
fn what_was_not_measured_says_so_and_is_never_zero() {
    let passes = vec![pass("biot_savart", Some(1.25)), pass("raster", None)];
    let readout = Readout { passes, ..Default::default() };
    let harness = harness(|ui, readout: &mut Readout| ui::performance::show(ui, &Rates::default(), readout), readout);
    harness.get_by_label("1.250 ms");
    let unmeasured = harness.query_all_by_label("not measured").count();
    // Frames/s, frame, 99 of 100, standstill, steps/s, raster, max |omega|, energy, enstrophy.
    assert_eq!(unmeasured, 9);
    assert!(harness.query_by_label("0.000 ms").is_none());
}

#[test]
fn an_operator_of_the_user_is_switched_and_removed_by_name() {
    let row = OperatorRow { name: "trail".into(), title: "t' = f t".into(), acts_on: "the field", on: true };
    let model = Model { operators: vec![row], ..Model::default() };
    let show = |ui: &mut egui::Ui, model: &mut Model| ui::operators::show(ui, &model.operators, &mut model.asks);
    let mut harness = harness(show, model);
    for (label, ask) in [
        ("trail", Ask::Operator("trail".into(), OperatorAsk::Toggle)),
        ("Remove trail", Ask::Operator("trail".into(), OperatorAsk::Remove)),
        ("Load operator…", Ask::Command(Command::OpenOperator)),
    ] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        assert_eq!(std::mem::take(&mut harness.state_mut().asks), [ask], "{label}");
    }
}

#[test]
fn measured_rates_are_shown_apart() {
    let rates = Rates {
        steps_per_s: Some(240.0),
        frames_per_s: Some(60.0),
        frame_ms: Some(16.7),
        dropped_per_s: Some(12.0),
        frame_p99_ms: Some(18.2),
        standstill_ms: Some(41.0),
    };
    let harness =
        harness(move |ui, readout: &mut Readout| ui::performance::show(ui, &rates, readout), Readout::default());
    for text in ["240.0", "60.0", "16.7 ms", "12.0"] {
        harness.get_by_label(text);
    }
}

#[test]
fn the_device_panel_says_what_ran_where() {
    let device = DeviceInfo {
        stages: vec![StageRow { name: "raster".into(), place: "software".into(), ..Default::default() }],
        ..lavapipe()
    };
    let harness = harness(|ui, device: &mut DeviceInfo| ui::device::show(ui, device, &mut vec![]), device);
    for text in ["llvmpipe (LLVM 15.0.6, 256 bits)", "Vulkan", "not reported", "raster", "software"] {
        assert!(harness.query_all_by_label(text).next().is_some(), "{text} is missing");
    }
}

#[test]
fn every_parameter_has_a_row_with_its_unit() {
    let harness = sized(
        [420.0, 1600.0],
        |ui, p: &mut Params| ui::parameters::show(ui, p, &Params::default(), None, &mut vec![]),
        Params::default(),
    );
    for info in TABLE {
        assert!(harness.query_all_by_label(info.name).next().is_some(), "{} has no row", info.name);
        harness.get_by_label(&format!("Reset {}", info.name));
        if !info.unit.is_empty() {
            let unit = info.unit.replace("^2", "²");
            assert!(harness.query_all_by_label(&unit).next().is_some(), "{} has no unit", info.name);
        }
    }
    assert!(TABLE.iter().any(|info| info.effect == Effect::Structural));
}

#[test]
fn a_number_is_dragged_typed_and_reset() {
    let home = Params::default();
    let mut harness =
        sized([420.0, 1600.0], move |ui, p: &mut Params| ui::parameters::show(ui, p, &home, None, &mut vec![]), home);
    let at = harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "substeps").rect().center();
    harness.drag_at(at);
    for i in 1..=20 {
        harness.hover_at(at + egui::vec2(10.0 * i as f32, 0.0));
    }
    harness.drop_at(at + egui::vec2(200.0, 0.0));
    harness.run_steps(3);
    let dragged = harness.state().substeps;
    assert!(dragged > 1 && dragged <= 64, "dragging to the right raises substeps: {dragged}");

    harness.get_by_label("Reset substeps").click();
    harness.run_steps(3);
    assert_eq!(harness.state().substeps, home.substeps);

    let editor = harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "nu");
    editor.click();
    harness.run_steps(2);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.event(egui::Event::Text("0.25".into()));
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().nu, 0.25);
    assert_eq!(harness.state().dt, home.dt, "its neighbours stay");
}

#[test]
fn a_choice_lists_its_words() {
    let home = Params::default();
    let mut harness =
        sized([420.0, 1600.0], move |ui, p: &mut Params| ui::parameters::show(ui, p, &home, None, &mut vec![]), home);
    harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, "kernel").click();
    harness.run_steps(3);
    harness.get_by_label("frozen").click();
    harness.run_steps(3);
    assert_eq!(harness.state().kernel, Kernel::Frozen);
}

#[test]
fn a_scene_is_asked_for_by_its_title() {
    let item = |name: &str, title: &str| SceneItem {
        name: name.into(),
        title: title.into(),
        physics: format!("{title} in one sentence."),
    };
    let scenes = vec![item("dipole", "Dipole"), item("sheet", "Vortex sheet")];
    let show = move |ui: &mut egui::Ui, asks: &mut Vec<Ask>| ui::scene::show(ui, &scenes, "dipole", asks);
    let mut harness = harness(show, vec![]);
    harness.get_by_label("Dipole in one sentence.");
    harness.get_by_role(egui::accesskit::Role::ComboBox).click();
    harness.run_steps(3);
    harness.get_by_label("Vortex sheet").click();
    harness.run_steps(3);
    harness.get_by_label("Restart").click();
    harness.run_steps(3);
    assert_eq!(harness.state(), &[Ask::Scene("sheet".into()), Ask::Command(Command::Reset)]);
}

#[test]
fn editing_the_range_fixes_it() {
    let mut harness = harness(ui::view::show, Model::default().view);
    harness.get_by_label("Tracer dye").click();
    harness.run_steps(2);
    assert!(!harness.state().tracers);
    assert_eq!(harness.state().range.mode, RangeMode::Follow);
    let at = harness.get_by_role(egui::accesskit::Role::SpinButton).rect().center();
    harness.drag_at(at);
    harness.hover_at(at + egui::vec2(40.0, 0.0));
    harness.drop_at(at + egui::vec2(40.0, 0.0));
    harness.run_steps(3);
    assert_eq!(harness.state().range.mode, RangeMode::Fixed);
    assert_ne!(harness.state().range.limit, Range::default().limit);
}

#[test]
fn filament_colours_are_chosen_from_a_list_or_by_a_key() {
    let mut list = harness(ui::view::show, Model::default().view);
    list.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Filament colours").click();
    list.run_steps(3);
    list.get_by_label("twist").click();
    list.run_steps(3);
    assert_eq!(list.state().filament_color, FilamentColor::Twist);

    let mut window = whole_window([1280.0, 800.0], Model::default());
    window.key_press(egui::Key::C);
    window.run_steps(2);
    assert_eq!(window.state().asks, [Ask::Command(Command::FilamentColor)]);
    assert_eq!(FilamentColor::Core.next(), FilamentColor::Sign);
}

#[test]
fn transport_buttons_and_keys_ask_for_the_same_commands() {
    let mut harness = whole_window([1280.0, 800.0], Model::default());
    harness.get_by_label("Pause").click();
    harness.run_steps(2);
    harness.get_by_label("1 step").click();
    harness.run_steps(2);
    harness.key_press(egui::Key::P);
    harness.key_press(egui::Key::Period);
    harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::Period);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run_steps(2);
    let commands = [
        Command::TogglePause,
        Command::StepOne,
        Command::TogglePause,
        Command::StepOne,
        Command::StepTen,
        Command::Undo,
    ];
    assert_eq!(harness.state().asks, commands.map(Ask::Command));
    harness.state_mut().run = RunState::Paused;
    harness.run_steps(2);
    harness.get_by_label("Resume");
    harness.get_by_label("Paused");
}

#[test]
fn space_pauses_and_the_menu_lists_every_command() {
    let mut harness = whole_window([1280.0, 800.0], Model::default());
    harness.key_press(egui::Key::Space);
    harness.run_steps(2);
    assert_eq!(harness.state().asks, [Ask::Act(Act::TogglePause)]);
    harness.get_by_label("File").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Export state (z0.npz)").click();
    harness.run_steps(3);
    assert_eq!(harness.state().asks[1], Ask::Command(Command::SaveState));
}

#[test]
fn a_drag_on_the_canvas_is_a_filament_and_a_drag_on_a_panel_is_not() {
    let mut harness = whole_window([1280.0, 800.0], Model::default());
    let canvas = harness.get_by_label("Vorticity canvas").rect();
    assert_eq!(canvas, harness.state().canvas);
    assert!(canvas.width() > 500.0 && canvas.height() > 500.0, "{canvas}");
    let from = canvas.center();
    harness.hover_at(from);
    harness.drag_at(from);
    harness.hover_at(from + egui::vec2(60.0, 10.0));
    harness.drop_at(from + egui::vec2(60.0, 10.0));
    harness.run_steps(2);
    let asks = std::mem::take(&mut harness.state_mut().asks);
    assert!(matches!(&asks[..], [Ask::Act(Act::Filament { sign: Sign::Plus, path })] if path.len() == 2), "{asks:?}");

    let side = egui::pos2(4.0, 700.0);
    harness.hover_at(side);
    harness.drag_at(side);
    harness.hover_at(from);
    harness.drop_at(from);
    harness.run_steps(2);
    assert_eq!(harness.state().asks, []);
}

#[test]
fn the_wheel_zooms_over_the_canvas_only() {
    let mut harness = whole_window([1280.0, 800.0], Model::default());
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, 1.0),
        modifiers: egui::Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
    };
    harness.hover_at(egui::pos2(100.0, 500.0));
    harness.event(wheel.clone());
    harness.run_steps(2);
    assert_eq!(harness.state().asks, []);
    harness.hover_at(harness.state().canvas.center());
    harness.run_steps(2);
    harness.event(wheel);
    harness.run_steps(2);
    assert!(matches!(&harness.state().asks[..], [Ask::Act(Act::Zoom(factor, _))] if *factor > 1.0));
}

#[test]
fn the_hint_goes_when_dismissed_and_the_clean_picture_fills_the_window() {
    let mut harness = whole_window([1280.0, 800.0], Model::default());
    harness.get_by_label(ui::hint::LINES[0]);
    harness.get_by_label("Dismiss the hint").click();
    harness.run_steps(3);
    assert!(!harness.state().panels.hint);
    assert!(harness.query_by_label(ui::hint::LINES[0]).is_none());
    harness.state_mut().panels.clean = true;
    harness.run_steps(4);
    // The test's own frame keeps a margin of 8 points.
    assert_eq!(harness.state().canvas.size(), egui::vec2(1264.0, 784.0));
}

#[test]
fn a_narrow_window_keeps_room_for_the_flow() {
    let harness = whole_window([900.0, 600.0], Model::default());
    assert!(!harness.state().panels.right);
    let canvas = harness.state().canvas;
    assert!(canvas.width() > 420.0 && canvas.height() > 420.0, "{canvas}");
    let harness = whole_window([60.0, 40.0], Model::default());
    assert_eq!(harness.state().canvas, egui::Rect::ZERO, "no room, no canvas, no panic");
}

#[test]
fn the_colour_bar_says_range_and_value() {
    let show = |ui: &mut egui::Ui, probe: &mut Option<f64>| {
        let rect = ui.max_rect();
        ui::colorbar::show(ui, rect, Picture::Vorticity, &[[0, 0, 255], [0, 0, 0], [255, 0, 0]], 4.0, *probe);
    };
    let mut harness = sized([90.0, 400.0], show, None);
    harness.get_by_label("Vorticity from -4.000 to 4.000");
    *harness.state_mut() = Some(1.5);
    harness.run_steps(2);
    harness.get_by_label("Vorticity from -4.000 to 4.000, 1.500 under the cursor");
}

#[test]
fn the_export_tab_offers_every_file_and_two_ways_to_end_a_recording() {
    let mut model =
        Model { canvas: egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(640.0, 480.0)), ..Model::default() };
    model.panels.tab = Tab::Export;
    let mut harness = sized([300.0, 1400.0], |ui, model: &mut Model| ui::export::show(ui, model), model);
    for (label, command) in [
        ("Export frame…", Command::ExportFrame),
        ("Record…", Command::Record),
        ("Export figure…", Command::ExportFigure),
        ("Export field…", Command::ExportField),
        ("Copy as matplotlib", Command::CopyPlot),
        ("Save script…", Command::SavePlot),
        ("Export state…", Command::SaveState),
    ] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Command(command)], "{label}");
    }
    harness.get_by_label("640 × 480");
    harness.get_by_label("10.0 s");
    for name in ["Axes", "Colour bar", "Time", "White ground", "Until stopped", "JSON beside each file"] {
        harness.get_by_label(name).click();
        harness.run_steps(2);
    }
    let export = &harness.state().export;
    assert!(export.axes && export.bar && export.time && export.paper && export.endless && !export.sidecar);

    // A size without room for its axes says so and cannot be exported.
    let export = &mut harness.state_mut().export;
    (export.preset, export.custom) = (Preset::Custom, [40, 30]);
    harness.run_steps(3);
    harness.get_by_label_contains("room for axes");
    harness.get_by_label("Export frame…").click();
    harness.run_steps(2);
    assert!(harness.state().asks.is_empty());

    let job = ExportJob {
        what: "mp4",
        frames: 30,
        wanted: Some(120),
        bytes: 2_500_000,
        rate: None,
        path: "/tmp/movie.mp4".into(),
        finishing: false,
        waiting: true,
    };
    harness.state_mut().export.job = Some(job);
    harness.run_steps(3);
    for text in ["movie.mp4", "30 of 120 frames", "2.5 MB", "not measured"] {
        harness.get_by_label(text);
    }
    harness.get_by_label_contains("waits for the encoder");
    for (label, command) in [("Stop", Command::Record), ("Cancel", Command::CancelRecording)] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Command(command)], "{label}");
    }
    harness.state_mut().export.job.as_mut().unwrap().finishing = true;
    harness.run_steps(2);
    harness.get_by_label("Stop").click();
    harness.run_steps(2);
    assert!(harness.state().asks.is_empty(), "a file that is being completed cannot be stopped");
}

#[test]
fn the_typed_path_dialog_refuses_what_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("z0.npz");
    let mut dialog = PathDialog::new(Purpose::OpenState, "No portal.");
    dialog.text = file.display().to_string();
    let show =
        |ui: &mut egui::Ui, (dialog, asks): &mut (Option<PathDialog>, Vec<Ask>)| ui::paths::show(ui, dialog, asks);
    let mut harness = sized([900.0, 600.0], show, (Some(dialog), vec![]));
    harness.run_steps(3);
    harness.get_by_label("No portal.");
    harness.get_by_label("No such file");
    harness.get_by_label("Open").click();
    harness.run_steps(3);
    assert!(harness.state().1.is_empty(), "a disabled button does nothing");
    std::fs::write(&file, "").unwrap();
    harness.run_steps(3);
    harness.get_by_label("Open").click();
    harness.run_steps(3);
    assert_eq!(harness.state().1, [Ask::Path(Purpose::OpenState, file)]);
    assert!(harness.state().0.is_none());
}

#[test]
fn failures_stay_until_dismissed_and_the_rest_fades() {
    let mut model = Model::default();
    model.inform("Written", 0.0);
    model.complain("No space left", 0.0);
    let mut harness = whole_window([1280.0, 800.0], model);
    harness.run_steps(3);
    harness.get_by_label("Written");
    harness.get_by_label("No space left");
    harness.state_mut().notices[0].at_s = -60.0;
    harness.run_steps(3);
    assert!(harness.query_by_label("Written").is_none());
    harness.get_by_label("Dismiss the message").click();
    harness.run_steps(3);
    assert!(harness.state().notices.is_empty());
}

#[test]
fn the_palette_finds_a_command_by_what_it_does() {
    let mut model = Model::default();
    model.panels.palette = Some(String::new());
    let mut harness = whole_window([1280.0, 800.0], model);
    harness.run_steps(3);
    harness.event(egui::Event::Text("numpy".into()));
    harness.run_steps(3);
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().asks, [Ask::Command(Command::SaveState)]);
    assert_eq!(harness.state().panels.palette, None);
}

#[test]
fn the_first_key_after_a_typed_answer_is_a_shortcut() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("z0.npz");
    let mut dialog = PathDialog::new(Purpose::SaveState, "");
    dialog.text = file.display().to_string();
    let mut model = Model::default();
    model.dialogs.typed = Some(dialog);
    let mut harness = whole_window([1280.0, 800.0], model);
    harness.run_steps(3);
    harness.key_press(egui::Key::Enter);
    while harness.state().dialogs.typed.is_some() {
        harness.step();
    }
    harness.key_press(egui::Key::R);
    harness.step();
    assert_eq!(harness.state().asks, [Ask::Path(Purpose::SaveState, file), Ask::Command(Command::Reset)]);
}

#[test]
fn the_palette_sets_a_parameter_by_name_and_value() {
    let mut model = Model::default();
    model.panels.palette = Some(String::new());
    let mut harness = whole_window([1280.0, 800.0], model);
    harness.run_steps(3);
    harness.event(egui::Event::Text("k_cut 12".into()));
    harness.run_steps(3);
    harness.get_by_label("Set k_cut to 12");
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!((harness.state().params.k_cut, &harness.state().panels.palette), (12, &None));
    for (typed, is) in [
        ("kernel frozen", Some(Ok(("kernel", 0.0)))),
        ("topk-mid=8", Some(Ok(("topk_mid", 8.0)))),
        ("dt auto", Some(Ok(("dt", AUTO)))),
        ("dt", None),
        ("pause now", None),
    ] {
        assert_eq!(ui::help::assignment(typed), is, "{typed}");
    }
    assert!(ui::help::assignment("dt 99").unwrap().unwrap_err().starts_with("dt: "));
    assert!(ui::help::assignment("k_cut 1.5").unwrap().is_err() && ui::help::assignment("nu auto").unwrap().is_err());
    // A step that the program is to choose is asked for, not set.
    harness.state_mut().panels.palette = Some(String::new());
    harness.run_steps(3);
    harness.event(egui::Event::Text("dt auto".into()));
    harness.run_steps(3);
    harness.get_by_label("Set dt to auto");
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    let model = harness.state();
    assert_eq!((model.asks.as_slice(), model.params.dt), (&[Ask::AutoDt][..], Model::default().params.dt));
}

#[test]
fn the_step_is_chosen_by_a_button_where_the_rule_holds() {
    let asked = |params: Params, own: Option<&'static str>| {
        let show = move |ui: &mut egui::Ui, (params, asks): &mut (Params, Vec<Ask>)| {
            ui::parameters::show(ui, params, &Params::default(), own, asks);
        };
        let mut harness = Harness::builder().with_size([320.0, 1600.0]).build_ui_state(show, (params, vec![]));
        harness.run_steps(3);
        harness.get_by_label("Choose dt by the winding").click();
        harness.run_steps(3);
        harness.state().1.clone()
    };
    let on = Params::default();
    assert_eq!(asked(on, None), [Ask::AutoDt]);
    assert_eq!(asked(on, Some("a loaded kernel is made for one time step")), []);
    assert_eq!(asked(Params { refit_every: Every::Steps(50), ..on }, None), []);
    assert_eq!(asked(Params { kernel: Kernel::Linear, ..on }, None), []);
}

#[test]
fn help_lists_every_key() {
    let mut model = Model::default();
    model.panels.help = true;
    let mut harness = whole_window([1280.0, 1600.0], model);
    harness.run_steps(3);
    for row in dashi_vortex::app::command::TABLE.iter().filter(|row| !row.keys.is_empty()) {
        assert!(harness.query_all_by_label(row.help).next().is_some(), "{} is not in the help", row.label);
    }
    harness.get_by_label("Close").click();
    harness.run_steps(3);
    assert!(!harness.state().panels.help);
}

#[test]
fn the_kernel_tab_shows_spectrum_eigenvalues_and_distance() {
    let mut model = Model::default();
    model.panels.tab = Tab::Kernel;
    let harness = whole_window([1280.0, 1100.0], model);
    harness.get_by_label("The background is empty: the flow is carried by atoms alone.");
    harness.get_by_label("built in");

    let mut model = Model::default();
    model.panels.tab = Tab::Kernel;
    model.readout.spectrum = vec![[1.0, 1e-3], [2.0, 1e-2], [3.0, 0.0]];
    model.kernel.loaded = Some(LoadedKernel {
        name: "A.npz".into(),
        path: "A.npz".into(),
        side: 654,
        ridge_lambda: None,
        eigenvalues: Some(Ok(vec![[0.6, 0.8], [0.6, -0.8], [1.25, 0.0]])),
    });
    model.kernel.reference = true;
    model.kernel.distances = [Distance { time: 0.25, rel_l2: 0.125, correlation: 0.99 }].into_iter().collect();
    let mut harness = whole_window([1280.0, 1100.0], model);
    for said in ["654 x 654", "not in the file", "1.250000", "0.9900", "0.1250", "t = 0.25"] {
        harness.get_by_label(said);
    }
    harness.get_by_label("Forget A").click();
    harness.get_by_label("Reference LES").click();
    harness.get_by_label("Side by side").click();
    harness.run_steps(3);
    let asked = [Command::ForgetKernel, Command::ToggleReference, Command::SideBySide].map(Ask::Command);
    assert_eq!(harness.state().asks, asked);
    harness.get_by_label("Vorticity canvas");

    // Fields of one instant take the canvas.
    let instant = Instant { time: 0.5, n: 8, own: vec![1.0; 64], les: vec![0.5; 64] };
    let model = harness.state_mut();
    (model.kernel.sides, model.kernel.side_by_side) = (Some(compared(instant).0), true);
    harness.run_steps(3);
    harness.get_by_label("State beside LES");
    assert!(harness.query_by_label("Vorticity canvas").is_none());
}

#[test]
fn the_laboratory_lists_every_case_and_shows_its_numbers() {
    let mut model = Model::default();
    model.panels.tab = Tab::Lab;
    let mut harness = whole_window([1280.0, 1300.0], model);
    for case in CASES {
        harness.get_by_label(case.title);
        harness.get_by_label(&format!("Run {}", case.name));
    }
    harness.get_by_label("Run krasny").click();
    harness.get_by_label("Run all").click();
    harness.get_by_label("Check the velocity").click();
    harness.run_steps(3);
    let wanted = [Ask::Lab(LabAsk::Run("krasny")), Ask::Lab(LabAsk::RunAll), Ask::Command(Command::Truth)];
    assert_eq!(harness.state().asks, wanted);

    let model = harness.state_mut();
    model.lab[0] = CaseState::Done(Report::of(vec![Row::relative("eps^2", 2.0, 2.001, 5e-3)]));
    model.lab[1] = CaseState::Done(Report::of(vec![Row::absolute("period", 1.0, 1.5, 0.1)]));
    model.lab[2] = CaseState::Running(0.25);
    model.lab[3] = CaseState::Waiting;
    model.lab[4] = CaseState::Failed("the disk is full".into());
    let truth = Truth {
        samples: 100,
        vertices: 300,
        top_speed: 2.0,
        max_error: Some(3.2e-6),
        rms_error: Some(4.1e-7),
        tolerance: 2e-5,
    };
    model.truth = TruthModel { pending: false, last: Some(truth) };
    harness.run_steps(3);
    let said =
        ["eps^2", "2.00000 | 2.00100 | 0.050%", "ok", "1.00000 | 1.50000 | 0.500000", "FAILED", "25 %", "waiting"];
    for said in
        said.into_iter().chain(["the disk is full", "3.2e-6", "4.1e-7", "100 of 300", "The running path is true."])
    {
        harness.get_by_label(said);
    }
    harness.state_mut().asks.clear();
    harness.get_by_label("Stop").click();
    harness.run_steps(3);
    assert_eq!(harness.state().asks, [Ask::Lab(LabAsk::Stop)]);

    harness.state_mut().truth = TruthModel { pending: true, last: None };
    harness.run_steps(3);
    harness.get_by_label("Being summed in f64 on another thread.");
}

/// An encoded field of 64 x 64 numbers.
/// The running scene is measured by one button, which says how far it is and can be stopped; its row has what is asked.
#[test]
fn the_laboratory_measures_how_long_the_scene_stays_true() {
    let mut harness = harness(ui::lab::show, Model { scene: "jet".into(), ..Model::default() });
    harness.get_by_label("Measure this scene").click();
    harness.run();
    assert_eq!(harness.state().asks, [Ask::Lab(LabAsk::Scene)]);
    let model = harness.state_mut();
    model.asks.clear();
    let state = SceneState::Running("reference on 256 x 256 nodes".into(), 0.25);
    model.scene_row = SceneModel { name: "jet".into(), state };
    harness.run();
    harness.get_by_label("jet: reference on 256 x 256 nodes, 25 %");
    harness.get_by_label("Measure this scene").click();
    harness.get_by_label("Stop measuring").click();
    harness.run();
    assert_eq!(harness.state().asks, [Ask::Lab(LabAsk::Stop)], "one at a time");
    *harness.state_mut() = fake::model();
    harness.run();
    for text in ["pair: correlation with the reference", "asked", "spectral 6561", ".9524", ".9800", "412.0 ms"] {
        assert!(harness.query_all_by_label(text).count() > 0, "{text}");
    }
    harness.state_mut().scene_row.state = SceneState::Failed("the device was lost".into());
    harness.run();
    harness.get_by_label("pair: the device was lost");
}

/// Refits stand in the ledger where no pass runs, and its events are exported.
#[test]
fn the_ledger_of_refits_is_shown_without_passes() {
    let mut model = fake::model();
    model.passes.history.clear();
    model.passes.count = 0;
    model.params.mdl = dashi_vortex::params::Switch::Off;
    let mut harness = harness(ui::mdl::show, model);
    harness.get_by_label("No pass runs: atoms move and are refitted.");
    harness.get_by_label("1400 end of a cycle");
    assert!(harness.query_all_by_label("refit").count() > 0);
    harness.get_by_label("Export Ledger as CSV").click();
    harness.run();
    let asked = &harness.state().asks;
    assert_eq!(asked, &[Ask::Csv(Table::Ledger)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.csv");
    assert_eq!(Table::Ledger.write(harness.state(), &path).unwrap(), 4);
    let text = std::fs::read_to_string(path).unwrap();
    let last = text.lines().last().unwrap();
    assert!(text.contains("7 refit") && last.starts_with("1400,7,0,2,") && last.ends_with(','), "{text}");
}

/// A stroke that has become ellipses is read, removed and let go by its curve; its vertices are had again by winding back.
#[test]
fn a_stroke_that_became_ellipses_says_how_to_have_its_vertices_again() {
    let line = (0..12).map(|i| glam::DVec2::new(1.0 + 0.1 * f64::from(i), 2.0)).collect();
    let line = Atom::polyline(Topology::Open, Sign::Minus, 0.8, 0.1, line);
    let stroke = Stroke::of(&line, 3, 4.5).unwrap();
    let picked = PickedStroke { stroke, atoms: 9, circulation: 0.79 };
    let mut model = Model { picked_stroke: Some(picked), ..Model::default() };
    model.timeline.saves = vec![(0, 0.0), (40, 4.0), (60, 6.0)];
    let mut harness = harness(ui::edit::show, model);
    harness.get_by_label("Its vertices are gone: to edit them, wind back to when it was a filament.");
    assert!(harness.query_by_label("Core radius ε").is_some(), "of the brush alone");
    for (button, ask) in [
        ("Wind back", Ask::Time(TimeAsk::Rewind(1))),
        ("Remove", Ask::Atom(AtomAsk::Remove)),
        ("Let go", Ask::Atom(AtomAsk::Forget)),
    ] {
        harness.get_by_label(button).click();
        harness.run();
        assert_eq!(std::mem::take(&mut harness.state_mut().asks), [ask]);
    }
    // Without a save as old there is nothing to wind back to.
    harness.state_mut().timeline.saves = vec![(60, 6.0)];
    harness.run();
    harness.get_by_label("Wind back").click();
    harness.run();
    assert!(harness.state().asks.is_empty());
}

fn encoded() -> EncodeModel {
    let result = fake::encoded().result.map(|result| EncodeResult { corr: None, ..result });
    let mut values = vec![0.0; 4096];
    values[64 * 16 + 16] = -0.5;
    let residual = Some(Residual::new(64, std::sync::Arc::new(values)));
    EncodeModel { result, residual, ..Default::default() }
}

#[test]
fn the_encode_panel_shows_budget_result_and_shares() {
    let mut model = Model { encode: encoded(), ..Model::default() };
    model.panels.tab = Tab::Encode;
    let mut harness = whole_window([1280.0, 1100.0], model);
    let said = [
        "410 of 64²",
        "68",
        "66",
        "405",
        "9.89 %",
        "0.1250",
        "not defined",
        "atoms 90.0 %, background 4.0 %",
        "atoms 95.0 %, background 1.0 %",
        "0.5000",
    ];
    for text in said {
        assert!(harness.query_all_by_label(text).next().is_some(), "{text} is missing");
    }
    assert!(harness.query_by_label("Cancel").is_none(), "nothing is being encoded");
    harness.get_by_label("Encode again").click();
    harness.get_by_label("Show on the canvas").click();
    harness.run_steps(3);
    let asked = [Command::EncodeAgain, Command::ToggleResidual].map(Ask::Command);
    assert_eq!(harness.state().asks, asked);
    // The budget in bits, 32 a float.
    harness.get_by_role_and_label(egui::accesskit::Role::Slider, "Share").focus();
    let before = harness.state().encode.share;
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(3);
    assert!(harness.state().encode.share > before, "the slider moves the share");
}

#[test]
fn an_encoding_under_way_can_be_cancelled() {
    let job = Job { name: "/far/away/omega.npy".into(), done: 0.25, stage: "sowing", rel_l2: Some(0.5), atoms: 12 };
    let mut model = Model { encode: EncodeModel { job: Some(job), ..encoded() }, ..Model::default() };
    model.panels.tab = Tab::Encode;
    let mut harness = whole_window([1280.0, 1100.0], model);
    for text in ["omega.npy", "12", "0.5000"] {
        assert!(harness.query_all_by_label(text).next().is_some(), "{text} is missing");
    }
    harness.get_by_label("Encode again").click();
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    assert_eq!(harness.state().asks, [Ask::Command(Command::CancelEncoding)], "one encoding at a time");
}

#[test]
fn the_residual_has_its_own_range_on_the_canvas() {
    let mut model = Model { encode: encoded(), ..Model::default() };
    (model.view.range.mode, model.view.range.limit) = (RangeMode::Fixed, 8.0);
    let mut harness = whole_window([1280.0, 800.0], model);
    harness.get_by_label_contains("Vorticity from -8.000 to 8.000");
    harness.state_mut().show_picture(Picture::Residual, 0.0);
    harness.run_steps(3);
    harness.get_by_label_contains("Residual from -0.500 to 0.500");
    // Node (16, 16) of 64 lies at a quarter of the box along both axes.
    let canvas = harness.state().canvas;
    harness.hover_at(canvas.left_bottom() + egui::vec2(0.25, -0.25) * canvas.size());
    harness.run_steps(3);
    harness.get_by_label_contains("-0.500 under the cursor");
}

/// A file that the window system lets go over the window.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads by path".into())
    }
}

#[test]
fn a_dropped_file_is_asked_for_by_its_path() {
    let mut harness = whole_window([1280.0, 800.0], Model::default());
    let path = std::path::PathBuf::from("/somewhere/A.npz");
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path.clone())));
    harness.step();
    assert_eq!(harness.state().asks, [Ask::Drop(path)]);
}
