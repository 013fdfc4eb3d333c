//! What the canvas shows: colour map, range, filaments and their colours, tracers.

use egui::{DragValue, RichText, Ui};

use super::theme;
use crate::app::{
    model::ViewModel,
    range::{Range, RangeMode},
};
use crate::render::FilamentColor;

/// Colour map and range, then the switches.
pub fn show(ui: &mut Ui, view: &mut ViewModel) {
    theme::heading(ui, "View");
    if !view.colormaps.is_empty() {
        labelled(ui, "Colour map", |ui| {
            let list = egui::ComboBox::from_id_salt("colour map").width(116.0).selected_text(&view.colormap);
            let response = list.show_ui(ui, |ui| {
                for name in &view.colormaps {
                    ui.selectable_value(&mut view.colormap, name.clone(), name);
                }
            });
            response.response.on_hover_text("Diverging maps are centred on zero");
        });
    }
    labelled(ui, "Range", |ui| {
        let Range { mode, limit, .. } = &mut view.range;
        let digits = theme::number(*limit);
        let value = DragValue::new(limit).range(1e-6..=1e6).speed(0.02).custom_formatter(move |_, _| digits.clone());
        let value =
            ui.add_sized([60.0, 20.0], value).on_hover_text("The value of the last colour; editing fixes the range");
        if value.changed() {
            *mode = RangeMode::Fixed;
        }
        let words = [(RangeMode::Follow, "follow"), (RangeMode::Once, "once"), (RangeMode::Fixed, "fixed")];
        let word = words.iter().find(|(m, _)| m == mode).map_or("", |(_, word)| word);
        let list = egui::ComboBox::from_id_salt("range").width(70.0).selected_text(word);
        let response = list.show_ui(ui, |ui| {
            for (choice, word) in words {
                ui.selectable_value(mode, choice, word);
            }
        });
        response
            .response
            .on_hover_text("follow: smoothed with the field; once: the scene's first field; fixed: by hand");
    });
    filament_color(ui, &mut view.filament_color);
    ui.horizontal(|ui| {
        ui.checkbox(&mut view.filaments, "Filaments")
            .on_hover_text("Lines coloured as chosen above, thickness by circulation (F)");
        ui.checkbox(&mut view.tracers, "Tracer dye").on_hover_text("Particles carried by the flow (T)");
    });
}

/// What the colour of a line says.
fn filament_color(ui: &mut Ui, choice: &mut FilamentColor) {
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new("Filament colours").color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let list = egui::ComboBox::from_id_salt("filament colours").width(70.0).selected_text(choice.name());
            let response = list.show_ui(ui, |ui| {
                for color in FilamentColor::ALL {
                    ui.selectable_value(choice, color, color.name()).on_hover_text(meaning(color));
                }
            });
            let tip = format!("{} (C)", meaning(*choice));
            response.response.labelled_by(name.id).on_hover_text(tip);
        });
    });
}

fn meaning(color: FilamentColor) -> &'static str {
    match color {
        FilamentColor::Sign => "sign: warm turns counter-clockwise, cool clockwise",
        FilamentColor::Twist => {
            "twist: how far a line across the filament leans along it, green -90°, grey 0, pink 90°; summed up while the parameter twist is on"
        }
        FilamentColor::Core => {
            "core: green thinned to a quarter of the atom's core, grey as it, pink four times; changes while the parameter stretch is on"
        }
    }
}

fn labelled(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), content);
    });
}
