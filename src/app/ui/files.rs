//! Recent files and presets.

use egui::{Button, RichText, TextEdit, Ui, vec2};

use crate::app::{
    model::{Ask, FilesAsk, FilesModel, Recent},
    ui::{
        icon::{self, Icon},
        theme,
    },
};

/// The submenu of recent files.
pub fn menu(ui: &mut Ui, files: &FilesModel, asks: &mut Vec<Ask>) {
    ui.menu_button("Recent", |ui| {
        ui.set_min_width(220.0);
        if files.recent.is_empty() {
            ui.label(RichText::new("Nothing yet").color(theme::of(ui).quiet));
        }
        for recent in &files.recent {
            if entry(ui, recent, asks) {
                ui.close();
            }
        }
        forget(ui, files, asks);
    })
    .response
    .on_hover_text("States, fields, sessions and kernels that were opened lately");
}

/// Whether the file was clicked.
fn entry(ui: &mut Ui, recent: &Recent, asks: &mut Vec<Ask>) -> bool {
    let width = ui.available_width();
    let button = Button::new(recent.name()).shortcut_text(recent.kind()).truncate().min_size(vec2(width, 21.0));
    let shown = recent.path.display().to_string();
    let response = ui.add_enabled(!recent.missing, button.frame_when_inactive(false));
    let response = response.on_hover_text(&shown).on_disabled_hover_text(format!("{shown} is not there any more"));
    if response.clicked() {
        asks.push(Ask::Path(recent.purpose, recent.path.clone()));
    }
    response.clicked()
}

fn forget(ui: &mut Ui, files: &FilesModel, asks: &mut Vec<Ask>) {
    let missing = files.recent.iter().any(|recent| recent.missing);
    if missing && ui.button("Forget missing files").on_hover_text("Take files that are gone off this list").clicked() {
        asks.push(Ask::Files(FilesAsk::ForgetMissing));
    }
}

/// Recent files and presets in the left panel.
pub fn show(ui: &mut Ui, files: &mut FilesModel, asks: &mut Vec<Ask>) {
    if !files.recent.is_empty() {
        theme::heading(ui, "Recent files");
        files.recent.iter().for_each(|recent| {
            entry(ui, recent, asks);
        });
        forget(ui, files, asks);
    }
    theme::heading(ui, "Presets");
    ui.horizontal_wrapped(|ui| {
        for preset in &files.presets {
            let name = preset.name.clone();
            if ui.button(&preset.name).on_hover_text(format!("{} Undoable.", preset.about)).clicked() {
                asks.push(Ask::Files(FilesAsk::Apply(name.clone())));
            }
            if preset.own {
                let tip = format!("Delete the preset {name}");
                if icon::button(ui, Icon::Close, &tip, true).on_hover_text(&tip).clicked() {
                    asks.push(Ask::Files(FilesAsk::Delete(name)));
                }
            }
        }
    });
    ui.horizontal(|ui| {
        let hint = "name of a new preset";
        let edit = TextEdit::singleline(&mut files.preset_name).hint_text(hint).desired_width(160.0);
        let edit = ui.add_enabled(files.can_keep, edit);
        edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, files.can_keep, "Name of a new preset"));
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let ready = files.can_keep && !files.preset_name.trim().is_empty();
        let tip = "Keep the parameters that differ from their defaults under this name";
        let save = ui.add_enabled(ready, Button::new("Save preset")).on_hover_text(tip);
        if save.clicked() || (entered && ready) {
            asks.push(Ask::Files(FilesAsk::Save(files.preset_name.trim().into())));
        }
    });
}
