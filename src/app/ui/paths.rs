//! The in-app path dialog: a path to type, and what lies beside it.

use egui::{
    Key, RichText, ScrollArea, TextEdit, Ui,
    text::{CCursor, CCursorRange},
    vec2,
};

use crate::app::{
    model::{Ask, dialog::PathDialog},
    ui::theme,
};

/// The window, while a path is asked for.
pub fn show(ui: &mut Ui, dialog: &mut Option<PathDialog>, asks: &mut Vec<Ask>) {
    let Some(open) = dialog else { return };
    let mut done = false;
    let modal = egui::Modal::new(egui::Id::unique("path dialog")).show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        ui.label(RichText::new(open.purpose.title()).heading().color(theme::of(ui).bright));
        if !open.why.is_empty() {
            ui.add(egui::Label::new(RichText::new(&open.why).small().color(theme::of(ui).quiet)).wrap());
        }
        ui.add_space(4.0);
        let label = ui.label("Path");
        let edit = TextEdit::singleline(&mut open.text).desired_width(f32::INFINITY).font(egui::TextStyle::Monospace);
        let output = edit.show(ui);
        let edit = output.response.response.labelled_by(label.id);
        if std::mem::take(&mut open.put) {
            let end = CCursor::new(open.text.chars().count());
            let mut state = output.state;
            state.cursor.set_char_range(Some(CCursorRange::one(end)));
            state.store(ui.ctx(), edit.id);
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if !ui.memory(|memory| memory.focused().is_some()) {
            edit.request_focus();
        }
        neighbours(ui, open);
        let path = open.path();
        let refusal = refusal(open, &path);
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            let said = refusal.clone().or_else(|| open.warning()).unwrap_or_default();
            ui.label(RichText::new(said).small().color(theme::of(ui).warn));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let word = if open.purpose.writes() { "Save" } else { "Open" };
                let go = ui.add_enabled(refusal.is_none(), egui::Button::new(word).min_size(vec2(72.0, 24.0)));
                if go.clicked() || (entered && refusal.is_none()) {
                    asks.push(Ask::Path(open.purpose, path.clone()));
                    done = true;
                }
                done |= ui.add(egui::Button::new("Cancel").min_size(vec2(72.0, 24.0))).clicked();
            });
        });
    });
    if done || modal.should_close() {
        *dialog = None;
    }
}

/// Why the typed path cannot be used, if it cannot.
fn refusal(dialog: &PathDialog, path: &std::path::Path) -> Option<String> {
    if path.as_os_str().is_empty() || path.is_dir() {
        Some("Type or choose a file".into())
    } else if !dialog.purpose.writes() && !path.is_file() {
        Some("No such file".into())
    } else if !dialog.folder().as_os_str().is_empty() && !dialog.folder().is_dir() {
        Some("No such folder".into())
    } else {
        None
    }
}

fn neighbours(ui: &mut Ui, dialog: &mut PathDialog) {
    let mut picked = None;
    ScrollArea::vertical().max_height(190.0).auto_shrink([false, true]).show(ui, |ui| {
        let up = dialog.folder().parent().map(std::path::Path::to_path_buf);
        if let Some(up) = up.filter(|_| ui.add(egui::Button::new("..").frame(false)).clicked()) {
            picked = Some(up);
        }
        for path in dialog.entries(200) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let shown = if path.is_dir() { format!("{name}/") } else { name };
            let color = if path.is_dir() { theme::of(ui).quiet } else { theme::of(ui).text };
            if ui.add(egui::Button::new(RichText::new(shown).color(color)).frame(false)).clicked() {
                picked = Some(path);
            }
        }
    });
    if let Some(path) = picked {
        dialog.put(&path);
    }
}
