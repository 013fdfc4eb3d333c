//! Three lines for the first minute; dismissed for good by one click.

use egui::{Align2, Frame, Margin, Rect, RichText, Ui, vec2};

use crate::app::ui::{
    icon::{self, Icon},
    theme,
};

/// The lines.
pub const LINES: [&str; 3] = [
    "Drag: + filament;  right or Shift drag: −;  wheel meanwhile: core",
    "Click: vortex;  wheel: zoom;  middle or Space drag: pan",
    "Space: pause;  . step;  R restart;  F12 clean picture;  ? all keys",
];

/// The overlay at the foot of the canvas.
pub fn show(ui: &mut Ui, canvas: Rect, open: &mut bool) {
    if !*open || canvas.width() < 200.0 {
        return;
    }
    let area = egui::Area::new(egui::Id::unique("hint")).pivot(Align2::CENTER_BOTTOM).constrain_to(canvas);
    area.fixed_pos(canvas.center_bottom() - vec2(0.0, 14.0)).show(ui.ctx(), |ui| {
        let fill = theme::of(ui).ground.gamma_multiply(0.9);
        let frame = Frame::new().fill(fill).corner_radius(8).inner_margin(Margin::symmetric(14, 9));
        frame.stroke((1.0, theme::of(ui).line)).show(ui, |ui| {
            ui.set_max_width((canvas.width() - 60.0).min(560.0));
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| {
                    ui.set_max_width((canvas.width() - 130.0).min(500.0));
                    for line in LINES {
                        ui.add(egui::Label::new(RichText::new(line).color(theme::of(ui).text)).wrap());
                    }
                });
                if icon::button(ui, Icon::Close, "Dismiss the hint", true).on_hover_text("Dismiss the hint").clicked() {
                    *open = false;
                }
            });
        });
    });
}
