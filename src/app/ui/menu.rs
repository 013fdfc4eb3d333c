//! The menu bar and the transport buttons, from the command table.

use egui::{Button, RichText, Ui};

use super::{
    icon::{self, Icon},
    theme,
};
use crate::app::{
    clock::RunState,
    command::{Command, Menu, TABLE, entry_of},
    model::{Ask, Model},
};

/// The bar across the top.
pub fn show(ui: &mut Ui, model: &mut Model) {
    egui::MenuBar::new().ui(ui, |ui| {
        ui.label(RichText::new("dashi-vortex").color(theme::of(ui).bright).strong());
        ui.add_space(6.0);
        for menu in Menu::ALL {
            ui.menu_button(menu.label(), |ui| {
                ui.set_min_width(230.0);
                for row in TABLE.iter().filter(|row| row.menu == menu) {
                    item(ui, row.command, model);
                }
            });
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| transport(ui, model));
    });
}

fn item(ui: &mut Ui, command: Command, model: &mut Model) {
    let Some(row) = entry_of(command) else { return };
    let keys = row.keys.first().map(|key| key.text()).unwrap_or_default();
    let button = Button::new(row.label).shortcut_text(keys).selected(is_on(command, model) == Some(true));
    let response = ui.add_enabled(is_enabled(command, model), button).on_hover_text(row.help);
    if response.clicked() {
        model.asks.push(Ask::Command(command));
        ui.close();
    }
}

/// Whether a switch is on; `None` for what is no switch.
fn is_on(command: Command, model: &Model) -> Option<bool> {
    match command {
        Command::ToggleFilaments => Some(model.view.filaments),
        Command::ToggleTracers => Some(model.view.tracers),
        Command::ToggleLeft => Some(model.panels.left),
        Command::ToggleRight => Some(model.panels.right),
        Command::CleanPicture => Some(model.panels.clean),
        Command::ToggleResidual => Some(model.encode.show_residual),
        _ => None,
    }
}

/// Whether a command would do anything.
pub fn is_enabled(command: Command, model: &Model) -> bool {
    match command {
        Command::Undo => model.can_undo.0,
        Command::Redo => model.can_undo.1,
        Command::EncodeAgain => model.encode.result.is_some() && model.encode.job.is_none(),
        Command::CancelEncoding => model.encode.job.is_some(),
        Command::ToggleResidual => model.encode.residual.is_some(),
        _ => true,
    }
}

fn transport(ui: &mut Ui, model: &mut Model) {
    let running = model.run == RunState::Running;
    let run = if running { "Pause" } else { "Resume" };
    // Right to left: the last button stands leftmost.
    for (label, command) in [("10 steps", Command::StepTen), ("1 step", Command::StepOne), (run, Command::TogglePause)]
    {
        let Some(row) = entry_of(command) else { continue };
        let keys: Vec<String> = row.keys.iter().map(|key| key.text()).collect();
        let signed = command == Command::TogglePause;
        let label = if signed { format!("      {label}") } else { label.to_string() };
        let response = ui.add(
            Button::new(label).min_size(egui::vec2(if signed { 88.0 } else { 64.0 }, 22.0)).fill(theme::of(ui).raised),
        );
        if signed {
            let sign = if running { Icon::Pause } else { Icon::Play };
            let at = response.rect.left_center() + egui::vec2(15.0, 0.0);
            icon::paint(ui, sign, egui::Rect::from_center_size(at, egui::Vec2::splat(10.0)), theme::of(ui).bright);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, run));
        }
        if response.on_hover_text(format!("{} ({})", row.help, keys.join(" or "))).clicked() {
            model.asks.push(Ask::Command(command));
        }
    }
}
