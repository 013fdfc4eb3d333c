//! The menu bar and the transport buttons, from the command table.

use egui::{Button, RichText, Ui};

use crate::{
    app::{
        command::{Command, Menu, TABLE, entry_of},
        input::Tool,
        model::{Ask, Model},
        ui::theme,
    },
    render::Picture,
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
                    if row.command == Command::SaveSession {
                        crate::app::ui::files::menu(ui, &model.files, &mut model.asks);
                    }
                }
            });
        }
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
        Command::ToggleResidual => Some(model.view.picture == Picture::Residual),
        Command::Show(picture) => Some(model.view.picture == picture),
        Command::ToggleTrails => Some(model.view.trails),
        Command::ToggleTheme => Some(!model.panels.dark),
        Command::ToolDraw => Some(model.gestures.tool == Tool::Draw),
        Command::ToolPick => Some(model.gestures.tool == Tool::Pick),
        Command::ToolMove => Some(model.gestures.tool == Tool::Move),
        Command::ToolErase => Some(model.gestures.tool == Tool::Erase),
        Command::InvertBrush => Some(model.gestures.inverted),
        Command::BranchBeside => Some(model.twin.is_some()),
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
        Command::ToggleResidual => model.why_not(Picture::Residual).is_none(),
        Command::Show(picture) => model.why_not(picture).is_none(),
        Command::ToggleTrails => model.view.tracers,
        Command::RemovePicked => model.picked.is_some() || model.picked_stroke.is_some(),
        _ => true,
    }
}
