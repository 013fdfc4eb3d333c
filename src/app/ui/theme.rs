//! Colours, type and spacing: one calm look, dark or light.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, RichText, Stroke, TextStyle, Ui, vec2};

/// The colours of one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Around the canvas.
    pub ground: Color32,
    /// Panels.
    pub panel: Color32,
    /// Cards, fields and buttons on a panel.
    pub raised: Color32,
    /// A button under the pointer.
    pub hovered: Color32,
    /// A button that is held.
    pub held: Color32,
    /// Thin lines.
    pub line: Color32,
    /// Body text.
    pub text: Color32,
    /// Captions and units.
    pub quiet: Color32,
    /// Headings and values.
    pub bright: Color32,
    /// Focus, curves.
    pub accent: Color32,
    /// What is selected.
    pub chosen: Color32,
    /// Positive circulation.
    pub plus: Color32,
    /// Negative circulation.
    pub minus: Color32,
    /// A verdict that holds.
    pub good: Color32,
    /// A warning.
    pub warn: Color32,
    /// A failure.
    pub fail: Color32,
}

/// The dark look.
pub const DARK: Palette = Palette {
    ground: Color32::from_rgb(13, 15, 19),
    panel: Color32::from_rgb(20, 23, 29),
    raised: Color32::from_rgb(32, 37, 46),
    hovered: Color32::from_rgb(44, 51, 63),
    held: Color32::from_rgb(54, 63, 78),
    line: Color32::from_rgb(44, 50, 61),
    text: Color32::from_rgb(214, 220, 230),
    quiet: Color32::from_rgb(146, 156, 173),
    bright: Color32::from_rgb(242, 245, 250),
    accent: Color32::from_rgb(92, 168, 232),
    chosen: Color32::from_rgb(36, 78, 118),
    plus: Color32::from_rgb(240, 122, 96),
    minus: Color32::from_rgb(98, 164, 246),
    good: Color32::from_rgb(112, 196, 132),
    warn: Color32::from_rgb(246, 190, 76),
    fail: Color32::from_rgb(238, 104, 98),
};

/// The light look.
pub const LIGHT: Palette = Palette {
    ground: Color32::from_rgb(232, 235, 240),
    panel: Color32::from_rgb(246, 247, 250),
    raised: Color32::from_rgb(226, 230, 237),
    hovered: Color32::from_rgb(214, 220, 229),
    held: Color32::from_rgb(200, 208, 220),
    line: Color32::from_rgb(202, 208, 218),
    text: Color32::from_rgb(44, 50, 60),
    quiet: Color32::from_rgb(90, 99, 114),
    bright: Color32::from_rgb(14, 18, 26),
    accent: Color32::from_rgb(18, 104, 178),
    chosen: Color32::from_rgb(186, 216, 244),
    plus: Color32::from_rgb(190, 62, 34),
    minus: Color32::from_rgb(24, 98, 190),
    good: Color32::from_rgb(24, 124, 56),
    warn: Color32::from_rgb(150, 92, 0),
    fail: Color32::from_rgb(190, 38, 38),
};

/// Warning ground, the same in both looks.
pub const CAUTION: Color32 = Color32::from_rgb(246, 190, 76);

/// The colours in use.
pub fn of(ui: &Ui) -> &'static Palette {
    palette(ui.visuals().dark_mode)
}

/// The colours of the dark or of the light look.
pub fn palette(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// Colours of things that only need to differ, from the accent on.
pub fn hue(ui: &Ui, i: usize) -> Color32 {
    let colors = of(ui);
    let all = [colors.accent, colors.plus, colors.good, colors.warn, colors.quiet, colors.quiet.gamma_multiply(0.6)];
    all[i % all.len()]
}

/// Type, spacing and both looks for a context; the dark one is on.
pub fn apply(ctx: &egui::Context) {
    ctx.set_theme(egui::Theme::Dark);
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        ctx.style_mut_of(theme, |style| look(style, palette(theme == egui::Theme::Dark)));
    }
}

/// Puts the dark or the light look on, from the next frame on.
pub fn choose(ui: &Ui, dark: bool) {
    let wanted = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    if ui.ctx().theme() != wanted {
        ui.ctx().set_theme(wanted);
        ui.ctx().request_repaint();
    }
}

fn look(style: &mut egui::Style, colors: &Palette) {
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
    visuals.panel_fill = colors.panel;
    visuals.window_fill = colors.panel;
    visuals.window_stroke = Stroke::new(1.0, colors.line);
    visuals.extreme_bg_color = colors.ground;
    visuals.faint_bg_color = colors.raised;
    visuals.weak_text_color = Some(colors.quiet);
    visuals.hyperlink_color = colors.accent;
    visuals.warn_fg_color = colors.warn;
    visuals.error_fg_color = colors.fail;
    visuals.selection.bg_fill = colors.chosen;
    visuals.selection.stroke = Stroke::new(1.0, colors.bright);
    visuals.slider_trailing_fill = true;
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, colors.line);
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, colors.text);
    for (widget, fill, text) in [
        (&mut widgets.inactive, colors.raised, colors.text),
        (&mut widgets.hovered, colors.hovered, colors.bright),
        (&mut widgets.active, colors.held, colors.bright),
        (&mut widgets.open, colors.hovered, colors.bright),
    ] {
        (widget.bg_fill, widget.weak_bg_fill) = (fill, fill);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.bg_stroke = Stroke::NONE;
        widget.corner_radius = CornerRadius::same(4);
        widget.expansion = 0.0;
    }
    widgets.hovered.bg_stroke = Stroke::new(1.0, colors.line);
}

/// A heading above a group of rows.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    ui.label(RichText::new(text.to_uppercase()).size(11.5).color(of(ui).quiet).extra_letter_spacing(0.8));
    ui.add_space(1.0);
}

/// Name at the left, value at the right.
pub fn row(ui: &mut Ui, name: &str, value: &str) -> egui::Response {
    row_colored(ui, name, value, of(ui).bright)
}

/// A row whose value was not measured says so, quietly.
pub fn row_measured(ui: &mut Ui, name: &str, value: Option<String>) -> egui::Response {
    match value {
        Some(value) => row(ui, name, &value),
        None => row_colored(ui, name, "not measured", of(ui).quiet),
    }
}

/// A row whose name has the colour of its curve.
pub fn row_named(ui: &mut Ui, name: &str, curve: Color32, value: &str) -> egui::Response {
    row_in(ui, name, curve, value, of(ui).bright)
}

fn row_colored(ui: &mut Ui, name: &str, value: &str, color: Color32) -> egui::Response {
    row_in(ui, name, of(ui).quiet, value, color)
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
    use crate::app::ui::theme::number;

    #[test]
    fn numbers_are_short() {
        for (x, text) in [(0.0, "0"), (1.0, "1.000"), (-12.3456, "-12.35"), (4096.0, "4096"), (5e-5, "5.00e-5")] {
            assert_eq!(number(x), text);
        }
    }
}
