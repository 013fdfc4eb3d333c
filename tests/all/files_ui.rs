//! Gallery, recent files and presets by what they say and do, through the accessibility tree.

use std::{path::PathBuf, sync::Arc};

use dashi_vortex::app::{
    command::Command,
    model::{Ask, FieldChoice, FilesAsk, FilesModel, Model, PresetItem, Recent, Residual, SceneItem, dialog::Purpose},
    ui,
};
use egui_kittest::{Harness, kittest::Queryable};

fn window(size: [f32; 2], model: Model) -> Harness<'static, Model> {
    let show = |ui: &mut egui::Ui, model: &mut Model| {
        ui::keys(ui, model);
        ui::show(ui, model, 0.0);
    };
    let builder = Harness::builder().with_size(size).with_max_steps(20);
    builder.with_context_setup(ui::theme::apply).build_ui_state(show, model)
}

fn scenes() -> Model {
    let item = |i: usize| SceneItem {
        name: format!("scene{i}"),
        title: format!("Scene {i}"),
        physics: format!("Sentence {i} of physics."),
    };
    let mut model = Model { scenes: (0..14).map(item).collect(), scene: "scene1".into(), ..Model::default() };
    let picture = |i: usize| (i != 3).then(|| Residual::new(4, Arc::new(vec![i as f32 + 1.0; 16])));
    model.gallery.pictures = (0..14).map(picture).collect();
    model
}

fn asks(harness: &mut Harness<'_, Model>) -> Vec<Ask> {
    std::mem::take(&mut harness.state_mut().asks)
}

#[test]
fn every_scene_has_a_small_picture_in_the_panel_that_asks_for_it() {
    for size in [[1280.0, 800.0], [900.0, 600.0]] {
        let mut harness = window(size, scenes());
        for i in 0..14 {
            let all = harness.query_all_by_label(&format!("Scene {i}")).count();
            assert!(all >= 1, "scene {i} has no button");
        }
        harness.get_by_role_and_label(egui::accesskit::Role::Button, "Scene 3").click();
        harness.run_steps(2);
        assert_eq!(asks(&mut harness), [Ask::Scene("scene3".into())]);
    }
}

#[test]
fn the_gallery_opens_by_key_and_a_card_starts_its_scene() {
    let mut harness = window([1280.0, 800.0], scenes());
    assert!(harness.query_by_label("Gallery").is_none());
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::G);
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), [Ask::Command(Command::Gallery)]);
    harness.state_mut().gallery.open = true;
    harness.run_steps(3);
    harness.get_by_label("Gallery");
    harness.get_by_label("Sentence 2 of physics.");
    let buttons: Vec<_> = harness.get_all_by_label("Scene 2").map(|node| node.rect()).collect();
    let card = buttons.iter().max_by(|a, b| a.height().total_cmp(&b.height())).unwrap();
    assert!(card.width() > 150.0, "cards are large: {card}");
    let middle = card.center();
    harness.hover_at(middle);
    harness.drag_at(middle);
    harness.drop_at(middle);
    harness.run_steps(3);
    assert_eq!(asks(&mut harness), [Ask::Scene("scene2".into())]);
    assert!(!harness.state().gallery.open, "it makes room for the scene");

    harness.state_mut().gallery.open = true;
    harness.run_steps(3);
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().gallery.open && asks(&mut harness).is_empty());
}

#[test]
fn recent_files_are_opened_as_what_they_are_and_missing_ones_cannot_be() {
    let recent = |purpose, path: &str, missing| Recent { purpose, path: PathBuf::from(path), missing };
    let files = FilesModel {
        recent: vec![
            recent(Purpose::OpenKernel, "/a/A.npz", false),
            recent(Purpose::OpenState, "/a/gone.npz", true),
            recent(Purpose::OpenSession, "/a/evening.toml", false),
        ],
        ..FilesModel::default()
    };
    let show = |ui: &mut egui::Ui, model: &mut Model| ui::files::show(ui, &mut model.files, &mut model.asks);
    let model = Model { files, ..Model::default() };
    let builder = Harness::builder().with_size([420.0, 700.0]).with_context_setup(ui::theme::apply);
    let mut harness = builder.build_ui_state(show, model);
    for (name, purpose, path) in
        [("A.npz", Purpose::OpenKernel, "/a/A.npz"), ("evening.toml", Purpose::OpenSession, "/a/evening.toml")]
    {
        harness.get_by_label_contains(name).click();
        harness.run_steps(2);
        assert_eq!(asks(&mut harness), [Ask::Path(purpose, path.into())]);
    }
    harness.get_by_label_contains("gone.npz").click();
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), []);
    harness.get_by_label("Forget missing files").click();
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), [Ask::Files(FilesAsk::ForgetMissing)]);
}

#[test]
fn presets_are_applied_kept_and_deleted() {
    let item = |name: &str, own| PresetItem { name: name.into(), about: "About.".into(), own };
    let presets = vec![item("fast", false), item("mine", true)];
    let files = FilesModel { presets, can_keep: true, ..FilesModel::default() };
    let show = |ui: &mut egui::Ui, model: &mut Model| ui::files::show(ui, &mut model.files, &mut model.asks);
    let builder = Harness::builder().with_size([420.0, 700.0]).with_context_setup(ui::theme::apply);
    let mut harness = builder.build_ui_state(show, Model { files, ..Model::default() });
    for (label, ask) in [
        ("fast", FilesAsk::Apply("fast".into())),
        ("mine", FilesAsk::Apply("mine".into())),
        ("Delete the preset mine", FilesAsk::Delete("mine".into())),
    ] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        assert_eq!(asks(&mut harness), [Ask::Files(ask)]);
    }
    assert!(harness.query_by_label("Delete the preset fast").is_none(), "what is built in stays");
    harness.get_by_label("Save preset").click();
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), [], "without a name nothing is kept");
    harness.state_mut().files.preset_name = "new one ".into();
    harness.run_steps(2);
    harness.get_by_label("Save preset").click();
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), [Ask::Files(FilesAsk::Save("new one".into()))]);
}

#[test]
fn a_file_of_several_fields_is_a_button_each() {
    let arrays = ["psi", "omega2"].map(|name| (name.to_owned(), "float64 [64, 64]".to_owned())).to_vec();
    let files = FilesModel { choice: Some(FieldChoice { path: "/a/run.nc".into(), arrays }), ..FilesModel::default() };
    let mut harness = window([900.0, 600.0], Model { files, ..Model::default() });
    harness.run_steps(3);
    harness.get_by_label_contains("run.nc holds several fields");
    harness.get_by_label_contains("omega2").click();
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), [Ask::Files(FilesAsk::Choose(Some("omega2".into())))]);
    harness.get_by_label("None of them").click();
    harness.run_steps(2);
    assert_eq!(asks(&mut harness), [Ask::Files(FilesAsk::Choose(None))]);
}
