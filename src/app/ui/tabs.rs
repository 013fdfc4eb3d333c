//! The sides of the right panel: equal small buttons, three in a row.

use egui::{Button, Rect, RichText, Sense, Ui, pos2, vec2};

use crate::app::{command::entry_of, model::Tab, ui::theme};

/// Buttons in a row.
const COLUMNS: usize = 3;
/// Height of a button, points.
const HEIGHT: f32 = 20.0;

/// One button a side.
pub fn show(ui: &mut Ui, chosen: &mut Tab) {
    ui.add_space(6.0);
    let gap = 4.0;
    let width = (ui.available_width() - gap * (COLUMNS - 1) as f32) / COLUMNS as f32;
    // Whole points, so that all rows round alike.
    let width = width.floor();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(gap, gap);
        ui.spacing_mut().button_padding.x = 2.0;
        for row in Tab::ALL.chunks(COLUMNS) {
            let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
            for (i, tab) in row.iter().enumerate() {
                let at = pos2(line.left().round() + i as f32 * (width + gap), line.top().round());
                let on = tab == chosen;
                let ink = if on { theme::of(ui).bright } else { theme::of(ui).text };
                let text = RichText::new(tab.label()).size(11.5).color(ink);
                let button = Button::selectable(on, text).frame_when_inactive(true);
                let keys = tab.command().and_then(entry_of).and_then(|row| row.keys.first()).map(|key| key.text());
                let help = keys.map_or(tab.help().into(), |key| format!("{} ({key})", tab.help()));
                let place = Rect::from_min_size(at, vec2(width, HEIGHT));
                if ui.put(place, button).on_hover_text(help).clicked() {
                    *chosen = *tab;
                }
            }
        }
    });
}
