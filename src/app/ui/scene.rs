//! Scenes to start from, with one sentence of physics each.

use egui::{RichText, Ui};

use crate::app::{
    command::Command,
    model::{Ask, SceneItem},
    ui::theme,
};

/// The list; a click asks for a scene.
pub fn show(ui: &mut Ui, scenes: &[SceneItem], current: &str, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Scene");
    let chosen = scenes.iter().find(|scene| scene.name == current);
    let title = chosen.map_or_else(|| current.to_string(), |scene| scene.title.clone());
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 74.0).max(80.0);
        let list = egui::ComboBox::from_id_salt("scene").width(width).height(420.0).truncate().selected_text(&title);
        let response = list.show_ui(ui, |ui| {
            for scene in scenes {
                let picked = ui.selectable_label(scene.name == current, &scene.title).on_hover_text(&scene.physics);
                if picked.clicked() {
                    asks.push(Ask::Scene(scene.name.clone()));
                }
            }
        });
        response.response.on_hover_text("Choose an initial condition");
        if ui.button("Restart").on_hover_text("The scene from its start (R); undoable").clicked() {
            asks.push(Ask::Command(Command::Reset));
        }
    });
    if let Some(scene) = chosen {
        ui.add(egui::Label::new(RichText::new(&scene.physics).small().color(theme::of(ui).quiet)).wrap());
    }
}
