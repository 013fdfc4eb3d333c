//! Colours, type and spacing: one calm dark look.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, RichText, Stroke, TextStyle, Ui, vec2};

/// Around the canvas.
pub const GROUND: Color32 = Color32::from_rgb(13, 15, 19);
/// Panels.
pub const PANEL: Color32 = Color32::from_rgb(20, 23, 29);
/// Cards, fields and buttons on a panel.
pub const RAISED: Color32 = Color32::from_rgb(32, 37, 46);
/// Thin lines.
pub const LINE: Color32 = Color32::from_rgb(44, 50, 61);
/// Body text.
pub const TEXT: Color32 = Color32::from_rgb(214, 220, 230);
/// Captions and units.
pub const QUIET: Color32 = Color32::from_rgb(146, 156, 173);
/// Headings and values.
pub const BRIGHT: Color32 = Color32::from_rgb(242, 245, 250);
/// Selection and focus.
pub const ACCENT: Color32 = Color32::from_rgb(92, 168, 232);
/// Positive circulation.
pub const PLUS: Color32 = Color32::from_rgb(240, 122, 96);
/// Negative circulation.
pub const MINUS: Color32 = Color32::from_rgb(98, 164, 246);
/// A verdict that holds.
pub const GOOD: Color32 = Color32::from_rgb(112, 196, 132);
/// Warning ground.
pub const WARN: Color32 = Color32::from_rgb(246, 190, 76);
/// Failure ground.
pub const FAIL: Color32 = Color32::from_rgb(238, 104, 98);

/// Applies the look to a context.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Dark);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Heading, FontId::new(15.0, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(13.5, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(13.5, FontFamily::Proportional)),
            (TextStyle::Small, FontId::new(11.5, FontFamily::Proportional)),
            (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
        ]
        .into();
        style.drag_value_text_style = TextStyle::Monospace;
        style.animation_time = 0.08;
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(8.0, 5.0);
        spacing.button_padding = vec2(8.0, 3.0);
        spacing.interact_size = vec2(36.0, 21.0);
        spacing.menu_margin = Margin::same(6);
        spacing.window_margin = Margin::same(14);
        spacing.tooltip_width = 320.0;
        let visuals = &mut style.visuals;
        visuals.panel_fill = PANEL;
        visuals.window_fill = PANEL;
        visuals.window_stroke = Stroke::new(1.0, LINE);
        visuals.extreme_bg_color = GROUND;
        visuals.faint_bg_color = RAISED;
        visuals.weak_text_color = Some(QUIET);
        visuals.hyperlink_color = ACCENT;
        visuals.warn_fg_color = WARN;
        visuals.error_fg_color = FAIL;
        visuals.selection.bg_fill = Color32::from_rgb(36, 78, 118);
        visuals.selection.stroke = Stroke::new(1.0, BRIGHT);
        visuals.slider_trailing_fill = true;
        let widgets = &mut visuals.widgets;
        widgets.noninteractive.bg_stroke = Stroke::new(1.0, LINE);
        widgets.noninteractive.fg_stroke = Stroke::new(1.0, TEXT);
        for (widget, fill, text) in [
            (&mut widgets.inactive, RAISED, TEXT),
            (&mut widgets.hovered, Color32::from_rgb(44, 51, 63), BRIGHT),
            (&mut widgets.active, Color32::from_rgb(54, 63, 78), BRIGHT),
            (&mut widgets.open, Color32::from_rgb(38, 44, 55), BRIGHT),
        ] {
            (widget.bg_fill, widget.weak_bg_fill) = (fill, fill);
            widget.fg_stroke = Stroke::new(1.0, text);
            widget.bg_stroke = Stroke::NONE;
            widget.corner_radius = CornerRadius::same(4);
            widget.expansion = 0.0;
        }
        widgets.hovered.bg_stroke = Stroke::new(1.0, LINE);
    });
}

/// A heading above a group of rows.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    ui.label(RichText::new(text.to_uppercase()).size(11.5).color(QUIET).extra_letter_spacing(0.8));
    ui.add_space(1.0);
}

/// Name at the left, value at the right.
pub fn row(ui: &mut Ui, name: &str, value: &str) -> egui::Response {
    row_colored(ui, name, value, BRIGHT)
}

/// A row whose value was not measured says so, quietly.
pub fn row_measured(ui: &mut Ui, name: &str, value: Option<String>) -> egui::Response {
    match value {
        Some(value) => row(ui, name, &value),
        None => row_colored(ui, name, "not measured", QUIET),
    }
}

/// A row whose name has the colour of its curve.
pub fn row_named(ui: &mut Ui, name: &str, curve: Color32, value: &str) -> egui::Response {
    row_in(ui, name, curve, value, BRIGHT)
}

fn row_colored(ui: &mut Ui, name: &str, value: &str, color: Color32) -> egui::Response {
    row_in(ui, name, QUIET, value, color)
}

fn row_in(ui: &mut Ui, name: &str, ink: Color32, value: &str, color: Color32) -> egui::Response {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(ink));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(value).monospace().color(color)).truncate());
        });
    })
    .response
}

/// Four significant digits, plain where that stays short.
pub fn number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        "0".into()
    } else if (1e-3..1e5).contains(&size) {
        let decimals = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
        format!("{x:.decimals$}")
    } else {
        format!("{x:.2e}")
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short() {
        for (x, text) in [(0.0, "0"), (1.0, "1.000"), (-12.3456, "-12.35"), (4096.0, "4096"), (5e-5, "5.00e-5")] {
            assert_eq!(number(x), text);
        }
    }
}
