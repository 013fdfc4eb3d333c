//! The colour bar: ticks from zero or about it, and the value under the cursor.

use egui::{Align2, Color32, FontId, Mesh, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::{
    app::{
        model::range::{ticks, ticks_above_zero},
        ui::theme,
    },
    render::{Picture, kind::Sort},
};

/// Room the bar takes at the right of the canvas.
pub const WIDTH: f32 = 84.0;

/// Paints the bar of a picture into `rect`; `colors` run from the lowest value to the highest, `limit`.
pub fn show(ui: &mut Ui, rect: Rect, picture: Picture, colors: &[[u8; 3]], limit: f64, probe: Option<f64>) {
    let bar = Rect::from_min_max(pos2(rect.left() + 14.0, rect.top() + 22.0), pos2(rect.left() + 30.0, rect.bottom()));
    let signed = picture.sort() == Sort::Signed;
    let lowest = if signed { -limit } else { 0.0 };
    let name = picture.name();
    let words = match probe {
        Some(value) => format!("{name} from {lowest:.3} to {limit:.3}, {value:.3} under the cursor"),
        None => format!("{name} from {lowest:.3} to {limit:.3}"),
    };
    let response = ui.interact(rect, ui.scope_id().with("colour bar"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &words));
    let unit = if picture.unit().is_empty() { String::new() } else { format!(", in {}", picture.unit()) };
    response.on_hover_text(format!("{name}{unit}: {}; range and map under View", picture.help()));
    let painter = ui.painter();
    painter.add(gradient(bar, colors));
    painter.rect_stroke(bar, 2.0, Stroke::new(1.0, theme::of(ui).line), egui::StrokeKind::Outside);
    let above = pos2(bar.left() - 8.0, rect.top() + 14.0);
    painter.text(above, Align2::LEFT_BOTTOM, picture.symbol(), FontId::proportional(14.0), theme::of(ui).bright);
    let y_of = |value: f64| {
        let share = (value - lowest) / (limit - lowest).max(f64::MIN_POSITIVE);
        bar.bottom() - share.clamp(0.0, 1.0) as f32 * bar.height()
    };
    let marks = match (picture, signed) {
        (Picture::Carrier, _) => vec![-1.0, 0.0, 1.0],
        (_, true) => ticks(limit),
        (_, false) => ticks_above_zero(limit),
    };
    for value in marks {
        let y = y_of(value);
        painter.line_segment([pos2(bar.right(), y), pos2(bar.right() + 4.0, y)], Stroke::new(1.0, theme::of(ui).quiet));
        painter.text(
            pos2(bar.right() + 7.0, y),
            Align2::LEFT_CENTER,
            label(value),
            FontId::monospace(11.5),
            theme::of(ui).text,
        );
    }
    if let Some(value) = probe {
        marker(ui, pos2(bar.left(), y_of(value)), rounded(value, limit), bar);
    }
}

fn label(value: f64) -> String {
    if value == 0.0 {
        "0".into()
    } else if (1e-2..1e4).contains(&value.abs()) {
        // Ticks are round but for the last bits of a product.
        format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').into()
    } else {
        format!("{value:.0e}")
    }
}

/// As many decimals as the range makes meaningful.
fn rounded(value: f64, limit: f64) -> String {
    let decimals = (2 - limit.max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        format!("{:.decimals$}", 0.0)
    } else {
        text
    }
}

/// A pointer beside the bar with the value in a small box that covers the ticks.
fn marker(ui: &Ui, at: Pos2, text: String, bar: Rect) {
    let painter = ui.painter();
    painter.line_segment([at, pos2(bar.right(), at.y)], Stroke::new(1.5, Color32::WHITE));
    let text = painter.layout_no_wrap(text, FontId::monospace(12.0), theme::of(ui).ground);
    let back = Rect::from_min_size(pos2(bar.right() + 3.0, at.y - 9.0), text.size() + vec2(8.0, 3.0));
    painter.rect_filled(back, 3.0, theme::of(ui).bright);
    painter.galley(back.min + vec2(4.0, 1.5), text, theme::of(ui).ground);
}

fn gradient(rect: Rect, colors: &[[u8; 3]]) -> Mesh {
    let mut mesh = Mesh::default();
    let last = colors.len().saturating_sub(1).max(1) as f32;
    for (i, [r, g, b]) in colors.iter().enumerate() {
        let y = rect.bottom() - rect.height() * i as f32 / last;
        let color = Color32::from_rgb(*r, *g, *b);
        mesh.colored_vertex(pos2(rect.left(), y), color);
        mesh.colored_vertex(pos2(rect.right(), y), color);
        if i > 0 {
            let v = 2 * i as u32;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    mesh
}
