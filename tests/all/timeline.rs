//! Tools, the picked atom, and time: what the panels ask for.

use dashi_vortex::{
    app::{
        command::Command,
        input::{Act, Tool},
        model::{Ask, AtomAsk, Model, Picked, Tab, TimeAsk, TwinModel},
        ui,
    },
    state::{Atom, Sign},
};
use egui_kittest::kittest::Queryable;
use glam::DVec2;

use super::ui::{harness, whole_window};

fn picked() -> Picked {
    let atom = Atom::point(Sign::Plus, 1.5, 0.08, DVec2::splat(3.0));
    Picked { index: 4, name: Some(7), length: 0.0, age: Some(2.25), born: Some(1.0), worth: 812.4, atom }
}

#[test]
fn tools_are_chosen_by_buttons_and_keys() {
    let mut harness = harness(ui::edit::show, Model::default());
    for (label, command) in [
        ("Pick", Command::ToolPick),
        ("Move", Command::ToolMove),
        ("Erase", Command::ToolErase),
        ("Draw", Command::ToolDraw),
    ] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Command(command)]);
    }
    harness.get_by_label("Clockwise").click();
    harness.run_steps(2);
    assert_eq!(harness.state().asks, [Ask::Command(Command::InvertBrush)]);

    let mut window = whole_window([1280.0, 800.0], Model::default());
    for (key, command) in [
        (egui::Key::S, Command::ToolPick),
        (egui::Key::X, Command::ToolErase),
        (egui::Key::OpenBracket, Command::Rewind),
        (egui::Key::Delete, Command::RemovePicked),
    ] {
        window.key_press(key);
        window.run_steps(2);
        assert_eq!(std::mem::take(&mut window.state_mut().asks), [Ask::Command(command)]);
    }
}

#[test]
fn with_another_tool_a_drag_does_not_draw() {
    let mut model = Model::default();
    model.gestures.tool = Tool::Erase;
    let mut harness = whole_window([1280.0, 800.0], model);
    let middle = harness.state().canvas.center();
    harness.hover_at(middle);
    harness.drag_at(middle);
    harness.hover_at(middle + egui::vec2(50.0, 0.0));
    harness.drop_at(middle + egui::vec2(50.0, 0.0));
    harness.run_steps(2);
    assert!(matches!(&harness.state().asks[..], [Ask::Act(Act::Erase(path))] if path.len() == 2));
}

#[test]
fn a_picked_atom_is_read_and_edited() {
    let mut model = Model { picked: Some(picked()), ..Model::default() };
    model.panels.tab = Tab::Edit;
    let mut harness = whole_window([1280.0, 1000.0], model);
    for said in ["round vortex", "2.25", "+812 bits"] {
        harness.get_by_label(said);
    }
    let counter = harness.get_all_by_label("Clockwise").last().unwrap();
    counter.click();
    harness.run_steps(2);
    let turned = AtomAsk::Set { sign: Sign::Minus, gamma: 1.5, eps: 0.08 };
    assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Atom(turned)]);
    harness.get_by_label("Let go").click();
    harness.run_steps(2);
    harness.get_by_label("Remove").click();
    harness.run_steps(2);
    assert_eq!(harness.state().asks, [Ask::Atom(AtomAsk::Forget), Ask::Atom(AtomAsk::Remove)]);
}

#[test]
fn the_strip_winds_back_runs_to_a_time_and_sets_the_speed() {
    let mut model = Model::default();
    model.timeline.saves = vec![(0, 0.0), (100, 1.0), (200, 2.0), (400, 4.0)];
    model.timeline.branches = vec!["main".into(), "branch 2 (from step 100)".into()];
    (model.readout.time, model.readout.step) = (4.0, 400);
    let mut harness = whole_window([1280.0, 800.0], model);
    let track = harness.get_by_label("Time 4.00, saves from 0.00 to 4.00").rect();
    let at = egui::pos2(track.left() + 8.0 + 0.26 * (track.width() - 16.0), track.center().y);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_steps(2);
    assert_eq!(std::mem::take(&mut harness.state_mut().asks)[0], Ask::Time(TimeAsk::Rewind(1)));
    harness.get_by_label("Run to this time").click();
    harness.run_steps(2);
    assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Time(TimeAsk::RunTo(10.0))]);
    harness.get_by_label("Steps a frame").click();
    harness.run_steps(3);
    harness.get_by_label("1/4×").click();
    harness.run_steps(2);
    assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Time(TimeAsk::Speed(0.25))]);
    harness.get_by_label("Branch").click();
    harness.run_steps(3);
    harness.get_by_label("branch 2 (from step 100)").click();
    harness.run_steps(2);
    assert_eq!(std::mem::take(&mut harness.state_mut().asks), [Ask::Time(TimeAsk::Switch(1))]);

    // Where any time is known the track goes anywhere at once.
    harness.state_mut().timeline.seekable = true;
    harness.run_steps(2);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_steps(2);
    assert!(matches!(harness.state().asks[0], Ask::Time(TimeAsk::Seek(t)) if t > 2.0 && t < 3.0));
}

#[test]
fn a_branch_beside_takes_the_right_half() {
    let model = Model { twin: Some(TwinModel { name: "copy".into(), ..TwinModel::default() }), ..Model::default() };
    let harness = whole_window([1280.0, 800.0], model);
    let (left, right) = (harness.state().canvas, harness.state().twin.as_ref().unwrap().rect);
    assert_eq!(left.size(), right.size());
    assert!(left.width() > 250.0 && left.right() < right.left() && right.right() < 1280.0, "{left} {right}");
}
