//! The status bar: time, step, rates, size of the state, run state, place under the cursor.

use egui::{RichText, Ui};

use crate::app::{model::Model, run::clock::RunState, ui::theme};

/// The cells, left to right, as name and value.
pub fn cells(model: &Model) -> Vec<(&'static str, String)> {
    let rate = |x: Option<f64>| x.map_or_else(|| "not measured".into(), |x| format!("{x:.0}"));
    vec![
        ("t", format!("{:.2}", model.readout.time)),
        ("step", model.readout.step.to_string()),
        ("steps/s", rate(model.rates.steps_per_s)),
        ("frames/s", rate(model.rates.frames_per_s)),
        ("atoms", model.readout.atoms.to_string()),
        ("vertices", model.readout.vertices.to_string()),
    ]
}

/// The bar at the foot of the window.
pub fn show(ui: &mut Ui, model: &Model) {
    ui.horizontal(|ui| {
        let (word, color) = match model.run {
            RunState::Running => ("Running".to_string(), theme::of(ui).accent),
            RunState::Paused => ("Paused".to_string(), theme::of(ui).warn),
            RunState::StepOnce(left) => (format!("{left} steps to go"), theme::of(ui).accent),
        };
        ui.label(RichText::new(word).color(color));
        for (name, value) in cells(model) {
            ui.separator();
            ui.spacing_mut().item_spacing.x = 5.0;
            ui.label(RichText::new(name).small().color(theme::of(ui).quiet));
            ui.label(RichText::new(value).monospace().color(theme::of(ui).text));
            ui.spacing_mut().item_spacing.x = 8.0;
        }
        if ui.available_width() < 160.0 {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let symbol = model.view.picture.symbol();
            let text = match (model.cursor, model.probe()) {
                (Some(at), Some(value)) => format!("x {:.3}  y {:.3}  {symbol} {}", at.x, at.y, theme::number(value)),
                (Some(at), None) => format!("x {:.3}  y {:.3}", at.x, at.y),
                (None, _) => format!("zoom {:.1}×", model.view.camera.magnification()),
            };
            ui.label(RichText::new(text).monospace().color(theme::of(ui).quiet));
        });
    });
}
