//! Which field of a file of several is meant: a button for each.

use egui::{Frame, Margin, RichText, ScrollArea, Ui};

use crate::app::{
    model::{Ask, FieldChoice, FilesAsk},
    ui::theme,
};

/// The card of a file that waits for a word.
pub fn card(ui: &mut Ui, width: f32, choice: &FieldChoice, asks: &mut Vec<Ask>) {
    let colors = theme::of(ui);
    let frame = Frame::new().fill(colors.panel).stroke((1.0, colors.accent)).corner_radius(6);
    frame.inner_margin(Margin::symmetric(14, 10)).show(ui, |ui| {
        ui.set_width((width - 40.0).clamp(160.0, 560.0));
        let text = format!("{} holds several fields. Which is the vorticity?", choice.path.display());
        ui.add(egui::Label::new(RichText::new(text).color(colors.bright)).wrap());
        ui.add_space(6.0);
        ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
            for (name, kind) in &choice.arrays {
                let button = ui.button(format!("{name}   {kind}"));
                if button.on_hover_text(format!("Encode {name}, undoably")).clicked() {
                    asks.push(Ask::Files(FilesAsk::Choose(Some(name.clone()))));
                }
            }
        });
        if ui.button("None of them").on_hover_text("Leave the run as it is").clicked() {
            asks.push(Ask::Files(FilesAsk::Choose(None)));
        }
    });
}
