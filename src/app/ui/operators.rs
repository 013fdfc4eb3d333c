//! Operators of the user: on or off, and out. Their times stand among the passes.

use egui::Ui;

use crate::app::{
    command::{Command, entry_of},
    model::{Ask, OperatorAsk, OperatorRow},
    ui::theme,
};

/// One row each, then the way to another.
pub fn show(ui: &mut Ui, operators: &[OperatorRow], asks: &mut Vec<Ask>) {
    theme::heading(ui, "Your operators");
    for row in operators {
        ui.horizontal(|ui| {
            let mut on = row.on;
            let about = format!("{}\nacts on {}", row.title, row.acts_on);
            if ui.checkbox(&mut on, &row.name).on_hover_text(about).changed() {
                asks.push(Ask::Operator(row.name.clone(), OperatorAsk::Toggle));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let remove = ui.small_button("Remove").on_hover_text("Take it off the list; its file stays");
                let name = format!("Remove {}", row.name);
                remove.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                if remove.clicked() {
                    asks.push(Ask::Operator(row.name.clone(), OperatorAsk::Remove));
                }
            });
        });
    }
    let help = entry_of(Command::OpenOperator).map_or("", |entry| entry.help);
    if ui.button("Load operator…").on_hover_text(help).clicked() {
        asks.push(Ask::Command(Command::OpenOperator));
    }
}
